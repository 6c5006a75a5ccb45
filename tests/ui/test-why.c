/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the window says when one asks why a Digital Human is red. */

#include <adwaita.h>
#include <string.h>

#include "regie-json.h"
#include "regie-time.h"
#include "regie-why-dialog.h"

static void
assert_says (JsonObject *given, const char *last_error, const char *const *wanted, const char *unwanted)
{
  g_autoptr (JsonObject) data = given;
  RegieRecordContent content = { .key = "k", .connection = "local", .pending = "", .data = data };
  g_autoptr (RegieRecord) record = regie_record_new (regie_kind_get ("digital-human"));
  g_autofree char *text = NULL;

  regie_record_set_content (record, &content);
  text = regie_why_describe (record, last_error);
  for (guint i = 0; wanted[i] != NULL; i++)
    g_assert_nonnull (strstr (text, wanted[i]));
  g_assert_null (strstr (text, unwanted));
}

static void
test_failing (void)
{
  static const char *const wanted[] = { "It fell over",   "restarted by itself 3 times", "tried again in",
                                        "2 tasks failed", "The last error: no route",    NULL };

  assert_says (
      regie_json_object_new ("name", 's', "a", "state", 's', "error", "cause", 's', "It fell over",
                             "restarts", 'i', (gint64) 3, "next_restart_at", 'i',
                             regie_time_now () + 30 * G_USEC_PER_SEC, "errors_day", 'i', (gint64) 2, NULL),
      "no route", wanted, "paused");
}

static void
test_well (void)
{
  static const char *const well[] = { "Nothing is wrong", NULL };
  static const char *const stopped[] = { "stopped by hand", NULL };
  static const char *const paused[] = { "outward actions are paused", NULL };

  assert_says (regie_json_object_new ("name", 's', "a", "state", 's', "idle", NULL), NULL, well, "failed");
  assert_says (regie_json_object_new ("name", 's', "a", "state", 's', "stopped", NULL), NULL, stopped,
               "Nothing");
  assert_says (regie_json_object_new ("name", 's', "a", "state", 's', "idle", "paused", 'b', TRUE, NULL), "",
               paused, "error");
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/why/failing", test_failing);
  g_test_add_func ("/why/well", test_well);

  return g_test_run ();
}
