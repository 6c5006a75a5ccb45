/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"

#include "core/regie-error.h"

/* Which function answers which request. */

const RegieRoute regie_api_local_routes[] = {
  { "GET", "metrics", regie_api_metrics },
  { "GET", "v1/health", regie_api_health },
  { "GET", "v1/openapi.json", regie_api_openapi },
  { "GET", "v1/summary", regie_api_summary },
  { "GET", "v1/logs", regie_api_logs },
  { "POST", "v1/pause", regie_api_pause },
  { "POST", "v1/resume", regie_api_resume },
  { "POST", "v1/import", regie_api_import },
  { "POST", "v1/sample", regie_api_sample },
  { "POST", "v1/drain", regie_api_drain },
  { "GET", "v1/digital-humans/:id/effective-rights", regie_api_effective_rights },
  { "GET", "v1/workspaces/:id/export", regie_api_export },
  { "GET", "v1/:kind", regie_api_list },
  { "POST", "v1/:kind", regie_api_create },
  { "GET", "v1/:kind/:id", regie_api_get },
  { "PATCH", "v1/:kind/:id", regie_api_patch },
  { "DELETE", "v1/:kind/:id", regie_api_delete },
  { "POST", "v1/:kind/:id/:action", regie_api_act },
  { NULL, NULL, NULL },
};

static gboolean
matches_part (const char *pattern, const char *part, RegieCall *call)
{
  if (g_str_equal (pattern, ":kind"))
    return (call->kind = regie_kind_get_by_path (part)) != NULL;
  if (g_str_equal (pattern, ":id"))
    call->id = part;
  else if (g_str_equal (pattern, ":action"))
    call->action = part;
  else
    return g_str_equal (pattern, part);

  return *part != '\0';
}

static gboolean
matches (const RegieRoute *route, RegieCall *call)
{
  g_auto (GStrv) parts = g_strsplit (route->pattern, "/", -1);

  if (g_strv_length (parts) != g_strv_length (call->path))
    return FALSE;
  call->kind = NULL;
  call->id = call->action = NULL;
  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (!matches_part (parts[i], call->path[i], call))
        return FALSE;
    }

  return TRUE;
}

/* A kind need not be made, changed or deleted by clients. */
static gboolean
is_possible (const RegieRoute *route, RegieCall *call)
{
  if (route->func == regie_api_create)
    return call->kind->can_create;
  if (route->func == regie_api_patch)
    return call->kind->can_update;
  if (route->func == regie_api_delete)
    return call->kind->can_delete;

  return TRUE;
}

static void
refuse_method (RegieCall *call, GString *allowed)
{
  g_autofree char *detail = g_strdup_printf ("%s is not possible here; %s is", call->method, allowed->str);

  call->allow = g_strdup (allowed->str);
  regie_call_answer_refusal (call, SOUP_STATUS_METHOD_NOT_ALLOWED, "invalid", detail, NULL);
}

/* HEAD is answered as GET; libsoup leaves the body out. */
static gboolean
is_method (const RegieRoute *route, RegieCall *call)
{
  return g_str_equal (route->method, call->method) ||
         (g_str_equal (call->method, "HEAD") && g_str_equal (route->method, "GET"));
}

const RegieRoute *
regie_api_find_route (const RegieRoute *routes, RegieCall *call)
{
  g_autoptr (GString) allowed = g_string_new (NULL);
  const char *literal = NULL;

  for (const RegieRoute *route = routes; route->method != NULL; route++)
    {
      /* What has a route of its own is no id or action. */
      if (literal != NULL && !g_str_equal (literal, route->pattern) && strstr (route->pattern, ":") != NULL)
        break;
      if (!matches (route, call) || !is_possible (route, call))
        continue;
      if (is_method (route, call))
        return route;
      if (strstr (route->pattern, ":kind") == NULL)
        literal = route->pattern;
      g_string_append_printf (allowed, "%s%s", allowed->len > 0 ? ", " : "", route->method);
      if (g_str_equal (route->method, "GET"))
        g_string_append (allowed, ", HEAD");
    }
  if (allowed->len > 0)
    refuse_method (call, allowed);
  else
    regie_call_answer_refusal (call, SOUP_STATUS_NOT_FOUND,
                               regie_error_code_to_string (REGIE_ERROR_NOT_FOUND),
                               "There is nothing at this address", NULL);

  return NULL;
}
