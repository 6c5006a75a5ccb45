#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""QWANYX's API server, in the four generations that answer on the same port of different hosts.

    F1  an older Flask server: it says that it lives, and has nothing for Digital Humans
    F2  Flask; Digital Humans through /api/workspaces/<ws>/users, without any authentication
    F3  Flask; /users and /api/dh/…, the richest
    R   Rust (actix): /users and /data/{collection}; no token is ever checked

Each generation is put together from the parts that it has, so that a feature which one lacks is a route that is not there.
"""

import datetime
import json

import clock
import serve
from qwanyx_auth import FlaskAuth
from qwanyx_dh import DigitalHumans
from qwanyx_rust import Rust
from qwanyx_store import Store
from qwanyx_users import OpenUsers, Profile, Users
from qwanyx_workspaces import Workspaces
from routing import Application, Refusal, route
from wire import Response

NOT_ALLOWED = """<!doctype html>
<html lang=en>
<title>405 Method Not Allowed</title>
<h1>Method Not Allowed</h1>
<p>The method is not allowed for the requested URL.</p>
"""
MALFORMED = "400 Bad Request: The browser (or proxy) sent a request that this server could not understand."
NOT_JSON = ("415 Unsupported Media Type: Did not attempt to load JSON data because the request Content-Type was not "
            "'application/json'.")


def to_flask(value):
    """What Flask's jsonify makes of a value: a datetime that nobody formatted takes the form of HTTP headers."""
    if isinstance(value, datetime.datetime):
        return clock.rfc1123(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


class Flask(Application):
    """Keys sorted, everything beyond ASCII escaped, CORS open; errors under `error`, 404 in JSON but 405 in HTML."""

    service = None

    def __init__(self, options, the_clock, announce):
        super().__init__(options, the_clock, announce)
        self.store = Store(the_clock)
        self.running = {}  # dh id → (e-mail, started); of this process only
        self.codes_sent = 0
        self.store.seed(options.workspace, *serve.seed_size(options.seed_data))

    def dispatch(self, request):
        found = self.find(request.path)
        if not found:
            raise Refusal(self.error(404, "Endpoint not found"))
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return Response(200, "", "text/html; charset=utf-8", [("Allow", ", ".join(sorted({*found, "HEAD", "OPTIONS"})))])
        if method not in found:
            return Response(405, NOT_ALLOWED, "text/html; charset=utf-8", [("Allow", ", ".join(sorted({*found, "OPTIONS"})))])
        function, parameters = found[method]
        return function(request, **parameters)

    def finish(self, request, response):
        response.headers.append(("Access-Control-Allow-Origin", "*"))
        return response

    def json(self, value, status=200):
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=to_flask) + "\n"
        return Response(status, text, "application/json")

    def error(self, status, text, **more):
        return self.json({"error": text, **more}, status)

    def plain_error(self, status):
        return self.error(status, f"{status}")

    def too_many(self, request):
        """None of these servers limits anybody; what stands before them may."""
        return Response(429, "<html><head><title>429 Too Many Requests</title></head></html>", "text/html")

    def body(self, request):
        """The JSON object of REQUEST. What cannot be read ends as 500: every handler catches every exception so."""
        if not (request.header("Content-Type") or "").lower().startswith("application/json"):
            raise Refusal(self.error(500, NOT_JSON))
        try:
            value = json.loads(request.body)
        except ValueError:
            raise Refusal(self.error(500, MALFORMED)) from None
        if not isinstance(value, dict):
            raise Refusal(self.error(500, f"'{type(value).__name__}' object has no attribute 'get'"))
        return value

    @route("GET", "/health")
    def health(self, request):
        moment = self.clock.now()
        text = clock.offset(moment) if self.options.generation == "F3" else clock.naive(moment)
        return self.json({"status": "ok", "service": self.service, "timestamp": text})

    def state(self):
        return {"generation": self.options.generation, **self.store.state(),
                "running": {dh: email for dh, (email, started) in self.running.items()}}

    def settings(self):
        return ("code",)

    def forget(self, email):
        return self.store.forget(email)

    def restart(self):
        self.running.clear()


class F1(Flask):
    service = "QWANYX Central API"


class F2(FlaskAuth, Profile, OpenUsers, Workspaces, Flask):
    service = "QWANYX API v2"


class F3(FlaskAuth, Users, Profile, Workspaces, DigitalHumans, Flask):
    service = "QWANYX API v2"


def make(options, the_clock, announce):
    return {"F1": F1, "F2": F2, "F3": F3, "R": Rust}[options.generation](options, the_clock, announce)


def main():
    parser = serve.argument_parser(__doc__.partition("\n")[0])
    parser.add_argument("--generation", choices=("F1", "F2", "F3", "R"), default="F3")
    parser.add_argument("--workspace", default="demo", help="where the seed data live")
    parser.add_argument("--code", help="the code of every mail, instead of a new one each time")
    parser.add_argument("--same-flow-secret", action="store_true", help="F3: its flow routes accept its tokens")
    parser.add_argument("--mongo-down", action="store_true", help="R: its database is away")
    serve.run(parser.parse_args(), make)


if __name__ == "__main__":
    main()
