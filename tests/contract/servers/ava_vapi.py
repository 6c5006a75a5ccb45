# SPDX-License-Identifier: GPL-3.0-or-later
"""What AVA itself depends on: Vapi, as an account with assistants, calls and numbers, and the breaker in front of it.

`set {"upstream": …}` says how Vapi answers: "ok", "unreachable" or "timeout" (exceptions that AVA does not catch), a status
("401", "404", "429", "500"), and any of them with ":N" for the next N requests only. `upstream_ms` is how long each takes."""

import json
import uuid

import clock
from routing import Refusal

BREAKER_FAILURES = 3
BREAKER_SECONDS = 30


class Crash(Exception):
    """An exception that AVA does not catch: 500 as text/plain, without a request id."""


class Deadline(Exception):
    """The request has taken longer than the server allows."""


class UpstreamError(Exception):
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Account:
    """What one Vapi key gives access to."""

    def __init__(self):
        self.assistants = {}
        self.calls = {}
        self.numbers = {}


class Upstream:
    """Every request of AVA to Vapi goes through `ask`. The application's lock is let go meanwhile."""

    def __init__(self, application):
        self.application = application
        self.clock = application.clock
        self.options = application.options
        self.accounts = {}
        self.bad_keys = set()
        self.failures = 0
        self.opened = None
        self.asked = 0

    def account(self, key):
        return self.accounts.setdefault(key, Account())

    def reset(self):
        self.failures, self.opened = 0, None

    def _check_breaker(self):
        if self.opened is None:
            return
        left = BREAKER_SECONDS - (self.clock.seconds() - self.opened)
        if left > 0:
            raise Refusal(self.application.failure(503, f"vapi is temporarily unavailable. Please try again in {int(left)}s."))
        self.opened, self.failures = None, BREAKER_FAILURES - 1  # one attempt decides

    def _fail(self):
        """Any user's failure counts for all, and so does a wrong id or key."""
        self.failures += 1
        if self.failures >= BREAKER_FAILURES:
            self.opened = self.clock.seconds()

    def _mode(self):
        mode, _, count = str(self.options.upstream).partition(":")
        if count:
            left = int(count) - 1
            self.options.upstream = f"{mode}:{left}" if left > 0 else "ok"
        return mode

    def ask(self, request, key, work, missing=None):
        """Gives what WORK(account) returns. MISSING: the text of Vapi's 404 when that is None."""
        self._check_breaker()
        self.asked += 1
        mode = self._mode()
        self._wait(request)
        if mode in ("unreachable", "timeout"):
            self._fail()
            raise Crash(mode)
        status, text = (int(mode), "Upstream said so.") if mode.isdigit() else (200, None)
        if key in self.bad_keys:
            status, text = 401, "Invalid Key. Hot tip, you may be using the private key instead of the public key, or vice versa."
        if status < 400:
            result = work(self.account(key))
            if result is not None or missing is None:
                self.failures = 0
                return result
            status, text = 404, missing
        self._fail()
        raise UpstreamError(status, self._wrapped(status, text))

    def _wait(self, request):
        milliseconds = float(self.options.upstream_ms)
        spent = getattr(request, "upstream_spent", 0.0)
        deadline = float(self.options.deadline_ms)
        with self.application.elsewhere(min(milliseconds, deadline - spent) / 1000):
            pass
        request.upstream_spent = spent + milliseconds
        if request.upstream_spent >= deadline:
            raise Deadline

    @staticmethod
    def _wrapped(status, text):
        names = {404: "Not Found", 401: "Unauthorized", 429: "Too Many Requests"}
        body = json.dumps({"message": text, "error": names.get(status, "Error"), "statusCode": status})
        if status == 429:
            return f"Vapi rate limit exceeded: {body}"
        if status == 401:
            return f"Vapi authentication failed: {body}"
        return f"Vapi error {status}: {body}"

    def ask_or_refuse(self, request, key, work, missing=None):
        """As `ask`; what Vapi refused ends as 502, whatever it was."""
        try:
            return self.ask(request, key, work, missing)
        except UpstreamError as problem:
            raise Refusal(self.application.failure(502, problem.detail)) from None

    # --- Vapi's own objects ---

    def make_assistant(self, account, fields, identity=None):
        now = clock.zulu(self.clock.now())
        assistant = {"id": identity or str(uuid.uuid4()), "orgId": "org-fake", "createdAt": now, "updatedAt": now, **fields,
                     "isServerUrlSecretSet": False}
        account.assistants[assistant["id"]] = assistant
        return assistant

    def state(self):
        return {"asked": self.asked, "failures": self.failures, "open": self.opened is not None, "accounts": {
            key: {"assistants": list(account.assistants.values()), "calls": list(account.calls.values()),
                  "numbers": list(account.numbers.values())} for key, account in self.accounts.items()}}
