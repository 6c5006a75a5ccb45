# SPDX-License-Identifier: GPL-3.0-or-later
"""F2 and F3: workspaces, of which the registry is never asked, and messages to the site's owner."""

from routing import route


class Workspaces:
    @route("GET", "/workspaces")
    def list_workspaces(self, request):
        """Works until there is something to list."""
        if self.store.registry:
            return self.error(500, "Object of type ObjectId is not JSON serializable")
        return self.json([])

    @route("POST", "/workspaces")
    def create_workspace(self, request):
        self.require_token(request)
        body = self.body(request)
        code = body.get("code")
        if not code:
            return self.error(400, "Code required")
        workspace = {"code": code, "domain": body.get("domain"), "name": body.get("name"), "apps": [], "dh_members": [],
                     "settings": {}, "created_at": self.store.now(), "is_active": True, "db_name": code.replace(".", "-")}
        self.store.registry[code] = workspace
        request.took_effect()
        return self.json({"message": "Workspace created", "workspace": workspace}, 201)

    @route("GET", "/workspaces/<code>")
    def get_workspace(self, request, code):
        """Any text is a workspace that exists."""
        return self.json({"code": code, "db_name": code.replace(".", "-"), "is_active": True})

    @route("POST", "/workspaces/<code>/dh")
    def add_dh(self, request, code):
        self.require_token(request)
        email = self.body(request).get("dh_email")
        if not email:
            return self.error(400, "DH email required")
        members = self.store.registry.get(code, {"dh_members": []})["dh_members"]
        if email not in members:
            members.append(email)
        request.took_effect()
        return self.json({"message": f"DH {email} added to workspace"})

    @route("POST", "/workspaces/<code>/apps")
    def add_app(self, request, code):
        self.require_token(request)
        app = self.body(request).get("app_code")
        if app not in self.store.apps:
            return self.error(404, "App not found")
        apps = self.store.registry.get(code, {"apps": []})["apps"]
        if app not in apps:
            apps.append(app)
        request.took_effect()
        return self.json({"message": f"App {app} added to workspace"})

    @route("POST", "/contacts")
    def create_contact(self, request):
        body = self.body(request)
        contact = {key: body.get(key) for key in ("workspace", "name", "email", "subject", "message")}
        contact["_id"] = self.store.new_id()
        self.store.contacts.append(contact)
        request.took_effect()
        return self.json({"id": contact["_id"], "message": "Contact saved successfully"}, 201)
