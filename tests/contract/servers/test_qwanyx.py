# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripted QWANYX servers answer as the deployed ones were seen to."""

import base64
import json
import unittest

from backend import NAIVE, OBJECT_ID, OFFSET, RFC1123, Backend, Text, difference

USER = {"_id": OBJECT_ID, "id": OBJECT_ID, "email": str, "created_at": NAIVE, "role": str, "status": "active", ...: ...}
FLOW = {"dh_email": "stephen@demo.test", "flow_title": "root", "nodes": [{"_id": "a", "x": 1.5, "own": {}}], "edges": []}


class Case(unittest.TestCase):
    def start(self, generation, *args):
        server = Backend("qwanyx.py", "--generation", generation, *args)
        self.enterContext(server)
        return server

    def check(self, answer, status, expected=..., kind="application/json"):
        self.assertEqual((answer.status, answer.kind), (status, kind), answer)
        if expected is not ...:
            wrong = difference(answer.json, expected)
            self.assertIsNone(wrong, answer)


class Generations(Case):
    def test_health_tells_them_apart(self):
        for generation, expected in (
                ("F1", {"status": "ok", "service": "QWANYX Central API", "timestamp": NAIVE}),
                ("F2", {"status": "ok", "service": "QWANYX API v2", "timestamp": NAIVE}),
                ("F3", {"status": "ok", "service": "QWANYX API v2", "timestamp": OFFSET}),
                ("R", {"status": "healthy", "service": "spu-core", "version": "0.1.0", "timestamp": str})):
            with self.subTest(generation):
                self.check(self.start(generation).call("GET", "/health"), 200, expected)

    def test_what_each_lacks(self):
        for generation, paths in (("F1", ("/users", "/workspaces", "/api/dh/running")), ("F2", ("/users", "/api/dh/running")),
                                  ("F3", ("/api/workspaces/demo/users", "/data/users"))):
            server = self.start(generation)
            for path in paths:
                with self.subTest(generation + path):
                    self.check(server.call("GET", path), 404, {"error": "Endpoint not found"})


class SigningIn(Case):
    def setUp(self):
        self.server = self.start("F3", "--seed-data", "none")

    def verify(self, code, email="phil@demo.test"):
        return self.server.call("POST", "/auth/verify-code", {"email": email, "code": code, "workspace": "demo"})

    def register(self, **more):
        return self.server.call("POST", "/auth/register", {"email": "phil@demo.test", "workspace": "demo", **more})

    def test_first_sign_in(self):
        asked = {"email": "phil@demo.test", "workspace": "demo"}
        answer = self.server.call("POST", "/auth/login", asked)
        self.check(answer, 404, {"error": "Aucun compte trouvé avec cet email. Veuillez vous inscrire."})
        self.assertIn(rb"trouv\u00e9", answer.data)
        self.check(self.register(metadata={"role": "admin", "firstName": "Phil"}), 201,
                   {"message": "Registration successful", "user_id": OBJECT_ID})
        self.check(self.register(), 409, {"error": "User already exists"})
        self.check(self.server.call("POST", "/auth/register", {"email": "x@y.z"}), 400, {"error": "Email and workspace required"})
        self.check(self.server.call("POST", "/auth/request-code", asked), 200, {"message": "Code sent"})
        code = self.server.event()
        self.assertEqual((code["event"], code["email"]), ("code", "phil@demo.test"))
        self.check(self.verify("x"), 401, {"error": "Invalid or expired code"})
        answer = self.verify(code["code"])
        self.check(answer, 200, {"access_token": str, "user": {"email": "phil@demo.test", "id": OBJECT_ID}})
        self.check(self.verify(code["code"]), 401)
        self.check_claims(answer.json)

    def check_claims(self, answer):
        head, body = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in answer["access_token"].split(".")[:2])
        self.assertEqual(head, {"alg": "HS256", "typ": "JWT"})
        expected = {"fresh": False, "iat": int, "nbf": int, "exp": int, "jti": Text("[0-9a-f-]{36}"), "type": "access",
                    "sub": answer["user"]["id"], "workspace": "demo", "email": "phil@demo.test"}
        self.assertIsNone(difference(body, expected))
        self.assertEqual(body["exp"] - body["iat"], 7 * 24 * 3600)

    def test_codes_live_side_by_side_for_ten_minutes(self):
        self.register()
        codes = []
        for _ in range(3):
            self.server.call("POST", "/auth/login", {"email": "phil@demo.test", "workspace": "demo"})
            codes.append(self.server.event()["code"])
        self.check(self.verify(codes[0]), 200)
        self.server.control("advance", seconds=599)
        self.check(self.verify(codes[1]), 200)
        self.server.control("advance", seconds=2)
        self.check(self.verify(codes[2]), 401)

    def test_tokens(self):
        self.register()
        self.server.sign_in_qwanyx()
        head, body, mark = self.server.token.split(".")
        users = lambda token, **headers: self.server.call("GET", "/users", token=token, **headers)  # noqa: E731
        self.check(users(None), 401, {"msg": "Missing Authorization Header"})
        self.check(users("garbage"), 422, {"msg": "Not enough segments"})
        self.check(users(f"{head}.{body}.{mark[::-1]}"), 422, {"msg": "Signature verification failed"})
        self.check(users(True), 200)
        self.server.control("advance", seconds=-86400)
        self.check(users(True), 422, {"msg": str})
        self.server.control("advance", seconds=86400 * 8 + 5)
        self.check(users(True), 401, {"msg": "Token has expired"})


class UsersOfF3(Case):
    def setUp(self):
        self.server = self.start("F3")
        self.me = self.server.sign_in_qwanyx()["user"]["id"]

    def test_list(self):
        answer = self.server.call("GET", "/users")
        self.check(answer, 200, {"total": 5, "users": [USER, ...]})
        self.assertEqual(list(answer.json), ["total", "users"])
        first = next(user for user in answer.json["users"] if user["id"] == self.me)
        self.assertIsNone(difference(first["activity"], [{"type": str, "timestamp": RFC1123, "ip": "127.0.0.1", "user_agent": str}, ...]))
        self.assertEqual(sum(user.get("type") == "DH" for user in answer.json["users"]), 3)

    def test_the_header_wins_over_the_token_in_the_list_only(self):
        other = self.server.call("GET", "/users", X_Workspace="other").json
        self.assertEqual([user["email"] for user in other["users"]], ["max@other.test"])
        self.assertEqual(self.server.call("GET", "/users?workspace=other").json["total"], 1)
        stranger = other["users"][0]["id"]
        self.check(self.server.call("PUT", f"/users/{stranger}", {"name": "X"}, X_Workspace="other"), 404, {"error": "User not found"})

    def test_create_drops_the_type(self):
        answer = self.server.call("POST", "/users", {"email": "x@demo.test", "type": "DH", "name": "X", "settings": {}})
        self.check(answer, 201, {"_id": OBJECT_ID, "id": OBJECT_ID, "email": "x@demo.test", "name": "X", "role": "user", "status": "active",
                                 "created_at": NAIVE})
        self.check(self.server.call("POST", "/users", {"email": "x@demo.test"}), 409, {"error": "User already exists"})

    def test_registration_creates_a_digital_human(self):
        metadata = {"type": "DH", "name": "Nina", "active": True}
        dh = self.server.call("POST", "/auth/register", {"email": "nina@demo.test", "workspace": "demo", "metadata": metadata}).json["user_id"]
        found = next(user for user in self.server.call("GET", "/users").json["users"] if user["id"] == dh)
        self.assertEqual((found["type"], found["active"]), ("DH", True))

    def test_update(self):
        put = lambda body, path="": self.server.call("PUT", f"/users/{self.me}{path}", body)  # noqa: E731
        self.check(put({"personality": {}, "settings": {}, "type": "DH"}), 400, {"error": "No fields to update"})
        self.check(put({"name": "New", "type": "DH"}), 200, {"id": self.me, "name": "New", "created_at": NAIVE, ...: ...})
        self.assertNotIn("type", put({"role": "user"}).json)
        self.check(put({"name": "New"}), 404)
        self.check(put({"avatar": "a.png", "active": False}), 200)
        answer = put({"city": "Lyon", "avatar": "b.png"}, "/profile")
        self.check(answer, 200, {"city": "Lyon", "avatar": "a.png", "id": self.me, "created_at": RFC1123, ...: ...})
        other = next(user["id"] for user in self.server.call("GET", "/users").json["users"] if user["id"] != self.me)
        self.check(self.server.call("PUT", f"/users/{other}/profile", {"city": "Lyon"}), 403, {"error": "Unauthorized"})

    def test_delete(self):
        other = next(user["id"] for user in self.server.call("GET", "/users").json["users"] if user["id"] != self.me)
        self.check(self.server.call("DELETE", f"/users/{other}"), 200, {"message": "User deleted successfully"})
        self.check(self.server.call("DELETE", f"/users/{other}"), 404)

    def test_a_user_who_is_gone_still_has_a_token(self):
        self.server.control("forget", email="phil@demo.test")
        self.check(self.server.call("GET", "/users"), 200)
        self.check(self.server.call("PUT", f"/users/{self.me}/profile", {"city": "Lyon"}), 404, {"error": "User not found"})

    def test_shapes_of_errors(self):
        self.check(self.server.call("POST", "/users", "{broken"), 500, {"error": Text("400 Bad Request: .*")})
        self.check(self.server.call("GET", "/nothing/here"), 404, {"error": "Endpoint not found"})
        self.check(self.server.call("GET", "/api/dh/pull?email=a"), 405, kind="text/html")
        self.check(self.server.call("GET", "/users/"), 404, {"error": "Endpoint not found"})

    def test_workspaces(self):
        self.check(self.server.call("GET", "/workspaces", token=None), 200, [])
        made = {"code": "new.ws", "domain": "d", "name": "n", "apps": [], "dh_members": [], "settings": {}, "created_at": RFC1123,
                "is_active": True, "db_name": "new-ws"}
        self.check(self.server.call("POST", "/workspaces", {"code": "new.ws", "domain": "d", "name": "n"}), 201,
                   {"message": "Workspace created", "workspace": made})
        self.check(self.server.call("GET", "/workspaces"), 500, {"error": "Object of type ObjectId is not JSON serializable"})
        self.check(self.server.call("GET", "/workspaces/any.thing"), 200, {"code": "any.thing", "db_name": "any-thing", "is_active": True})
        self.check(self.server.call("POST", "/workspaces/new.ws/dh", {"dh_email": "a@b.c"}), 200, {"message": "DH a@b.c added to workspace"})
        self.check(self.server.call("POST", "/workspaces/new.ws/apps", {"app_code": "none"}), 404, {"error": "App not found"})
        self.check(self.server.call("POST", "/contacts", {"workspace": "demo", "name": "N"}), 201,
                   {"id": OBJECT_ID, "message": "Contact saved successfully"})


class DigitalHumansOfF3(Case):
    def setUp(self):
        self.server = self.start("F3")
        self.server.sign_in_qwanyx()
        users = self.server.call("GET", "/users").json["users"]
        self.dh, self.other = [user["id"] for user in users if user.get("type") == "DH"][:2]

    def post(self, path, body=None, **headers):
        return self.server.call("POST", path, body, **headers)

    def test_start_and_stop(self):
        running = {"running": True, "started_at": NAIVE, "uptime": float}
        status = f"/api/dh/{self.dh}/status"
        self.check(self.server.call("GET", status), 200, {"dh_id": self.dh, "dh_email": "stephen@demo.test", "status": {"running": False}})
        self.check(self.post(f"/api/dh/{self.dh}/start"), 200,
                   {"success": True, "message": "DH stephen@demo.test started successfully", "status": running})
        self.check(self.post(f"/api/dh/{self.dh}/start"), 200, {"message": "DH already running", "status": running})
        self.assertFalse(self.server.last()["effect"])
        self.check(self.server.call("GET", "/api/dh/running"), 200,
                   {"count": 1, "running_dhs": [{"dh_id": self.dh, "dh_email": "stephen@demo.test", "status": running}]})
        self.server.control("restart")
        self.check(self.server.call("GET", "/api/dh/running"), 200, {"count": 0, "running_dhs": []})
        self.check(self.post(f"/api/dh/{self.dh}/stop"), 200, {"message": "DH is not running", "status": {"running": False}})
        self.post(f"/api/dh/{self.dh}/start")
        self.check(self.post(f"/api/dh/{self.dh}/stop"), 200, {"success": True, "message": str, "status": {"running": False}})
        self.check(self.post("/api/dh/zzz/start"), 400, {"error": "Invalid DH ID format: zzz"})
        self.check(self.post("/api/dh/" + "0" * 24 + "/start"), 404, {"error": "Digital Human not found", "searched_id": "0" * 24})
        self.check(self.post(f"/api/dh/{self.dh}/start", X_Workspace="other"), 404)

    def test_push_and_pull(self):
        mine = {**FLOW, "dh_email": "anna.dh@demo.test", "dh_id": self.other}
        asked = {"dh_email": "anna.dh@demo.test", "dh_id": self.other}
        self.check(self.post("/api/dh/pull", asked), 200, {"dh_id": self.other, "title": "root", "nodes": [], "edges": [], "exists": False})
        text = f"Flow saved successfully for DH {self.other}"
        self.check(self.post("/api/dh/push", mine), 200, {"success": True, "message": text, "modified": 0, "upserted": self.other})
        self.check(self.post("/api/dh/push", mine), 200, {"success": True, "message": text, "modified": 1, "upserted": None})
        self.check(self.post("/api/dh/pull", asked), 200, {"dh_id": self.other, "title": "root", "nodes": FLOW["nodes"], "edges": [],
                                                          "exists": True, "created_at": NAIVE, "updated_at": NAIVE})
        self.assertIn("anna-dh-demo-test", self.server.control("state")["databases"]["demo"])
        self.check(self.post("/api/dh/push", {"dh_id": "x"}), 400, {"error": "DH email is required"})
        self.check(self.post("/api/dh/pull", {"dh_email": "x"}), 400, {"error": "DH ID is required"})
        seeded = self.post("/api/dh/pull", {"dh_email": "stephen@demo.test", "dh_id": self.dh}).json
        self.assertEqual({"s", "source"}, {key for edge in seeded["edges"] for key in edge if key in ("s", "source")})

    def test_dead_routes(self):
        self.check(self.server.call("GET", f"/api/dh/{self.dh}/flow"), 401, {"message": "Token is invalid"})
        self.check(self.server.call("GET", f"/api/dh/{self.dh}/flow", token=None), 401, {"message": "Token is missing"})
        self.check(self.post(f"/api/dh/{self.dh}/flow/execute", {}), 401, {"message": "Token is invalid"})
        for path in (f"/api/dh/{self.dh}/memory", f"/api/dh/{self.dh}/logs", "/api/mail/check", "/thot/config"):
            self.check(self.server.call("GET", path), 404, {"error": "Endpoint not found"})
        same = self.start("F3", "--same-flow-secret")
        same.sign_in_qwanyx()
        self.check(same.call("GET", f"/api/dh/{self.dh}/flow"), 404, {"error": "Digital Human not found"})
        self.assertEqual(len(same.call("GET", f"/api/dh/{self.dh}/flow/nodes").json), 6)


class OpenUsersOfF2(Case):
    def test_everything_without_a_token(self):
        server, base = self.start("F2"), "/api/workspaces/demo/users"
        self.assertEqual(len(server.call("GET", base + "?type=DH").json), 3)
        self.check(server.call("GET", base), 200, [{"id": OBJECT_ID, "created_at": NAIVE, ...: ...}, ...])
        made = server.call("POST", base, {"email": "n.o@demo.test", "type": "DH", "personality": {"tone": "formal"}})
        self.check(made, 201, {"_id": OBJECT_ID, "id": OBJECT_ID, "email": "n.o@demo.test", "type": "DH", "personality": {"tone": "formal"},
                               "created_at": RFC1123})
        one = f"{base}/{made.json['id']}"
        self.assertEqual(server.control("state")["databases"]["demo"]["n-o-demo-test-memory"][0]["type"], "config")
        self.check(server.call("PUT", one, {"settings": {"autoReply": True}}), 200, {"settings": {"autoReply": True}, ...: ...})
        self.check(server.call("DELETE", one), 200)
        self.assertNotIn("n-o-demo-test-memory", server.control("state")["databases"]["demo"])
        self.check(server.call("GET", one), 404)


class RustServer(Case):
    def test_documents(self):
        server = self.start("R")
        self.check(server.call("GET", "/users", X_Workspace="demo"), 200, [{"_id": OBJECT_ID, "id": OBJECT_ID, ...: ...}, ...])
        made = server.call("POST", "/data/users", {"workspace": "demo", "data": {"email": "r@demo.test", "type": "DH", "n": 3}})
        self.check(made, 200, {"success": True, "id": OBJECT_ID, "data": {"email": "r@demo.test", ...: ...}})
        one = f"/data/users/{made.json['id']}"
        self.assertEqual(len(server.call("GET", "/data/users?workspace=demo&type=DH").json), 4)
        self.check(server.call("GET", "/data/users?workspace=demo&n=3"), 200, [])
        self.check(server.call("PUT", one, {"workspace": "demo", "data": {"name": "R"}}), 200, {"success": True, "id": made.json["id"]})
        self.check(server.call("GET", one + "?workspace=demo"), 200, {"name": "R", "updatedAt": str, ...: ...})
        self.check(server.call("PUT", "/users/" + made.json["id"], {"name": "S"}, X_Workspace="demo"), 200, {"success": True, "id": made.json["id"]})
        self.check(server.call("DELETE", one + "?workspace=demo"), 200, {"success": True, "id": made.json["id"], "deleted": True, "count": 1})
        self.check(server.call("DELETE", one + "?workspace=demo"), 404)
        self.check(server.call("GET", one), 404, {"success": False, "error": "Document not found"})

    def test_any_six_digits_and_invented_users(self):
        server = self.start("R", "--mongo-down")
        mocked = server.call("GET", "/users").json
        self.assertTrue(isinstance(mocked, list) and mocked)
        verify = lambda code: server.call("POST", "/auth/verify-code", {"email": "a@b.c", "code": code, "workspace": "demo"})  # noqa: E731
        self.assertEqual(verify("123456").json["access_token"], "jwt_token_for_a@b.c")
        self.check(verify("12345"), 400, {"success": False, "error": str, "message": str})
        self.assertEqual(server.call("POST", "/auth/register", {"email": "a@b.c", "workspace": "demo"}).status, 400)
        full = {"email": "a@b.c", "firstName": "A", "lastName": "B", "phone": "1", "accountType": "particulier", "workspace": "demo"}
        self.check(server.call("POST", "/auth/register", full), 200, {"success": True, "message": str, "requires_code": True})
