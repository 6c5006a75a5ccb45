/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/regie-db.h"

#include <glib/gstdio.h>

/* Acknowledged writes a second, on the disk (synchronous=FULL): through RegieDb's group commit, and with
 * plain SQLite in the usual way, one transaction for each write. Both on the same disk, in turns.
 *
 * bench-db [FOLDER [JSON]]: FOLDER is where the files are made (the disk to measure). */

#define RUNS     3
#define RUN_TIME (G_USEC_PER_SEC)
#define TABLE    "CREATE TABLE record (id INTEGER PRIMARY KEY, kind TEXT, value TEXT, time INTEGER);"
#define INSERT   "INSERT INTO record (kind, value, time) VALUES (?1, ?2, ?3)"
#define VALUE    "{\"name\":\"Ada\",\"state\":\"running\",\"phone\":\"+33 1 23 45 67 89\"}"

static const char *const steps[] = { TABLE };
static const RegieDbSchema schema = { "bench", 0x62656e63, steps, G_N_ELEMENTS (steps) };

static gboolean
insert (sqlite3 *db, gpointer data, GError **error)
{
  return regie_db_run (db, error, INSERT, "ssi", "dh", VALUE, (gint64) 1234567890);
}

/* --- plain SQLite --- */

static double
run_plain (const char *path)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;
  gint64 start, end, now;
  guint n = 0;

  if (sqlite3_open (path, &db) != SQLITE_OK ||
      sqlite3_exec (db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; " TABLE, NULL, NULL, NULL) !=
          SQLITE_OK ||
      sqlite3_prepare_v2 (db, INSERT, -1, &stmt, NULL) != SQLITE_OK)
    g_error ("%s", sqlite3_errmsg (db));
  start = g_get_monotonic_time ();
  end = start + RUN_TIME;
  do
    {
      sqlite3_bind_text (stmt, 1, "dh", -1, SQLITE_STATIC);
      sqlite3_bind_text (stmt, 2, VALUE, -1, SQLITE_STATIC);
      sqlite3_bind_int64 (stmt, 3, 1234567890);
      if (sqlite3_step (stmt) != SQLITE_DONE)
        g_error ("%s", sqlite3_errmsg (db));
      sqlite3_reset (stmt);
      n++;
      now = g_get_monotonic_time ();
    }
  while (now < end);
  sqlite3_finalize (stmt);
  sqlite3_close (db);
  return n / ((now - start) / (double) G_USEC_PER_SEC);
}

/* --- RegieDb --- */

typedef struct
{
  RegieDb *db;
  gint64 end;
  guint n;
} Client;

static gpointer
write_and_wait (gpointer data)
{
  Client *self = data;
  g_autoptr (GError) error = NULL;

  while (g_get_monotonic_time () < self->end)
    {
      if (!regie_db_write_sync (self->db, insert, NULL, &error))
        g_error ("%s", error->message);
      self->n++;
    }
  return NULL;
}

static double
run_clients (const char *path, guint n_clients)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieDb) db = regie_db_open (path, &schema, REGIE_DB_DURABLE, NULL, &error);
  g_autofree GThread **threads = g_new0 (GThread *, n_clients);
  g_autofree Client *clients = g_new0 (Client, n_clients);
  gint64 start = g_get_monotonic_time ();
  guint n = 0;

  if (db == NULL)
    g_error ("%s", error->message);
  for (guint i = 0; i < n_clients; i++)
    {
      clients[i] = (Client) { db, start + RUN_TIME, 0 };
      threads[i] = g_thread_new ("client", write_and_wait, &clients[i]);
    }
  for (guint i = 0; i < n_clients; i++)
    {
      g_thread_join (threads[i]);
      n += clients[i].n;
    }
  return n / ((g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC);
}

/* --- report --- */

static int
compare (gconstpointer a, gconstpointer b)
{
  return *(const double *) a < *(const double *) b ? -1 : 1;
}

/* The median of each, measured in turns so that both meet the same disk. */
static void
measure (const char *folder, guint n_clients, GString *json)
{
  double ours[RUNS], theirs[RUNS];

  for (guint i = 0; i < RUNS; i++)
    {
      g_autofree char *sub = g_strdup_printf ("%s/run-XXXXXX", folder);
      g_autofree char *our_path = g_strconcat (g_mkdtemp (sub), "/ours.db", NULL);
      g_autofree char *their_path = g_strconcat (sub, "/theirs.db", NULL);

      ours[i] = run_clients (our_path, n_clients);
      theirs[i] = run_plain (their_path);
      g_unlink (our_path);
      g_unlink (their_path);
      g_rmdir (sub);
    }
  qsort (ours, RUNS, sizeof *ours, compare);
  qsort (theirs, RUNS, sizeof *theirs, compare);
  g_print (
      "%4u writers at once: %9.0f commits/s, plain SQLite one transaction a write: %7.0f /s, ratio %.1f\n",
      n_clients, ours[RUNS / 2], theirs[RUNS / 2], ours[RUNS / 2] / theirs[RUNS / 2]);
  g_string_append_printf (json,
                          "%s{\"what\":\"%u writers acknowledged\",\"unit\":\"commits/s\",\"ours\":%.1f,"
                          "\"peer\":\"SQLite, one transaction a write\",\"theirs\":%.1f}",
                          json->len > 1 ? "," : "", n_clients, ours[RUNS / 2], theirs[RUNS / 2]);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GString) json = g_string_new ("[");
  g_autoptr (GError) error = NULL;
  g_autofree char *folder =
      g_build_filename (argc > 1 ? argv[1] : g_get_tmp_dir (), "regie-bench-XXXXXX", NULL);
  static const guint clients[] = { 1, 8, 64, 256 };

  if (g_mkdtemp (folder) == NULL)
    g_error ("Cannot make a folder in %s", argc > 1 ? argv[1] : g_get_tmp_dir ());
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    measure (folder, clients[i], json);
  g_rmdir (folder);
  g_string_append (json, "]\n");
  if (argc > 2 && !g_file_set_contents (argv[2], json->str, -1, &error))
    g_error ("%s", error->message);
  return 0;
}
