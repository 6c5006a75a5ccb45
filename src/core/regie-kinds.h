/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "regie-error.h"

G_BEGIN_DECLS

/* The vocabulary: what Régie knows of (Digital Human, task, workspace …), as data loaded from kinds.json.
 * Store, engine, profiles and the generic pages read it; see kinds.json's own head for how a kind is
 * described. Everything here is immutable after loading and may be read from any thread. Strings are owned
 * by the kind. */

typedef enum
{
  REGIE_FIELD_TEXT, /* one line */
  REGIE_FIELD_MULTILINE,
  REGIE_FIELD_EMAIL,
  REGIE_FIELD_INT,    /* int64 */
  REGIE_FIELD_NUMBER, /* double */
  REGIE_FIELD_BOOL,
  REGIE_FIELD_ENUM,     /* text out of values[] */
  REGIE_FIELD_TIME,     /* int64 µs UTC in a record; RFC 3339 on the wire */
  REGIE_FIELD_DURATION, /* int64 ms */
  REGIE_FIELD_MONEY,    /* int64 micro-units; the currency in a field named X_currency */
  REGIE_FIELD_RATE,     /* double 0..1 */
  REGIE_FIELD_CLOCK,    /* "HH:MM" */
  REGIE_FIELD_ZONE,     /* an IANA zone name */
  REGIE_FIELD_LANGUAGE, /* a BCP 47 tag */
  REGIE_FIELD_REF,      /* the id of a record of kind `ref` */
  REGIE_FIELD_LIST,     /* array of text */
  REGIE_FIELD_SERIES,   /* array of numbers, oldest first */
  REGIE_FIELD_JSON      /* any JSON, kept as it is */
} RegieFieldType;

typedef enum
{
  REGIE_FIELD_REQUIRED = 1 << 0,
  REGIE_FIELD_READ_ONLY = 1 << 1, /* set by the backend only */
  REGIE_FIELD_CREATE_ONLY = 1 << 2,
  REGIE_FIELD_INDEXED = 1 << 3,  /* a typed column: sorted and filtered by the database */
  REGIE_FIELD_SEARCHED = 1 << 4, /* in the full text */
  REGIE_FIELD_COLUMN = 1 << 5,   /* shown in lists by default */
  REGIE_FIELD_HIDDEN = 1 << 6,   /* not shown on generic pages */
  REGIE_FIELD_TRANSIENT = 1 << 7 /* computed by the backend for each answer, never written to its store */
} RegieFieldFlags;

typedef struct
{
  const char *name;  /* as on the wire */
  const char *label; /* untranslated; show with _(label) */
  const char *style; /* "neutral", "success", "warning", "error", "accent"; NULL: no state, no mark */
} RegieEnumValue;

typedef struct
{
  const char *name;
  RegieFieldType type;
  RegieFieldFlags flags;
  const char *label;    /* untranslated */
  const char *help;     /* untranslated, or NULL */
  const char *group;    /* section of detail and edit pages, untranslated, or NULL */
  const char *unit;     /* "ms", "%", "MiB", or NULL */
  const char *ref;      /* kind name for REF */
  const char *fallback; /* default as JSON text, or NULL for none */
  gboolean has_min, has_max;
  double min, max; /* a number's range; for text the length in characters */
  const RegieEnumValue *values;
  guint n_values;
} RegieField;

typedef struct
{
  const char *name;    /* as in POST …/{id}/NAME */
  const char *label;   /* untranslated */
  const char *inverse; /* the action that undoes it, or NULL */
  const char *icon;    /* symbolic icon name, or NULL */
  gboolean destructive;
  gboolean outward; /* acts on the outside world: never sent twice */
} RegieAction;

typedef enum
{
  REGIE_REPLICATE_FULL,
  REGIE_REPLICATE_WINDOW,
  REGIE_REPLICATE_REMOTE
} RegieReplication;

typedef struct
{
  const char *name;   /* "digital-human" */
  const char *path;   /* "digital-humans", its collection on the wire */
  const char *table;  /* "digital_human", its SQL table */
  const char *label;  /* untranslated, singular */
  const char *plural; /* untranslated */
  const char *icon;
  RegieReplication replication;
  gboolean can_create, can_update, can_delete; /* as far as the kind itself goes; a backend may allow less */
  const RegieField *fields;
  guint n_fields;
  const RegieAction *actions;
  guint n_actions;
  const char *title_field; /* the field that names a record, "name" */
} RegieKind;

/* The built-in kinds; loads them on first use. Never NULL for a built-in name. */
const RegieKind *regie_kind_get (const char *name);
const RegieKind *regie_kind_get_by_path (const char *path);
const RegieKind *const *regie_kinds_list (guint *n_kinds);

/* Version of the built-in set; a store that was made with another one migrates. */
guint regie_kinds_get_version (void);

const RegieField *regie_kind_find_field (const RegieKind *kind, const char *name);
const RegieAction *regie_kind_find_action (const RegieKind *kind, const char *name);
const RegieEnumValue *regie_field_find_value (const RegieField *field, const char *name);

typedef enum
{
  REGIE_VALIDATE_CREATE, /* required fields must be there, defaults are filled in */
  REGIE_VALIDATE_PATCH   /* only what is there is looked at; null resets to the default */
} RegieValidateMode;

/* Checks what a client wrote and brings it into canonical form, in place: trims one-line text, turns wire
 * times into µs, fills defaults. Unknown fields are kept. Read-only fields are refused. Error: INVALID,
 * message "/field: what is wrong". */
gboolean
regie_kind_validate (const RegieKind *kind, JsonObject *object, RegieValidateMode mode, GError **error);

/* The same for one value, for a form: NULL when it is fine, else what is wrong, untranslated-key free
 * English sentence (newly allocated) and CODE, a stable word ("required", "too-long", "range", "choice",
 * "format", "type"). */
char *regie_field_check (const RegieField *field, JsonNode *value, const char **code);

/* Canonical record → wire form and back (times as RFC 3339 text). New objects. from_wire is tolerant: what
 * it cannot read stays as it came. */
JsonObject *regie_kind_to_wire (const RegieKind *kind, JsonObject *record);
JsonObject *regie_kind_from_wire (const RegieKind *kind, JsonObject *wire);

const char *regie_field_type_to_string (RegieFieldType type);

G_END_DECLS
