/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-cause.h"
#include "regie-json.h"

/* What an error carries beside its message. As text: errors go from thread to thread. */
typedef struct
{
  char *code, *args;
} RegieErrorPrivate;

static void
regie_error_private_init (RegieErrorPrivate *self)
{
}

static void
regie_error_private_copy (const RegieErrorPrivate *source, RegieErrorPrivate *self)
{
  self->code = g_strdup (source->code);
  self->args = g_strdup (source->args);
}

static void
regie_error_private_clear (RegieErrorPrivate *self)
{
  g_free (self->code);
  g_free (self->args);
}

G_DEFINE_EXTENDED_ERROR (RegieError, regie_error)

JsonObject *
regie_error_get_cause (const GError *error)
{
  RegieErrorPrivate *self =
      error != NULL && error->domain == REGIE_ERROR ? regie_error_get_private (error) : NULL;
  JsonObject *cause;

  if (self == NULL || self->code == NULL)
    return NULL;
  cause = regie_json_object_new ("code", 's', self->code, NULL);
  if (self->args != NULL)
    json_object_set_object_member (cause, "args", regie_json_parse_object (self->args, -1, NULL));

  return cause;
}

void
regie_error_set_cause (GError *error, const char *code, JsonObject *args)
{
  RegieErrorPrivate *self = error->domain == REGIE_ERROR ? regie_error_get_private (error) : NULL;

  if (self == NULL)
    return;
  g_set_str (&self->code, code);
  g_clear_pointer (&self->args, g_free);
  if (args != NULL)
    self->args = regie_json_object_to_string (args);
}

static const char *const names[] = {
  [REGIE_ERROR_INVALID] = "invalid",
  [REGIE_ERROR_NOT_FOUND] = "not-found",
  [REGIE_ERROR_CONFLICT] = "conflict",
  [REGIE_ERROR_DENIED] = "denied",
  [REGIE_ERROR_TOO_LARGE] = "too-large",
  [REGIE_ERROR_NEWER] = "newer",
  [REGIE_ERROR_CORRUPT] = "corrupt",
  [REGIE_ERROR_FULL] = "full",
  [REGIE_ERROR_READ_ONLY] = "read-only",
  [REGIE_ERROR_LOCKED] = "locked",
  [REGIE_ERROR_UNREACHABLE] = "unreachable",
  [REGIE_ERROR_UNKNOWN] = "unknown",
  [REGIE_ERROR_PROTOCOL] = "protocol",
  [REGIE_ERROR_LIMITED] = "limited",
  [REGIE_ERROR_STATE] = "state",
  [REGIE_ERROR_SIGNED_OUT] = "signed-out",
  [REGIE_ERROR_FAILED] = "failed",
};

const char *
regie_error_code_to_string (RegieError code)
{
  g_return_val_if_fail ((guint) code < G_N_ELEMENTS (names), "failed");

  return names[code];
}

gboolean
regie_error_code_from_string (const char *name, RegieError *code)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (g_strcmp0 (names[i], name) == 0)
        {
          *code = i;
          return TRUE;
        }
    }

  return FALSE;
}
