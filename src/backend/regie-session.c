/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-session.h"

#include <string.h>

#include "regie-json.h"
#include "regie-mapping.h"

/* A token that ends while its request is under way is of no use. */
#define MARGIN_US (60 * G_TIME_SPAN_SECOND)

struct _RegieSession
{
  RegieProfile *profile;
  JsonObject *account;
  char *token, *refresh;
  gint64 expires_at;
};

RegieSession *
regie_session_new (RegieProfile *profile)
{
  RegieSession *self = g_new0 (RegieSession, 1);

  self->profile = g_object_ref (profile);
  self->account = json_object_new ();

  return self;
}

static void
forget (RegieSession *self)
{
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->refresh, g_free);
  self->expires_at = 0;
}

void
regie_session_free (RegieSession *self)
{
  forget (self);
  g_object_unref (self->profile);
  json_object_unref (self->account);
  g_free (self);
}

JsonObject *
regie_session_get_account (RegieSession *self)
{
  return self->account;
}

void
regie_session_set_account (RegieSession *self, JsonObject *account)
{
  g_clear_pointer (&self->account, json_object_unref);
  self->account = account != NULL ? regie_json_copy (account) : json_object_new ();
}

JsonObject *
regie_session_get_secrets (RegieSession *self)
{
  if (self->token == NULL)
    return NULL;

  return regie_json_object_new ("token", 's', self->token, "refresh", 's', self->refresh, "expires_at", 'i',
                                self->expires_at, NULL);
}

void
regie_session_set_secrets (RegieSession *self, JsonObject *secrets)
{
  forget (self);
  if (secrets == NULL)
    return;
  self->token = g_strdup (regie_json_get_text (secrets, "token", NULL));
  self->refresh = g_strdup (regie_json_get_text (secrets, "refresh", NULL));
  self->expires_at = json_object_get_int_member_with_default (secrets, "expires_at", 0);
}

/* --- what an answer gives --- */

/* The end that a JSON Web Token names (RFC 7519, "exp", seconds), in µs; 0 when TOKEN is none. It is only
 * read to know when to ask for another one: nobody here trusts it. */
static gint64
read_expiry (const char *token)
{
  g_auto (GStrv) parts = g_strsplit (token, ".", 4);
  g_autoptr (JsonObject) claims = NULL;
  g_autofree guchar *bytes = NULL;
  g_autofree char *padded = NULL;
  gsize size, length;

  if (g_strv_length (parts) != 3)
    return 0;
  length = strlen (parts[1]);
  padded = g_strdup_printf ("%s%.*s", parts[1], (int) ((4 - length % 4) % 4), "===");
  g_strdelimit (padded, "-", '+');
  g_strdelimit (padded, "_", '/');
  bytes = g_base64_decode (padded, &size);
  claims = regie_json_parse_object ((const char *) bytes, size, NULL);
  if (claims == NULL)
    return 0;

  return json_object_get_int_member_with_default (claims, "exp", 0) * G_TIME_SPAN_SECOND;
}

static char *
find_text (JsonObject *answer, GStrv pointers)
{
  g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), answer);

  return regie_mapping_dup_scalar (regie_mapping_find (root, (const char *const *) pointers));
}

gboolean
regie_session_take (RegieSession *self, JsonObject *answer, gint64 now, GError **error)
{
  const RegieProfileAuth *auth = &self->profile->auth;
  g_autofree char *token = find_text (answer, auth->token);
  g_autofree char *refresh = find_text (answer, auth->refresh_token);
  g_autofree char *seconds = find_text (answer, auth->seconds);
  g_autofree char *user = find_text (answer, auth->user);

  if (token == NULL || *token == '\0')
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL, "%s signed in without giving a token",
                   self->profile->title);
      return FALSE;
    }
  g_free (self->token);
  self->token = g_steal_pointer (&token);
  if (refresh != NULL)
    {
      g_free (self->refresh);
      self->refresh = g_steal_pointer (&refresh);
    }
  /* By our own clock, which may go otherwise than the server's. */
  self->expires_at = seconds != NULL ? now + (gint64) (g_ascii_strtod (seconds, NULL) * G_TIME_SPAN_SECOND)
                                     : read_expiry (self->token);
  if (user != NULL)
    json_object_set_string_member (self->account, "user", user);

  return TRUE;
}

/* --- what a request carries --- */

char *
regie_session_dup_credential (RegieSession *self)
{
  const char *scheme = self->profile->auth.scheme;

  if (self->token == NULL)
    return NULL;

  return scheme != NULL ? g_strdup_printf ("%s %s", scheme, self->token) : g_strdup (self->token);
}

gint64
regie_session_get_expiry (RegieSession *self)
{
  return self->expires_at;
}

gboolean
regie_session_is_ending (RegieSession *self, gint64 now)
{
  return self->expires_at != 0 && self->expires_at - MARGIN_US <= now;
}

gboolean
regie_session_can_refresh (RegieSession *self)
{
  return self->refresh != NULL && self->profile->auth.refresh != NULL;
}

JsonObject *
regie_session_get_refresh_params (RegieSession *self)
{
  return regie_json_object_new ("refresh_token", 's', self->refresh, NULL);
}
