/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-kinds.h"

#include "regie-core-resources.h"
#include "regie-json.h"
#include "regie-kinds-private.h"

typedef struct
{
  guint version;
  GPtrArray *kinds;
} Vocabulary;

/* The description is part of the program, so a fault in it is a programming error. */
static gpointer
load_vocabulary (gpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      g_resource_lookup_data (regie_core_get_resource (), "/org/regie/core/kinds.json", 0, &error);
  g_autoptr (JsonObject) root = NULL;
  JsonArray *descriptions;
  Vocabulary *self = g_new0 (Vocabulary, 1);

  if (bytes != NULL)
    root = regie_json_parse_object (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  if (root == NULL)
    g_error ("kinds.json: %s", error->message);

  self->version = regie_json_get_int (root, "version", 0);
  self->kinds = g_ptr_array_new ();
  descriptions = regie_json_get_array (root, "kinds");
  for (guint i = 0; i < json_array_get_length (descriptions); i++)
    {
      RegieKind *kind = regie_kind_load (json_array_get_object_element (descriptions, i), &error);

      if (kind == NULL)
        g_error ("kinds.json: %s", error->message);
      g_ptr_array_add (self->kinds, kind);
    }

  return self;
}

static Vocabulary *
get_vocabulary (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, load_vocabulary, NULL);
}

const RegieKind *const *
regie_kinds_list (guint *n_kinds)
{
  Vocabulary *self = get_vocabulary ();

  *n_kinds = self->kinds->len;

  return (const RegieKind *const *) self->kinds->pdata;
}

guint
regie_kinds_get_version (void)
{
  return get_vocabulary ()->version;
}

const RegieKind *
regie_kind_get (const char *name)
{
  Vocabulary *self = get_vocabulary ();

  for (guint i = 0; i < self->kinds->len; i++)
    {
      const RegieKind *kind = g_ptr_array_index (self->kinds, i);

      if (g_strcmp0 (kind->name, name) == 0)
        return kind;
    }

  return NULL;
}

const RegieKind *
regie_kind_get_by_path (const char *path)
{
  Vocabulary *self = get_vocabulary ();

  for (guint i = 0; i < self->kinds->len; i++)
    {
      const RegieKind *kind = g_ptr_array_index (self->kinds, i);

      if (g_strcmp0 (kind->path, path) == 0)
        return kind;
    }

  return NULL;
}

const RegieField *
regie_kind_find_field (const RegieKind *kind, const char *name)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (g_strcmp0 (kind->fields[i].name, name) == 0)
        return &kind->fields[i];
    }

  return NULL;
}

const RegieAction *
regie_kind_find_action (const RegieKind *kind, const char *name)
{
  for (guint i = 0; i < kind->n_actions; i++)
    {
      if (g_strcmp0 (kind->actions[i].name, name) == 0)
        return &kind->actions[i];
    }

  return NULL;
}

const RegieEnumValue *
regie_field_find_value (const RegieField *field, const char *name)
{
  for (guint i = 0; i < field->n_values; i++)
    {
      if (g_strcmp0 (field->values[i].name, name) == 0)
        return &field->values[i];
    }

  return NULL;
}
