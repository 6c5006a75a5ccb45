/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A workspace's text as somebody imports it. */

#include "engine/regie-transfer.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieTransfer) transfer = regie_transfer_check (bytes, &error);

  g_assert_true ((transfer == NULL) == (error != NULL));
  if (error != NULL)
    {
      g_assert_true (error->domain == REGIE_ERROR);
      g_assert_true (g_str_has_prefix (error->message, "line "));
    }

  return 0;
}
