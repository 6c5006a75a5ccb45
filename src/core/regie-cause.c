/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-cause.h"

#include <glib/gi18n.h>
#include <string.h>

#include "regie-config.h"
#include "regie-json.h"
#include "regie-time.h"

/* A cause may hold causes; what comes from outside must not go on for ever. */
#define MAX_DEPTH 4

/* A code never changes its meaning or its values; a new meaning is a new code. {NAME} stands for a value,
 * {NAME:time} for one that is a time. */
static const struct
{
  const char *code;
  const char *text;
} table[] = {
  /* Why a Digital Human's process ended or did not start. */
  /* Translators: {name} is the system's name of the signal, "Killed" for example. In these sentences keep
     what stands in {braces} as it is. */
  { "process-signal", N_ ("Its process was ended by signal {signal} ({name})") },
  { "process-ended", N_ ("Its process ended by itself") },
  { "process-status", N_ ("Its process ended with status {status}") },
  { "process-silent", N_ ("Nothing was heard of its process for {seconds} s: it hung, and was killed") },
  { "task-too-long", N_ ("The task \"{task}\" did not end in its time: the process was killed") },
  { "memory-limit", N_ ("It used {used} MiB of memory; its limit is {limit} MiB") },
  { "start-failed", N_ ("The program {program} cannot be started: {why}") },
  { "no-control-socket", N_ ("No control socket: {why}") },
  { "database-corrupt", N_ ("Its database cannot be opened, since it is damaged: {detail}") },
  { "database-newer", N_ ("Its database was written by a newer version of Régie: {detail}") },
  { "database-locked", N_ ("Its database is in use by another program: {detail}") },
  { "database-unusable", N_ ("Its database cannot be opened: {detail}") },

  /* Why outward actions rest. */
  { "paused-everything", N_ ("Outward actions are paused for everything") },
  { "paused-workspace", N_ ("Outward actions are paused for this workspace") },
  { "paused-digital-human", N_ ("Outward actions are paused for this Digital Human") },

  /* Why a service was refused to a task. */
  { "refused-paused", N_ ("{why}; resume them, then try again") },
  { "denied-by-own-right",
    N_ ("The service \"{service}\" is denied by the Digital Human's own right; change it on "
        "the Digital Human's page, under Services") },
  { "denied-by-workspace",
    N_ ("The service \"{service}\" is denied by the workspace's right; change it on the "
        "Digital Human's page, under Services") },
  { "denied-by-default",
    N_ ("The service \"{service}\" is denied as long as no right allows it; change it on the "
        "Digital Human's page, under Services") },
  { "host-denied",
    N_ ("The host {host} is not among the right's allowed hosts; add \"{entry}\" to the right for the "
        "service \"web\", change it on the Digital Human's page, under Services") },
  { "service-limited",
    N_ ("The right for the service \"{service}\" allows {limit} uses an hour, and they are used "
        "up; the next one is possible at {again:time}, or change it on the Digital Human's "
        "page, under Services") },

  /* Why a task failed, or what became of it is not known. */
  { "http-status", N_ ("The server answered {status} {reason}") },
  { "http-no-answer", N_ ("No answer from {host}: {why}") },
  { "http-unknown",
    N_ ("The {method} request to {host} went out, but no whole answer came back ({why}): whether "
        "it had its effect is not known. It is not sent again by itself") },
  { "no-whole-answer", N_ ("no whole answer within {seconds} s") },
  { "took-too-long", N_ ("it took too long") },
  { "cancelled", N_ ("it was cancelled") },
  { "engine-gone", N_ ("the engine went away") },
  { "interrupted-unknown",
    N_ ("{why} while the request was under way: whether it had its effect is not known. It "
        "is not sent again by itself") },
  { "interrupted-often", N_ ("It was begun {times} times, and each time it was interrupted: {why}") },
  { "worker-ended", N_ ("The Digital Human's process ended") },
  { "engine-ended", N_ ("The engine ended") },
  { "was-exported", N_ ("It was exported") },
  { "begun-before", N_ ("This attempt was begun before") },

  /* What asks for attention beside these. */
  { "database-damaged", N_ ("Its database is damaged, and there is no backup") },
  { "database-restorable", N_ ("Its database is damaged; the last backup can be restored") },
  { "backup-missing", N_ ("The daily backup of {time} is missing: {why}") },
  { "file-unusable", N_ ("It cannot be used: {why}") },
  { "disk-full", N_ ("No space is left on the disk: {detail}") },
  { "read-only", N_ ("The folder cannot be written to: {detail}") },

  /* What is wrong with a request's body; the pointer to the field goes before it. */
  { "object-needed", N_ ("an object is needed") },
  { "text-needed", N_ ("text is needed") },
  { "message-needed", N_ ("the message is needed") },
  { "message-empty", N_ ("the message is empty") },
  { "type-unknown", N_ ("analyze, answer or http is needed") },
  { "address-needed", N_ ("an address is needed") },
  { "address-invalid", N_ ("the address cannot be read: {detail}") },
  { "address-scheme", N_ ("only http and https are possible") },
  { "address-host", N_ ("the address names no host") },
  { "address-secret",
    N_ ("a name or password in the address is not possible: it would be stored and shown") },
  { "method-unknown", N_ ("GET, HEAD, POST, PUT, PATCH or DELETE is needed") },
  { "header-name", N_ ("a name is not one that a header can have") },
  { "header-own", N_ ("this header is set by itself") },
  { "header-secret", N_ ("a secret does not belong into a task: it would be stored and shown") },
  { "header-control", N_ ("control characters are not possible in a header") },
  { "body-text", N_ ("text is needed; other data goes into \"json\"") },
  { "body-twice", N_ ("there is a \"body\" already") },
  { "body-not-read", N_ ("a request that only reads has none") },
  { "timeout-range", N_ ("1 to 300 seconds are possible") },
  { "reference-missing", N_ ("there is no record with the id \"{id}\" here") },
  { "right-exists", N_ ("there is a right for \"{service}\" already; change that one") },
  { "field-unknown", N_ ("there is no such field; one of your own must begin with x_") },
  { "set-by-regie", N_ ("is set by Régie and cannot be written") },
  { "create-only", N_ ("cannot be changed once the record is made") },
};

static const char *
find_text (const char *code)
{
  for (guint i = 0; code != NULL && i < G_N_ELEMENTS (table); i++)
    {
      if (g_str_equal (table[i].code, code))
        return table[i].text;
    }

  return NULL;
}

/* --- making sentences --- */

static char *make_sentence (JsonObject *cause, gboolean translate, guint depth);

/* In the user's zone: the hour is what matters, the day when it is another one. */
static char *
format_time (JsonNode *value)
{
  gint64 at = 0;
  g_autoptr (GDateTime) time = NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_STRING ||
      !regie_time_parse (json_node_get_string (value), NULL, &at))
    return NULL;
  time = g_date_time_new_from_unix_local (at / G_USEC_PER_SEC);
  if (time == NULL)
    return NULL;

  return g_date_time_format (
      time, g_date_time_get_day_of_year (time) == g_date_time_get_day_of_year (now) ? "%R" : "%x %R");
}

static char *
format_value (JsonNode *value, gboolean is_time, gboolean translate, guint depth)
{
  GType type;

  if (JSON_NODE_HOLDS_OBJECT (value))
    return depth < MAX_DEPTH ? make_sentence (json_node_get_object (value), translate, depth + 1) : NULL;
  if (!JSON_NODE_HOLDS_VALUE (value))
    return NULL;
  if (is_time && translate)
    return format_time (value);
  type = json_node_get_value_type (value);
  if (type == G_TYPE_STRING)
    return json_node_dup_string (value);
  if (type == G_TYPE_INT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (value));

  return type == G_TYPE_DOUBLE ? g_strdup_printf ("%.3g", json_node_get_double (value)) : NULL;
}

/* NULL when a value is missing. */
static char *
fill_in (const char *text, JsonObject *args, gboolean translate, guint depth)
{
  g_autoptr (GString) sentence = g_string_new (NULL);

  while (*text != '\0')
    {
      const char *open = strchrnul (text, '{');
      const char *close = strchrnul (open, '}');
      g_autofree char *name = NULL;
      g_autofree char *value = NULL;
      gboolean is_time;
      JsonNode *node;

      g_string_append_len (sentence, text, open - text);
      text = *close != '\0' ? close + 1 : close;
      if (*open == '\0')
        break;
      name = g_strndup (open + 1, close - open - 1);
      is_time = g_str_has_suffix (name, ":time");
      name[strcspn (name, ":")] = '\0';
      node = args != NULL ? json_object_get_member (args, name) : NULL;
      value = node != NULL ? format_value (node, is_time, translate, depth) : NULL;
      if (value == NULL)
        return NULL;
      g_string_append (sentence, value);
    }

  return g_string_free (g_steal_pointer (&sentence), FALSE);
}

static char *
make_sentence (JsonObject *cause, gboolean translate, guint depth)
{
  const char *text = find_text (regie_json_get_text (cause, "code", NULL));

  if (text == NULL)
    return g_strdup (regie_json_get_text (cause, "text", NULL));

  return fill_in (translate ? g_dgettext (REGIE_GETTEXT_DOMAIN, text) : text,
                  regie_json_get_object (cause, "args"), translate, depth);
}

/* --- causes --- */

JsonObject *
regie_cause_new (const char *code, JsonObject *args)
{
  JsonObject *cause = regie_json_object_new ("code", 's', code, NULL);

  if (args != NULL)
    json_object_set_object_member (cause, "args", args);

  return cause;
}

JsonObject *
regie_cause_new_text (const char *text)
{
  return regie_json_object_new ("text", 's', text, NULL);
}

JsonObject *
regie_cause_new_for_error (const GError *error)
{
  JsonObject *cause = regie_error_get_cause (error);

  if (cause != NULL)
    return cause;
  if (g_error_matches (error, REGIE_ERROR, REGIE_ERROR_FULL) ||
      g_error_matches (error, REGIE_ERROR, REGIE_ERROR_READ_ONLY))
    return regie_cause_new (error->code == REGIE_ERROR_FULL ? "disk-full" : "read-only",
                            regie_json_object_new ("detail", 's', error->message, NULL));

  return regie_cause_new_text (error->message);
}

char *
regie_cause_to_english (JsonObject *cause)
{
  char *text = make_sentence (cause, FALSE, 0);

  if (text == NULL)
    text = g_strdup (regie_json_get_text (cause, "code", ""));

  return text;
}

void
regie_cause_store (JsonObject *object, const char *member, JsonObject *cause)
{
  g_autofree char *code = g_strconcat (member, "_code", NULL);
  g_autofree char *args = g_strconcat (member, "_args", NULL);
  JsonObject *values = regie_json_get_object (cause, "args");
  g_autofree char *text = cause != NULL ? regie_cause_to_english (cause) : NULL;

  json_object_set_null_member (object, member);
  json_object_set_null_member (object, code);
  json_object_set_null_member (object, args);
  if (text == NULL)
    return;
  json_object_set_string_member (object, member, text);
  if (regie_json_get_text (cause, "code", NULL) != NULL)
    json_object_set_string_member (object, code, regie_json_get_text (cause, "code", NULL));
  if (values != NULL)
    json_object_set_object_member (object, args, regie_json_copy (values));
}

char *
regie_cause_word (const char *text, const char *code, JsonObject *args)
{
  const char *known = find_text (code);
  char *words = known != NULL ? fill_in (g_dgettext (REGIE_GETTEXT_DOMAIN, known), args, TRUE, 0) : NULL;

  return words != NULL ? words : g_strdup (text);
}

char *
regie_cause_read (JsonObject *object, const char *member)
{
  g_autofree char *code = g_strconcat (member, "_code", NULL);
  g_autofree char *args = g_strconcat (member, "_args", NULL);

  return regie_cause_word (regie_json_get_text (object, member, NULL),
                           regie_json_get_text (object, code, NULL), regie_json_get_object (object, args));
}

/* A journal entry's reason stands with its code among the values that it tells of. */
static char *
read_from_journal (JsonObject *entry)
{
  static const char *const members[] = { "reason", "cause" };
  const char *reason = regie_json_get_text (entry, "reason", NULL);
  JsonObject *after = regie_json_get_object (entry, "after");

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      if (reason != NULL && g_strcmp0 (regie_json_get_text (after, members[i], NULL), reason) == 0)
        return regie_cause_read (after, members[i]);
    }

  return g_strdup (reason);
}

char *
regie_cause_read_record (RegieRecord *record, const char *member)
{
  JsonObject *data = regie_record_get_data (record);

  if (g_str_equal (regie_record_get_kind (record)->name, "audit") && g_str_equal (member, "reason"))
    return read_from_journal (data);

  return regie_cause_read (data, member);
}

void
regie_cause_set_error (GError **error, RegieError code, const char *pointer, JsonObject *cause)
{
  g_autoptr (JsonObject) owned = cause;
  g_autofree char *text = regie_cause_to_english (owned);

  if (error == NULL)
    return;
  g_set_error (error, REGIE_ERROR, code, "%s%s%s", pointer != NULL ? pointer : "",
               pointer != NULL ? ": " : "", text);
  regie_error_set_cause (*error, regie_json_get_text (owned, "code", NULL),
                         regie_json_get_object (owned, "args"));
}
