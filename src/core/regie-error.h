/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The one domain for what a record, a request or a file can be refused for. The message names what and where
 * in English for logs and protocols; the dashboard words the code in the user's language. */
#define REGIE_ERROR (regie_error_quark ())

typedef enum
{
  REGIE_ERROR_INVALID,     /* a value breaks a rule; the message starts with the field's JSON pointer */
  REGIE_ERROR_NOT_FOUND,   /* no such kind, record, action or file */
  REGIE_ERROR_CONFLICT,    /* the record changed since it was read (If-Match), or the name is taken */
  REGIE_ERROR_DENIED,      /* the rights do not allow it */
  REGIE_ERROR_TOO_LARGE,   /* over a limit of regie-limits.h */
  REGIE_ERROR_NEWER,       /* written by a newer version */
  REGIE_ERROR_CORRUPT,     /* a file that does not pass its check */
  REGIE_ERROR_FULL,        /* no space left */
  REGIE_ERROR_READ_ONLY,   /* file or folder cannot be written */
  REGIE_ERROR_LOCKED,      /* another process holds it */
  REGIE_ERROR_UNREACHABLE, /* nobody answers; nothing was sent */
  REGIE_ERROR_UNKNOWN,     /* it was sent, no answer came: whether it happened is not known */
  REGIE_ERROR_PROTOCOL,    /* the other side answered something that makes no sense */
  REGIE_ERROR_LIMITED,     /* too many requests, or an hourly limit is used up */
  REGIE_ERROR_STATE,       /* not possible in the present state (stopped, paused, undone already) */
  REGIE_ERROR_SIGNED_OUT,  /* nobody is signed in any more, or yet */
  REGIE_ERROR_FAILED       /* anything else */
} RegieError;

GQuark regie_error_quark (void);

/* The code's stable name, "invalid", "not-found" …; used as the end of a problem's type (RFC 9457). */
const char *regie_error_code_to_string (RegieError code);
gboolean regie_error_code_from_string (const char *name, RegieError *code);

G_END_DECLS
