/* SPDX-License-Identifier: GPL-3.0-or-later */

/* JSON from outside into records of every kind: parsed, validated as a create and as a patch, to the wire and
 * back. */

#include "fuzz.h"
#include "regie-json.h"
#include "regie-kinds.h"

static void
use (const RegieKind *kind, JsonObject *object, RegieValidateMode mode)
{
  g_autoptr (JsonObject) copy = regie_json_copy (object);
  g_autoptr (GError) error = NULL;

  if (regie_kind_validate (kind, copy, mode, &error))
    {
      g_autoptr (JsonObject) wire = regie_kind_to_wire (kind, copy);
      g_autoptr (JsonObject) back = regie_kind_from_wire (kind, wire);
      g_autofree char *text = regie_json_object_to_sorted_string (back);

      g_assert_nonnull (text);
    }
  else
    {
      g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
      g_assert_true (error->message[0] == '/');
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) object = regie_json_parse_object ((const char *) data, size, &error);
  guint n_kinds;
  const RegieKind *const *kinds = regie_kinds_list (&n_kinds);

  g_assert_true ((object == NULL) == (error != NULL));
  for (guint i = 0; object != NULL && i < n_kinds; i++)
    {
      use (kinds[i], object, REGIE_VALIDATE_CREATE);
      use (kinds[i], object, REGIE_VALIDATE_PATCH);
    }

  return 0;
}
