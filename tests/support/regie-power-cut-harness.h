/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "db/regie-power-cut-vfs.h"

G_BEGIN_DECLS

/* Runs a workload again and again, each time cutting the power one sync point later, and checks what is left.
 *
 * What is stored is seen as things with a name, each of which has at any time one value (a text) or is not
 * there. The workload tells the witness what it is about to ask for and what was acknowledged; the check
 * tells it what it finds. After a cut a thing must have the value acknowledged last, or one that was asked
 * for after that: an acknowledged change is never missing, one that was not acknowledged happened wholly or
 * not at all, and nothing is there twice. Several rows that belong together are one thing: put them all into
 * its value. */

typedef struct _RegieWitness RegieWitness;

/* Any thread. VALUE is NULL when the thing is to be deleted. Changes of one thing must not overlap. */
void regie_witness_ask (RegieWitness *self, const char *name, const char *value);
/* What was asked for last for NAME is acknowledged. */
void regie_witness_acknowledge (RegieWitness *self, const char *name);
/* Whether anything of that name was acknowledged as being there last (and nothing asked for since). */
gboolean regie_witness_must_exist (RegieWitness *self, const char *name);

/* For the check: each thing that was found, once. */
void regie_witness_find (RegieWitness *self, const char *name, const char *value);

typedef struct
{
  /* Works in FOLDER, which is empty, until it is done or the power is cut (regie_power_cut_happened(): all
   * SQLite calls fail from then on). Returns with everything closed. The VFS "power-cut" is the default one
   * meanwhile, so that files need not be opened in any special way. */
  void (*run) (const char *folder, RegieWitness *witness, gpointer data);

  /* Opens what is in FOLDER as after a new start (on the default VFS) and calls regie_witness_find() for
   * everything. FALSE with ERROR when something is wrong beyond that. Every file *.db in FOLDER and below
   * passed integrity_check before. */
  gboolean (*check) (const char *folder, RegieWitness *witness, gpointer data, GError **error);

  gpointer data;
} RegiePowerCutWorkload;

typedef struct
{
  guint n_cuts;         /* runs that were cut */
  guint n_acknowledged; /* changes acknowledged before the cut, over all runs */
  guint n_in_flight;    /* runs in which something was asked for and not acknowledged when the power went */
} RegiePowerCutReport;

/* Cuts at each sync point from 1 on, until a run ends before its cut comes; that last run is cut after its
 * end. Stops at the first fault: FALSE with ERROR, which tells the sync point and SEED. STEP > 1 leaves sync
 * points out. REPORT may be NULL. */
gboolean regie_power_cut_try_all (const RegiePowerCutWorkload *workload,
                                  RegiePowerCutMode mode,
                                  guint32 seed,
                                  guint step,
                                  RegiePowerCutReport *report,
                                  GError **error);

G_END_DECLS
