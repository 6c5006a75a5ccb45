# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request to the function that answers it, as the backends' frameworks do."""

import contextlib
import re
import sys
import threading
import time
import traceback

from wire import Response


class Refusal(Exception):
    """Ends the handling of a request with an answer that is no success."""

    def __init__(self, response):
        super().__init__(response.status)
        self.response = response


def route(method, *paths):
    """Makes a method answer METHOD on PATHS, in which <name> stands for one segment."""
    def mark(function):
        function.routes = getattr(function, "routes", ()) + tuple((method, path) for path in paths)
        return function
    return mark


class Application:
    """One backend. Subclasses say how its framework answers what has no route, and how errors look.

    Requests are handled one at a time under LOCK; `elsewhere` lets it go while the backend would be waiting for somebody
    else, and only there do two requests get in each other's way, as they do on the real servers."""

    def __init__(self, options, clock, announce):
        self.options = options
        self.clock = clock
        self.announce = announce  # announce({"event": …}): tells the test what a user would get by e-mail
        self.lock = threading.Lock()
        self.expired = set()  # tokens that a test has declared expired
        self.bugs = []
        self.routes = []
        for name in dir(type(self)):
            for method, path in getattr(getattr(type(self), name), "routes", ()):
                pattern = re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", path))
                # Fixed paths go before those with parameters, and longer before shorter ones.
                self.routes.append((path.count("<"), -len(path), method, path, pattern, getattr(self, name)))
        self.routes.sort(key=lambda entry: entry[:4])

    def find(self, path):
        """{method: (function, parameters)} of the routes of PATH."""
        found = {}
        for _, _, method, _, pattern, function in self.routes:
            match = pattern.fullmatch(path)
            if match and method not in found:
                found[method] = (function, match.groupdict())
        return found

    @contextlib.contextmanager
    def elsewhere(self, seconds=0.0):
        """Waits SECONDS, during which other requests are handled."""
        self.lock.release()
        try:
            time.sleep(seconds)
            yield
        finally:
            self.lock.acquire()

    def handle(self, request):
        with self.lock:
            try:
                response = self.dispatch(request)
            except Refusal as refusal:
                response = refusal.response
            except Exception:  # a mistake of the scripted server itself: loud, and seen by whoever reads the log
                self.bugs.append(f"{request.method} {request.target}\n{traceback.format_exc()}")
                print(self.bugs[-1], file=sys.stderr, flush=True)
                response = Response(599, "the scripted server failed", "text/plain")
            return self.finish(request, response)

    # What subclasses give:

    def dispatch(self, request):
        raise NotImplementedError

    def finish(self, request, response):
        """Adds what every answer of the backend has."""
        return response

    def too_many(self, request):
        raise NotImplementedError

    def plain_error(self, status):
        """STATUS in the backend's usual shape of error."""
        raise NotImplementedError

    def token_of(self, request):
        scheme, _, token = (request.header("Authorization") or "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token else None

    def state(self):
        """Everything that is kept, as JSON types."""
        raise NotImplementedError

    def settings(self):
        """The names that `set` may change while the server runs."""
        return ()

    def forget(self, email):
        """Deletes the user of EMAIL; whether there was one."""
        return False

    def restart(self):
        """Loses what the real server keeps only in its process."""
