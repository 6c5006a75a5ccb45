#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""AVA's backend, with the faults that it is deployed with."""

import json
import uuid

import ava_store
import serve
from ava_account import Account
from ava_analytics import Analytics
from ava_assistants import Assistants
from ava_calls import Calls
from ava_checks import parse_body
from ava_misc import Miscellany
from ava_numbers import Numbers
from ava_studio import Studio
from ava_vapi import Crash, Deadline, Upstream
from routing import Application, Refusal, route
from wire import Response

PREFIX = "/api/v1"


class Ava(Account, Calls, Analytics, Assistants, Studio, Numbers, Miscellany, Application):
    """Errors under `detail`, as a text or as a list; slashes at the end are redirected, to plain http whatever came in."""

    def __init__(self, options, the_clock, announce):
        super().__init__(options, the_clock, announce)
        self.store = ava_store.Store(the_clock)
        self.upstream = Upstream(self)
        self.visits = {}  # (address, path) → times, of what is limited by rate
        wanted, bulk = serve.seed_size(options.seed_data)
        if wanted:
            ava_store.seed(self.store, self.upstream, bulk)

    def json(self, value, status=200):
        return Response(status, json.dumps(value, separators=(",", ":"), ensure_ascii=False), "application/json")

    def failure(self, status, text):
        return self.json({"detail": text}, status)

    plain_error = lambda self, status: self.failure(status, str(status))  # noqa: E731

    def too_many(self, request):
        return self.json({"error": "Rate limit exceeded: 10 per 1 minute"}, 429)

    def dispatch(self, request):
        if preflight := self._preflight(request):
            return preflight
        found = self.find(request.path)
        if not found:
            return self._redirect(request) or self.failure(404, "Not Found")
        if request.method not in found:
            response = self.failure(405, "Method Not Allowed")
            response.headers.append(("Allow", ", ".join(sorted(found))))
            return response
        function, parameters = found[request.method]
        try:
            request.parsed = parse_body(request)
            return function(request, **parameters)
        except Deadline:
            return self.failure(504, "Request timeout")
        except Crash:
            request.crashed = True
            return Response(500, "Internal Server Error", "text/plain; charset=utf-8")

    def _preflight(self, request):
        asked = request.header("Access-Control-Request-Method")
        if request.method == "OPTIONS" and asked and request.header("Origin"):
            return Response(200, "OK", "text/plain; charset=utf-8", [("Access-Control-Allow-Methods", "DELETE, GET, OPTIONS, PATCH, POST, PUT")])
        return None

    def _redirect(self, request):
        """The scheme is that of the last hop, which is not encrypted where TLS ends before it."""
        other = "/metrics/" if request.path == "/metrics" else request.path.rstrip("/")
        if other == request.path or not self.find(other):
            return None
        query = f"?{request.query_text}" if request.query_text else ""
        return Response(307, headers=[("Location", f"http://{request.header('Host', '127.0.0.1')}{other}{query}")])

    def finish(self, request, response):
        if not getattr(request, "crashed", False):
            for name in ("X-Request-ID", "X-Correlation-ID"):
                response.headers.append((name, request.header(name) or str(uuid.uuid4())))
        return response

    def settings(self):
        return ("upstream", "upstream_ms", "deadline_ms", "studio_ms", "production", "server_vapi_key", "smtp_key", "stubs", "mail")

    def state(self):
        return {**self.store.state(), "upstream": self.upstream.state()}

    def forget(self, email):
        user = self.store.user_by("email", email)
        return user is not None and self.store.users.pop(user["id"]) is not None

    def restart(self):
        self.upstream.reset()
        self.visits.clear()

    @route("GET", "/")
    def root(self, request):
        return self.json({"status": "healthy", "service": "ava-api"})

    @route("GET", "/healthz")
    def healthz(self, request):
        return self.json({"status": "healthy"})

    @route("GET", "/metrics/")
    def metrics(self, request):
        return Response(200, "# TYPE http_requests_total counter\nhttp_requests_total 1.0\n", "text/plain; version=0.0.4; charset=utf-8")

    @route("GET", PREFIX + "/openapi.json")
    def openapi(self, request):
        paths = {}
        for _, _, method, path, _, _ in self.routes:
            if path not in (PREFIX + "/openapi.json", PREFIX + "/docs", "/metrics/"):
                shown = path.replace("<", "{").replace(">", "}")
                paths.setdefault(shown, {})[method.lower()] = {"responses": {"200": {"description": "Successful Response"}}}
        return self.json({"openapi": "3.1.0", "info": {"title": "AVA API", "version": "1.0.0"}, "paths": paths})

    @route("GET", PREFIX + "/docs")
    def docs(self, request):
        return Response(200, "<!DOCTYPE html><html><head><title>AVA API - Swagger UI</title></head></html>", "text/html; charset=utf-8")


def main():
    parser = serve.argument_parser(__doc__)
    parser.add_argument("--production", action="store_true", help="refuse requests without a token, check signatures of webhooks")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql", help="which form times have")
    parser.add_argument("--server-vapi-key", help="used by users who have none")
    parser.add_argument("--no-smtp-key", dest="smtp_key", action="store_false", help="no SMTP password can be stored")
    parser.add_argument("--no-stubs", dest="stubs", action="store_false", help="/integrations refuses")
    parser.add_argument("--no-mail", dest="mail", action="store_false", help="no mail can be sent")
    parser.add_argument("--upstream", default="ok", help="how Vapi answers: ok, unreachable, timeout or a status, and :N for N times")
    parser.add_argument("--upstream-ms", type=float, default=20, help="how long Vapi takes")
    parser.add_argument("--studio-ms", type=float, default=20, help="how long the first read of a studio takes")
    parser.add_argument("--deadline-ms", type=float, default=20000, help="after which a request is given up")
    serve.run(parser.parse_args(), Ava)


if __name__ == "__main__":
    main()
