/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <libdex.h>
#include <locale.h>
#include <string.h>
#include <sys/prctl.h>

#include "regie-application.h"
#include "regie-config.h"

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

/* Run from the build folder, the schema and the translations are found there. */
static void
find_data (void)
{
  const char *schemas = g_getenv ("REGIE_BUILD_SCHEMAS");
  const char *locales = g_getenv ("REGIE_BUILD_LOCALES");

#ifdef REGIE_BUILD_SCHEMAS
  if (schemas == NULL &&
      !g_file_test (REGIE_DATADIR "/../glib-2.0/schemas/org.regie.Regie.gschema.xml", G_FILE_TEST_EXISTS))
    schemas = REGIE_BUILD_SCHEMAS;
#endif
  if (schemas != NULL)
    g_setenv ("GSETTINGS_SCHEMA_DIR", schemas, FALSE);
#ifdef REGIE_BUILD_LOCALES
  if (locales == NULL && !g_file_test (REGIE_LOCALEDIR "/fr/LC_MESSAGES/regie.mo", G_FILE_TEST_EXISTS))
    locales = REGIE_BUILD_LOCALES;
#endif
  bindtextdomain (REGIE_GETTEXT_DOMAIN, locales != NULL ? locales : REGIE_LOCALEDIR);
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

int
main (int argc, char **argv)
{
  g_autoptr (RegieApplication) application = NULL;

  /* No core file ever holds what a user typed. */
  prctl (PR_SET_DUMPABLE, 0);
  setlocale (LC_ALL, "");
  find_data ();
  apply_language ();
  bind_textdomain_codeset (REGIE_GETTEXT_DOMAIN, "UTF-8");
  textdomain (REGIE_GETTEXT_DOMAIN);
  dex_init ();

  if (wants (argc, argv, "--no-display"))
    return regie_headless_run ();

  application = regie_application_new ();

  return g_application_run (G_APPLICATION (application), argc, argv);
}
