/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-filter-set.h"
#include "regie-store.h"

G_BEGIN_DECLS

/* The filters that a kind offers, with check buttons. Shows FILTERS as they are now; fields with a condition
 * in BASE (may be NULL) are left out.
 *
 * Signal "toggled" (const char *field, const char *value, gboolean on). */
#define REGIE_TYPE_FILTER_POPOVER (regie_filter_popover_get_type ())
G_DECLARE_FINAL_TYPE (RegieFilterPopover, regie_filter_popover, REGIE, FILTER_POPOVER, GtkPopover)

GtkWidget *regie_filter_popover_new (RegieStore *store,
                                     const RegieKind *kind,
                                     const RegieQuery *base,
                                     RegieFilterSet *filters);

/* Whether there is anything to filter by. */
gboolean regie_filter_popover_has_fields (const RegieKind *kind, const RegieQuery *base);

G_END_DECLS
