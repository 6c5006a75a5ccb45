/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core/regie-json.h"
#include "regie-engine-harness.h"

G_BEGIN_DECLS

/* A new workspace or Digital Human of that name; returns its id. */
char *test_add_workspace (RegieEngineHarness *engine, const char *name);
char *test_add_human (RegieEngineHarness *engine, const char *workspace, const char *name);

/* "/v1/KIND/ID" and "/v1/KIND/ID/ACTION". */
char *test_path (const char *kind, const char *id, const char *action);

/* The status of a request, and that its answer is a problem of CODE at FIELD (NULL: none). */
void test_assert_problem (RegieEngineHarness *engine,
                          guint status,
                          const char *code,
                          const char *field,
                          const char *method,
                          const char *path,
                          const char *body);

/* One member of the names of a page's items, with commas between. */
char *test_list (RegieEngineHarness *engine, const char *path, const char *member);
gint64 test_total (RegieEngineHarness *engine, const char *path);

G_END_DECLS
