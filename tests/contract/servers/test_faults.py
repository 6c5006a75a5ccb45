# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults strike the requests that they name, and the log says truly which requests took effect."""

import email.utils
import gzip
import http.client
import json
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time
import unittest
import zlib

from backend import Backend, difference

TORN = (http.client.HTTPException, ConnectionError)
NEW_USER = {"email": "new@demo.test"}


class Case(unittest.TestCase):
    def setUp(self):
        self.server = self.start()
        self.server.sign_in_qwanyx()

    def start(self, *args, script="qwanyx.py"):
        return self.enterContext(Backend(script, *args))

    def fault(self, *rules):
        self.server.control("clear")
        self.server.control("fault", rules=rules)

    def emails(self):
        return [user["email"] for user in self.server.control("state")["databases"]["demo"]["users"]]

    def call(self, method="GET", path="/users", body=None, **more):
        return self.server.call(method, path, body, **more)


class Cuts(Case):
    def check_cut(self, kind, effect):
        self.fault(f"POST ^/users$ 1 {kind}")
        count = len(self.emails())
        body = {"email": f"{kind}@demo.test".replace(":", "-")}
        with self.assertRaises(TORN):
            self.call("POST", "/users", body)
        entry = self.server.last()
        self.assertEqual((entry["effect"], entry["handled"], entry["done"], entry["plan"]), (effect, effect, False, [kind]))
        self.assertEqual(len(self.emails()), count + effect)
        self.assertEqual(self.call("POST", "/users", body).status, 409 if effect else 201)

    def test_before_within_after(self):
        for kind in ("cut", "reset"):
            for where, effect in (("before", False), ("within", False), ("after", True), ("0", True), ("5", True)):
                with self.subTest(f"{kind}:{where}"):
                    self.check_cut(f"{kind}:{where}", effect)

    def test_at_a_byte_of_the_body(self):
        whole = self.call()
        self.fault("GET ^/users 1 cut:600")
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.call()
        self.assertTrue(whole.data.startswith(caught.exception.partial) and caught.exception.partial)

    def test_counts(self):
        self.fault("GET ^/health$ 2-3 status:503", "* . 5+ status:502")
        self.assertEqual([self.call(path="/health").status for _ in range(6)], [200, 503, 503, 200, 502, 502])
        for wrong in ("GET / 1", "GET / 0 500", "GET ( 1 500", "GET / 1 nothing", "GET / 1 cut:later", "GET / 1 redirect:/x"):
            with self.assertRaises(ValueError, msg=wrong):
                self.server.control("fault", rules=[wrong])

    def test_refused_and_back(self):
        connection = self.server.connect()
        self.call(path="/health", connection=connection)
        self.server.control("refuse")
        with self.assertRaises(TORN):
            self.call(path="/health", connection=connection)
        with self.assertRaises(ConnectionRefusedError):
            self.call(path="/health")
        self.server.control("listen")
        self.assertEqual(self.call(path="/health").status, 200)
        self.fault("POST /users 1 refuse:200")
        with self.assertRaises(TORN):
            self.call("POST", "/users", NEW_USER)
        end = time.monotonic() + 10
        while True:
            try:
                self.assertEqual(self.call("POST", "/users", NEW_USER).status, 201)
                break
            except ConnectionRefusedError:
                self.assertLess(time.monotonic(), end)
        self.assertEqual(self.emails().count("new@demo.test"), 1)

    def test_one_connection_for_many_requests(self):
        connection = self.server.connect()
        for _ in range(3):
            self.assertEqual(self.call(connection=connection).status, 200)
        connection.close()
        self.assertEqual(len({entry["connection"] for entry in self.server.control("log")["requests"][-3:]}), 1)


class Answers(Case):
    def test_in_place_of_the_backend(self):
        for kind, status, content, effect in (
                ("429", 429, "text/html", False), ("500", 500, "text/plain", False), ("500:effect", 500, "text/plain", True),
                ("status:503", 503, "application/json", False), ("html", 200, "text/html", False), ("html:effect", 200, "text/html", True)):
            with self.subTest(kind):
                self.fault(f"POST /users 1 {kind}")
                answer = self.call("POST", "/users", {"email": f"{kind.replace(':', '-')}@demo.test"})
                self.assertEqual((answer.status, answer.kind, self.server.last()["effect"]), (status, content, effect))
                self.assertNotIn("retry-after", answer.headers)
        self.fault("GET . 1 429:7", "GET . 2 redirect:http://127.0.0.1:1/x")
        self.assertEqual(self.call().headers["retry-after"], "7")
        answer = self.call()
        self.assertEqual((answer.status, answer.headers["location"]), (307, "http://127.0.0.1:1/x"))

    def test_the_rate_limit_of_ava_has_its_own_shape(self):
        server = self.start("--fault", "GET /calls 1 429", script="ava.py")
        self.assertEqual(server.call("GET", "/api/v1/calls").json, {"error": "Rate limit exceeded: 10 per 1 minute"})

    def test_changed_items(self):
        true = self.call().json
        self.fault("GET /users 1 duplicate", "GET /users 2 wrong-type", "GET /users 3 wrong-type:email,total", "GET /users 4 gzip")
        doubled = self.call().json["users"]
        self.assertEqual(doubled, [user for user in true["users"] for _ in range(2)])
        swapped = self.call().json["users"]
        self.assertEqual(swapped[0], true["users"][0])
        self.assertTrue(all(type(swapped[1][key]) is not type(value) for key, value in true["users"][1].items()))
        keyed = self.call().json
        self.assertIsNone(difference(keyed, {"total": str, "users": [{"email": int, "id": str, ...: ...}, ...]}))
        self.assertEqual(json.loads(gzip.decompress(self.call().data)), true)

    def test_sizes(self):
        self.fault("GET /users 1 huge:3000000", "GET /users 2 bomb:20000000")
        huge = self.call()
        self.assertEqual((len(huge.data), len(huge.json)), (3_000_000, 1))
        bomb = self.call()
        self.assertEqual((bomb.headers["content-encoding"], bomb.headers["transfer-encoding"]), ("gzip", "chunked"))
        self.assertLess(len(bomb.data), 100_000)
        self.assertEqual(len(zlib.decompress(bomb.data, 31)), 20_000_000)

    def test_slowness(self):
        for kind, effect in (("delay:150", False), ("delay-after:150", True)):
            self.fault(f"PUT . 1 {kind}")
            me = self.call().json["users"][0]["id"]
            start = time.monotonic()
            self.assertEqual(self.call("PUT", f"/users/{me}", {"name": kind}).status, 200)
            self.assertGreaterEqual(time.monotonic() - start, 0.15)
        self.fault("GET /health 1 trickle:2,10")
        start = time.monotonic()
        self.assertEqual(self.call(path="/health").json["status"], "ok")
        self.assertGreater(time.monotonic() - start, 0.03)
        self.server.control("set", values={"latency": 100})
        start = time.monotonic()
        self.call(path="/health")
        self.assertGreaterEqual(time.monotonic() - start, 0.1)


class Tokens(Case):
    def test_expired_midway(self):
        self.fault("GET /users 2 expire")
        self.assertEqual([self.call().status for _ in range(3)], [200, 401, 401])
        self.assertEqual(self.call().json, {"msg": "Token has expired"})
        self.server.sign_in_qwanyx()
        self.assertEqual(self.call().status, 200)
        self.server.control("expire")
        self.assertEqual(self.call().status, 401)

    def test_clock_off_by_a_day(self):
        self.fault("GET /users 1 skew:-86400")
        answer = self.call()
        date = email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()
        self.assertLess(abs(time.time() - 86400 - date), 60)
        self.assertEqual(answer.status, 422)
        ahead = self.start("--skew", "86400")
        ahead.sign_in_qwanyx()
        self.assertEqual(ahead.call("GET", "/users").status, 200)


class Log(Case):
    def test_what_is_in_it(self):
        self.server.control("log", clear=True)
        self.call("POST", "/users?a=1", NEW_USER, X_Workspace="other")
        entries = self.server.control("log", clear=True)["requests"]
        self.assertEqual(len(entries), 1)
        expected = {"method": "POST", "target": "/users?a=1", "path": "/users", "body": json.dumps(NEW_USER), "handled": True, "effect": True,
                    "status": 201, "done": True, "plan": [], "user": str, "headers": {"X-Workspace": "other", ...: ...}, ...: ...}
        self.assertIsNone(difference(entries[0], expected))
        self.assertEqual(self.server.control("log")["requests"], [])
        with self.assertRaises(ValueError):
            self.server.control("nothing")

    def test_big_data(self):
        server = self.start("--seed-data", "big:5000")
        server.sign_in_qwanyx()
        self.assertEqual(server.call("GET", "/users").json["total"], 5005)

    def test_it_ends_with_its_input(self):
        server = Backend("qwanyx.py")
        with server:
            pass
        self.assertEqual(server.process.returncode, 0)


class BeforeAnother(Case):
    def test_the_same_faults_before_a_real_server(self):
        proxy = self.start("--to", f"127.0.0.1:{self.server.port}", "--fault", "POST /users 1 cut:after", script="proxy.py")
        proxy.token = self.server.token
        self.assertEqual(proxy.call("GET", "/users").json, self.call().json)
        with self.assertRaises(TORN):
            proxy.call("POST", "/users", NEW_USER)
        self.assertTrue(proxy.last()["effect"])
        self.assertEqual(self.emails().count("new@demo.test"), 1)
        self.assertEqual(proxy.call("POST", "/users", NEW_USER).status, 409)
        self.assertFalse(proxy.last()["effect"])
        self.server.control("refuse")
        self.assertEqual(proxy.call("GET", "/users").status, 502)


@unittest.skipUnless(shutil.which("openssl"), "no openssl to make a certificate with")
class Encrypted(Case):
    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
        self.server = self.start("--tls", cert, key)
        self.server.context = ssl.create_default_context(cafile=cert)
        self.server.sign_in_qwanyx()

    def test_requests_and_cuts(self):
        self.assertEqual(self.call().status, 200)
        self.assertEqual(self.call(Connection="close").status, 200)
        self.fault("POST /users 1 cut:after")
        with self.assertRaises((*TORN, ssl.SSLError)):
            self.call("POST", "/users", NEW_USER)
        self.assertIn("new@demo.test", self.emails())
