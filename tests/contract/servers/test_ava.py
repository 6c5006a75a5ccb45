# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripted AVA server answers as the deployed one was seen to."""

import base64
import concurrent.futures
import json
import unittest

from backend import NAIVE, OFFSET, Backend, Text, difference

V1 = "/api/v1"
USER = {"id": "d0816b0b-8c60-41d7-bf63-76616ad5053f", "email": "admin@example.com", "name": "Ada Admin", "phone": "+33123456789",
        "locale": "fr", "image": None, "onboarding_completed": False, "onboarding_step": 0, "phone_verified": False}
SIGNED_IN = {"access_token": str, "refresh_token": str, "token_type": "bearer", "expires_in": 900, "user": USER}
CALL = {"id": str, "assistantId": str, "customerNumber": ..., "status": str, "startedAt": OFFSET, "endedAt": ..., "durationSeconds": ...,
        "cost": ..., "transcriptPreview": ...}
DAY = "11111111-1111-4111-8111-111111111111"
ENDED = "00000002-0000-4000-8000-000000000000"


class Case(unittest.TestCase):
    arguments = ()

    def setUp(self):
        self.server = self.start(*self.arguments)
        self.server.sign_in_ava()

    def start(self, *args):
        return self.enterContext(Backend("ava.py", "--upstream-ms", "1", "--studio-ms", "1", *args))

    def call(self, method, path, body=None, **more):
        return self.server.call(method, V1 + path, body, **more)

    def check(self, answer, status, expected=..., kind="application/json"):
        self.assertEqual((answer.status, answer.kind), (status, kind if status != 204 else ""), answer)
        if isinstance(expected, (str, Text)):
            expected = {"detail": expected}
        if expected is not ...:
            self.assertIsNone(difference(answer.json, expected), answer)

    def check_crash(self, answer):
        self.assertEqual((answer.status, answer.headers["content-type"], answer.text),
                         (500, "text/plain; charset=utf-8", "Internal Server Error"))
        self.assertNotIn("x-request-id", answer.headers)

    def together(self, *calls):
        with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
            return [future.result() for future in [pool.submit(self.call, *call) for call in calls]]


class Ground(Case):
    def test_outside_of_the_prefix(self):
        self.check(self.server.call("GET", "/", token=None), 200, {"status": "healthy", "service": "ava-api"})
        self.check(self.server.call("GET", "/healthz", token=None), 200, {"status": "healthy"})
        self.assertEqual(self.server.call("GET", "/metrics").headers["location"], f"http://127.0.0.1:{self.server.port}/metrics/")
        self.assertEqual(len(self.call("GET", "/openapi.json", token=None).json["paths"]), 41)

    def test_slashes_methods_and_ids(self):
        answer = self.call("GET", "/auth/me/?a=1")
        self.assertEqual((answer.status, answer.headers["location"]), (307, f"http://127.0.0.1:{self.server.port}/api/v1/auth/me?a=1"))
        self.assertEqual(self.call("HEAD", "/calls").status, 405)
        self.check(self.call("OPTIONS", "/calls"), 405, "Method Not Allowed")
        self.check(self.call("GET", "/settings"), 404, "Not Found")
        echoed = self.call("GET", "/auth/me", X_Request_ID="mine")
        self.assertEqual(echoed.headers["x-request-id"], "mine")
        self.assertTrue(echoed.headers["x-correlation-id"])

    def test_validation_echoes_what_was_sent(self):
        self.check(self.call("GET", "/calls?limit=0"), 422, {"detail": [{
            "type": "greater_than_equal", "loc": ["query", "limit"], "msg": "Input should be greater than or equal to 1", "input": "0",
            "ctx": {"ge": 1}}]})
        self.check(self.call("POST", "/auth/login", {"password": "Secret1!"}), 422, {"detail": [{
            "type": "missing", "loc": ["body", "identifier"], "msg": "Field required", "input": {"password": "Secret1!"}}]})
        self.check(self.call("POST", "/auth/login", "{"), 422, {"detail": [{
            "type": "json_invalid", "loc": ["body", 1], "msg": "JSON decode error", "input": {}, "ctx": {"error": str}}]})
        self.check(self.call("GET", "/integrations/calendar/other/events"), 422)

    def test_rate_limit(self):
        statuses = [self.call("GET", "/integrations/calendar/google/events").status for _ in range(11)]
        self.assertEqual(statuses, [200] * 10 + [429])
        refused = self.call("GET", "/integrations/calendar/google/events")
        self.check(refused, 429, {"error": "Rate limit exceeded: 10 per 1 minute"})
        self.assertNotIn("retry-after", refused.headers)
        self.server.control("advance", seconds=61)
        self.assertEqual(self.call("GET", "/integrations/calendar/google/events").status, 200)


class SigningIn(Case):
    def claims(self, token):
        return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))

    def test_login(self):
        login = lambda name, word="AvaTest123!", **more: self.call("POST", "/auth/login", {"identifier": name, "password": word, **more})  # noqa: E731
        self.check(login("admin@example.com"), 200, SIGNED_IN)
        self.check(login(" admin@example.com "), 200)
        self.check(login("+33123456789"), 200)
        self.check(login("Admin@example.com"), 401, "Invalid credentials")
        self.check(login("admin@example.com", "nope"), 401, "Invalid credentials")
        answer = login("admin@example.com", remember=True).json
        self.assertEqual(answer["expires_in"], 2_592_000)
        self.assertEqual(set(self.claims(answer["access_token"])), {"sub", "email", "exp", "type"})
        self.assertEqual(set(self.claims(answer["refresh_token"])), {"sub", "exp", "type"})

    def test_refresh(self):
        first = self.server.sign_in_ava()
        refresh = lambda token: self.call("POST", "/auth/refresh", {"refresh_token": token}, token=None)  # noqa: E731
        self.server.control("advance", seconds=901)
        self.check(self.call("GET", "/auth/me"), 401, "Invalid token")
        answer = refresh(first["refresh_token"])
        self.check(answer, 200, SIGNED_IN)
        self.assertEqual(answer.json["refresh_token"], first["refresh_token"])
        self.check(self.call("GET", "/auth/me", token=first["refresh_token"]), 200, USER)
        self.check(refresh(answer.json["access_token"]), 401, "Invalid token type")
        self.check(refresh("x"), 401, "Invalid token")
        self.server.control("advance", seconds=7 * 86400)
        self.check(refresh(first["refresh_token"]), 401, "Token has expired")

    def test_without_a_token_somebody_else(self):
        stranger = self.call("GET", "/auth/me", token=None)
        self.check(stranger, 200, {**USER, "id": str, "email": "somebody@elsewhere.example", "name": str, "phone": None, "locale": "en"})
        strict = self.start("--production")
        self.check(strict.call("GET", V1 + "/calls", token=None), 403, "Not authenticated")
        self.check(strict.call("GET", V1 + "/calls", token=None, Authorization="Basic eA=="), 403, "Invalid authentication credentials")

    def test_a_user_who_is_gone(self):
        self.server.control("forget", email="admin@example.com")
        for path in ("/auth/me", "/calls", "/calls?limit=0"):
            self.check(self.call("GET", path), 404, "User not found")
        self.check(self.call("GET", "/auth/me", token="x.y.z"), 401, "Invalid token")

    def test_signup_and_profile(self):
        form = {"email": "New@Example.ORG", "password": "Abcdefg1", "name": "New"}
        answer = self.call("POST", "/auth/signup", form)
        self.check(answer, 201, {**SIGNED_IN, "user": {**USER, "id": str, "email": "New@example.org", "name": "New", "phone": None, "locale": "en"}})
        self.check(self.call("POST", "/auth/signup", form), 400, "Email already registered")
        self.check(self.call("POST", "/auth/signup", {**form, "email": "a@b.test"}), 422)
        self.check(self.call("POST", "/auth/signup", {**form, "email": "a@b.org", "password": "abcdefgh"}), 422)
        self.check(self.call("PATCH", "/auth/me", {"name": None, "x": 1}), 400, "No changes provided")
        self.check(self.call("PATCH", "/auth/me", {"name": "Ada"}), 200, {**USER, "name": "Ada"})
        self.check(self.call("POST", "/auth/verify-email?token=x"), 501)


class Calls(Case):
    def test_list(self):
        answer = self.call("GET", "/calls?limit=4")
        self.check(answer, 200, {"calls": [CALL, ...], "total": 3})
        self.assertEqual([call["id"] for call in answer.json["calls"]], ["CA0000000000000000000000000000cafe", "webhook-call-1", "webhook-old"])
        self.check(self.call("GET", "/calls?limit=1&status=completed"), 200, {"calls": [], "total": 0})
        self.assertEqual(self.call("GET", "/calls?status=busy").json["total"], 1)
        self.check(self.call("GET", "/calls/stranger-call"), 404, "Call not found")
        lite = self.start("--database", "sqlite")
        lite.sign_in_ava()
        self.assertIsNone(difference(lite.call("GET", V1 + "/calls").json["calls"][0], {**CALL, "startedAt": NAIVE}))

    def test_reading_erases(self):
        self.assertEqual(self.call("GET", "/calls?limit=1").status, 200)
        self.assertFalse(self.server.last()["effect"])
        call = self.call("GET", "/calls/webhook-old").json
        self.assertTrue(self.server.last()["effect"])
        self.assertIsNone(call["transcript"])
        self.assertIn("Caller:", call["metadata"]["transcript"])

    def test_two_hundred_rows(self):
        server = self.start("--seed-data", "big:300")
        server.sign_in_ava()
        self.assertEqual(server.call("GET", V1 + "/calls?limit=200").json["total"], 200)
        self.assertEqual(server.call("GET", V1 + "/calls?limit=201").status, 422)

    def test_import_fills_lengths_the_second_time_and_deletes_come_back(self):
        self.check(self.call("GET", f"/calls/{ENDED}"), 404)
        self.check(self.call("GET", "/analytics/heatmap"), 200)
        self.assertIsNone(self.call("GET", f"/calls/{ENDED}").json["durationSeconds"])
        self.call("GET", "/analytics/heatmap")
        call = self.call("GET", f"/calls/{ENDED}").json
        self.assertEqual((call["durationSeconds"], call["status"], call["cost"]), (95, "ended", 0.1995))
        self.check(self.call("GET", f"/calls/{ENDED}/recording"), 200, {"recording_url": call["recordingUrl"]})
        self.assertEqual(self.call("DELETE", f"/calls/{ENDED}").data, b"")
        self.check(self.call("DELETE", f"/calls/{ENDED}"), 404, "Call not found")
        self.call("GET", "/analytics/topics")
        self.check(self.call("GET", f"/calls/{ENDED}"), 200)

    def test_recording_of_a_webhook(self):
        call = self.call("GET", "/calls/webhook-call-1").json
        self.assertEqual((call["recordingUrl"], "recording_url" in call["metadata"]), (None, True))
        self.check(self.call("GET", "/calls/webhook-call-1/recording"), 404, "Recording not available")


class Analytics(Case):
    def test_shapes(self):
        overview = {"totalCalls": int, "activeNow": 1, "avgDurationSeconds": float, "satisfaction": float, "totalCost": float,
                    "period": {"start": OFFSET, "end": OFFSET}}
        topic = {"label": str, "count": int, "weight": ..., "callId": str}
        listed = {"id": str, "assistantId": str, "startedAt": OFFSET, "endedAt": ..., "status": str, "durationSeconds": ..., "cost": ...,
                  "customerNumber": ..., "transcript": ..., "sentiment": ...}
        self.check(self.call("GET", "/analytics/overview"), 200, {"overview": overview, "calls": [listed, ...], "topics": [topic, ...]})
        series = self.call("GET", "/analytics/timeseries")
        day = {"date": Text(r"\d{4}-\d\d-\d\d"), "totalCalls": int, "avgDuration": ..., "failedRate": ..., "avgSentiment": ...}
        self.check(series, 200, {"series": [day] * 15})
        self.assertTrue({int, float} <= {type(day["failedRate"]) for day in series.json["series"]})
        self.check(self.call("GET", "/analytics/topics"), 200, {"topics": [topic, ...]})
        kinds = {item["type"] for item in self.call("GET", "/analytics/anomalies").json["anomalies"]}
        self.assertEqual(kinds, {"call_failed", "negative_sentiment", "long_duration"})
        self.check(self.call("GET", "/analytics/heatmap"), 200, {"heatmap": [{"weekday": int, "hour": int, "count": int, "intensity": ...}, ...]})

    def test_no_data_is_no_satisfaction(self):
        server = self.start("--seed-data", "none", "--server-vapi-key", "some-shared-key")
        server.token = server.call("POST", V1 + "/auth/signup", {"email": "a@b.org", "password": "Abcdefg1", "name": "Al"}).json["access_token"]
        self.assertEqual(server.call("GET", V1 + "/analytics/overview").json["overview"]["satisfaction"], 0.95)

    def test_not_together_the_first_time(self):
        self.server.control("set", values={"upstream_ms": 300})
        reads = (("GET", "/analytics/overview"), ("GET", "/analytics/topics"), ("GET", "/analytics/heatmap"))
        answers = sorted(self.together(*reads), key=lambda answer: answer.status)
        self.assertEqual([answer.status for answer in answers], [200, 500, 500])
        self.check_crash(answers[-1])
        self.assertEqual([answer.status for answer in self.together(*reads)], [200, 200, 200])

    def test_failures_of_vapi(self):
        self.server.control("set", values={"upstream": "unreachable:1"})
        self.check_crash(self.call("GET", "/analytics/topics"))
        self.check(self.call("GET", "/analytics/topics"), 200)
        self.server.control("set", values={"upstream": "429:1"})
        self.check(self.call("GET", "/analytics/topics"), 502, Text("Vapi rate limit exceeded: .*"))
        self.call("DELETE", "/vapi-settings")
        self.check(self.call("GET", "/analytics/topics"), 503, "VAPI API token is not configured.")
        self.server.control("set", values={"upstream_ms": 50, "deadline_ms": 20, "server_vapi_key": "shared-key"})
        self.check(self.call("GET", "/analytics/topics"), 504, "Request timeout")

    def test_mail_goes_to_a_third_party(self):
        self.call("GET", "/studio/config")
        answer = self.call("POST", "/analytics/calls/webhook-call-1/email")
        self.check(answer, 200, {"status": "success", "message": "Transcript sent to support@ava.ai", "email_id": str})
        self.assertEqual(self.server.event()["lines"], [])
        self.check(self.call("POST", "/analytics/calls/nope/email"), 404, "Call nope not found")


class Assistants(Case):
    def test_list_create_but_not_change(self):
        self.check(self.call("GET", "/assistants"), 200, {"success": True, "assistants": [{"id": str, "name": str, ...: ...}, ...], "configured": True})
        form = {"name": "Ava", "voice_provider": "azure", "voice_id": "x", "first_message": "Hi"}
        self.check(self.call("POST", "/assistants", form), 200, {"success": True, "assistant": {"id": str, ...: ...},
                                                                  "twilio_link": {"status": "linked_elsewhere", ...: ...}})
        self.check(self.call("POST", "/assistants", {**form, "max_tokens": 20}), 422)
        self.check_crash(self.call("PATCH", f"/assistants/{DAY}", {"name": "Renamed"}))
        self.check_crash(self.call("POST", f"/assistants/{DAY}/configure-webhook"))
        self.check(self.call("DELETE", f"/assistants/{DAY}"), 405)
        self.call("DELETE", "/vapi-settings")
        self.check(self.call("GET", "/assistants"), 400, "Vapi API key is missing. Add it in Settings → Vapi to enable this feature.")

    def test_breaker(self):
        text = ("Vapi error 404: {\"message\": \"Couldn't Get Assistant. `assistantId` nope Does Not Exist.\", \"error\": \"Not Found\", "
                "\"statusCode\": 404}")
        for _ in range(3):
            self.check(self.call("GET", "/assistants/nope"), 502, text)
        self.check(self.call("GET", "/assistants"), 503, Text(r"vapi is temporarily unavailable\. Please try again in (29|28)s\."))
        self.check(self.call("POST", "/phone-numbers/create-us", {"assistant_id": "a", "org_id": "o"}), 500, Text(".*: 503: vapi is temporarily.*"))
        self.server.control("advance", seconds=30)
        self.check(self.call("GET", "/assistants"), 200)


class Studio(Case):
    def test_checked_on_reading(self):
        first = self.call("GET", "/studio/config").json
        self.assertEqual((first["smtpPort"], first["smtpPassword"], first["fallbackEmail"]), ("587", "", "support@ava.ai"))
        self.assertEqual(len(first), 30)
        self.check(self.call("PATCH", "/studio/config", {}), 200, first)
        self.check(self.call("PATCH", "/studio/config", {"tone": "calm", "guidelines": None}), 200, {**first, "tone": "calm"})
        for bad in ({"voiceSpeed": 2}, {"organizationName": "A"}, {"aiMaxTokens": 501}):
            self.check_crash(self.call("PATCH", "/studio/config", bad))
            self.assertTrue(self.server.last()["effect"])
            self.check_crash(self.call("GET", "/studio/config"))
            self.check_crash(self.call("POST", "/studio/sync-vapi"))
            self.check(self.call("PATCH", "/studio/config", {name: first[name] for name in bad}), 200)
        self.check(self.call("PATCH", "/studio/config", {"adminEmail": ""}), 422)
        self.check_crash(self.call("PATCH", "/studio/config", {"language": "x" * 11}))
        self.check(self.call("GET", "/studio/config"), 200)

    def test_sending_it_back_erases_the_password(self):
        stored = lambda: next(iter(self.server.control("state")["studio"].values()))[0]["smtp_password_encrypted"]  # noqa: E731
        self.call("PATCH", "/studio/config", {"smtpPassword": "Secret"})
        self.assertTrue(stored())
        self.call("PATCH", "/studio/config", self.call("GET", "/studio/config").json)
        self.assertIsNone(stored())
        self.server.control("set", values={"smtp_key": False})
        self.check(self.call("PATCH", "/studio/config", {"smtpPassword": "x"}), 500, "SMTP encryption key is not configured.")

    def test_two_first_reads_break_it_for_good(self):
        self.server.control("set", values={"studio_ms": 300})
        self.together(("GET", "/studio/config"), ("GET", "/studio/config"))
        for method, path in (("GET", "/studio/config"), ("POST", "/studio/sync-vapi"), ("POST", "/analytics/calls/webhook-call-1/email")):
            self.check_crash(self.call(method, path))
        self.check_crash(self.call("PATCH", "/studio/config", {"tone": "warm"}))

    def test_one_hiccup_makes_a_second_assistant(self):
        self.call("PATCH", "/studio/config", {"vapiAssistantId": DAY})
        answer = self.call("POST", "/studio/sync-vapi")
        self.check(answer, 200, {"success": True, "message": "✅ Configuration updated in Vapi successfully!", "action": "updated",
                                 "assistantId": DAY, "assistantName": "Ava Assistant", "reassignedNumbers": [],
                                 "settings": {"model": "gpt-4o", "temperature": 0.7, "maxTokens": 200, "voiceProvider": "azure", "voiceSpeed": 1.0,
                                              "askForName": True, "systemPromptLength": int}})
        self.server.control("set", values={"upstream": "500:1"})
        answer = self.call("POST", "/studio/sync-vapi").json
        self.assertEqual((answer["action"], answer["reassignedNumbers"]), ("created", ["+33123456789"]))
        self.assertNotEqual(answer["assistantId"], DAY)
        self.server.control("set", values={"upstream_ms": 50, "deadline_ms": 60})
        self.check(self.call("POST", "/studio/sync-vapi"), 504)
        self.assertTrue(self.server.last()["effect"])
        self.call("DELETE", "/vapi-settings")
        self.check(self.call("POST", "/studio/sync-vapi"), 503, "Vapi API key not configured. Please add your Vapi key in Settings.")


class Settings(Case):
    def test_keys(self):
        self.check(self.call("GET", "/vapi-settings"), 200, {"has_vapi_key": True, "vapi_api_key_preview": "loopback..."})
        self.check(self.call("GET", "/twilio-settings"), 200,
                   {"has_twilio_credentials": True, "account_sid_preview": "AC000000...", "phone_number": "+33123456789"})
        self.check(self.call("GET", "/twilio/numbers"), 200, {"numbers": [
            {"sid": str, "phoneNumber": str, "friendlyName": str, "capabilities": {"voice": True, ...: ...}}, ...]})
        form = {"account_sid": "AC" + "1" * 32, "auth_token": "x" * 32}
        self.check(self.call("POST", "/twilio-settings", form), 200,
                   {"has_twilio_credentials": True, "account_sid_preview": "AC111111...", "phone_number": None})
        self.check(self.call("POST", "/twilio-settings", {**form, "account_sid": "XX" + "1" * 32}), 400,
                   "Invalid Account SID format. Must start with 'AC'")
        self.assertEqual(self.call("DELETE", "/twilio-settings").status, 204)
        self.check(self.call("GET", "/twilio/numbers"), 400, "Twilio credentials not configured. Add them in Settings → Twilio.")
        self.check(self.call("DELETE", "/vapi-settings"), 200, {"has_vapi_key": False, "vapi_api_key_preview": None})

    def test_a_401_that_is_not_about_the_token(self):
        form = {"twilio_account_sid": "AC", "twilio_auth_token": "x", "phone_number": "+33123456789", "org_id": "o"}
        self.check(self.call("POST", "/phone-numbers/import-twilio", form), 401, "Credentials Twilio invalides")
        self.check(self.call("GET", "/auth/me"), 200)
        good = {**form, "twilio_account_sid": "AC" + "0" * 32, "twilio_auth_token": "0123456789abcdef0123456789abcdef"}
        self.check(self.call("POST", "/phone-numbers/import-twilio", {**good, "phone_number": "+1"}), 400, Text("Erreur Twilio: 404: .*"))
        self.check(self.call("POST", "/phone-numbers/import-twilio", good), 201)
        self.check(self.call("POST", "/phone-numbers/create-us", {"assistant_id": DAY, "org_id": "o"}), 201, {
            "success": True, "phone": {"id": str, "number": None, "provider": "VAPI", "assistantId": DAY, "status": str}, "message": str})
        verify = {"account_sid": "AC", "auth_token": "x", "phone_number": "+1"}
        self.check(self.call("POST", "/phone-numbers/twilio/verify", verify, token=None), 200, {"valid": False, "error": str})

    def test_the_rest(self):
        self.check(self.call("GET", "/user/onboarding"), 200,
                   {"onboarding_vapi_skipped": False, "onboarding_twilio_skipped": False, "onboarding_assistant_created": False})
        self.check(self.call("POST", "/user/complete-onboarding"), 200,
                   {"success": True, "onboarding_completed": True, "redirect_url": "/dashboard"})
        self.check(self.call("GET", "/runtime/status", token=None), 200, {"status": "ok"})
        self.check(self.call("POST", "/runtime/control", {"action": "Restart"}, token=None), 200, {"status": "queued", "action": "restart"})
        self.check(self.call("POST", "/webhooks/vapi", {"message": {"type": "end-of-call-report"}}, token=None), 200,
                   {"status": "success", "action": "unknown_event_ignored"})
        self.check(self.call("POST", "/voices/preview", {"voiceId": "xx", "text": "Bonjour"}), 200, {"preview": ...})

    def test_profile_never_works_on_postgresql(self):
        form = {"name": "Ava", "voice": "alloy", "tone": "t", "personality": "p", "greeting": "Bonjour !", "fallback_behavior": "f",
                "signature_style": "s", "custom_rules": "c"}
        self.check_crash(self.call("GET", "/tenant/ava-profile"))
        self.check_crash(self.call("PUT", "/tenant/ava-profile", form))
        self.check(self.call("PUT", "/tenant/ava-profile", {}), 422)
        lite = self.start("--database", "sqlite")
        lite.sign_in_ava()
        self.check_crash(lite.call("GET", V1 + "/tenant/ava-profile"))
        self.check(lite.call("PUT", V1 + "/tenant/ava-profile", form), 200)
        self.check(lite.call("GET", V1 + "/tenant/ava-profile"), 200)
