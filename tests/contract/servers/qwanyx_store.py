# SPDX-License-Identifier: GPL-3.0-or-later
"""What QWANYX's servers keep: documents by database (the workspace's code is its name) and collection."""

import datetime
import itertools
import re

import clock

PERMISSIONS = ["email:read", "email:send", "memory:read", "memory:write"]


def is_object_id(text):
    return isinstance(text, str) and re.fullmatch(r"[0-9a-fA-F]{24}", text) is not None


def collection_of(email):
    """The collection of a Digital Human: @ and every dot become a dash."""
    return email.replace("@", "-").replace(".", "-")


def plain(value):
    """VALUE with its times as text, for a test that looks at the state."""
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    return clock.offset(value) if isinstance(value, datetime.datetime) else value


class Store:
    def __init__(self, the_clock):
        self.clock = the_clock
        self.databases = {}  # workspace → collection → _id → document
        self.codes = []
        self.registry = {}  # code → workspace, of POST /workspaces
        self.apps = {"autodin.annonces": "Annonces", "personalcash.accounts": "Comptes"}
        self.contacts = []
        self.versions = {}  # workspace → how often its users changed
        self.counter = itertools.count(1)

    def new_id(self):
        """An ObjectId: seconds, a part of its own, and a counter."""
        return f"{int(self.clock.seconds()) & 0xffffffff:08x}d596dae4c4{next(self.counter) & 0xffffff:06x}"

    def now(self):
        return clock.to_milliseconds(self.clock.now())

    def collection(self, workspace, name):
        return self.databases.setdefault(workspace, {}).setdefault(name, {})

    def users(self, workspace):
        return self.collection(workspace, "users")

    def find_user(self, workspace, email):
        return next((user for user in self.users(workspace).values() if user.get("email") == email), None)

    def touch_users(self, workspace):
        """To be called after every change of the users of WORKSPACE: a long list is written out once per version."""
        self.versions[workspace] = self.versions.get(workspace, 0) + 1

    def version(self, workspace):
        return self.versions.get(workspace, 0)

    def insert_user(self, workspace, user):
        user.setdefault("_id", self.new_id())
        self.users(workspace)[user["_id"]] = user
        self.touch_users(workspace)
        return user

    def forget(self, email):
        """Deletes the users of EMAIL in every workspace; whether there was one."""
        found = [(workspace, user["_id"]) for workspace in list(self.databases) for user in self.users(workspace).values()
                 if user.get("email") == email]
        for workspace, key in found:
            del self.users(workspace)[key]
            self.touch_users(workspace)
        return bool(found)

    def state(self):
        return {"databases": {name: {collection: list(plain(documents).values()) for collection, documents in database.items()}
                              for name, database in self.databases.items()},
                "codes": plain(self.codes), "workspaces": list(plain(self.registry).values()), "contacts": plain(self.contacts)}

    # --- seed data ---

    def seed(self, workspace, wanted, bulk):
        if not wanted:
            return
        self._seed_human(workspace, "phil@demo.test", "Phil", "Martin", "admin", 90)
        self._seed_human(workspace, "zoe@demo.test", "Zoé", "Petit", "user", 30)
        self._seed_human(workspace, "max@other.test", "Max", "Autre", "superuser", 10, database="other")
        stephen = self._seed_dh(workspace, "stephen@demo.test", "Stephen", 60, True)
        self._seed_dh(workspace, "anna.dh@demo.test", "Anna", 20, True)
        self._seed_dh(workspace, "<b>léo</b>@demo.test", "Léo & <b>Co</b>", 5, False)
        self._seed_flow(workspace, stephen)
        for number in range(bulk):
            dh = self._seed_dh(workspace, f"dh-{number:06d}@demo.test", f"Digital Human {number:06d}", number % 900, number % 3 > 0)
            del dh["stats"]  # most have none, and a list of 100,000 stays below 64 MiB

    def _seed_human(self, workspace, email, first, last, role, days, database=None):
        moment = clock.to_milliseconds(self.clock.ago(days=days))
        self.insert_user(database or workspace, {
            "email": email, "first_name": first, "last_name": last, "name": f"{first} {last}", "role": role, "is_active": True,
            "auth_method": "code", "created_at": moment, "last_login": moment, "workspace": database or workspace,
            "activity": [{"type": "registration", "timestamp": moment, "ip": "127.0.0.1", "user_agent": "Mozilla/5.0"}]})

    def _seed_dh(self, workspace, email, name, days, active):
        moment = clock.to_milliseconds(self.clock.ago(days=days))
        return self.insert_user(workspace, {
            "email": email, "name": name, "firstName": name, "first_name": name, "last_name": "DH", "type": "DH", "system": "THOT",
            "active": active, "is_active": True, "permissions": list(PERMISSIONS), "auth_method": "code", "created_at": moment,
            "last_login": None, "workspace": workspace,
            "activity": [{"type": "registration", "timestamp": moment, "ip": "127.0.0.1", "user_agent": "Mozilla/5.0"}],
            "stats": {"emailsProcessed": days * 3, "avgResponseTime": 42.5, "satisfactionRate": 0.9}})

    def _seed_flow(self, workspace, dh):
        """One flow with short keys, a memory node, data that no schema knows, and an edge of each spelling."""
        moment = clock.naive(self.clock.ago(days=2))
        trigger, note = "64b000000000000000000001", "64b000000000000000000002"
        self.collection(workspace, collection_of(dh["email"]))[dh["_id"]] = {
            "_id": dh["_id"], "data": {"label": "root", "type": "flow"}, "created_at": moment, "updated_at": moment,
            "nodes": [
                {"_id": trigger, "type": "icon", "x": 350, "y": 100.5, "data": {
                    "label": "Mail Listener", "icon": "Mail", "color": "primary", "description": "mail-listener node",
                    "nodeType": "mail-listener", "ownKey": {"kept": True}}},
                {"_id": note, "type": "icon", "x": 600, "y": 100, "data": {
                    "label": "Idée", "icon": "Note", "color": "#10b981", "nodeType": "note", "isMemoryNode": True}}],
            "edges": [
                {"_id": "64b0000000000000000000e1", "s": trigger, "t": note, "ty": "data", "w": 1, "m": {"l": "Connected"}},
                {"id": "64b0000000000000000000e2", "source": note, "target": trigger, "type": "control", "data": {}}]}
