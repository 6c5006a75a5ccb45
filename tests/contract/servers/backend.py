# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a scripted server, talks to it as a client does, and compares what comes with what the real one was seen to answer."""

import http.client
import json
import pathlib
import re
import ssl
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
TIMEOUT = 30


class Answer:
    def __init__(self, status, headers, data):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.data = data
        self.kind = self.headers.get("content-type", "").partition(";")[0]

    @property
    def text(self):
        return self.data.decode()

    @property
    def json(self):
        return json.loads(self.data)

    def __repr__(self):
        return f"{self.status} {self.kind} {self.data[:300]!r}"


class Backend:
    """`with Backend("qwanyx.py", "--generation", "F3") as server:`"""

    def __init__(self, script, *args):
        self.args = [sys.executable, str(HERE / script), *args]
        self.context = None
        self.token = None

    def __enter__(self):
        self.process = subprocess.Popen(self.args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"it ended with {self.process.wait(TIMEOUT)}")
        ports = json.loads(line)
        self.port, self.control_port = ports["port"], ports["control"]
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is None and self.process.poll() is None:
                bugs = self.control("log")["bugs"]
                assert not bugs, bugs
        finally:
            self.process.stdin.close()
            self.process.stdout.close()
            status = self.process.wait(TIMEOUT)
        assert kind is not None or status == 0, f"it ended with {status}"

    def connect(self, timeout=TIMEOUT):
        if self.context:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def call(self, method, path, body=None, token=True, connection=None, **headers):
        """One request on CONNECTION or one of its own. TOKEN: True for that of the last sign-in, None for none, or a text."""
        own = connection or self.connect()
        token = self.token if token is True else token
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent.setdefault("Authorization", f"Bearer {token}")
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            own.request(method, path, body, sent)
            response = own.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            if connection is None:
                own.close()

    def control(self, do, **order):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=TIMEOUT)
        connection.request("POST", "/_control", json.dumps({"do": do, **order}))
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        if response.status != 200:
            raise ValueError(answer["error"])
        return answer

    def event(self):
        """The next announcement; waits for it."""
        return json.loads(self.process.stdout.readline())

    def last(self):
        """The last request of the log."""
        return self.control("log")["requests"][-1]

    # --- signing in ---

    def sign_in_qwanyx(self, email="phil@demo.test", workspace="demo"):
        assert self.call("POST", "/auth/login", {"email": email, "workspace": workspace}, token=None).status == 200
        code = self.event()["code"]
        answer = self.call("POST", "/auth/verify-code", {"email": email, "workspace": workspace, "code": code}, token=None)
        self.token = answer.json["access_token"]
        return answer.json

    def sign_in_ava(self, identifier="admin@example.com", password="AvaTest123!", **more):
        answer = self.call("POST", "/api/v1/auth/login", {"identifier": identifier, "password": password, **more}, token=None)
        self.token = answer.json["access_token"]
        return answer.json


class Text:
    """Fits a text that the regular expression fits whole."""

    def __init__(self, pattern):
        self.pattern = pattern

    def fits(self, value):
        return isinstance(value, str) and re.fullmatch(self.pattern, value, re.DOTALL) is not None


NAIVE = Text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?")
OFFSET = Text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00")
RFC1123 = Text(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
OBJECT_ID = Text(r"[0-9a-f]{24}")


def difference(value, expected, at=""):
    """What of VALUE is not as EXPECTED, or None. Objects must have exactly the expected members, unless ... is one of the
    keys; ... fits anything, a type its values, a Text what it matches, a list of one followed by ... each item."""
    if expected is ...:
        return None
    if isinstance(expected, Text):
        return None if expected.fits(value) else f"{at}: {value!r} does not match {expected.pattern}"
    if isinstance(expected, type):
        return None if isinstance(value, expected) else f"{at}: {value!r} is no {expected.__name__}"
    if isinstance(expected, dict) and isinstance(value, dict):
        wanted = {key for key in expected if key is not ...}
        if wanted - set(value) or (... not in expected and set(value) - wanted):
            return f"{at}: members {sorted(value)}, not {sorted(wanted)}"
        return next((found for key in wanted if (found := difference(value[key], expected[key], f"{at}/{key}"))), None)
    if isinstance(expected, list) and isinstance(value, list):
        if len(expected) == 2 and expected[1] is ...:
            expected = [expected[0]] * len(value)
        if len(expected) != len(value):
            return f"{at}: {len(value)} items, not {len(expected)}"
        return next((found for index, (one, other) in enumerate(zip(value, expected))
                     if (found := difference(one, other, f"{at}/{index}"))), None)
    same = value == expected and isinstance(value, bool) == isinstance(expected, bool)
    return None if same else f"{at}: {value!r}, not {expected!r}"
