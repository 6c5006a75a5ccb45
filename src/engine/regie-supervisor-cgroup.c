/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Limits by control groups, version 2 only and only where the service manager gave us a subtree
 * ("Delegate="), which it marks with an extended attribute. Elsewhere the groups are somebody else's, even
 * where we could write. A group with processes of its own cannot pass controllers on, so the engine moves
 * itself into a leaf first. */

#define PERIOD_US 100000

struct _RegieCgroup
{
  char *path;
};

static gboolean
write_value (const char *group, const char *name, const char *value, GError **error)
{
  g_autofree char *path = g_build_filename (group, name, NULL);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gssize n = fd >= 0 ? write (fd, value, strlen (value)) : -1;
  int code = errno;

  if (fd >= 0)
    close (fd);
  if (n >= 0)
    return TRUE;
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "%s cannot be written: %s", path, g_strerror (code));

  return FALSE;
}

/* The path of our own group in the unified hierarchy: the line "0::/path". */
static char *
find_own (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (g_str_has_prefix (lines[i], "0::"))
        return g_strdup (lines[i] + 3);
    }

  return NULL;
}

static gboolean
is_delegated (const char *path)
{
  char value[8] = "";

  return getxattr (path, "user.delegate", value, sizeof value - 1) > 0 && g_str_equal (value, "1");
}

static gboolean
has_controllers (const char *path)
{
  g_autofree char *file = g_build_filename (path, "cgroup.controllers", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) names = NULL;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return FALSE;
  names = g_strsplit_set (g_strstrip (text), " ", -1);

  return g_strv_contains ((const char *const *) names, "cpu") &&
         g_strv_contains ((const char *const *) names, "memory");
}

static gboolean
take_over (const char *path, GError **error)
{
  g_autofree char *leaf = g_build_filename (path, "engine", NULL);
  g_autofree char *pid = g_strdup_printf ("%d", getpid ());

  if (g_mkdir (leaf, 0755) != 0 && errno != EEXIST)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "%s cannot be made: %s", leaf, g_strerror (errno));
      return FALSE;
    }

  return write_value (leaf, "cgroup.procs", pid, error) &&
         write_value (path, "cgroup.subtree_control", "+cpu +memory", error);
}

RegieCgroup *
regie_cgroup_new (const char *mount, const char *own, char **why)
{
  g_autofree char *found = own != NULL ? g_strdup (own) : find_own ();
  g_autofree char *path =
      found != NULL ? g_build_filename (mount != NULL ? mount : "/sys/fs/cgroup", found, NULL) : NULL;
  g_autoptr (GError) error = NULL;
  RegieCgroup *self;

  if (path == NULL || !has_controllers (path))
    {
      *why = g_strdup ("no control groups of version 2 with processor and memory here");
      return NULL;
    }
  if (!is_delegated (path))
    {
      *why = g_strdup_printf ("the control group %s was not delegated to the engine", path);
      return NULL;
    }
  if (!take_over (path, &error))
    {
      *why = g_strdup (error->message);
      return NULL;
    }
  self = g_new0 (RegieCgroup, 1);
  self->path = g_steal_pointer (&path);

  return self;
}

void
regie_cgroup_free (RegieCgroup *self)
{
  g_free (self->path);
  g_free (self);
}

static char *
group_of (RegieCgroup *self, const char *id)
{
  g_autofree char *name = g_strconcat ("digital-human-", id, NULL);

  return g_build_filename (self->path, name, NULL);
}

gboolean
regie_cgroup_enter (RegieCgroup *self, const char *id, GPid pid, gint64 cpu, gint64 memory, GError **error)
{
  g_autofree char *group = group_of (self, id);
  g_autofree char *cpu_text =
      cpu > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT " %d", cpu * PERIOD_US / 100, PERIOD_US)
              : g_strdup ("max");
  g_autofree char *memory_text =
      memory > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, memory * 1024 * 1024) : g_strdup ("max");
  g_autofree char *pid_text = g_strdup_printf ("%d", pid);

  if (g_mkdir (group, 0755) != 0 && errno != EEXIST)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "%s cannot be made: %s", group,
                   g_strerror (errno));
      return FALSE;
    }

  return write_value (group, "cpu.max", cpu_text, error) &&
         write_value (group, "memory.max", memory_text, error) &&
         write_value (group, "cgroup.procs", pid_text, error);
}

void
regie_cgroup_leave (RegieCgroup *self, const char *id)
{
  g_autofree char *group = group_of (self, id);

  g_rmdir (group);
}
