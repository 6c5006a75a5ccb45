# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a scripted backend: its port on 127.0.0.1, a second one by which a test controls it, and the log of all requests.

When both listen it prints one line, {"port": …, "control": …}, and it ends when standard input does: it never outlives the
test that started it. E-mailed codes and the like follow as lines of JSON, on standard output or in the file of --events.

The control port answers `POST /_control` with a JSON object; "do" is one of

    fault     {"rules": ["POST /users 1 cut:after", …]}        adds rules (see faults.py)
    clear     forgets all rules
    log       {"clear": false}                                 {"requests": […], "bugs": […]}
    state     everything that the backend keeps
    events    what was announced so far
    advance   {"seconds": n}                                   moves the backend's clock, also back
    set       {"values": {name: value}}                        what the backend calls settings; latency everywhere
    expire    every token issued or seen until now is expired
    forget    {"email": e}                                     deletes a user behind everybody's back
    restart   loses what the real server keeps in its process; connections are closed
    refuse    {"ms": n}                                        refuses connections, until "listen" without ms
    listen    accepts them again
    end       stops the server

In the log a request has seq, connection, at (its clock), method, target, headers, body (or body64), user, plan (the faults
that struck it), handled (the backend saw it), effect (something was changed by it), status (what was answered, or null) and
done (its connection did not break off before the answer was sent).
"""

import argparse
import base64
import collections
import json
import os
import socket
import ssl
import sys
import threading
import time

import clock
import faults
from wire import Channel, Cut, Gone, Response

MAX_CONNECTIONS = 256
MAX_LOGGED = 200_000
MAX_LOGGED_BODY = 1024 * 1024


class Journal:
    """The requests received, in the order of their heads."""

    def __init__(self, the_clock):
        self.clock = the_clock
        self.lock = threading.Lock()
        self.entries = collections.deque(maxlen=MAX_LOGGED)
        self.count = 0

    def begin(self, request, connection):
        with self.lock:
            self.count += 1
            entry = {"seq": self.count, "connection": connection, "at": clock.offset(self.clock.now()), "method": request.method,
                     "target": request.target, "path": request.path, "headers": dict(request.headers), "body": None, "user": None,
                     "plan": [], "handled": False, "effect": False, "status": None, "done": False}
            self.entries.append(entry)
        return entry

    @staticmethod
    def keep_body(entry, body):
        kept = body[:MAX_LOGGED_BODY]
        try:
            entry["body"] = kept.decode()
        except UnicodeDecodeError:
            entry["body64"] = base64.b64encode(kept).decode()

    def take(self, clear):
        with self.lock:
            entries = [dict(entry) for entry in self.entries]
            if clear:
                self.entries.clear()
        return entries


class Port:
    """A listening socket on loopback and a thread for each of its connections."""

    def __init__(self, serve, context=None):
        self.serve = serve
        self.context = context
        self.channels = set()
        self.lock = threading.Lock()
        self.open = threading.Event()
        self.count = 0
        # A port that the system chose is given back when the socket stops listening; one that was asked for is kept.
        with self._bind(0) as chosen:
            self.number = chosen.getsockname()[1]
            self.sock = self._bind(self.number)
        self.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    @staticmethod
    def _bind(number):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", number))
        return sock

    def listen(self):
        if not self.open.is_set():
            self.sock.listen(128)
            self.open.set()

    def refuse(self):
        """Closes every connection and refuses new ones. The port stays bound, so nobody else gets it meanwhile."""
        if self.open.is_set():
            self.open.clear()
            self.sock.shutdown(socket.SHUT_RDWR)
        self.close_all()

    def close_all(self):
        with self.lock:
            channels = list(self.channels)
        for channel in channels:
            channel.close(reset=True)

    def _accept(self):
        while True:
            self.open.wait()
            try:
                sock, peer = self.sock.accept()
            except OSError:
                time.sleep(0.005)
                continue
            with self.lock:
                full = len(self.channels) >= MAX_CONNECTIONS
            if full:
                sock.close()
                continue
            self.count += 1
            threading.Thread(target=self._run, args=(sock, peer[0], self.count), daemon=True).start()

    def _run(self, sock, peer, number):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.context:
                sock.settimeout(10)
                sock = self.context.wrap_socket(sock, server_side=True)
        except (OSError, ValueError):
            sock.close()
            return
        channel = Channel(sock, peer)
        with self.lock:
            self.channels.add(channel)
        reset = False
        try:
            reset = self.serve(channel, number) == "reset"
        except (Gone, Cut):
            pass
        finally:
            with self.lock:
                self.channels.discard(channel)
            channel.close(reset)


class Server:
    """A backend with its port, its faults and its log."""

    def __init__(self, application, rules, context, latency, announced):
        self.application = application
        self.clock = application.clock
        self.journal = Journal(self.clock)
        self.rules = [faults.Rule(text) for text in rules]
        self.rules_lock = threading.Lock()
        self.latency = latency
        self.announced = announced
        self.ended = threading.Event()
        self.port = Port(self._serve, context)
        self.control = Port(self._serve_control)

    def _serve(self, channel, number):
        while True:
            request = channel.read_head()
            entry = self.journal.begin(request, number)
            with self.rules_lock:
                plan = faults.plan_for(self.rules, request)
            entry["plan"] = plan.kinds
            try:
                close = self._exchange(channel, request, entry, plan)
            except Cut:
                return "reset" if plan.reset else None
            finally:
                entry["effect"], entry["user"] = request.effect, request.user
            entry["done"] = True
            if close:
                channel.say_goodbye()
                return None

    def _exchange(self, channel, request, entry, plan):
        """One request and its answer; returns whether the connection ends with it."""
        if plan.cut == "before":
            raise Cut
        channel.read_body(request)
        self.journal.keep_body(entry, request.body)
        self._before(request, plan)
        response = self._handle(request, entry, plan)
        if self.latency:
            time.sleep(self.latency / 1000)
        time.sleep(plan.delay_after)
        if plan.cut == "after":
            raise Cut
        entry["status"] = response.status
        close = (request.header("Connection") or "").lower() == "close"
        channel.answer(response, clock.rfc1123(self.clock.now()), close, request.method == "HEAD", plan.cut_at(), plan.trickle)
        return close

    def _before(self, request, plan):
        time.sleep(plan.delay)
        if plan.skew:
            self.clock.advance(plan.skew)
        if plan.expire and (token := self.application.token_of(request)):
            self.application.expired.add(token)
        if plan.refuse is not None:
            self.refuse(plan.refuse)
            raise Cut
        if plan.cut == "within":
            raise Cut

    def _handle(self, request, entry, plan):
        response = None
        if plan.replace is None or plan.replace_effect:
            entry["handled"] = True
            response = self.application.handle(request)
            # Also where the answer breaks off: a test asks the log as soon as the client has seen the end.
            entry["effect"], entry["user"] = request.effect, request.user
        if plan.replace is not None:
            response = plan.replace(self.application, request)
        for edit in plan.edits:
            response = edit(response)
        return response

    def refuse(self, seconds):
        self.port.refuse()
        if seconds:
            timer = threading.Timer(seconds, self.port.listen)
            timer.daemon = True
            timer.start()

    # --- control ---

    def _serve_control(self, channel, number):
        while True:
            request = channel.read_head()
            channel.read_body(request)
            try:
                answer, status = self._order(request), 200
            except (KeyError, TypeError, ValueError) as error:
                answer, status = {"error": f"{type(error).__name__}: {error}"}, 400
            close = self.ended.is_set() or (request.header("Connection") or "").lower() == "close"
            channel.answer(Response(status, json.dumps(answer), "application/json"), clock.rfc1123(self.clock.now()), close)
            if close:
                return

    def _order(self, request):
        if (request.method, request.path) != ("POST", "/_control"):
            raise ValueError("POST /_control")
        order = json.loads(request.body)
        name = order["do"]
        if name not in ("fault", "clear", "log", "state", "events", "advance", "set", "expire", "forget", "restart", "refuse", "listen", "end"):
            raise ValueError(f"nothing is called {name!r}")
        return getattr(self, "_do_" + name)(order) or {"ok": True}

    def _do_fault(self, order):
        rules = [faults.Rule(text) for text in order["rules"]]
        with self.rules_lock:
            self.rules += rules

    def _do_clear(self, order):
        with self.rules_lock:
            self.rules.clear()

    def _do_log(self, order):
        return {"requests": self.journal.take(order.get("clear", False)), "bugs": list(self.application.bugs)}

    def _do_state(self, order):
        with self.application.lock:
            return self.application.state()

    def _do_events(self, order):
        return {"events": list(self.announced)}

    def _do_advance(self, order):
        self.clock.advance(order["seconds"])
        return {"now": clock.offset(self.clock.now())}

    def _do_set(self, order):
        for name, value in order["values"].items():
            if name == "latency":
                self.latency = float(value)
            elif name in self.application.settings():
                setattr(self.application.options, name, value)
            else:
                raise ValueError(f"nothing to set is called {name!r}: latency, {', '.join(self.application.settings())}")

    def _do_expire(self, order):
        for entry in self.journal.take(False):
            scheme, _, token = entry["headers"].get("Authorization", "").partition(" ")
            if token:
                self.application.expired.add(token)
        self.application.expired |= set(getattr(self.application, "issued", ()))

    def _do_forget(self, order):
        with self.application.lock:
            if not self.application.forget(order["email"]):
                raise ValueError(f"nobody is called {order['email']!r}")

    def _do_restart(self, order):
        with self.application.lock:
            self.application.restart()
        self.port.close_all()

    def _do_refuse(self, order):
        self.refuse(order.get("ms", 0) / 1000)

    def _do_listen(self, order):
        self.port.listen()

    def _do_end(self, order):
        self.ended.set()


def argument_parser(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--fault", action="append", default=[], metavar="'METHOD PATH-REGEX NTH KIND[:ARG]'")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="PEM files")
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="added to every answer")
    parser.add_argument("--seed-data", default="small", metavar="none|small|big:N")
    parser.add_argument("--skew", type=float, default=0, metavar="SECONDS", help="how far the server's clock is off")
    parser.add_argument("--events", metavar="FILE", help="where announcements go instead of standard output")
    return parser


def seed_size(text):
    """(whether there are data, how many more in bulk) of --seed-data."""
    if text in ("none", "small"):
        return text == "small", 0
    kind, _, count = text.partition(":")
    if kind != "big" or not count.isdigit() or int(count) > 2_000_000:
        raise SystemExit(f"--seed-data {text}: none, small or big:N")
    return True, int(count)


def run(options, make):
    """Serves the Application that MAKE gives of (options, clock, announce) until standard input ends."""
    events = open(options.events, "a", encoding="utf-8") if options.events else sys.stdout
    announced = collections.deque(maxlen=10_000)
    lock = threading.Lock()

    def announce(event):
        with lock:
            announced.append(event)
            print(json.dumps(event), file=events, flush=True)

    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
    try:
        server = Server(make(options, clock.Clock(options.skew), announce), options.fault, context, options.latency, announced)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    print(json.dumps({"port": server.port.number, "control": server.control.number}), flush=True)
    threading.Thread(target=_wait_for_end, args=(server.ended,), daemon=True).start()
    server.ended.wait()
    time.sleep(0.02)  # so that the answer to "end" leaves
    os._exit(0)  # threads that wait for a client do not hold it up


def _wait_for_end(ended):
    while os.read(0, 4096):
        pass
    ended.set()
