/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The table of commands against the program: each one exists, has words, and no key is given twice. */

#include <adwaita.h>

#include "regie-application.h"
#include "regie-commands.h"
#include "regie-humans-page.h"
#include "regie-notifier.h"
#include "regie-window.h"

static gboolean
class_has_action (GtkWidgetClass *klass, const char *wanted)
{
  const GVariantType *type;
  const char *name, *property;
  GType owner;

  for (guint i = 0; gtk_widget_class_query_action (klass, i, &owner, &name, &type, &property); i++)
    {
      if (g_str_equal (name, wanted))
        return TRUE;
    }

  return FALSE;
}

static void
test_every_command_exists (void)
{
  g_autoptr (RegieApplication) application = regie_application_new ();
  g_autoptr (GTypeClass) window = g_type_class_ref (REGIE_TYPE_WINDOW);
  g_autoptr (GTypeClass) page = g_type_class_ref (REGIE_TYPE_HUMANS_PAGE);
  guint n;
  const RegieCommand *commands = regie_commands_list (&n);

  g_assert_cmpuint (n, >, 20);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = NULL;
      g_autoptr (GVariant) target = NULL;

      g_assert_true (g_action_parse_detailed_name (commands[i].action, &name, &target, NULL));
      if (g_str_has_prefix (name, "app."))
        g_assert_nonnull (g_action_map_lookup_action (G_ACTION_MAP (application), name + 4));
      else if (g_str_has_prefix (name, "win."))
        g_assert_true (class_has_action (GTK_WIDGET_CLASS (window), name));
      else if (!g_str_has_prefix (name, "window."))
        g_assert_true (class_has_action (GTK_WIDGET_CLASS (page), name));
      g_assert_cmpstr (commands[i].title, !=, NULL);
      g_assert_cmpstr (commands[i].group, !=, NULL);
    }
}

static void
test_keys_are_given_once (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint n;
  const RegieCommand *commands = regie_commands_list (&n);

  for (guint i = 0; i < n; i++)
    {
      guint key;
      GdkModifierType modifiers;

      if (commands[i].accel == NULL)
        {
          /* What has no key must be in the palette, or nobody reaches it without a pointer. */
          g_assert_false (commands[i].hidden);
          continue;
        }
      g_assert_true (gtk_accelerator_parse (commands[i].accel, &key, &modifiers));
      g_assert_cmpuint (key, !=, 0);
      g_assert_true (g_hash_table_add (seen, (gpointer) commands[i].accel));
      /* Alt belongs to mnemonics. */
      g_assert_true (!(modifiers & GDK_ALT_MASK) || (modifiers & GDK_CONTROL_MASK));
    }
}

static void
test_quiet_hours (void)
{
  int evening = regie_notifier_parse_clock ("20:00");
  int morning = regie_notifier_parse_clock ("08:00");

  g_assert_cmpint (evening, ==, 1200);
  g_assert_cmpint (regie_notifier_parse_clock ("24:00"), ==, -1);
  g_assert_cmpint (regie_notifier_parse_clock ("8:00"), ==, -1);
  g_assert_cmpint (regie_notifier_parse_clock ("ab:cd"), ==, -1);
  g_assert_true (regie_notifier_is_quiet (23 * 60, evening, morning));
  g_assert_true (regie_notifier_is_quiet (3 * 60, evening, morning));
  g_assert_false (regie_notifier_is_quiet (morning, evening, morning));
  g_assert_false (regie_notifier_is_quiet (12 * 60, evening, morning));
  g_assert_true (regie_notifier_is_quiet (13 * 60, 12 * 60, 14 * 60));
  g_assert_false (regie_notifier_is_quiet (14 * 60, 12 * 60, 14 * 60));
  g_assert_false (regie_notifier_is_quiet (60, 600, 600));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/commands/exist", test_every_command_exists);
  g_test_add_func ("/commands/keys", test_keys_are_given_once);
  g_test_add_func ("/notifier/quiet-hours", test_quiet_hours);

  return g_test_run ();
}
