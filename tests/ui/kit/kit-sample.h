/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "../../store/store-test-util.h"

G_BEGIN_DECLS

/* Things to show: two workspaces, three well-known Digital Humans and N_MORE others, some tasks. */
void kit_sample_fill (RegieStore *store, guint n_more);

G_END_DECLS
