/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <libdex.h>
#include <locale.h>
#include <string.h>
#include <sys/prctl.h>

#include "regie-application.h"
#include "regie-build-id.h"
#include "regie-config.h"
#include "regie-engine-process.h"

/* The language chosen in the preferences goes before the system's; gettext reads it once, so it is set before
 * anything is said. */
static void
apply_language (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (GSettings) settings = NULL;
  g_autofree char *language = NULL;

  if (source == NULL)
    return;
  schema = g_settings_schema_source_lookup (source, REGIE_APP_ID, TRUE);
  if (schema == NULL)
    return;

  settings = g_settings_new (REGIE_APP_ID);
  language = g_settings_get_string (settings, "language");
  if (*language != '\0')
    g_setenv ("LANGUAGE", language, TRUE);
}

/* A path beside the program, when it lies in the folder where it was built: build/src/regie has build/NAME.
 */
static char *
find_in_build (const char *name, const char *probe)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program != NULL ? g_path_get_dirname (program) : g_strdup (".");
  g_autofree char *path = g_build_filename (folder, "..", name, NULL);
  g_autofree char *probed = g_build_filename (path, probe, NULL);

  return g_file_test (probed, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

/* Where it is run without being installed, settings and translations stand in the build folder. Returns
 * whether it is. */
static gboolean
find_data (void)
{
  g_autofree char *schemas = find_in_build ("data", "gschemas.compiled");
  g_autofree char *locales = find_in_build ("po", "fr/LC_MESSAGES/regie.mo");
  const char *given = g_getenv ("REGIE_LOCALEDIR");

  if (schemas != NULL)
    g_setenv ("GSETTINGS_SCHEMA_DIR", schemas, FALSE);
  if (given == NULL)
    given = locales != NULL ? locales : REGIE_LOCALEDIR;
  bindtextdomain (REGIE_GETTEXT_DOMAIN, given);

  return schemas != NULL;
}

static gboolean
wants (int argc, char **argv, const char *option)
{
  for (int i = 1; i < argc; i++)
    {
      if (g_str_equal (argv[i], option))
        return TRUE;
    }

  return FALSE;
}

/* GTK makes OpenGL and Vulkan ready even when it draws by cairo: without a graphics card that loads a
 * compiler, 60 MB and a tenth of a second for nothing. */
static void
choose_drawing (void)
{
  if (g_strcmp0 (g_getenv ("GSK_RENDERER"), "cairo") == 0)
    g_setenv ("GDK_DISABLE", "gl,vulkan", FALSE);
}

int
main (int argc, char **argv)
{
  g_autoptr (RegieApplication) application = NULL;
  gboolean from_source;

  /* No core file ever holds what a user typed. */
  prctl (PR_SET_DUMPABLE, 0);
  setlocale (LC_ALL, "");
  from_source = find_data ();
  choose_drawing ();
  apply_language ();
  bind_textdomain_codeset (REGIE_GETTEXT_DOMAIN, "UTF-8");
  textdomain (REGIE_GETTEXT_DOMAIN);
  dex_init ();
  regie_engine_process_set_build (REGIE_BUILD_ID);

  /* Options such as --version need no display; what cannot have one gets the table. */
  if (wants (argc, argv, "--no-display") || (argc == 1 && !gtk_init_check ()))
    return regie_headless_run (from_source);

  application = regie_application_new ();

  return g_application_run (G_APPLICATION (application), argc, argv);
}
