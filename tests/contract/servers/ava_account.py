# SPDX-License-Identifier: GPL-3.0-or-later
"""AVA: signing in, refreshing, and as whom a request is served."""

import re

import tokens
from ava_checks import Field, check, error, require_object
from routing import Refusal, route

SECRET = "scripted-ava-secret"
ACCESS_SECONDS, REMEMBERED_SECONDS, REFRESH_SECONDS = 900, 2_592_000, 7 * 24 * 3600
SHOWN = ("id", "email", "name", "phone", "locale", "image", "onboarding_completed", "onboarding_step", "phone_verified")
LOGIN = {"identifier": Field(required=True), "password": Field(required=True), "remember": Field("bool", default=False)}
SIGNUP = {"email": Field("email", required=True), "password": Field(required=True, low=8), "name": Field(required=True, low=2, high=100),
          "phone": Field(pattern=r"^\+[1-9]\d{1,14}$", nullable=True), "locale": Field(pattern="^[a-z]{2}$", default="en")}
CHANGE = {"name": Field(low=2, high=100, nullable=True), "phone": Field(pattern=r"^\+?[1-9]\d{1,14}$", nullable=True),
          "locale": Field(pattern="^[a-z]{2}$", nullable=True), "image": Field(high=512, nullable=True),
          "onboarding_completed": Field("bool", nullable=True)}


def check_password(checked):
    text = checked["password"]
    for pattern, name in (("[A-Z]", "uppercase letter"), (r"\d", "digit")):
        if not re.search(pattern, text):
            return [error("value_error", ("body", "password"), f"Value error, Password must contain at least one {name}", text, error={})]
    return []


class Account:
    # --- who asks ---

    def current_user(self, request):
        """The user of the token. Without one, unless it runs in production: whichever user comes first."""
        header = request.header("Authorization")
        scheme, _, token = (header or "").partition(" ")
        if header is None or scheme.lower() != "bearer" or not token:
            if self.options.production:
                text = "Not authenticated" if header is None else "Invalid authentication credentials"
                raise Refusal(self.failure(403, text))
            user = next(iter(self.store.users.values()), None)
        else:
            user = self.store.users.get(self.claims(token).get("sub"))
        if user is None:
            raise Refusal(self.failure(404, "User not found"))
        request.user = user["id"]
        return user

    def claims(self, token):
        """A refresh token will do as well: its type is not looked at."""
        try:
            if token in self.expired:
                raise tokens.TokenError("expired")
            return tokens.verify(token, SECRET, self.clock.seconds())
        except tokens.TokenError:
            raise Refusal(self.failure(401, "Invalid token")) from None

    def checked(self, request, fields, extra=None):
        return check(fields, require_object(request.parsed), "body", extra)

    def shown_user(self, user):
        return {key: user[key] for key in SHOWN}

    def signed_in(self, user, seconds=ACCESS_SECONDS, refresh=None, status=200):
        now = int(self.clock.seconds())
        access = tokens.sign({"sub": user["id"], "email": user["email"], "exp": now + seconds, "type": "access"}, SECRET)
        refresh = refresh or tokens.sign({"sub": user["id"], "exp": now + REFRESH_SECONDS, "type": "refresh"}, SECRET)
        self.issued = getattr(self, "issued", set()) | {access}
        return self.json({"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": seconds,
                          "user": self.shown_user(user)}, status)

    # --- routes ---

    @route("POST", "/api/v1/auth/login")
    def login(self, request):
        form = self.checked(request, LOGIN)
        identifier = form["identifier"].strip()
        user = self.store.user_by("email" if "@" in identifier else "phone", identifier)
        if user is None or user["password"] != form["password"]:
            return self.failure(401, "Invalid credentials")
        request.user = user["id"]
        return self.signed_in(user, REMEMBERED_SECONDS if form["remember"] else ACCESS_SECONDS)

    @route("POST", "/api/v1/auth/signup")
    def signup(self, request):
        form = self.checked(request, SIGNUP, check_password)
        if self.store.user_by("email", form["email"]):
            return self.failure(400, "Email already registered")
        if form["phone"] and self.store.user_by("phone", form["phone"]):
            return self.failure(400, "Email or phone already registered")
        user = self.store.add_user(form["email"], form["password"], form["name"], form["phone"], form["locale"])
        request.took_effect()
        return self.signed_in(user, status=201)

    @route("POST", "/api/v1/auth/refresh")
    def refresh(self, request):
        """The same refresh token comes back, not prolonged; the access token lives for a quarter of an hour in any case."""
        token = self.checked(request, {"refresh_token": Field(required=True)})["refresh_token"]
        try:
            if token in self.expired:
                raise tokens.TokenError("expired")
            claims = tokens.verify(token, SECRET, self.clock.seconds())
        except tokens.TokenError as problem:
            return self.failure(401, "Token has expired" if problem.reason == "expired" else "Invalid token")
        if claims.get("type") != "refresh":
            return self.failure(401, "Invalid token type")
        user = self.store.users.get(claims["sub"])
        return self.signed_in(user, refresh=token) if user else self.failure(404, "User not found")

    @route("GET", "/api/v1/auth/me")
    def me(self, request):
        return self.json(self.shown_user(self.current_user(request)))

    @route("PATCH", "/api/v1/auth/me")
    def change_me(self, request):
        user = self.current_user(request)
        changes = {key: value for key, value in self.checked(request, CHANGE).items() if value is not None}
        if not changes:
            return self.failure(400, "No changes provided")
        other = self.store.user_by("phone", changes["phone"]) if "phone" in changes else None
        if other not in (None, user):
            return self.failure(400, "Phone number already registered")
        user.update(changes)
        request.took_effect()
        return self.json(self.shown_user(user))

    @route("POST", "/api/v1/auth/verify-email")
    def verify_email(self, request):
        check({"token": Field(required=True)}, request.query, "query")
        return self.failure(501, "Email verification not yet implemented")

    @route("POST", "/api/v1/auth/verify-phone")
    def verify_phone(self, request):
        check({"phone": Field(required=True), "code": Field(required=True)}, request.query, "query")
        return self.failure(501, "Phone verification not yet implemented")
