# SPDX-License-Identifier: GPL-3.0-or-later
"""F2 and F3: a code by e-mail, then a token for seven days. No refresh, no log-out, no revocation."""

import datetime
import random
import uuid

import tokens
from routing import Refusal, route

SECRET = "scripted-jwt-secret-key"
TOKEN_SECONDS = 7 * 24 * 3600
CODE_SECONDS = 600
UNKNOWN_EMAIL = "Aucun compte trouvé avec cet email. Veuillez vous inscrire."
JWT_TEXTS = {"segments": "Not enough segments", "padding": "Invalid crypto padding", "header": "Invalid header string",
             "signature": "Signature verification failed", "early-iat": "The token is not yet valid (iat)",
             "early-nbf": "The token is not yet valid (nbf)"}
# What registration takes from the top level, and the name under which it is stored.
REGISTERED = (("firstName", "first_name"), ("lastName", "last_name"), ("phone", "phone"), ("accountType", "account_type"),
              ("proTypes", "pro_types"), ("companyName", "company_name"), ("vatNumber", "vat_number"))


class FlaskAuth:
    def require_token(self, request):
        """The claims of the request's token; its texts stand under `msg`, unlike all others."""
        header = request.header("Authorization")
        if header is None:
            raise Refusal(self.json({"msg": "Missing Authorization Header"}, 401))
        parts = header.split()
        if not parts or parts[0] != "Bearer":
            text = "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'"
            raise Refusal(self.json({"msg": text}, 401))
        if len(parts) != 2:
            text = "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"
            raise Refusal(self.json({"msg": text}, 422))
        try:
            if parts[1] in self.expired:
                raise tokens.TokenError("expired")
            claims = tokens.verify(parts[1], SECRET, self.clock.seconds())
        except tokens.TokenError as error:
            if error.reason == "expired":
                raise Refusal(self.json({"msg": "Token has expired"}, 401)) from None
            raise Refusal(self.json({"msg": JWT_TEXTS[error.reason]}, 422)) from None
        request.user = claims["sub"]
        return claims

    def issue_token(self, user, workspace):
        now = int(self.clock.seconds())
        token = tokens.sign({"fresh": False, "iat": now, "jti": str(uuid.uuid4()), "type": "access", "sub": user["_id"], "nbf": now,
                             "exp": now + TOKEN_SECONDS, "workspace": workspace, "email": user["email"]}, SECRET)
        self.issued = getattr(self, "issued", set()) | {token}
        return token

    def note_activity(self, request, user, what):
        user["activity"] = (user.get("activity", []) + [{
            "type": what, "timestamp": self.store.now(), "ip": request.peer, "user_agent": request.header("User-Agent") or ""}])[-100:]

    @route("POST", "/auth/register")
    def register(self, request):
        """Also the way to create a Digital Human on F3: every key of metadata lands in the document, type and role too."""
        body = self.body(request)
        email, workspace = body.get("email"), body.get("workspace")
        if not email or not workspace:
            return self.error(400, "Email and workspace required")
        if self.store.find_user(workspace, email):
            return self.error(409, "User already exists")
        user = {"email": email, "workspace": workspace, "is_active": True, "auth_method": "code", "created_at": self.store.now(),
                "last_login": None}
        user.update({stored: body[key] for key, stored in REGISTERED if key in body})
        user.update(body.get("metadata") or {})
        self.note_activity(request, user, "registration")
        request.took_effect()
        self.store.insert_user(workspace, user)
        return self.json({"message": "Registration successful", "user_id": user["_id"]}, 201)

    @route("POST", "/auth/request-code", "/auth/login")
    def request_code(self, request):
        body = self.body(request)
        email, workspace = body.get("email"), body.get("workspace")
        if not email or not workspace:
            return self.error(400, "Email and workspace required")
        if not self.store.find_user(workspace, email):
            return self.error(404, UNKNOWN_EMAIL)
        code = self.options.code or f"{random.randrange(1_000_000):06d}"
        now = self.clock.now()
        # Earlier codes stay valid beside the new one.
        self.store.codes.append({"email": email, "workspace": workspace, "code": code, "created_at": now,
                                 "expires_at": now + datetime.timedelta(seconds=CODE_SECONDS), "used": False})
        request.took_effect()
        self.announce({"event": "code", "email": email, "workspace": workspace, "code": code})
        return self.json({"message": "Code sent"})

    @route("POST", "/auth/verify-code")
    def verify_code(self, request):
        body = self.body(request)
        email, code, workspace = body.get("email"), body.get("code"), body.get("workspace") or body.get("site")
        if not email or not code or not workspace:
            return self.error(400, "Email, code and workspace required")
        now = self.clock.now()
        stored = next((kept for kept in self.store.codes if (kept["email"], kept["workspace"], kept["code"]) == (email, workspace, code)
                       and not kept["used"] and kept["expires_at"] > now), None)
        if not stored:
            return self.error(401, "Invalid or expired code")
        stored["used"], stored["used_at"] = True, now
        user = self.store.find_user(workspace, email)
        if not user:  # deleted since the code was sent: made anew
            user = self.store.insert_user(workspace, {"email": email, "workspace": workspace, "is_active": True,
                                                      "auth_method": "code", "created_at": self.store.now()})
        user["last_login"] = self.store.now()
        self.note_activity(request, user, "login")
        self.store.touch_users(workspace)
        request.took_effect()
        request.user = user["_id"]
        return self.json({"access_token": self.issue_token(user, workspace), "user": {"id": user["_id"], "email": email}})
