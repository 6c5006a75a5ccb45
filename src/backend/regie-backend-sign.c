/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-backend-run.h"

#include "regie-json.h"
#include "regie-mapping.h"

/* Signing in, and what is kept of it. */

gboolean
regie_backend_is_signed_in (RegieBackend *self)
{
  g_autofree char *credential = NULL;

  g_return_val_if_fail (REGIE_IS_BACKEND (self), FALSE);

  if (self->profile->auth.kind != REGIE_AUTH_TOKEN)
    return TRUE;
  credential = regie_session_dup_credential (self->session);

  return credential != NULL;
}

JsonObject *
regie_backend_get_account (RegieBackend *self)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);

  return regie_session_get_account (self->session);
}

void
regie_backend_set_account (RegieBackend *self, JsonObject *account)
{
  g_return_if_fail (REGIE_IS_BACKEND (self));

  regie_session_set_account (self->session, account);
}

JsonObject *
regie_backend_get_secrets (RegieBackend *self)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);

  return regie_session_get_secrets (self->session);
}

void
regie_backend_set_secrets (RegieBackend *self, JsonObject *secrets)
{
  g_return_if_fail (REGIE_IS_BACKEND (self));

  regie_session_set_secrets (self->session, secrets);
}

gint64
regie_backend_get_expiry (RegieBackend *self)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), 0);

  return regie_session_can_refresh (self->session) ? 0 : regie_session_get_expiry (self->session);
}

JsonArray *
regie_backend_get_steps (RegieBackend *self)
{
  JsonArray *steps;

  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);

  steps = json_array_new ();
  for (guint i = 0; self->profile->auth.steps != NULL && i < self->profile->auth.steps->len; i++)
    {
      const RegieProfileStep *step = g_ptr_array_index (self->profile->auth.steps, i);
      JsonArray *fields = json_array_new ();
      JsonObject *object = regie_json_object_new ("name", 's', step->name, "title", 's', step->title, NULL);

      for (guint k = 0; step->fields[k] != NULL; k++)
        json_array_add_string_element (fields, step->fields[k]);
      json_object_set_array_member (object, "fields", fields);
      json_object_set_boolean_member (object, "tokens", step->grants);
      json_array_add_object_element (steps, object);
    }

  return steps;
}

/* --- a step --- */

typedef struct
{
  RegieBackend *backend;
  const RegieProfileStep *step;
  JsonObject *params;
} SignIn;

static void
sign_in_free (gpointer data)
{
  SignIn *self = data;

  g_object_unref (self->backend);
  json_object_unref (self->params);
  g_free (self);
}

/* Whom the server serves with this token must be who signed in. */
static gboolean
check_user (RegieBackend *self, GError **error)
{
  const RegieProfileAuth *auth = &self->profile->auth;
  const char *user = regie_json_get_text (regie_session_get_account (self->session), "user", NULL);
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *served = NULL;
  RegieExchange *exchange;

  if (auth->check == NULL)
    return TRUE;
  exchange = regie_exchange_new (self->profile, self->http, auth->check);
  exchange->want = REGIE_WANT_JSON;
  answer = dex_await_boxed (regie_backend_run (self, exchange), error);
  if (answer == NULL)
    return FALSE;
  root = json_node_init_object (json_node_alloc (), answer);
  served = regie_mapping_dup_scalar (regie_mapping_find (root, (const char *const *) auth->check_user));
  if (user == NULL || g_strcmp0 (served, user) == 0)
    return TRUE;
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_DENIED,
               "%s serves the data of another account than the one that signed in", self->profile->title);

  return FALSE;
}

/* What the user typed that is no secret stays with the account: the workspace, the address. */
static void
keep_account (SignIn *self)
{
  static const char *const kept[] = { "workspace", "email", "identifier" };
  JsonObject *account = regie_session_get_account (self->backend->session);

  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      const char *value = regie_json_get_text (self->params, kept[i], NULL);

      if (value != NULL)
        json_object_set_string_member (account, kept[i], value);
    }
}

static DexFuture *
sign_in_fiber (gpointer data)
{
  SignIn *self = data;
  RegieBackend *backend = self->backend;
  RegieExchange *exchange = regie_exchange_new (backend->profile, backend->http, self->step->request);
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (GError) error = NULL;

  exchange->want = REGIE_WANT_JSON;
  exchange->open = TRUE;
  exchange->params = json_object_ref (self->params);
  answer = dex_await_boxed (regie_backend_run (backend, exchange), &error);
  if (answer == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  keep_account (self);
  if (self->step->grants)
    {
      if (!regie_session_take (backend->session, answer, g_get_real_time (), &error) ||
          !check_user (backend, &error))
        {
          regie_session_set_secrets (backend->session, NULL);
          return dex_future_new_for_error (g_steal_pointer (&error));
        }
      regie_backend_emit_secrets_changed (backend);
    }

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT,
                                    regie_json_copy (regie_session_get_account (backend->session)));
}

DexFuture *
regie_backend_sign_in (RegieBackend *self, const char *step, JsonObject *params)
{
  const RegieProfileStep *found;
  SignIn *sign_in;

  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);
  g_return_val_if_fail (step != NULL && params != NULL, NULL);

  found = regie_profile_find_step (self->profile, step);
  if (found == NULL)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "%s has no step \"%s\"",
                                  self->profile->title, step);
  for (guint i = 0; found->fields[i] != NULL; i++)
    {
      const char *value = regie_json_get_text (params, found->fields[i], NULL);

      if (value == NULL || *value == '\0')
        return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_INVALID, "/%s: is needed", found->fields[i]);
    }
  sign_in = g_new (SignIn, 1);
  sign_in->backend = g_object_ref (self);
  sign_in->step = found;
  sign_in->params = regie_json_copy (params);

  return dex_scheduler_spawn (NULL, 0, sign_in_fiber, sign_in, sign_in_free);
}
