/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-profile-read-private.h"

/* How one signs in, and what each request carries to say who asks. */

static void
step_free (gpointer data)
{
  RegieProfileStep *step = data;

  g_free (step->name);
  g_free (step->title);
  g_strfreev (step->fields);
  g_free (step);
}

static void
clear_lost (gpointer data)
{
  g_free (((RegieProfileLost *) data)->message);
}

/* The elements of MEMBER one by one, each read by READ. */
static void
read_each (RegieProfile *self,
           RegieReader *reader,
           JsonObject *object,
           const char *member,
           void (*read) (RegieProfile *self, RegieReader *reader, JsonObject *element))
{
  JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;
  JsonArray *array;

  if (node == NULL)
    return;
  if (!JSON_NODE_HOLDS_ARRAY (node) || json_array_get_length (json_node_get_array (node)) == 0)
    {
      regie_reader_fail (reader, member, "must be an array that is not empty");
      return;
    }
  array = json_node_get_array (node);
  regie_reader_enter (reader, member);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      g_autofree char *index = g_strdup_printf ("%u", i);

      if (!JSON_NODE_HOLDS_OBJECT (element))
        {
          regie_reader_fail (reader, index, "must be an object");
          break;
        }
      regie_reader_enter (reader, index);
      read (self, reader, json_node_get_object (element));
      regie_reader_leave (reader);
    }
  regie_reader_leave (reader);
}

static void
read_step (RegieProfile *self, RegieReader *reader, JsonObject *object)
{
  static const char *const booleans[] = { "nothing", "tokens", NULL };
  RegieProfileStep *step = g_new0 (RegieProfileStep, 1);

  g_ptr_array_add (self->auth.steps, step);
  regie_reader_members (reader, object, "name title fields request gives");
  step->name = g_strdup (regie_reader_text (reader, object, "name", TRUE));
  step->title = g_strdup (regie_reader_text (reader, object, "title", TRUE));
  step->fields = regie_reader_texts (reader, object, "fields", TRUE);
  step->grants = regie_reader_choice (reader, object, "gives", booleans, 0) == 1;
  step->request = regie_profile_read_request (self, reader, object, "request", NULL);
  if (step->request == NULL || step->request->missing != NULL)
    regie_reader_fail (reader, "request", "is needed");
}

static void
read_lost (RegieProfile *self, RegieReader *reader, JsonObject *object)
{
  RegieProfileLost lost = { 0 };

  regie_reader_members (reader, object, "status message");
  lost.status = regie_reader_int (reader, object, "status", 0, 300, 599);
  if (lost.status == 0)
    regie_reader_fail (reader, "status", "is needed");
  lost.message = g_strdup (regie_reader_text (reader, object, "message", FALSE));
  g_array_append_val (self->auth.lost, lost);
}

static void
read_tokens (RegieProfile *self, RegieReader *reader, JsonObject *auth)
{
  RegieProfileAuth *read = &self->auth;

  read->header = g_strdup (regie_reader_text (reader, auth, "header", FALSE));
  read->scheme = g_strdup (regie_reader_text (reader, auth, "scheme", FALSE));
  if (read->header == NULL)
    read->header = g_strdup ("Authorization");
  read->steps = g_ptr_array_new_with_free_func (step_free);
  read->lost = g_array_new (FALSE, TRUE, sizeof (RegieProfileLost));
  g_array_set_clear_func (read->lost, clear_lost);
  read_each (self, reader, auth, "steps", read_step);
  if (read->steps->len == 0)
    regie_reader_fail (reader, "steps", "is needed");
  read->token = regie_reader_pointers (reader, auth, "token", TRUE);
  read->refresh_token = regie_reader_pointers (reader, auth, "refresh_token", FALSE);
  read->seconds = regie_reader_pointers (reader, auth, "seconds", FALSE);
  read->user = regie_reader_pointers (reader, auth, "user", FALSE);
  read->refresh = regie_profile_read_request (self, reader, auth, "refresh", NULL);
  read->check = regie_profile_read_request (self, reader, auth, "check", NULL);
  read->check_user = regie_reader_pointers (reader, auth, "check_user", read->check != NULL);
  read_each (self, reader, auth, "lost", read_lost);
  read->kept = regie_reader_texts (reader, auth, "kept", FALSE);
}

static void
read_headers (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  JsonObject *headers = regie_reader_object (reader, root, "headers", FALSE);
  JsonObjectIter iter;
  const char *name;

  if (headers == NULL)
    return;
  regie_reader_enter (reader, "headers");
  json_object_iter_init_ordered (&iter, headers);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      const char *text = regie_reader_text (reader, headers, name, TRUE);

      if (text != NULL)
        g_hash_table_insert (self->headers, g_strdup (name), g_strdup (text));
    }
  regie_reader_leave (reader);
}

void
regie_profile_read_auth (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  static const char *const kinds[] = { "none", "socket", "token", NULL };
  JsonObject *auth = regie_reader_object (reader, root, "auth", TRUE);

  regie_reader_enter (reader, "auth");
  self->auth.kind = MAX (0, regie_reader_choice (reader, auth, "kind", kinds, -1));
  if (self->auth.kind == REGIE_AUTH_SOCKET && !self->allow_unix)
    regie_reader_fail (reader, "kind", "\"socket\" needs the transport unix");
  if (self->auth.kind == REGIE_AUTH_TOKEN)
    {
      regie_reader_members (reader, auth,
                            "kind header scheme steps token refresh_token seconds user refresh check "
                            "check_user lost kept");
      read_tokens (self, reader, auth);
    }
  else
    {
      regie_reader_members (reader, auth, "kind");
    }
  regie_reader_leave (reader);
  read_headers (self, reader, root);
}
