/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-engine-store.h"
#include "regie-minute.h"

G_BEGIN_DECLS

/* One turn of a worker: the result of the task that it did is stored and the next task is given out, in one
 * transaction. */
typedef struct
{
  char *digital_human;

  /* in: what it did */
  JsonObject *result; /* the worker's message, or NULL */
  gint64 received_at; /* µs */
  RegieMinute *minute;
  JsonObject *human_patch; /* what changes in the Digital Human's record with it, or NULL */

  /* in: whether to give out the next one, and to whom */
  gboolean lease;
  gint64 pid;

  /* out */
  JsonObject *leased; /* the task's record, or NULL */
} RegieTurn;

void regie_turn_free (RegieTurn *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieTurn, regie_turn_free)

/* A RegieTxnFunc; DATA is a RegieTurn. A result that belongs to no running attempt is passed over, unless it
 * tells what became of one whose outcome was unknown. */
gboolean regie_turn_run (RegieTxn *txn, gpointer data, GError **error);

/* The message of a task whose process ended under it: queued again (no effect outside, or only reading; at
 * most ATTEMPTS times), else unknown. CAUSE, the code of one without values, is part of the error. New
 * object. */
JsonObject *regie_task_interrupted (JsonObject *task, guint interruptions, const char *cause);

/* A RegieTxnFunc for the start of the engine: what is marked as running is not. DATA is not used. */
gboolean regie_tasks_recover (RegieTxn *txn, gpointer data, GError **error);

G_END_DECLS
