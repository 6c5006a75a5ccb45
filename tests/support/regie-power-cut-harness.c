/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-power-cut-harness.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sqlite3.h>

/* A workload of more sync points than this has lost its end. */
#define MAX_SYNC_POINTS 20000

/* --- the witness --- */

typedef struct
{
  GPtrArray *allowed; /* values, "" stands for none: the acknowledged one first, then those asked for since */
  char *found;
  guint n_found;
} Thing;

struct _RegieWitness
{
  GMutex lock;
  GHashTable *things; /* name -> Thing */
  guint n_acknowledged;
};

/* Not there; no real value is empty. */
#define NOTHING ""

static void
thing_free (gpointer data)
{
  Thing *self = data;

  g_ptr_array_unref (self->allowed);
  g_free (self->found);
  g_free (self);
}

static Thing *
ensure_thing (RegieWitness *self, const char *name)
{
  Thing *thing = g_hash_table_lookup (self->things, name);

  if (thing == NULL)
    {
      thing = g_new0 (Thing, 1);
      thing->allowed = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (thing->allowed, g_strdup (NOTHING));
      g_hash_table_insert (self->things, g_strdup (name), thing);
    }
  return thing;
}

void
regie_witness_ask (RegieWitness *self, const char *name, const char *value)
{
  g_assert (value == NULL || *value != '\0');
  g_mutex_lock (&self->lock);
  g_ptr_array_add (ensure_thing (self, name)->allowed, g_strdup (value != NULL ? value : NOTHING));
  g_mutex_unlock (&self->lock);
}

void
regie_witness_acknowledge (RegieWitness *self, const char *name)
{
  Thing *thing;

  g_mutex_lock (&self->lock);
  thing = ensure_thing (self, name);
  g_ptr_array_remove_range (thing->allowed, 0, thing->allowed->len - 1);
  self->n_acknowledged++;
  g_mutex_unlock (&self->lock);
}

gboolean
regie_witness_must_exist (RegieWitness *self, const char *name)
{
  Thing *thing;
  gboolean must;

  g_mutex_lock (&self->lock);
  thing = ensure_thing (self, name);
  must = thing->allowed->len == 1 && !g_str_equal (thing->allowed->pdata[0], NOTHING);
  g_mutex_unlock (&self->lock);
  return must;
}

void
regie_witness_find (RegieWitness *self, const char *name, const char *value)
{
  Thing *thing;

  g_mutex_lock (&self->lock);
  thing = ensure_thing (self, name);
  thing->n_found++;
  g_free (thing->found);
  thing->found = g_strdup (value);
  g_mutex_unlock (&self->lock);
}

static RegieWitness *
witness_new (void)
{
  RegieWitness *self = g_new0 (RegieWitness, 1);

  g_mutex_init (&self->lock);
  self->things = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, thing_free);
  return self;
}

static void
witness_free (RegieWitness *self)
{
  g_hash_table_unref (self->things);
  g_mutex_clear (&self->lock);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieWitness, witness_free)

static gboolean
has_in_flight (RegieWitness *self)
{
  GHashTableIter iter;
  gpointer thing;

  g_hash_table_iter_init (&iter, self->things);
  while (g_hash_table_iter_next (&iter, NULL, &thing))
    if (((Thing *) thing)->allowed->len > 1)
      return TRUE;
  return FALSE;
}

static gboolean
verify (RegieWitness *self, GError **error)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, self->things);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      Thing *thing = value;
      const char *found = thing->n_found > 0 ? thing->found : NOTHING;

      if (thing->n_found > 1)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "“%s” is there %u times", (char *) name,
                       thing->n_found);
          return FALSE;
        }
      if (!g_ptr_array_find_with_equal_func (thing->allowed, found, g_str_equal, NULL))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                       "“%s” is “%.60s”, but “%.60s” was acknowledged and %u changes were asked for since",
                       (char *) name, found, (char *) thing->allowed->pdata[0], thing->allowed->len - 1);
          return FALSE;
        }
    }
  return TRUE;
}

/* --- files --- */

static void
remove_all (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        remove_all (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}

/* Without recovery by the program: whatever opens the file must find it sound. */
static gboolean
check_integrity (const char *path, GError **error)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;
  gboolean ok = FALSE;

  if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
      sqlite3_prepare_v2 (db, "PRAGMA integrity_check", -1, &stmt, NULL) == SQLITE_OK &&
      sqlite3_step (stmt) == SQLITE_ROW)
    ok = g_strcmp0 ((const char *) sqlite3_column_text (stmt, 0), "ok") == 0;
  if (!ok)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s is damaged: %s", path,
                 stmt != NULL && sqlite3_column_count (stmt) > 0 && sqlite3_column_text (stmt, 0) != NULL
                     ? (const char *) sqlite3_column_text (stmt, 0)
                     : sqlite3_errmsg (db));
  sqlite3_finalize (stmt);
  sqlite3_close (db);
  return ok;
}

static gboolean
check_files (const char *folder, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR)
              ? !check_files (path, error)
              : g_str_has_suffix (name, ".db") && !check_integrity (path, error))
        return FALSE;
    }
  return TRUE;
}

/* --- runs --- */

/* One run, cut at sync point N; *CUT is FALSE when it ended before. */
static gboolean
try_one (const RegiePowerCutWorkload *workload,
         RegiePowerCutMode mode,
         guint32 seed,
         guint n,
         RegiePowerCutReport *report,
         gboolean *cut,
         GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("regie-power-cut-XXXXXX", error);
  g_autoptr (RegieWitness) witness = witness_new ();
  gboolean ok;

  if (folder == NULL)
    return FALSE;
  regie_power_cut_register (TRUE);
  regie_power_cut_arm (n, mode, seed + n);
  workload->run (folder, witness, workload->data);
  *cut = regie_power_cut_happened ();
  regie_power_cut_now ();
  regie_power_cut_materialise (folder);
  regie_power_cut_register (FALSE);
  report->n_cuts += *cut;
  report->n_acknowledged += witness->n_acknowledged;
  report->n_in_flight += has_in_flight (witness);
  ok = check_files (folder, error) && workload->check (folder, witness, workload->data, error) &&
       verify (witness, error);
  if (!ok)
    g_prefix_error (error, "After a power cut at sync point %u (seed %u): ", n, seed);
  remove_all (folder);
  return ok;
}

gboolean
regie_power_cut_try_all (const RegiePowerCutWorkload *workload,
                         RegiePowerCutMode mode,
                         guint32 seed,
                         guint step,
                         RegiePowerCutReport *report,
                         GError **error)
{
  RegiePowerCutReport local = { 0 };
  gboolean cut = TRUE;

  report = report != NULL ? report : &local;
  *report = (RegiePowerCutReport) { 0 };
  for (guint n = 1; cut; n += step)
    {
      if (n > MAX_SYNC_POINTS)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The workload does not end");
          return FALSE;
        }
      if (!try_one (workload, mode, seed, n, report, &cut, error))
        return FALSE;
    }
  return TRUE;
}
