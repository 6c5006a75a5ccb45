/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "core/regie-json.h"
#include "core/regie-kinds.h"

G_BEGIN_DECLS

/* A whole workspace as one text: JSON lines in UTF-8.
 *
 *   {"regie": "workspace", "version": 1, "kinds": N, "databases": N}     first line
 *   {"kind": "digital-human", "record": {…}}                             a record, as on the wire
 *   {"dh": "ID", "table": "run", "row": {…}}                             a row of a Digital Human's own
 * database
 *
 * Exactly one record is of kind "workspace". Deleted records, backups (they are files) and stored answers are
 * not in it. The journal is, for reading; an import does not take it over, since nobody can vouch for it
 * there, and begins the new workspace's own with an entry that says where it came from. */

#define REGIE_TRANSFER_VERSION   1
#define REGIE_TRANSFER_MAX_BYTES (512u * 1024 * 1024)
#define REGIE_TRANSFER_MAX_LINES 5000000u

typedef struct
{
  const RegieKind *kind;
  JsonObject *record; /* canonical form */
  guint line;
} RegieTransferRecord;

typedef struct
{
  char *digital_human;
  guint table; /* place in regie_worker_db_tables */
  JsonObject *row;
  guint line;
} RegieTransferRow;

typedef struct
{
  JsonObject *workspace; /* its record, also among the records */
  GPtrArray *records;    /* RegieTransferRecord, in the order of the text */
  GPtrArray *rows;       /* RegieTransferRow */
} RegieTransfer;

/* Reads and checks the whole text without any other effect: syntax, limits, kinds, fields, ids, and that
 * everything that is referred to is there. NULL with INVALID, TOO_LARGE or NEWER; the message begins with
 * "line N: ". Any thread. */
RegieTransfer *regie_transfer_check (GBytes *text, GError **error);
void regie_transfer_free (RegieTransfer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieTransfer, regie_transfer_free)

/* --- rows of the tables in a Digital Human's database: regie-transfer-rows.c --- */

typedef struct
{
  const char *name;
  gboolean is_text; /* else an integer */
  gboolean nullable;
  gboolean is_task; /* holds the id of a task */
} RegieTransferColumn;

/* The columns of a table, ended by one without a name; NULL when there is no such table. */
const RegieTransferColumn *regie_transfer_get_columns (const char *table);

G_END_DECLS
