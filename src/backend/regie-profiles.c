/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-limits.h"
#include "regie-profile-private.h"

#define RESOURCE_PATH "/org/regie/profiles"

RegieProfile *
regie_profiles_find (GPtrArray *profiles, const char *name)
{
  for (guint i = 0; i < profiles->len; i++)
    {
      RegieProfile *profile = g_ptr_array_index (profiles, i);

      if (g_str_equal (profile->name, name))
        return profile;
    }

  return NULL;
}

/* The program's own are part of it: a fault in one is a fault of the program. */
static void
load_own (GPtrArray *profiles)
{
  GResource *resource = regie_profiles_get_resource ();
  g_auto (GStrv) names = g_resource_enumerate_children (resource, RESOURCE_PATH, 0, NULL);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *path = g_build_path ("/", RESOURCE_PATH, names[i], NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) json = g_resource_lookup_data (resource, path, 0, &error);
      RegieProfile *profile = json != NULL ? regie_profile_load (json, names[i], &error) : NULL;

      if (profile == NULL)
        g_error ("%s", error->message);
      g_ptr_array_add (profiles, profile);
    }
}

static RegieProfile *
load_file (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInfo) info = NULL;
  g_autoptr (GBytes) json = NULL;

  info = g_file_query_info (file, "standard::size,standard::type", G_FILE_QUERY_INFO_NONE, NULL, error);
  if (info == NULL)
    return NULL;
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR ||
      g_file_info_get_size (info) > REGIE_LIMIT_JSON_BYTES)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_TOO_LARGE, "%s: is no file of at most %u bytes", path,
                   REGIE_LIMIT_JSON_BYTES);
      return NULL;
    }
  json = g_file_load_bytes (file, NULL, NULL, error);

  return json != NULL ? regie_profile_load (json, path, error) : NULL;
}

static void
load_users (GPtrArray *profiles, GStrvBuilder *warnings)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "regie", "profiles", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (g_str_has_suffix (name, ".json"))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort_values (names, (GCompareFunc) strcmp);

  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RegieProfile) profile = load_file (folder, g_ptr_array_index (names, i), &error);

      if (profile != NULL && regie_profiles_find (profiles, profile->name) != NULL)
        g_set_error (&error, REGIE_ERROR, REGIE_ERROR_CONFLICT,
                     "%s/%s: /name: there is a profile \"%s\" already", folder,
                     (char *) g_ptr_array_index (names, i), profile->name);
      if (error != NULL)
        g_strv_builder_add (warnings, error->message);
      else
        g_ptr_array_add (profiles, g_steal_pointer (&profile));
    }
}

GPtrArray *
regie_profiles_load_all (GStrv *warnings)
{
  g_autoptr (GPtrArray) profiles = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GStrvBuilder) found = g_strv_builder_new ();

  load_own (profiles);
  load_users (profiles, found);
  if (warnings != NULL)
    *warnings = g_strv_builder_end (found);

  return g_steal_pointer (&profiles);
}
