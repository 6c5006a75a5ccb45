/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-limits.h"
#include "regie-profile-read-private.h"

static void
read_head (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  const char *zone;

  regie_reader_members (
      reader, root,
      "$schema schema name title about zone endpoints probe auth headers idempotency versions errors "
      "record list operations kinds requests events");
  self->about = g_strdup (regie_reader_text (reader, root, "about", FALSE));
  if (regie_reader_int (reader, root, "schema", 0, 0, G_MAXINT) != REGIE_PROFILE_SCHEMA)
    regie_reader_fail (reader, "schema", "must be %d, the version of this format", REGIE_PROFILE_SCHEMA);

  self->name = g_strdup (regie_reader_text (reader, root, "name", TRUE));
  for (const char *c = self->name; c != NULL && *c != '\0'; c++)
    {
      if (!g_ascii_islower (*c) && !g_ascii_isdigit (*c) && *c != '-')
        regie_reader_fail (reader, "name", "may hold a-z, 0-9 and - only");
    }
  self->title = g_strdup (regie_reader_text (reader, root, "title", TRUE));

  zone = regie_reader_text (reader, root, "zone", FALSE);
  if (zone != NULL)
    {
      self->zone = g_time_zone_new_identifier (zone);
      if (self->zone == NULL)
        regie_reader_fail (reader, "zone", "\"%s\" is no time zone", zone);
    }
}

static void
read_endpoints (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  JsonObject *endpoints = regie_reader_object (reader, root, "endpoints", TRUE);
  JsonObject *api;
  g_auto (GStrv) transports = NULL;

  regie_reader_enter (reader, "endpoints");
  regie_reader_members (reader, endpoints, "api");
  api = regie_reader_object (reader, endpoints, "api", TRUE);
  regie_reader_enter (reader, "api");
  regie_reader_members (reader, api, "transports");
  transports = regie_reader_texts (reader, api, "transports", TRUE);
  for (guint i = 0; transports != NULL && transports[i] != NULL; i++)
    {
      if (g_str_equal (transports[i], "unix"))
        self->allow_unix = TRUE;
      else if (g_str_equal (transports[i], "http"))
        self->allow_http = TRUE;
      else if (g_str_equal (transports[i], "https"))
        self->allow_https = TRUE;
      else
        regie_reader_fail (reader, "transports", "\"%s\" is not one of unix, http, https", transports[i]);
    }
  regie_reader_leave (reader);
  regie_reader_leave (reader);
}

static void
read_shape (RegieProfile *self, RegieReader *reader, JsonObject *shapes, const char *pointer)
{
  static const char *const words[] = { "text", "number", "boolean", "object", "array", NULL };
  static const JsonNodeType node_types[] = { JSON_NODE_VALUE, JSON_NODE_VALUE, JSON_NODE_VALUE,
                                             JSON_NODE_OBJECT, JSON_NODE_ARRAY };
  static const GType value_types[] = { G_TYPE_STRING, G_TYPE_INT64, G_TYPE_BOOLEAN, G_TYPE_INVALID,
                                       G_TYPE_INVALID };
  JsonNode *node = json_object_get_member (shapes, pointer);
  RegieProfileShape shape = { 0 };

  if (*pointer != '/')
    {
      regie_reader_fail (reader, pointer, "must be a JSON pointer, which starts with /");
      return;
    }
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      int choice;

      regie_reader_enter (reader, pointer);
      regie_reader_members (reader, json_node_get_object (node), "type matches");
      choice = regie_reader_choice (reader, json_node_get_object (node), "type", words, -1);
      shape.pattern = regie_reader_regex (reader, json_node_get_object (node), "matches");
      if (shape.pattern != NULL && choice != 0)
        regie_reader_fail (reader, "matches", "only a text can match");
      regie_reader_leave (reader);
      if (choice < 0 || (shape.pattern != NULL && choice != 0))
        {
          g_clear_pointer (&shape.pattern, g_regex_unref);
          return;
        }
      shape.node_type = node_types[choice];
      shape.value_type = value_types[choice];
    }
  else
    {
      shape.node_type = JSON_NODE_VALUE;
      shape.value_type = G_TYPE_STRING;
      shape.text = g_strdup (regie_reader_text (reader, shapes, pointer, TRUE));
    }
  shape.pointer = g_strdup (pointer);
  g_array_append_val (self->shapes, shape);
}

static void
read_probe (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  JsonObject *probe = regie_reader_object (reader, root, "probe", TRUE);
  RegieProfileRequest *request = g_new0 (RegieProfileRequest, 1);
  JsonObject *shape;

  g_ptr_array_add (self->all_requests, request);
  self->probe = request;
  request->method = g_strdup ("GET");
  regie_reader_enter (reader, "probe");
  regie_reader_members (reader, probe, "path shape");
  request->path = g_strdup (regie_reader_text (reader, probe, "path", TRUE));
  if (request->path != NULL && *request->path != '/')
    regie_reader_fail (reader, "path", "must start with /");
  shape = regie_reader_object (reader, probe, "shape", TRUE);
  if (shape != NULL)
    {
      JsonObjectIter iter;
      const char *pointer;

      regie_reader_enter (reader, "shape");
      json_object_iter_init_ordered (&iter, shape);
      while (json_object_iter_next_ordered (&iter, &pointer, NULL))
        read_shape (self, reader, shape, pointer);
      regie_reader_leave (reader);
    }
  regie_reader_leave (reader);
}

static void
read_promises (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  JsonObject *idempotency = regie_reader_object (reader, root, "idempotency", FALSE);
  JsonObject *versions = regie_reader_object (reader, root, "versions", FALSE);

  regie_reader_enter (reader, "idempotency");
  regie_reader_members (reader, idempotency, "header hours");
  self->key_header = g_strdup (regie_reader_text (reader, idempotency, "header", idempotency != NULL));
  self->key_hours = regie_reader_int (reader, idempotency, "hours", 24, 1, 24 * 365);
  regie_reader_leave (reader);

  regie_reader_enter (reader, "versions");
  regie_reader_members (reader, versions, "header");
  self->etag_header = g_strdup (regie_reader_text (reader, versions, "header", versions != NULL));
  regie_reader_leave (reader);
}

static void
read_status (RegieProfile *self, RegieReader *reader, JsonObject *status)
{
  JsonObjectIter iter;
  const char *name;

  if (status == NULL)
    return;
  regie_reader_enter (reader, "status");
  json_object_iter_init_ordered (&iter, status);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      const char *word = regie_reader_text (reader, status, name, TRUE);
      guint64 number;
      RegieError code;

      if (word == NULL)
        break;
      if (!g_ascii_string_to_unsigned (name, 10, 300, 599, &number, NULL))
        regie_reader_fail (reader, name, "is no status from 300 to 599");
      else if (!regie_error_code_from_string (word, &code))
        regie_reader_fail (reader, name, "\"%s\" is not the name of an error", word);
      else
        g_hash_table_insert (self->error_status, GUINT_TO_POINTER (number), GUINT_TO_POINTER (code + 1));
    }
  regie_reader_leave (reader);
}

static void
read_errors (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  JsonObject *errors = regie_reader_object (reader, root, "errors", TRUE);
  JsonObject *code;

  regie_reader_enter (reader, "errors");
  regie_reader_members (reader, errors, "code message field field_prefix wait status");
  code = regie_reader_object (reader, errors, "code", FALSE);
  if (code != NULL)
    {
      regie_reader_enter (reader, "code");
      regie_reader_members (reader, code, "from prefix");
      self->error_code = regie_reader_pointers (reader, code, "from", TRUE);
      self->error_prefix = g_strdup (regie_reader_text (reader, code, "prefix", FALSE));
      regie_reader_leave (reader);
    }
  self->error_message = regie_reader_pointers (reader, errors, "message", TRUE);
  self->error_field = regie_reader_pointers (reader, errors, "field", FALSE);
  self->error_field_prefix = g_strdup (regie_reader_text (reader, errors, "field_prefix", FALSE));
  self->error_wait = regie_reader_regex (reader, errors, "wait");
  if (self->error_wait != NULL && g_regex_get_capture_count (self->error_wait) != 1)
    regie_reader_fail (reader, "wait", "needs one group, for the seconds");
  read_status (self, reader, regie_reader_object (reader, errors, "status", FALSE));
  regie_reader_leave (reader);
}

static void
read_record (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  JsonObject *record = regie_reader_object (reader, root, "record", TRUE);

  regie_reader_enter (reader, "record");
  regie_reader_members (reader, record, "id etag");
  self->record_id = regie_reader_pointers (reader, record, "id", TRUE);
  self->record_etag = regie_reader_pointers (reader, record, "etag", FALSE);
  regie_reader_leave (reader);
}

static void
read_list (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  static const char *const filters[] = { "none", "field", "field-op", NULL };
  static const char *const sorts[] = { "plain", "minus", NULL };
  JsonObject *object = regie_reader_object (reader, root, "list", TRUE);
  JsonObject *limit, *sort;
  RegieProfileList *list = &self->list;

  regie_reader_enter (reader, "list");
  regie_reader_members (reader, object, "items next total limit cursor sort search filter");
  list->items = regie_reader_pointers (reader, object, "items", TRUE);
  list->next = regie_reader_pointers (reader, object, "next", FALSE);
  list->total = regie_reader_pointers (reader, object, "total", FALSE);
  list->cursor = g_strdup (regie_reader_text (reader, object, "cursor", FALSE));
  list->search = g_strdup (regie_reader_text (reader, object, "search", FALSE));
  list->filter = regie_reader_choice (reader, object, "filter", filters, REGIE_FILTER_NONE);

  limit = regie_reader_object (reader, object, "limit", FALSE);
  regie_reader_enter (reader, "limit");
  regie_reader_members (reader, limit, "param max");
  list->limit = g_strdup (regie_reader_text (reader, limit, "param", limit != NULL));
  list->max_limit =
      regie_reader_int (reader, limit, "max", REGIE_LIMIT_PAGE_ROWS, 1, REGIE_LIMIT_ARRAY_ITEMS);
  regie_reader_leave (reader);

  sort = regie_reader_object (reader, object, "sort", FALSE);
  regie_reader_enter (reader, "sort");
  regie_reader_members (reader, sort, "param form");
  list->sort = g_strdup (regie_reader_text (reader, sort, "param", sort != NULL));
  list->sort_minus = regie_reader_choice (reader, sort, "form", sorts, 0) == 1;
  regie_reader_leave (reader);
  regie_reader_leave (reader);
}

static void
read_events (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  static const char *const forms[] = { "regie", NULL };
  JsonObject *events = regie_reader_object (reader, root, "events", FALSE);

  if (events == NULL)
    return;
  regie_reader_enter (reader, "events");
  regie_reader_members (reader, events, "path form after epoch");
  self->events_path = g_strdup (regie_reader_text (reader, events, "path", TRUE));
  regie_reader_choice (reader, events, "form", forms, -1);
  self->events_after = g_strdup (regie_reader_text (reader, events, "after", FALSE));
  self->events_epoch = g_strdup (regie_reader_text (reader, events, "epoch", FALSE));
  regie_reader_leave (reader);
}

gboolean
regie_profile_read (RegieProfile *self, JsonObject *root, GError **error)
{
  g_auto (RegieReader) reader;

  regie_reader_init (&reader);
  read_head (self, &reader, root);
  read_endpoints (self, &reader, root);
  read_probe (self, &reader, root);
  regie_profile_read_auth (self, &reader, root);
  read_promises (self, &reader, root);
  read_errors (self, &reader, root);
  read_record (self, &reader, root);
  read_list (self, &reader, root);
  regie_profile_read_operations (self, &reader, root);
  regie_profile_read_requests (self, &reader, root);
  read_events (self, &reader, root);

  if (regie_reader_ok (&reader))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&reader.error));

  return FALSE;
}
