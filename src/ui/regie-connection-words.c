/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-connection-words.h"

#include <glib/gi18n.h>

#include "regie-format.h"

char *
regie_connection_words_state (RegieConnection *connection)
{
  g_autofree char *since = regie_format_time_exact (regie_connection_get_since (connection));

  switch (regie_connection_get_state (connection))
    {
    case REGIE_CONNECTION_CONNECTING:
      return g_strdup (_ ("Connecting…"));
    case REGIE_CONNECTION_ONLINE:
      return g_strdup (regie_connection_get_syncing (connection) ? _ ("Online, reading…") : _ ("Online"));
    case REGIE_CONNECTION_OFFLINE:
      return g_strdup_printf (_ ("Offline since %s"), since);
    case REGIE_CONNECTION_SIGNED_OUT:
      return g_strdup (_ ("Signed out"));
    case REGIE_CONNECTION_LIMITED:
      return g_strdup (_ ("Too many requests, waiting"));
    case REGIE_CONNECTION_BROKEN:
    default:
      return g_strdup (_ ("Answers what makes no sense"));
    }
}

const char *
regie_connection_words_icon (RegieConnection *connection)
{
  switch (regie_connection_get_state (connection))
    {
    case REGIE_CONNECTION_ONLINE:
      return "network-transmit-receive-symbolic";
    case REGIE_CONNECTION_CONNECTING:
      return "network-wired-acquiring-symbolic";
    case REGIE_CONNECTION_OFFLINE:
    case REGIE_CONNECTION_SIGNED_OUT:
      return "network-offline-symbolic";
    case REGIE_CONNECTION_LIMITED:
    case REGIE_CONNECTION_BROKEN:
    default:
      return "network-error-symbolic";
    }
}
