# SPDX-License-Identifier: GPL-3.0-or-later
"""Users, humans and Digital Humans alike: F3's /users, F2's open /api/workspaces/<ws>/users, and the profile of both."""

import datetime

import clock
from qwanyx_store import collection_of, is_object_id
from routing import Refusal, route
from wire import Response

CREATED_KEYS = ("email", "firstName", "lastName", "name", "role", "status", "phone", "department", "jobTitle")
UPDATED_KEYS = CREATED_KEYS + ("avatar", "active")
PROFILE_KEYS = ("account_type", "pro_types", "company_name", "vat_number", "first_name", "last_name", "phone", "address", "city",
                "postal_code", "country")


class UserDocuments:
    """What the three of them share."""

    def require_object_id(self, text):
        if not is_object_id(text):
            text = f"'{text}' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string"
            raise Refusal(self.error(500, text))

    def present(self, user):
        """USER as handlers that format times give it; those of nested documents are left to Flask, in its other form."""
        shown = {key: clock.naive(value) if isinstance(value, datetime.datetime) else value for key, value in user.items()}
        return {**shown, "id": user["_id"]}

    def listed(self, workspace, key, make):
        """The answer that lists users: MAKE() gives what it holds. It is written out once for each version of them, so that
        a bench of a hundred thousand measures its client."""
        cache = self.__dict__.setdefault("listed_cache", {})
        version = self.store.version(workspace)
        if cache.get((workspace, key), (None,))[0] != version:
            cache[workspace, key] = (version, self.json(make()).body)
        return Response(200, cache[workspace, key][1], "application/json")

    def insert_checked(self, request, workspace, user):
        if self.store.find_user(workspace, user.get("email")):
            raise Refusal(self.error(409, "User already exists"))
        request.took_effect()
        return self.store.insert_user(workspace, user)


class Users(UserDocuments):
    """F3. Only the list obeys X-Workspace; the other verbs take the workspace of the token."""

    @route("GET", "/users")
    def list_users(self, request):
        claims = self.require_token(request)
        workspace = request.header("X-Workspace") or request.query.get("workspace") or claims.get("workspace") or "default"

        def make():
            users = [{"role": "user", "status": "active", **self.present(user)} for user in self.store.users(workspace).values()]
            return {"users": users, "total": len(users)}
        return self.listed(workspace, None, make)

    @route("POST", "/users")
    def create_user(self, request):
        """Drops `type` with everything else that it does not know: it cannot create a Digital Human."""
        workspace = self.require_token(request).get("workspace")
        body = self.body(request)
        if not body.get("email"):
            return self.error(400, "Email is required")
        user = {key: body[key] for key in CREATED_KEYS if key in body}
        user = {"role": "user", "status": "active", **user, "created_at": self.store.now()}
        return self.json(self.present(self.insert_checked(request, workspace, user)), 201)

    @route("PUT", "/users/<user_id>")
    def update_user(self, request, user_id):
        workspace = self.require_token(request).get("workspace")
        body = self.body(request)
        fields = {key: body[key] for key in UPDATED_KEYS if key in body}
        if not fields:
            return self.error(400, "No fields to update")
        self.require_object_id(user_id)
        user = self.store.users(workspace).get(user_id)
        # The database says how many documents it modified, and nothing modified is taken for nothing found.
        if user is None or all(key in user and user[key] == value for key, value in fields.items()):
            return self.error(404, "User not found")
        user.update(fields)
        self.store.touch_users(workspace)
        request.took_effect()
        return self.json(self.present(user))

    @route("DELETE", "/users/<user_id>")
    def delete_user(self, request, user_id):
        workspace = self.require_token(request).get("workspace")
        self.require_object_id(user_id)
        if self.store.users(workspace).pop(user_id, None) is None:
            return self.error(404, "User not found")
        self.store.touch_users(workspace)
        request.took_effect()
        return self.json({"message": "User deleted successfully"})


class Profile(UserDocuments):
    @route("PUT", "/users/<user_id>/profile")
    def update_profile(self, request, user_id):
        claims = self.require_token(request)
        if claims["sub"] != user_id:
            return self.error(403, "Unauthorized")
        body = self.body(request)
        user = self.store.users(claims.get("workspace")).get(user_id)
        if user is None:
            return self.error(404, "User not found")
        user.update({key: body[key] for key in PROFILE_KEYS if key in body})
        self.store.touch_users(claims.get("workspace"))
        request.took_effect()
        return self.json({**user, "id": user_id})  # the raw document: its times are not formatted


class OpenUsers(UserDocuments):
    """F2: everything, for everybody who reaches the port."""

    @route("GET", "/api/workspaces/<workspace>/users")
    def list_open(self, request, workspace):
        kind = request.query.get("type")
        return self.listed(workspace, kind, lambda: [
            self.present(user) for user in self.store.users(workspace).values() if not kind or user.get("type") == kind])

    @route("GET", "/api/workspaces/<workspace>/users/<user_id>")
    def get_open(self, request, workspace, user_id):
        return self.json(self.present(self._find(workspace, user_id)))

    @route("POST", "/api/workspaces/<workspace>/users")
    def create_open(self, request, workspace):
        """Stores every field, and makes the memory collection of a Digital Human with its first document."""
        body = self.body(request)
        if not body.get("email"):
            return self.error(400, "Email is required")
        fields = {key: value for key, value in body.items() if key not in ("_id", "id")}
        user = self.insert_checked(request, workspace, {**fields, "created_at": self.store.now()})
        memory = self.store.collection(workspace, collection_of(user["email"]) + "-memory")
        key = self.store.new_id()
        memory[key] = {"_id": key, "type": "config", "created_at": self.store.now()}
        return self.json({**user, "id": user["_id"]}, 201)

    @route("PUT", "/api/workspaces/<workspace>/users/<user_id>")
    def update_open(self, request, workspace, user_id):
        body = self.body(request)
        user = self._find(workspace, user_id)
        user.update({key: value for key, value in body.items() if key not in ("_id", "id")})
        self.store.touch_users(workspace)
        request.took_effect()
        return self.json({**user, "id": user_id})

    @route("DELETE", "/api/workspaces/<workspace>/users/<user_id>")
    def delete_open(self, request, workspace, user_id):
        user = self._find(workspace, user_id)
        del self.store.users(workspace)[user_id]
        self.store.databases[workspace].pop(collection_of(user.get("email", "")) + "-memory", None)
        self.store.touch_users(workspace)
        request.took_effect()
        return self.json({"message": "User deleted successfully"})

    def _find(self, workspace, user_id):
        self.require_object_id(user_id)
        user = self.store.users(workspace).get(user_id)
        if user is None:
            raise Refusal(self.error(404, "User not found"))
        return user
