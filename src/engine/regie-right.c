/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-right.h"

#include <string.h>

#include "core/regie-cause.h"
#include "core/regie-kinds.h"

static int
strictness (JsonObject *right)
{
  const char *access = regie_json_get_text (right, "access", "denied");

  return g_str_equal (access, "allowed") ? 0 : g_str_equal (access, "limited") ? 1 : 2;
}

static gboolean
is_stricter (JsonObject *a, JsonObject *b)
{
  if (strictness (a) != strictness (b))
    return strictness (a) > strictness (b);

  return strictness (a) == 1 &&
         regie_json_get_int (a, "per_hour", 10) < regie_json_get_int (b, "per_hour", 10);
}

gboolean
regie_right_is_outward (const char *service)
{
  return !g_str_equal (service, "memory") && !g_str_equal (service, "files");
}

/* The right for SERVICE that is OWNER's own (a Digital Human's id, or NULL for the workspace's). */
static JsonObject *
find_right (JsonArray *rights, const char *owner, const char *service)
{
  JsonObject *found = NULL;

  for (guint i = 0; i < json_array_get_length (rights); i++)
    {
      JsonObject *right = json_array_get_object_element (rights, i);
      const char *whose = regie_json_get_text (right, "digital_human", NULL);

      if (whose != NULL && *whose == '\0')
        whose = NULL;
      if (g_strcmp0 (whose, owner) == 0 &&
          g_str_equal (regie_json_get_text (right, "service", ""), service) &&
          (found == NULL || is_stricter (right, found)))
        found = right;
    }

  return found;
}

static JsonArray *
copy_hosts (JsonObject *right)
{
  JsonArray *hosts = right != NULL ? regie_json_get_array (right, "hosts") : NULL;
  JsonArray *copy = json_array_new ();

  for (guint i = 0; hosts != NULL && i < json_array_get_length (hosts); i++)
    json_array_add_element (copy, json_node_copy (json_array_get_element (hosts, i)));

  return copy;
}

static void
set_outcome (JsonObject *item, const char *access, const char *source, const char *reason)
{
  json_object_set_string_member (item, "access", access);
  json_object_set_string_member (item, "source", source);
  json_object_set_string_member (item, "reason", reason);
}

static JsonObject *
describe (JsonArray *rights, const char *digital_human, const char *service, const char *paused)
{
  JsonObject *own = find_right (rights, digital_human, service);
  JsonObject *right = own != NULL ? own : find_right (rights, NULL, service);
  const char *access = regie_json_get_text (right, "access", NULL);
  JsonObject *item = regie_json_object_new ("service", 's', service, "used", 'i', (gint64) 0, "right", 's',
                                            regie_json_get_text (right, "id", NULL), "hosts", 'a',
                                            copy_hosts (right), "per_hour", 's', NULL, NULL);

  if (right == NULL && regie_right_is_outward (service))
    set_outcome (item, "denied", "default",
                 "No right says otherwise: what acts on the outside world is denied");
  else if (right == NULL)
    set_outcome (item, "allowed", "default", "No right says otherwise: its own memory and files are allowed");
  else if (own != NULL)
    set_outcome (item, access != NULL ? access : "denied", "digital-human",
                 "By the Digital Human's own right");
  else
    set_outcome (item, access != NULL ? access : "denied", "workspace",
                 "By the workspace's right, which holds for every Digital Human without its own");

  if (g_str_equal (regie_json_get_text (item, "access", ""), "limited"))
    json_object_set_int_member (item, "per_hour", MAX (regie_json_get_int (right, "per_hour", 10), 1));
  if (paused != NULL && regie_right_is_outward (service))
    {
      g_autoptr (JsonObject) cause = regie_cause_new (paused, NULL);
      g_autofree char *text = regie_cause_to_english (cause);

      set_outcome (item, "denied", "pause", text);
      regie_cause_store (item, "reason", cause);
    }

  return item;
}

JsonArray *
regie_right_effective (JsonArray *rights, const char *digital_human, const char *paused)
{
  const RegieField *services = regie_kind_find_field (regie_kind_get ("right"), "service");
  JsonArray *items = json_array_sized_new (services->n_values);

  for (guint i = 0; i < services->n_values; i++)
    json_array_add_object_element (items, describe (rights, digital_human, services->values[i].name, paused));

  return items;
}

JsonArray *
regie_right_read (sqlite3 *db, const char *digital_human, GError **error)
{
  g_autoptr (JsonArray) rights = json_array_new ();
  /* The expression is that of the store's index. */
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db, "SELECT data FROM \"right\" WHERE deleted_at IS NULL AND ifnull (\"digital_human\", '') IN ('', ?)",
      error);
  int step;

  if (stmt == NULL)
    return NULL;
  regie_db_bind (stmt, "s", digital_human);
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      JsonObject *right = regie_json_parse_object (regie_db_column_text (stmt, 0), -1, error);

      if (right == NULL)
        return NULL;
      json_array_add_object_element (rights, right);
    }

  return step == 0 ? g_steal_pointer (&rights) : NULL;
}

JsonObject *
regie_right_find (JsonArray *effective, const char *service)
{
  for (guint i = 0; effective != NULL && i < json_array_get_length (effective); i++)
    {
      JsonObject *item = json_array_get_object_element (effective, i);

      if (g_str_equal (regie_json_get_text (item, "service", ""), service))
        return item;
    }

  return NULL;
}

void
regie_right_set_used (JsonArray *effective, JsonObject *usage)
{
  for (guint i = 0; i < json_array_get_length (effective); i++)
    {
      JsonObject *item = json_array_get_object_element (effective, i);

      json_object_set_int_member (item, "used",
                                  regie_json_get_int (usage, regie_json_get_text (item, "service", ""), 0));
    }
}

gboolean
regie_right_check (JsonObject *item, GError **error)
{
  const char *source = regie_json_get_text (item, "source", "default");
  const char *service = regie_json_get_text (item, "service", "?");
  const char *code = g_str_equal (source, "digital-human") ? "denied-by-own-right"
                     : g_str_equal (source, "workspace")   ? "denied-by-workspace"
                                                           : "denied-by-default";

  if (item != NULL && g_str_equal (source, "pause"))
    {
      regie_right_refuse_paused (regie_json_get_text (item, "reason_code", "paused-everything"), error);
      return FALSE;
    }
  if (item != NULL && strictness (item) < 2)
    return TRUE;
  regie_cause_set_error (error, REGIE_ERROR_DENIED, NULL,
                         regie_cause_new (code, regie_json_object_new ("service", 's', service, NULL)));

  return FALSE;
}

void
regie_right_refuse_paused (const char *paused, GError **error)
{
  regie_cause_set_error (
      error, REGIE_ERROR_STATE, NULL,
      regie_cause_new ("refused-paused",
                       regie_json_object_new ("why", 'o', regie_cause_new (paused, NULL), NULL)));
}

/* --- hosts --- */

static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address != NULL ? g_inet_address_get_is_loopback (address)
                         : g_ascii_strcasecmp (host, "localhost") == 0;
}

/* As names are compared: ASCII, lower case, without the dot at the end. */
static char *
normalize_host (const char *host)
{
  g_autofree char *ascii = g_hostname_is_non_ascii (host) ? g_hostname_to_ascii (host) : g_strdup (host);
  char *lower = ascii != NULL ? g_ascii_strdown (ascii, -1) : g_strdup ("");
  gsize length = strlen (lower);

  if (length > 0 && lower[length - 1] == '.')
    lower[length - 1] = '\0';

  return lower;
}

static gboolean
entry_matches (const char *entry, const char *scheme, const char *host, int port)
{
  gboolean plain = g_str_has_prefix (entry, "http://");
  const char *place = plain ? entry + strlen ("http://") : entry;
  int default_port = g_str_equal (scheme, "http") ? 80 : 443;
  g_autoptr (GSocketConnectable) address = NULL;
  g_autofree char *wanted = NULL;

  if (g_str_has_prefix (entry, "https://"))
    {
      if (!g_str_equal (scheme, "https"))
        return FALSE;
      place = entry + strlen ("https://");
    }
  address = g_network_address_parse (place, default_port, NULL);
  if (address == NULL)
    return FALSE;
  wanted = normalize_host (g_network_address_get_hostname (G_NETWORK_ADDRESS (address)));

  return g_str_equal (wanted, host) && g_network_address_get_port (G_NETWORK_ADDRESS (address)) == port &&
         (plain || g_str_equal (scheme, "https") || is_loopback (host));
}

gboolean
regie_right_check_host (JsonArray *hosts, GUri *uri, GError **error)
{
  const char *scheme = g_uri_get_scheme (uri);
  int default_port = g_str_equal (scheme, "http") ? 80 : 443;
  int port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : default_port;
  g_autofree char *host = normalize_host (g_uri_get_host (uri));
  g_autofree char *shown = strchr (host, ':') != NULL ? g_strdup_printf ("[%s]", host) : g_strdup (host);
  gboolean plain = g_str_equal (scheme, "http") && !is_loopback (host);
  g_autofree char *entry = NULL;

  for (guint i = 0; hosts != NULL && i < json_array_get_length (hosts); i++)
    {
      JsonNode *node = json_array_get_element (hosts, i);

      if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING &&
          entry_matches (json_node_get_string (node), scheme, host, port))
        return TRUE;
    }
  entry = port == default_port ? g_strconcat (plain ? "http://" : "", shown, NULL)
                               : g_strdup_printf ("%s%s:%d", plain ? "http://" : "", shown, port);
  regie_cause_set_error (
      error, REGIE_ERROR_DENIED, NULL,
      regie_cause_new ("host-denied", regie_json_object_new ("host", 's', shown, "entry", 's', entry, NULL)));

  return FALSE;
}
