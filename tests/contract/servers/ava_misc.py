# SPDX-License-Identifier: GPL-3.0-or-later
"""AVA: onboarding, Ava's profile, what is only there for show, and what Vapi and Twilio report."""

import datetime
import hashlib
import hmac
import urllib.parse

import clock
from ava_analytics import parse_zulu
from ava_checks import Field, error, unprocessable
from ava_store import new_id
from ava_vapi import Crash
from routing import route

SKIPS = ("onboarding_vapi_skipped", "onboarding_twilio_skipped", "onboarding_assistant_created")
PROFILE = {
    "name": Field(required=True, low=2, high=40), "voice": Field(required=True, low=2, high=64),
    "language": Field(default="fr-FR", choices=("fr-FR", "fr-CA", "en-GB", "en-US")), "tone": Field(required=True, high=120),
    "personality": Field(required=True, high=160), "greeting": Field(required=True, low=8, high=200),
    "allowed_topics": Field("list", default=[]), "forbidden_topics": Field("list", default=[]),
    "can_take_notes": Field("bool", default=True), "can_summarize_live": Field("bool", default=True),
    "fallback_behavior": Field(required=True, high=200), "signature_style": Field(required=True, high=140),
    "custom_rules": Field(required=True, high=1000)}
USER_PROFILE = {"name": Field(nullable=True), "locale": Field(choices=("en", "fr", "he"), nullable=True),
                "organization_name": Field(nullable=True), "industry": Field(nullable=True), "company_size": Field(nullable=True)}
TEST_MAIL = {"to": Field("email", required=True), "subject": Field(required=True, low=1, high=120), "text": Field(required=True, low=1, high=2000)}
VISITS_A_MINUTE = 10


class Miscellany:
    # --- onboarding ---

    @route("GET", "/api/v1/user/onboarding")
    def get_onboarding(self, request):
        user = self.current_user(request)
        return self.json({name: user[name] for name in SKIPS})

    @route("PATCH", "/api/v1/user/onboarding")
    def change_onboarding(self, request):
        user = self.current_user(request)
        form = self.checked(request, {name: Field("bool", nullable=True) for name in SKIPS})
        user.update({name: value for name, value in form.items() if value is not None})
        request.took_effect()
        return self.json({name: user[name] for name in SKIPS})

    @route("POST", "/api/v1/user/complete-onboarding")
    def complete_onboarding(self, request):
        self.current_user(request)["onboarding_completed"] = True
        request.took_effect()
        return self.json({"success": True, "onboarding_completed": True, "redirect_url": "/dashboard"})

    @route("PATCH", "/api/v1/user/profile")
    def change_profile(self, request):
        """Takes five fields and drops three of them."""
        user = self.current_user(request)
        form = self.checked(request, USER_PROFILE)
        user.update({name: form[name] for name in ("name", "locale") if form[name] is not None})
        request.took_effect()
        return self.json({name: user[name] for name in ("id", "email", "name", "locale", "onboarding_completed", "onboarding_step")})

    # --- Ava's profile: its own default does not fit its own limit ---

    @route("GET", "/api/v1/tenant/ava-profile")
    def get_ava(self, request):
        row = self.store.profiles.get(self.current_user(request)["id"])
        if row is None:
            raise Crash("the default greeting is too long")
        return self.json(row)

    @route("PUT", "/api/v1/tenant/ava-profile")
    def set_ava(self, request):
        user = self.current_user(request)
        form = self.checked(request, PROFILE)
        if user["id"] not in self.store.profiles and self.options.database == "postgresql":
            raise Crash("the default greeting does not fit its column")
        written = self.store.profiles.get(user["id"], {}).get("updated_at") or clock.offset(self.clock.now())
        self.store.profiles[user["id"]] = {**form, "updated_at": written}
        request.took_effect()
        return self.json(self.store.profiles[user["id"]])

    @route("POST", "/api/v1/tenant/ava-profile/test-voice")
    def test_voice(self, request):
        self.current_user(request)
        self.checked(request, {"text": Field(required=True, low=4, high=160)})
        return self.failure(500, "OpenAI API key not configured")

    # --- for show ---

    @route("GET", "/api/v1/runtime/status")
    def runtime_status(self, request):
        return self.json({"status": "ok"})

    @route("POST", "/api/v1/runtime/control")
    def runtime_control(self, request):
        """Nobody is asked who they are, and nothing happens."""
        action = self.checked(request, {"action": Field(required=True)})["action"].lower()
        if action not in ("start", "stop", "restart"):
            return self.failure(400, "Unsupported action")
        return self.json({"status": "queued", "action": action})

    def limited(self, request):
        """The answer to the eleventh request of a minute, or None."""
        key, now = (request.peer, request.path), self.clock.seconds()
        recent = [moment for moment in self.visits.get(key, []) if moment > now - 60]
        self.visits[key] = recent + [now]
        return self.too_many(request) if len(recent) >= VISITS_A_MINUTE else None

    @route("POST", "/api/v1/integrations/email/test")
    def test_mail(self, request):
        self.current_user(request)
        self.checked(request, TEST_MAIL)
        if refused := self.limited(request):
            return refused
        if not self.options.stubs:
            return self.failure(403, "Stub integrations are disabled")
        return self.json({"backend": "resend" if self.options.mail else "unconfigured", "delivered": False, "message": "Stub delivery"})

    @route("GET", "/api/v1/integrations/calendar/<provider>/events")
    def calendar(self, request, provider):
        self.current_user(request)
        if provider not in ("google", "microsoft"):
            expected = "'google' or 'microsoft'"
            raise unprocessable([error("enum", ("path", "provider"), f"Input should be {expected}", provider, expected=expected)])
        if refused := self.limited(request):
            return refused
        if not self.options.stubs:
            return self.failure(403, "Stub integrations are disabled")
        start = self.clock.now().replace(tzinfo=None, microsecond=0)
        return self.json({"events": [{"id": f"stub-CalendarProvider.{provider}-{number}", "title": f"Event {number}",
                                      "start": (start + datetime.timedelta(hours=number)).isoformat(),
                                      "end": (start + datetime.timedelta(hours=number + 1)).isoformat()} for number in range(2)]})

    # --- what others report ---

    @route("POST", "/api/v1/webhooks/vapi")
    def vapi_webhook(self, request):
        if self.options.production:
            mark = hmac.new((self.options.server_vapi_key or "").encode(), request.body, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(mark, request.header("X-Vapi-Signature") or ""):
                return self.failure(401, "Invalid webhook signature")
        payload = request.parsed
        if not isinstance(payload, dict):
            return self.failure(400, "Invalid JSON payload")
        kind = payload.get("type")
        if kind == "call.ended":
            self._save_reported(request, payload.get("call") or {})
            return self.json({"status": "success", "action": "call_saved_and_email_sent"})
        if kind == "function-call":
            return self.json({"result": "ok", "success": True})
        known = {"call.started": "call_started", "transcript.update": "transcript_updated"}
        return self.json({"status": "success", "action": known.get(kind, "unknown_event_ignored")})

    def _owner(self, call):
        """Whose call it is: what it says, whose assistant it was, or whoever comes first."""
        users = self.store.users
        owner = users.get((call.get("metadata") or {}).get("user_id"))
        assistants = {row["vapiAssistantId"]: user for user, rows in self.store.studio.items() for row in rows}
        return owner or users.get(assistants.get(call.get("assistantId"))) or next(iter(users.values()), None)

    def _save_reported(self, request, call):
        owner = self._owner(call)
        if owner is None or owner["id"] not in self.store.studio:
            return  # said to be saved all the same
        turns = [f"{'AVA' if turn.get('role') == 'assistant' else 'Caller'}: {turn.get('message')}" for turn in call.get("transcript") or []]
        started = parse_zulu(call["startedAt"]) if "startedAt" in call else self.clock.now()
        customer = call.get("customer") or {}
        self.store.add_call(call.get("id") or new_id(), owner["id"], started, call.get("durationSeconds"),
                            assistant_id=call.get("assistantId", "unknown"), customer_number=customer.get("number", "Unknown"),
                            cost=call.get("cost"), transcript="\n\n".join(turns) or "No transcript available",
                            ended=parse_zulu(call["endedAt"]) if "endedAt" in call else None,
                            metadata={"caller_name": customer.get("name", "Unknown Caller"), "recording_url": call.get("recordingUrl"), "vapi": call})
        request.took_effect()
        if "durationSeconds" not in call:
            raise Crash("saved, and then the mail cannot be written")

    @route("POST", "/api/v1/webhooks/twilio/status")
    def twilio_webhook(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode(errors="replace")))
        sid = form.get("CallSid")
        if not sid:
            return self.failure(400, "Missing CallSid")
        owner = next((user for user in self.store.users.values() if user["twilio_account_sid"] == form.get("AccountSid")), None)
        if owner and not request.header("X-Twilio-Signature"):
            return self.failure(401, "Invalid Twilio signature")
        owner = owner or next(iter(self.store.users.values()), None)
        if owner:
            now = self.clock.now()
            self.store.add_call(sid, owner["id"], now, int(form.get("CallDuration") or 0), assistant_id="twilio-status",
                                status=form.get("CallStatus", "unknown"), customer_number=form.get("From"), ended=now,
                                metadata={"twilio": True, "twilio_call_sid": sid, "direction": form.get("Direction", "inbound")})
            request.took_effect()
        return self.json({"status": "ok", "callSid": sid, "callStatus": form.get("CallStatus", "unknown")})
