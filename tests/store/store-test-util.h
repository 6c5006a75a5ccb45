/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/regie-store.h"

G_BEGIN_DECLS

/* A store in a folder of its own. */
typedef struct
{
  char *folder;
  RegieStore *store;
} StoreTest;

void store_test_set_up (StoreTest *test, gconstpointer unused);
void store_test_tear_down (StoreTest *test, gconstpointer unused);
/* Closes and opens again. */
void store_test_reopen (StoreTest *test);
RegieStore *store_test_open (const char *folder);

char *store_test_make_folder (void);
void store_test_remove_folder (const char *folder);

/* Iterates the main context until FUTURE settles (60 s at most). Consumes it. */
gboolean store_test_await (DexFuture *future, GError **error);
/* The same, and it must resolve to this type. Transfer full. */
char *store_test_await_text (DexFuture *future);
gint64 store_test_await_int64 (DexFuture *future);
gpointer store_test_await_boxed (DexFuture *future, GType type);
void store_test_await_ok (DexFuture *future);
void store_test_await_error (DexFuture *future, RegieError code);

/* Iterates until the condition holds; fails the test after 60 s. */
#define store_test_until(condition)                                                                          \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    gint64 deadline_ = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;                                        \
    while (!(condition))                                                                                     \
      {                                                                                                      \
        if (g_get_monotonic_time () > deadline_)                                                             \
          g_error ("%s:%d: did not become true: %s", __FILE__, __LINE__, #condition);                        \
        if (!g_main_context_iteration (NULL, FALSE))                                                         \
          g_usleep (200);                                                                                    \
      }                                                                                                      \
  }                                                                                                          \
  G_STMT_END

/* What the engine would say of a Digital Human: NUMBER makes id and name; FIELDS (name, letter, value … as
 * regie_json_object_new) go over it. */
JsonObject *store_test_digital_human (guint number, guint rev);
/* ITEMS (each taken) as one page of CONNECTION. */
gint64 store_test_put (RegieStore *store, const char *connection, const char *kind, JsonObject *first, ...)
    G_GNUC_NULL_TERMINATED;
/* N rows at once, numbered from FIRST. */
void store_test_fill (RegieStore *store, const char *connection, guint first, guint n);

/* Keys, titles or a field of what a query gives, in order, with spaces between. Transfer full. */
char *store_test_fields (RegieStore *store, const RegieQuery *query, const char *field);
/* The one record of the kind with that name, loaded; NULL when there is none. Transfer full. */
RegieRecord *store_test_find (RegieStore *store, const char *kind, const char *name);
/* The key of a record. */
char *store_test_key (RegieStore *store, const char *kind, const char *name);

/* The intent of that id, as the outbox lists it; NULL. Transfer full. */
RegieIntent *store_test_intent (RegieStore *store, const char *id);
/* Takes the next intent of "local"; NULL when there is none. */
RegieIntent *store_test_take (RegieStore *store);

G_END_DECLS
