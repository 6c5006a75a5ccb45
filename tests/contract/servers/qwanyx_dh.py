# SPDX-License-Identifier: GPL-3.0-or-later
"""F3's Digital Humans: flows by push and pull, start and stop of a thread that does nothing, and the flow routes that are dead."""

import clock
from qwanyx_store import collection_of, is_object_id
from routing import Refusal, route

# What /flow/nodes lists, where it answers at all.
NODES = (("email-trigger", "trigger"), ("analyze", "ai"), ("response", "action"), ("memory-store", "memory"),
         ("memory-retrieve", "memory"), ("condition", "logic"))


class DigitalHumans:
    def workspace_of(self, request):
        """The header wins over the token, so any token reads and drives any workspace."""
        claims = self.require_token(request)
        return request.header("X-Workspace") or claims.get("workspace") or "autodin"

    def find_dh(self, request, workspace, dh_id, check_form=False):
        if check_form and not is_object_id(dh_id):
            raise Refusal(self.error(400, f"Invalid DH ID format: {dh_id}"))
        dh = self.store.users(workspace).get(dh_id)
        if dh is None or dh.get("type") != "DH":
            raise Refusal(self.error(404, "Digital Human not found", searched_id=dh_id))
        return dh

    def status_of(self, dh_id):
        if dh_id not in self.running:
            return {"running": False}
        started = self.running[dh_id][1]
        return {"running": True, "started_at": clock.naive(started), "uptime": (self.clock.now() - started).total_seconds()}

    # --- flows ---

    def flow_of(self, request):
        workspace = self.workspace_of(request)
        body = self.body(request)
        if not body.get("dh_email"):
            raise Refusal(self.error(400, "DH email is required"))
        if not body.get("dh_id"):
            raise Refusal(self.error(400, "DH ID is required"))
        return body, self.store.collection(workspace, collection_of(body["dh_email"])), str(body["dh_id"])

    @route("POST", "/api/dh/push")
    def push(self, request):
        """Replaces the whole document; whoever writes last wins."""
        body, flows, dh_id = self.flow_of(request)
        old, now = flows.get(dh_id), clock.naive(self.clock.now())
        flows[dh_id] = {"_id": dh_id, "data": {"label": body.get("flow_title", "root"), "type": "flow"},
                        "nodes": body.get("nodes", []), "edges": body.get("edges", []),
                        "created_at": old["created_at"] if old else now, "updated_at": now}
        request.took_effect()
        return self.json({"success": True, "message": f"Flow saved successfully for DH {dh_id}", "modified": 1 if old else 0,
                          "upserted": None if old else dh_id})

    @route("POST", "/api/dh/pull")
    def pull(self, request):
        body, flows, dh_id = self.flow_of(request)
        flow = flows.get(dh_id)
        if flow is None:
            return self.json({"dh_id": dh_id, "title": "root", "nodes": [], "edges": [], "exists": False})
        return self.json({"dh_id": dh_id, "title": flow["data"]["label"], "nodes": flow["nodes"], "edges": flow["edges"],
                          "exists": True, "created_at": flow["created_at"], "updated_at": flow["updated_at"]})

    # --- processes ---

    @route("GET", "/api/dh/<dh_id>/status")
    def dh_status(self, request, dh_id):
        dh = self.find_dh(request, self.workspace_of(request), dh_id)
        return self.json({"dh_id": dh_id, "dh_email": dh["email"], "status": self.status_of(dh_id)})

    @route("POST", "/api/dh/<dh_id>/start")
    def start_dh(self, request, dh_id):
        workspace = self.workspace_of(request)
        dh = self.find_dh(request, workspace, dh_id, check_form=True)
        if dh_id in self.running:
            return self.json({"message": "DH already running", "status": self.status_of(dh_id)})
        self.running[dh_id] = (dh["email"], self.clock.now())
        dh["runtime"] = {"status": "running", "started_at": self.store.now(), "pid": 4242}
        self.store.touch_users(workspace)
        request.took_effect()
        return self.json({"success": True, "message": f"DH {dh['email']} started successfully", "status": self.status_of(dh_id)})

    @route("POST", "/api/dh/<dh_id>/stop")
    def stop_dh(self, request, dh_id):
        workspace = self.workspace_of(request)
        dh = self.find_dh(request, workspace, dh_id, check_form=True)
        if dh_id not in self.running:
            return self.json({"message": "DH is not running", "status": {"running": False}})
        del self.running[dh_id]
        dh["runtime"] = {"status": "stopped", "stopped_at": self.store.now(), "pid": 4242}
        self.store.touch_users(workspace)
        request.took_effect()
        return self.json({"success": True, "message": f"DH {dh['email']} stopped successfully", "status": {"running": False}})

    @route("GET", "/api/dh/running")
    def list_running(self, request):
        self.require_token(request)
        running = [{"dh_id": dh_id, "dh_email": email, "status": self.status_of(dh_id)}
                   for dh_id, (email, started) in self.running.items()]
        return self.json({"count": len(running), "running_dhs": running})

    # --- flow routes: they check tokens with another secret, and then look in a database where no Digital Human is ---

    def dead_flow(self, request):
        if request.header("Authorization") is None:
            raise Refusal(self.json({"message": "Token is missing"}, 401))
        token = self.token_of(request)
        if token in self.expired and self.options.same_flow_secret:
            raise Refusal(self.json({"message": "Token has expired"}, 401))
        if not self.options.same_flow_secret:
            raise Refusal(self.json({"message": "Token is invalid"}, 401))

    @route("GET", "/api/dh/<dh_id>/flow/nodes")
    def flow_nodes(self, request, dh_id):
        self.dead_flow(request)
        return self.json([{"type": name, "category": category} for name, category in NODES])

    @route("GET", "/api/dh/<dh_id>/flow", "/api/dh/<dh_id>/flow/execution/<execution>")
    def read_flow(self, request, dh_id, execution=None):
        self.dead_flow(request)
        return self.error(404, "Digital Human not found")

    @route("POST", "/api/dh/<dh_id>/flow", "/api/dh/<dh_id>/flow/execute")
    def write_flow(self, request, dh_id):
        self.dead_flow(request)
        return self.error(404, "Digital Human not found")
