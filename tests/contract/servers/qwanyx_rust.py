# SPDX-License-Identifier: GPL-3.0-or-later
"""R, the Rust server: no token is checked, documents of any collection, and invented users while its database is away."""

import json
import re

import clock
import serve
from qwanyx_store import Store, plain
from routing import Application, Refusal, route
from wire import Response

REGISTER_KEYS = ("email", "firstName", "lastName", "phone", "accountType", "workspace")
# What it shows as if they were real.
MOCK_USERS = [
    {"_id": "mock-1", "email": "admin@example.com", "name": "Admin User", "role": "admin", "status": "active"},
    {"_id": "mock-2", "email": "user@example.com", "name": "Test User", "role": "user", "status": "active"},
]


class Rust(Application):
    def __init__(self, options, the_clock, announce):
        super().__init__(options, the_clock, announce)
        self.store = Store(the_clock)
        self.store.seed(options.workspace, *serve.seed_size(options.seed_data))

    def dispatch(self, request):
        found = self.find(request.path)
        if request.method not in found:
            return Response(404)
        function, parameters = found[request.method]
        return function(request, **parameters)

    def json(self, value, status=200):
        return Response(status, json.dumps(value, separators=(",", ":"), ensure_ascii=False), "application/json")

    def failure(self, status, text):
        return self.json({"success": False, "error": text}, status)

    def plain_error(self, status):
        return self.failure(status, str(status))

    def too_many(self, request):
        return Response(429)

    def settings(self):
        return ("mongo_down",)

    def forget(self, email):
        return self.store.forget(email)

    def state(self):
        return {"generation": "R", **self.store.state()}

    def body(self, request, needed=()):
        try:
            value = json.loads(request.body)
        except ValueError as error:
            text = f"Json deserialize error: {error}"
            raise Refusal(Response(400, text, "text/plain; charset=utf-8")) from None
        for key in needed:
            if not isinstance(value, dict) or key not in value:
                text = f"Json deserialize error: missing field `{key}` at line 1 column {len(request.body)}"
                raise Refusal(Response(400, text, "text/plain; charset=utf-8"))
        return value

    def workspace_of(self, request):
        return request.header("X-Workspace") or request.query.get("workspace") or self.options.workspace

    @route("GET", "/health")
    def health(self, request):
        return self.json({"status": "healthy", "service": "spu-core", "version": "0.1.0", "timestamp": clock.offset(self.clock.now())})

    # --- signing in, for what it is worth ---

    @route("POST", "/auth/register")
    def register(self, request):
        body = self.body(request, REGISTER_KEYS)
        if self.store.find_user(body["workspace"], body["email"]):
            return self.json({"success": False, "error": "User already exists", "message": "User already exists"}, 400)
        user = {key: value for key, value in body.items() if key != "workspace"}
        self.store.insert_user(body["workspace"], {**user, "createdAt": clock.offset(self.clock.now())})
        request.took_effect()
        self.announce({"event": "code", "email": body["email"], "workspace": body["workspace"], "code": "000000"})
        return self.json({"success": True, "message": "Registration successful", "requires_code": True})

    @route("POST", "/auth/request-code", "/auth/login")
    def request_code(self, request):
        body = self.body(request, ("email", "workspace"))
        self.announce({"event": "code", "email": body["email"], "workspace": body["workspace"], "code": "000000"})
        return self.json({"success": True, "message": "Code sent", "requires_code": True})

    @route("POST", "/auth/verify-code")
    def verify_code(self, request):
        """Any six digits will do."""
        body = self.body(request, ("email", "code"))
        if not re.fullmatch(r"\d{6}", str(body["code"])):
            return self.json({"success": False, "error": "Invalid code", "message": "Invalid or expired code"}, 400)
        user = self.store.find_user(body.get("workspace") or self.options.workspace, body["email"]) or {"_id": None}
        return self.json({"success": True, "access_token": f"jwt_token_for_{body['email']}",
                          "user": {"id": user["_id"], "email": body["email"]}})

    # --- documents ---

    def shown(self, document):
        return {**plain(document), "id": document["_id"]}

    @route("GET", "/users")
    def list_users(self, request):
        if self.options.mongo_down:
            return self.json(MOCK_USERS)
        return self.json([self.shown(user) for user in self.store.users(self.workspace_of(request)).values()])

    @route("PUT", "/users/<document>")
    def update_user(self, request, document):
        body = self.body(request)
        workspace = body.pop("workspace", None) or self.workspace_of(request)
        user = self.store.users(workspace).get(document)
        if user is None:
            return self.failure(404, "User not found")
        user.update(body)
        request.took_effect()
        return self.json({"success": True, "id": document})

    def collection_of_body(self, name, body):
        self.require_database()
        return self.store.collection(body["workspace"], name)

    def require_database(self):
        if self.options.mongo_down:
            raise Refusal(self.failure(500, "Database connection failed"))

    @route("POST", "/data/<collection>")
    def create(self, request, collection):
        body = self.body(request, ("workspace", "data"))
        documents = self.collection_of_body(collection, body)
        document = {**body["data"], "_id": self.store.new_id()}
        documents[document["_id"]] = document
        request.took_effect()
        return self.json({"success": True, "id": document["_id"], "data": self.shown(document)})

    @route("GET", "/data/<collection>")
    def list_documents(self, request, collection):
        """Every other parameter is a filter: equal texts only, so a number never fits."""
        self.require_database()
        wanted = {key: value for key, value in request.query.items() if key != "workspace"}
        documents = self.store.collection(self.workspace_of(request), collection).values()
        return self.json([self.shown(document) for document in documents
                          if all(document.get(key) == value for key, value in wanted.items())])

    @route("GET", "/data/<collection>/<document>")
    def get(self, request, collection, document):
        self.require_database()
        found = self.store.collection(self.workspace_of(request), collection).get(document)
        return self.json(self.shown(found)) if found else self.failure(404, "Document not found")

    @route("PUT", "/data/<collection>/<document>")
    def update(self, request, collection, document):
        body = self.body(request, ("workspace", "data"))
        found = self.collection_of_body(collection, body).get(document)
        if found is None:
            return self.failure(404, "Document not found")
        found.update({**body["data"], "_id": document, "updatedAt": clock.offset(self.clock.now())})
        request.took_effect()
        return self.json({"success": True, "id": document})

    @route("DELETE", "/data/<collection>/<document>")
    def delete(self, request, collection, document):
        self.require_database()
        if self.store.collection(self.workspace_of(request), collection).pop(document, None) is None:
            return self.failure(404, "Document not found")
        request.took_effect()
        return self.json({"success": True, "id": document, "deleted": True, "count": 1})

    @route("POST", "/execute")
    def execute(self, request):
        self.body(request, ("script",))
        return self.json({"success": True})
