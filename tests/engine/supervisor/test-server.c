/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervisor-test-util.h"

#include <libsoup/soup.h>

#define LARGE_BYTES (2 * 1024 * 1024)

struct _TestServer
{
  SoupServer *server;
  guint port;
  GHashTable *counts;  /* path -> number */
  GHashTable *headers; /* of the last request */
  GPtrArray *waiting;  /* SoupServerMessage */
};

static void
note_header (const char *name, const char *value, gpointer data)
{
  g_hash_table_insert (data, g_ascii_strdown (name, -1), g_strdup (value));
}

static void
answer (SoupServerMessage *message, guint status, const char *text, gsize length)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, text, length);
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer data)
{
  TestServer *self = data;
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, path));

  g_hash_table_insert (self->counts, g_strdup (path), GUINT_TO_POINTER (count + 1));
  g_hash_table_remove_all (self->headers);
  soup_message_headers_foreach (soup_server_message_get_request_headers (message), note_header,
                                self->headers);

  if (g_str_equal (path, "/hello"))
    {
      answer (message, 200, "hello", 5);
    }
  else if (g_str_equal (path, "/json"))
    {
      SoupMessageBody *body = soup_server_message_get_request_body (message);

      answer (message, 200, body->data, body->length);
    }
  else if (g_str_equal (path, "/large"))
    {
      g_autofree char *text = g_strnfill (LARGE_BYTES, 'x');

      answer (message, 200, text, LARGE_BYTES);
    }
  else if (g_str_equal (path, "/moved"))
    {
      soup_server_message_set_redirect (message, 302, "/hello");
    }
  else if (g_str_equal (path, "/slow"))
    {
      /* Never answered; the client gives up. */
      soup_server_message_pause (message);
      g_ptr_array_add (self->waiting, g_object_ref (message));
    }
  else
    {
      answer (message, g_str_equal (path, "/fail") ? 500 : 404, "no", 2);
    }
}

TestServer *
test_server_new (void)
{
  TestServer *self = g_new0 (TestServer, 1);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  self->server = soup_server_new (NULL, NULL);
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->server);
  self->port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  return self;
}

void
test_server_free (TestServer *self)
{
  soup_server_disconnect (self->server);
  g_ptr_array_unref (self->waiting);
  g_object_unref (self->server);
  g_hash_table_unref (self->counts);
  g_hash_table_unref (self->headers);
  g_free (self);
}

guint
test_server_get_port (TestServer *self)
{
  return self->port;
}

guint
test_server_count (TestServer *self, const char *path)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, path));
}

const char *
test_server_get_header (TestServer *self, const char *name)
{
  return g_hash_table_lookup (self->headers, name);
}
