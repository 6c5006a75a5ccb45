/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Doing things to records: each becomes an intent on the disk, then a line with Undo. */

#include <glib/gi18n.h>

#include "regie-context.h"
#include "regie-format.h"

/* Deleting waits this long before it is sent; starting and stopping are sent at once, since they have an
 * inverse. */
#define DELETE_HOLD_MS 10000

typedef struct
{
  RegieContext *context;
  const RegieKind *kind;
  GStrv keys;
  char *action;      /* NULL: delete */
  JsonObject *patch; /* set: update */
} Doing;

static void
doing_free (gpointer data)
{
  Doing *self = data;

  g_object_unref (self->context);
  g_strfreev (self->keys);
  g_free (self->action);
  g_clear_pointer (&self->patch, json_object_unref);
  g_free (self);
}

static DexFuture *
do_one (Doing *self, const char *key)
{
  RegieStore *store = regie_context_get_store (self->context);

  if (self->patch != NULL)
    return regie_store_update (store, self->kind, key, self->patch, 0);
  if (self->action != NULL)
    return regie_store_act (store, self->kind, key, self->action, NULL, 0);

  return regie_store_delete (store, self->kind, key, DELETE_HOLD_MS);
}

/* "2 Digital Humans: Start" would be clumsy in French; a count, the kind and the action's word stay apart. */
static char *
describe (Doing *self, guint n_done)
{
  const RegieAction *action = self->action != NULL ? regie_kind_find_action (self->kind, self->action) : NULL;

  if (self->patch != NULL)
    return g_strdup_printf (ngettext ("%u record changed", "%u records changed", n_done), n_done);
  if (action == NULL)
    return g_strdup_printf (ngettext ("%u record deleted", "%u records deleted", n_done), n_done);

  if (n_done == 1)
    /* Translators: what was asked, and of what: "Back up: Database" */
    return g_strdup_printf (_ ("%s: %s"), regie_format_label (action->label),
                            regie_format_label (self->kind->label));

  /* Translators: what was asked, and of how many: "Start: 3 Digital Humans" */
  return g_strdup_printf (_ ("%s: %u %s"), regie_format_label (action->label), n_done,
                          regie_format_label (self->kind->plural));
}

/* One thing started or stopped shows it itself, and the button that undoes it stands in the same place; a
 * line over the page would only be in the way. */
static gboolean
is_plain_to_see (Doing *self)
{
  const RegieAction *action = self->action != NULL ? regie_kind_find_action (self->kind, self->action) : NULL;

  return action != NULL && action->inverse != NULL && g_strv_length (self->keys) == 1;
}

/* An action that is sent at once and has no inverse is done. */
static gboolean
can_undo (Doing *self)
{
  const RegieAction *action = self->action != NULL ? regie_kind_find_action (self->kind, self->action) : NULL;

  return action == NULL || action->inverse != NULL;
}

static DexFuture *
doing_fiber (gpointer data)
{
  Doing *self = data;
  g_autoptr (GStrvBuilder) intents = g_strv_builder_new ();
  g_autoptr (GError) first_error = NULL;
  g_auto (GStrv) ids = NULL;
  guint n_done = 0;

  for (guint i = 0; self->keys[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      char *intent = dex_await_string (do_one (self, self->keys[i]), &error);

      if (intent != NULL)
        {
          g_strv_builder_take (intents, intent);
          n_done++;
        }
      else if (first_error == NULL)
        {
          first_error = g_steal_pointer (&error);
        }
    }

  ids = g_strv_builder_end (intents);
  if (n_done > 0 && !is_plain_to_see (self))
    {
      g_autofree char *text = describe (self, n_done);
      regie_context_say (self->context, text, can_undo (self) ? (const char *const *) ids : NULL);
    }
  if (first_error != NULL)
    regie_context_say_error (self->context, _ ("Not everything could be done"), first_error);

  return NULL;
}

static void
begin (RegieContext *context,
       const RegieKind *kind,
       const char *const *keys,
       const char *action,
       JsonObject *patch)
{
  Doing *self = g_new0 (Doing, 1);

  self->context = g_object_ref (context);
  self->kind = kind;
  self->keys = g_strdupv ((char **) keys);
  self->action = g_strdup (action);
  self->patch = patch != NULL ? json_object_ref (patch) : NULL;
  dex_future_disown (dex_scheduler_spawn (NULL, 0, doing_fiber, self, doing_free));
}

void
regie_context_act (RegieContext *self, const RegieKind *kind, const char *key, const char *action)
{
  const char *keys[] = { key, NULL };

  begin (self, kind, keys, action, NULL);
}

void
regie_context_act_many (RegieContext *self,
                        const RegieKind *kind,
                        const char *const *keys,
                        const char *action)
{
  begin (self, kind, keys, action, NULL);
}

void
regie_context_delete_many (RegieContext *self, const RegieKind *kind, const char *const *keys)
{
  begin (self, kind, keys, NULL, NULL);
}

void
regie_context_update_many (RegieContext *self,
                           const RegieKind *kind,
                           const char *const *keys,
                           JsonObject *patch)
{
  begin (self, kind, keys, NULL, patch);
}
