/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "regie-error.h"

G_BEGIN_DECLS

/* Walks over a description and keeps the first fault with its JSON pointer; after one, everything answers
 * NULL, 0 or FALSE, so that the caller looks once at the end. What is returned belongs to the JSON, unless
 * said otherwise. */
typedef struct
{
  GString *at;
  GError *error;
} RegieReader;

void regie_reader_init (RegieReader *self);
void regie_reader_clear (RegieReader *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RegieReader, regie_reader_clear)

/* Into a member and out again. */
void regie_reader_enter (RegieReader *self, const char *member);
void regie_reader_leave (RegieReader *self);

/* Keeps a fault of MEMBER, or of the place itself when that is NULL. */
void regie_reader_fail (RegieReader *self, const char *member, const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean regie_reader_ok (RegieReader *self);

/* Every member must be one of KNOWN (words with spaces between). */
void regie_reader_members (RegieReader *self, JsonObject *object, const char *known);

const char *regie_reader_text (RegieReader *self, JsonObject *object, const char *member, gboolean needed);
gint64 regie_reader_int (RegieReader *self,
                         JsonObject *object,
                         const char *member,
                         gint64 fallback,
                         gint64 min,
                         gint64 max);
JsonObject *regie_reader_object (RegieReader *self, JsonObject *object, const char *member, gboolean needed);
/* A text that is a regular expression; NULL when it is not there. Transfer full. */
GRegex *regie_reader_regex (RegieReader *self, JsonObject *object, const char *member);
/* Array of text, not empty. Transfer full; NULL when it is not there. */
GStrv regie_reader_texts (RegieReader *self, JsonObject *object, const char *member, gboolean needed);
/* The same, each one a JSON pointer. */
GStrv regie_reader_pointers (RegieReader *self, JsonObject *object, const char *member, gboolean needed);
/* Index in WORDS (NULL-terminated), FALLBACK when it is not there; -1 makes it needed. */
int regie_reader_choice (RegieReader *self,
                         JsonObject *object,
                         const char *member,
                         const char *const *words,
                         int fallback);

G_END_DECLS
