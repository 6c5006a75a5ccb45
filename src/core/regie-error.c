/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-error.h"

G_DEFINE_QUARK (regie - error, regie_error)

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
