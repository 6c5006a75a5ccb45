/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core/regie-cause.h"
#include "regie-minute.h"
#include "regie-supervisor.h"
#include "regie-worker-protocol.h"

G_BEGIN_DECLS

/* What the files of the supervisor share. All of it belongs to the main context, except RegieLive. */

/* --- regie-live.c: figures of the moment, read by the store's threads when records go out --- */

typedef struct _RegieLive RegieLive;

typedef struct
{
  gboolean up;
  gint64 heartbeat_at; /* µs, 0: none yet */
  gint64 rows;         /* -1: not known */
} RegieLiveFigures;

RegieLive *regie_live_new (const char *data_dir);
RegieLive *regie_live_ref (RegieLive *self);
void regie_live_unref (RegieLive *self);
void regie_live_set (RegieLive *self, const char *id, const char *workspace, const RegieLiveFigures *figures);
gboolean regie_live_get (RegieLive *self, const char *id, RegieLiveFigures *figures);
/* Processes that run, of WORKSPACE or (NULL) of all. */
guint regie_live_count (RegieLive *self, const char *workspace);
/* Sets the store's decorators for digital-human, workspace and database. */
void regie_live_decorate (RegieLive *self, RegieEngineStore *store);

/* --- regie-supervisor-cgroup.c --- */

typedef struct _RegieCgroup RegieCgroup;

/* The engine's own control group when it was delegated to it (cgroup v2, "user.delegate"), else NULL with the
 * reason in *WHY. MOUNT and OWN are "/sys/fs/cgroup" and the group's path, NULL: as /proc says. */
RegieCgroup *regie_cgroup_new (const char *mount, const char *own, char **why);
void regie_cgroup_free (RegieCgroup *self);
/* Makes the group of ID with its limits (0: none) and moves PID into it; *_leave removes it. */
gboolean
regie_cgroup_enter (RegieCgroup *self, const char *id, GPid pid, gint64 cpu, gint64 memory, GError **error);
void regie_cgroup_leave (RegieCgroup *self, const char *id);

/* --- regie-supervisor-process.c --- */

/* Starts PROGRAM --worker in a process group of its own; *FD is our end of the control socket. */
gboolean regie_process_spawn (const char *program, GPid *pid, int *fd, GError **error);
/* How a process ended. New cause. */
JsonObject *regie_process_describe_end (int wait_status);

/* --- runners: one per Digital Human that is or was to run --- */

typedef enum
{
  REGIE_RUNNER_DOWN,
  REGIE_RUNNER_STARTING, /* the process is there, its database not yet open */
  REGIE_RUNNER_UP,
  REGIE_RUNNER_STOPPING
} RegiePhase;

typedef struct
{
  RegieSupervisor *supervisor; /* owner */
  char *id;
  char *workspace;
  JsonObject *record; /* settings, as last seen */

  /* what is wanted */
  gboolean wanted;
  gint64 wanted_rev; /* of the record that said so */
  gboolean again;    /* stop it, then start it */
  guint holds;       /* who has its database in hand: it is not started meanwhile */

  /* the process */
  RegiePhase phase;
  gboolean queued; /* waits for its turn to start */
  GPid pid;
  guint child_watch;
  RegieWorkerChannel *channel;
  gboolean introduced; /* the "start" message went out */
  gint64 heard_at;     /* monotonic */
  gint64 up_at;        /* monotonic */
  gint64 started_at;
  guint stop_timer, restart_timer, save_timer, busy_timer;
  guint failures; /* in a row, for the delay */
  guint restarts;
  gint64 next_restart_at;
  JsonObject *cause;     /* shown */
  JsonObject *end_cause; /* why we ended it, or what it said itself before it ended */
  const char *state;
  char *limits;

  /* its task */
  JsonObject *task;          /* the record while it runs */
  gint64 task_deadline;      /* monotonic */
  gboolean turning;          /* a change of regie-supervisor-turn.c is under way */
  gboolean more;             /* there may be another one */
  guint refreshing;          /* settings are being read for it */
  GHashTable *interruptions; /* task id -> how often its process ended under it */
  GQueue results;            /* messages "result" to be stored */
  guint retry_timer;

  /* figures */
  RegieMinute *minute;                   /* belongs to the workspace's writer thread */
  gint64 cpu, cpu_counted;               /* ms of this process: now, and at the last minute */
  gint64 memory_now, memory;             /* KiB; the most since the last minute */
  gint64 activity_at, activity_saved_at; /* µs: the last one, and the last that is written down */
  guint activity_timer;                  /* until the last one is written down */

  /* requests to the worker */
  gint64 last_request;
  GHashTable *requests;    /* number -> DexPromise */
  GPtrArray *down_waiters; /* DexPromise: resolved when no process is there */
} RegieRunner;

struct _RegieSupervisor
{
  GObject parent_instance;

  RegieEngineStore *store;
  char *program;
  char *data_dir;
  char *pause_file;
  RegieLive *live;
  RegieCgroup *cgroup;
  char *no_cgroup; /* why there is none */

  GHashTable *runners;           /* id -> RegieRunner */
  GHashTable *paused_workspaces; /* set of ids */
  GHashTable *schedule;          /* id -> RegieScheduled, regie-backup-schedule.c */
  gboolean paused;
  gboolean draining;
  gboolean adding_sample;
  guint starting;     /* processes between start and hello */
  GQueue start_queue; /* ids */
  guint pending;      /* changes under way */
  GPtrArray *drain_waiters;
  guint watch_source, minute_source;

  /* timing, ms */
  guint heartbeat, silence, grace, first_delay, max_delay, health, task_limit, activity_step;
};

RegieRunner *regie_supervisor_find (RegieSupervisor *self, const char *id);
/* The runner of the Digital Human in RECORD, made when there is none; takes its settings. */
RegieRunner *regie_supervisor_ensure (RegieSupervisor *self, JsonObject *record);
/* Follows what is wanted: starts, stops or waits. Idempotent. */
void regie_runner_settle (RegieRunner *self);
void regie_runner_set_wanted (RegieRunner *self, gboolean wanted, gint64 rev);
void regie_runner_free (gpointer data);
/* Ends it at once; CAUSE (taken over, or NULL) is shown when it was not to end. */
void regie_runner_kill (RegieRunner *self, JsonObject *cause);
gboolean regie_runner_is_alive (RegieRunner *self);
/* Resolves when no process is there. */
DexFuture *regie_runner_when_down (RegieRunner *self);
/* While held it is not started; the last release starts what is wanted. */
void regie_runner_hold (RegieRunner *self);
void regie_runner_release (RegieRunner *self);
void regie_supervisor_check_drained (RegieSupervisor *self);
/* Reads what of WORKSPACE was wanted and follows it; at the start of the engine and when it is restored. */
DexFuture *regie_supervisor_resume_workspace (RegieSupervisor *self, const char *workspace);
void regie_supervisor_emit_heartbeat (RegieSupervisor *self, RegieRunner *runner);

/* regie-runner-save.c: stores state, cause, pid … of the runner; ACTION is journalled when not NULL. */
void regie_runner_save (RegieRunner *self, const char *action, const char *reason);

/* --- regie-supervisor-util.c --- */

/* regie_txn_patch() that takes deleted records too: a restore then shows what is. */
JsonObject *
regie_txn_patch_any (RegieTxn *txn, const RegieKind *kind, const char *id, JsonObject *patch, GError **error);
/* The number that stands for VALUE in the column FIELD_key of a kind's table. */
gint64 regie_enum_rank (const char *kind, const char *field, const char *value);
/* The record in a row's column. */
JsonObject *regie_row_parse (sqlite3_stmt *stmt, int column, GError **error);
/* Runs FUNC on a thread of its own; resolves to TRUE or rejects with its error. DATA stays the caller's until
 * then. */
typedef gboolean (*RegieThreadBodyFunc) (gpointer data, GError **error);
DexFuture *regie_on_thread (RegieThreadBodyFunc func, gpointer data);

/* Something is under way that a drain waits for; *_begin returns a reference that *_end takes. */
RegieSupervisor *regie_supervisor_begin (RegieSupervisor *self);
void regie_supervisor_end (RegieSupervisor *self);

/* Runs a fiber on the main context to its end, also when nobody waits for it any more: a change that is made
 * is followed up. */
DexFuture *regie_spawn (RegieSupervisor *self, DexFiberFunc func, gpointer data, GDestroyNotify destroy);

/* regie-runner-channel.c: talking to the process */
void regie_runner_connect (RegieRunner *self, int fd);
void regie_runner_disconnect (RegieRunner *self);
/* Resolves to the "reply" (JSON_TYPE_OBJECT); rejects with its error, or STATE when the process ends. */
DexFuture *regie_runner_request (RegieRunner *self, const char *what, const char *file);
/* Reads settings and rights anew and sends them; resolves when sent. */
DexFuture *regie_runner_refresh (RegieRunner *self);
/* Tells the process at once whether outward actions are paused. */
void regie_runner_send_paused (RegieRunner *self);
/* The same for all of WORKSPACE (NULL: of everything). */
void regie_supervisor_tell_paused (RegieSupervisor *self, const char *workspace);
/* Why outward actions of a Digital Human are paused, as the code of a cause without values; or NULL. */
const char *regie_supervisor_why_paused (RegieSupervisor *self, const char *workspace, JsonObject *human);
void regie_runner_on_hello (RegieRunner *self, JsonObject *message);

/* regie-supervisor-turn.c: tasks */
void regie_runner_feed (RegieRunner *self);
void regie_runner_on_result (RegieRunner *self, JsonObject *message);
/* Writes down at once what waits to be. */
void regie_runner_flush_activity (RegieRunner *self);
/* The process ended under its task. */
void regie_runner_interrupt (RegieRunner *self);
/* Asks what became of tasks whose outcome is unknown. */
void regie_runner_recall (RegieRunner *self);

/* regie-supervisor-minute.c */
void regie_supervisor_watch_minutes (RegieSupervisor *self);
/* Stores the processor time and memory since the last time. */
void regie_supervisor_flush_minutes (RegieSupervisor *self, const char *only);

/* --- changes --- */

/* A change in WORKSPACE that nobody waits for: counted for the drain, failures are logged. AFTER, when not
 * NULL, runs on the main context with what became of it. DATA is freed by DESTROY after that. */
typedef void (*RegieAfterFunc) (RegieSupervisor *self, gpointer data, const GError *error);
void regie_supervisor_change (RegieSupervisor *self,
                              const char *workspace,
                              RegieTxnFunc func,
                              RegieAfterFunc after,
                              gpointer data,
                              GDestroyNotify destroy);

/* --- actions: regie-supervisor-act.c --- */

typedef struct _RegieAct RegieAct;

/* Runs in the change's transaction and leaves the answer in act->record. */
typedef gboolean (*RegieActFunc) (RegieTxn *txn, RegieAct *act, GError **error);

struct _RegieAct
{
  RegieSupervisor *supervisor;
  const RegieKind *kind;
  char *id, *action, *who, *workspace;
  JsonObject *params;
  RegieRememberFunc remember;
  gpointer remember_data;
  GDestroyNotify remember_destroy;
  RegieActFunc func;
  JsonObject *record;
  /* for func's use */
  gboolean up;
  JsonObject *extra;
};

/* In a fiber: makes the change with act->func, then remembers; FALSE with ERROR. */
gboolean regie_act_commit (RegieAct *act, GError **error);

/* regie-supervisor-human.c, -task-act.c, regie-backup.c: in a fiber; set act->func, commit, follow up. */
gboolean regie_act_on_human (RegieAct *act, GError **error);
gboolean regie_act_on_workspace (RegieAct *act, GError **error);
gboolean regie_act_on_task (RegieAct *act, GError **error);
gboolean regie_act_on_database (RegieAct *act, GError **error);
gboolean regie_act_on_backup (RegieAct *act, GError **error);

/* --- databases: regie-backup.c, regie-backup-schedule.c --- */

/* Keeps the database's record; made at the first start. FIGURES {"size", "rows"}. */
void regie_supervisor_note_database (RegieSupervisor *self, RegieRunner *runner, JsonObject *figures);
/* Its file did not pass its check. */
void regie_supervisor_note_damage (RegieSupervisor *self, const char *id, const char *workspace);
/* Resolves to {"size", "rows"} after WHAT ("check", "backup" to FILE, "compact") was done by the worker or,
 * when none runs, by the engine. */
DexFuture *
regie_supervisor_maintain (RegieSupervisor *self, const char *id, const char *what, const char *file);
/* Makes a backup and its record; resolves to the record. CAUSE as in the kind. */
DexFuture *regie_supervisor_back_up (RegieSupervisor *self,
                                     const char *id,
                                     const char *workspace,
                                     const char *cause,
                                     const char *who);
GHashTable *regie_schedule_new (void);
/* Takes backup_time and zone of a Digital Human into the schedule, or out of it. */
void regie_supervisor_schedule (RegieSupervisor *self, JsonObject *human, gint64 since);
/* Starts what is due. */
void regie_supervisor_run_schedule (RegieSupervisor *self);

G_END_DECLS
