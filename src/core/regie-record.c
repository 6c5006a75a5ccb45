/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-record.h"

#include "regie-json.h"

struct _RegieRecord
{
  GObject parent_instance;

  const RegieKind *kind;
  char *key;
  char *connection;
  char *remote_id;
  char *etag;
  char *pending;
  gint64 fetched_at;
  JsonObject *data;
};

enum
{
  PROP_0,
  PROP_LOADED,
  N_PROPS
};

enum
{
  CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegieRecord, regie_record, G_TYPE_OBJECT)

static void
clear_content (RegieRecord *self)
{
  g_clear_pointer (&self->key, g_free);
  g_clear_pointer (&self->connection, g_free);
  g_clear_pointer (&self->remote_id, g_free);
  g_clear_pointer (&self->etag, g_free);
  g_clear_pointer (&self->pending, g_free);
  g_clear_pointer (&self->data, json_object_unref);
}

static void
regie_record_finalize (GObject *object)
{
  clear_content (REGIE_RECORD (object));

  G_OBJECT_CLASS (regie_record_parent_class)->finalize (object);
}

static void
regie_record_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_LOADED:
      g_value_set_boolean (value, regie_record_is_loaded (REGIE_RECORD (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_record_class_init (RegieRecordClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = regie_record_finalize;
  object_class->get_property = regie_record_get_property;

  properties[PROP_LOADED] = g_param_spec_boolean (
      "loaded", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /* The content was replaced. */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
regie_record_init (RegieRecord *self)
{
}

RegieRecord *
regie_record_new (const RegieKind *kind)
{
  RegieRecord *self = g_object_new (REGIE_TYPE_RECORD, NULL);

  self->kind = kind;

  return self;
}

const RegieKind *
regie_record_get_kind (RegieRecord *self)
{
  return self->kind;
}

const char *
regie_record_get_key (RegieRecord *self)
{
  return self->key;
}

const char *
regie_record_get_connection (RegieRecord *self)
{
  return self->connection;
}

const char *
regie_record_get_remote_id (RegieRecord *self)
{
  return self->remote_id;
}

const char *
regie_record_get_etag (RegieRecord *self)
{
  return self->etag;
}

gint64
regie_record_get_fetched_at (RegieRecord *self)
{
  return self->fetched_at;
}

gboolean
regie_record_is_loaded (RegieRecord *self)
{
  return self->data != NULL;
}

const char *
regie_record_get_pending (RegieRecord *self)
{
  return self->pending != NULL ? self->pending : "";
}

void
regie_record_set_content (RegieRecord *self, const RegieRecordContent *content)
{
  gboolean was_loaded = self->data != NULL;

  g_return_if_fail (content->data != NULL);

  json_object_ref (content->data);
  clear_content (self);
  self->key = g_strdup (content->key);
  self->connection = g_strdup (content->connection);
  self->remote_id = g_strdup (content->remote_id);
  self->etag = g_strdup (content->etag);
  self->pending = g_strdup (content->pending);
  self->fetched_at = content->fetched_at;
  self->data = content->data;

  if (!was_loaded)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADED]);
  g_signal_emit (self, signals[CHANGED], 0);
}

const char *
regie_record_get_text (RegieRecord *self, const char *field)
{
  return regie_json_get_text (self->data, field, NULL);
}

gint64
regie_record_get_int (RegieRecord *self, const char *field)
{
  return regie_json_get_int (self->data, field, 0);
}

double
regie_record_get_number (RegieRecord *self, const char *field)
{
  return regie_json_get_number (self->data, field, 0);
}

gboolean
regie_record_get_bool (RegieRecord *self, const char *field)
{
  return regie_json_get_bool (self->data, field, FALSE);
}

JsonNode *
regie_record_get_node (RegieRecord *self, const char *field)
{
  return self->data != NULL ? json_object_get_member (self->data, field) : NULL;
}

JsonObject *
regie_record_get_data (RegieRecord *self)
{
  return self->data;
}

const char *
regie_record_get_title (RegieRecord *self)
{
  const char *title = regie_record_get_text (self, self->kind->title_field);

  if (title == NULL || *title == '\0')
    title = regie_record_get_text (self, "id");

  return title != NULL ? title : "";
}
