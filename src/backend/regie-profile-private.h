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

typedef struct _RegieProfileRequest RegieProfileRequest;

struct _RegieProfileRequest
{
  char *method, *path;
  GStrv query; /* names of parameters that may be there */
  char *body;  /* media type of what is sent as it is, or NULL */
  JsonObject
      *send; /* the body: a text "{name}" stands for a field or parameter; NULL: what was asked, mapped */
  gboolean bytes;   /* the answer is kept as it is */
  gboolean nothing; /* the answer holds no record */
  GStrv record, id; /* JSON pointers to the record in the answer, to its id where there is none; or NULL */
  guint64 limit;    /* of the answer in bytes, 0: the usual one */
  GArray *accept;   /* guint: further statuses that mean that it is done; or NULL */
  char *serial;     /* requests of one such name go one after another; or NULL */
  char *missing;    /* why there is no such operation; then nothing else is set */

  const RegieProfileRequest
      *then; /* asked once this one has succeeded: it is the whole that succeeds; or NULL */
};

/* Rows of another request, put into the rows of a list. */
typedef struct
{
  const RegieProfileRequest *request;
  GStrv items, key; /* JSON pointers: to its rows, and in each to the id of ours */
  char *into;       /* the member of our row that gets it */
} RegieProfileJoin;

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
  char *fallback;     /* our word where theirs is missing, or NULL */
  GHashTable *values; /* their word → ours, or NULL */
  GHashTable *back;   /* our word → theirs */
} RegieProfileField;

typedef struct
{
  const RegieKind *kind;
  const RegieProfileRequest *ops[REGIE_N_OPS]; /* NULL: no such operation */
  GHashTable *actions;                         /* name → RegieProfileRequest, where they differ from ops */
  GPtrArray *fields;                           /* RegieProfileField */
  GStrv items;                                 /* JSON pointers to a list's rows, or NULL: as the profile's */
  GHashTable *only;       /* JSON pointer → text: rows of the list that are of this kind */
  RegieProfileJoin *join; /* or NULL */
  guint poll_s;           /* read again so often where no events tell; 0: the usual */
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
  char *text;      /* it must be this text, or NULL */
  GRegex *pattern; /* it must match, or NULL */
  JsonNodeType node_type;
  GType value_type; /* G_TYPE_INVALID: any */
} RegieProfileShape;

/* A step of signing in: what the user types, and the request that it goes with. */
typedef struct
{
  char *name, *title;
  GStrv fields;
  const RegieProfileRequest *request;
  gboolean grants; /* the answer holds the tokens */
} RegieProfileStep;

/* An answer that says that nobody is signed in. */
typedef struct
{
  guint status;
  char *message; /* its words begin so, or NULL: whatever they are */
} RegieProfileLost;

typedef struct
{
  enum
  {
    REGIE_AUTH_NONE,
    REGIE_AUTH_SOCKET,
    REGIE_AUTH_TOKEN
  } kind;
  char *header, *scheme;
  GPtrArray *steps;                           /* RegieProfileStep; without tokens NULL */
  GStrv token, refresh_token, seconds, user;  /* JSON pointers into the answer that grants */
  const RegieProfileRequest *refresh, *check; /* or NULL */
  GStrv check_user;                           /* JSON pointers into CHECK's answer */
  GArray *lost;                               /* RegieProfileLost */
  GStrv kept;                                 /* paths whose answers never say that; or NULL */
} RegieProfileAuth;

struct _RegieProfile
{
  GObject parent_instance;
  char *name, *title, *about;
  GTimeZone *zone; /* of times that name none, or NULL: UTC */
  gboolean allow_unix, allow_http, allow_https;

  const RegieProfileRequest *probe;
  GArray *shapes; /* RegieProfileShape */
  RegieProfileAuth auth;
  GHashTable *headers; /* name → text with placeholders of the account */

  char *key_header, *etag_header; /* or NULL */
  guint key_hours;

  GStrv error_code, error_message, error_field;
  char *error_prefix, *error_field_prefix;
  GRegex *error_wait;       /* its first group is the seconds to wait; or NULL */
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

const RegieProfileStep *regie_profile_find_step (RegieProfile *self, const char *name);

void regie_profile_request_free (gpointer request);
void regie_profile_join_free (RegieProfileJoin *join);
void regie_profile_auth_clear (RegieProfileAuth *auth);
void regie_profile_kind_free (gpointer kind);
void regie_profile_field_free (gpointer field);

/* The program's own profiles: data/profiles of the sources. */
GResource *regie_profiles_get_resource (void);

G_END_DECLS
