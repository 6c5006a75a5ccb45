/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-backend.h"

G_BEGIN_DECLS

/* A profile once it is read: immutable, any thread. Strings and structures belong to the profile.
 * data/profiles/README.md says what each part means. */

#define REGIE_PROFILE_SCHEMA 1

typedef enum
{
  REGIE_OP_LIST,
  REGIE_OP_GET,
  REGIE_OP_CREATE,
  REGIE_OP_UPDATE,
  REGIE_OP_DELETE,
  REGIE_OP_RESTORE,
  REGIE_OP_ACTION,
  REGIE_N_OPS
} RegieProfileOp;

typedef struct
{
  char *method, *path;
  GStrv query;    /* names of parameters that may be there */
  char *body;     /* media type of what is sent as it is, or NULL */
  gboolean bytes; /* the answer is kept as it is */
  guint64 limit;  /* of the answer in bytes, 0: the usual one */
  char *missing;  /* why there is no such operation; then nothing else is set */
} RegieProfileRequest;

typedef enum
{
  REGIE_CONVERT_NONE, /* as the field's type says, tolerantly */
  REGIE_CONVERT_TEXT,
  REGIE_CONVERT_INTEGER,
  REGIE_CONVERT_NUMBER,
  REGIE_CONVERT_BOOLEAN,
  REGIE_CONVERT_TIME,
  REGIE_CONVERT_SECONDS, /* seconds there, ms here */
  REGIE_CONVERT_PERCENT  /* 0..100 there, 0..1 here */
} RegieConverter;

typedef struct
{
  const RegieField *field;
  GStrv from; /* JSON pointers, the first that finds something counts */
  char *to;   /* JSON pointer, or NULL: cannot be written */
  RegieConverter convert;
  GHashTable *values; /* their word → ours, or NULL */
  GHashTable *back;   /* our word → theirs */
} RegieProfileField;

typedef struct
{
  const RegieKind *kind;
  const RegieProfileRequest *ops[REGIE_N_OPS]; /* NULL: no such operation */
  GHashTable *actions;                         /* name → RegieProfileRequest, where they differ from ops */
  GPtrArray *fields;                           /* RegieProfileField */
} RegieProfileKind;

typedef struct
{
  GStrv items, next, total; /* JSON pointers */
  char *limit, *cursor, *sort, *search;
  guint max_limit;
  gboolean sort_minus; /* "-field" is descending */
  enum
  {
    REGIE_FILTER_NONE,
    REGIE_FILTER_FIELD,   /* FIELD=VALUE */
    REGIE_FILTER_FIELD_OP /* and FIELD.OP=VALUE */
  } filter;
} RegieProfileList;

typedef struct
{
  char *pointer;
  char *text; /* it must be this text, or NULL */
  JsonNodeType node_type;
  GType value_type; /* G_TYPE_INVALID: any */
} RegieProfileShape;

struct _RegieProfile
{
  GObject parent_instance;
  char *name, *title;
  GTimeZone *zone; /* of times that name none, or NULL: UTC */
  gboolean allow_unix, allow_http, allow_https;

  const RegieProfileRequest *probe;
  GArray *shapes; /* RegieProfileShape */
  gboolean auth_socket;

  char *key_header, *etag_header; /* or NULL */
  guint key_hours;

  GStrv error_code, error_message, error_field;
  char *error_prefix;
  GHashTable *error_status; /* status → RegieError + 1 */

  GStrv record_id, record_etag;
  RegieProfileList list;

  GPtrArray *all_requests;                         /* owns each RegieProfileRequest */
  GHashTable *kinds;                               /* name → RegieProfileKind */
  GHashTable *requests;                            /* name → RegieProfileRequest */
  char *events_path, *events_after, *events_epoch; /* path NULL: none */
};

const RegieProfileKind *regie_profile_get_kind (RegieProfile *self, const RegieKind *kind);
const RegieProfileRequest *
regie_profile_get_action (RegieProfile *self, const RegieKind *kind, const char *action);

/* Whether ANSWER has the shape that the probe's answer must have; WHY (transfer full) says what is wrong. */
gboolean regie_profile_fits (RegieProfile *self, JsonNode *answer, char **why);

const char *regie_profile_op_to_string (RegieProfileOp op);

/* Reads ROOT into SELF, which is fresh. INVALID, "/pointer: reason". */
gboolean regie_profile_read (RegieProfile *self, JsonObject *root, GError **error);

void regie_profile_request_free (gpointer request);
void regie_profile_kind_free (gpointer kind);
void regie_profile_field_free (gpointer field);

/* The program's own profiles: data/profiles of the sources. */
GResource *regie_profiles_get_resource (void);

G_END_DECLS
