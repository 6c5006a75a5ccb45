# SPDX-License-Identifier: GPL-3.0-or-later
"""AVA: keys of Vapi and Twilio, and phone numbers. A 401 here may be about Twilio's credentials instead of the token."""

import re

from ava_checks import Field, check
from ava_store import TWILIO_SID, TWILIO_TOKEN
from ava_vapi import Crash, UpstreamError
from routing import Refusal, route

NUMBERS = (("PN00000000000000000000000000000001", "+33123456789", "AVA main line"),
           ("PN00000000000000000000000000000002", "+15551230000", "AVA US line"))
NO_TWILIO = "Twilio credentials not configured. Add them in Settings → Twilio."
TWILIO = {"account_sid": Field(required=True, low=34, high=34), "auth_token": Field(required=True, low=32), "phone_number": Field(nullable=True)}
CREATE_US = {"assistant_id": Field(required=True), "org_id": Field(required=True), "area_code": Field(nullable=True)}
IMPORT = {"twilio_account_sid": Field(required=True), "twilio_auth_token": Field(required=True), "phone_number": Field(required=True),
          "assistant_id": Field(nullable=True), "org_id": Field(required=True)}
VERIFY = {"account_sid": Field(required=True), "auth_token": Field(required=True), "phone_number": Field(required=True)}


class Numbers:
    # --- Vapi's key ---

    def shown_vapi(self, user):
        key = user["vapi_api_key"]
        return self.json({"has_vapi_key": bool(key), "vapi_api_key_preview": f"{key[:8]}..." if key else None})

    @route("GET", "/api/v1/vapi-settings")
    def get_vapi(self, request):
        return self.shown_vapi(self.current_user(request))

    @route("POST", "/api/v1/vapi-settings")
    def set_vapi(self, request):
        """Whatever it is: Vapi is not asked."""
        user = self.current_user(request)
        user["vapi_api_key"] = self.checked(request, {"vapi_api_key": Field(required=True, low=10, high=255)})["vapi_api_key"]
        if "wrong" in user["vapi_api_key"]:
            self.upstream.bad_keys.add(user["vapi_api_key"])
        request.took_effect()
        return self.shown_vapi(user)

    @route("DELETE", "/api/v1/vapi-settings")
    def delete_vapi(self, request):
        user = self.current_user(request)
        user["vapi_api_key"] = None
        request.took_effect()
        return self.shown_vapi(user)

    # --- Twilio ---

    def shown_twilio(self, user):
        sid = user["twilio_account_sid"]
        return self.json({"has_twilio_credentials": bool(sid and user["twilio_auth_token"]),
                          "account_sid_preview": f"{sid[:8]}..." if sid else None, "phone_number": user["twilio_phone_number"]})

    @route("GET", "/api/v1/twilio-settings")
    def get_twilio(self, request):
        return self.shown_twilio(self.current_user(request))

    @route("POST", "/api/v1/twilio-settings")
    def set_twilio(self, request):
        user = self.current_user(request)
        form = self.checked(request, TWILIO)
        if not form["account_sid"].startswith("AC"):
            return self.failure(400, "Invalid Account SID format. Must start with 'AC'")
        if form["phone_number"] and not re.fullmatch(r"\+[1-9]\d{1,14}", form["phone_number"]):
            return self.failure(400, "Invalid phone number format. Must be E.164")
        user.update(twilio_account_sid=form["account_sid"], twilio_auth_token=form["auth_token"], twilio_phone_number=form["phone_number"])
        request.took_effect()
        return self.shown_twilio(user)

    @route("DELETE", "/api/v1/twilio-settings")
    def delete_twilio(self, request):
        """Also takes the number from Vapi, where that works."""
        user = self.current_user(request)
        number = user["twilio_phone_number"]
        user.update(twilio_account_sid=None, twilio_auth_token=None, twilio_phone_number=None)
        request.took_effect()
        if user["vapi_api_key"] and number:
            try:
                self.upstream.ask(request, user["vapi_api_key"], lambda account: [
                    account.numbers.pop(key) for key, phone in list(account.numbers.items()) if phone["number"] == number])
            except (UpstreamError, Crash, Refusal):
                pass
        response = self.json(None, 204)
        response.body = b""
        return response

    @staticmethod
    def twilio_knows(sid, token):
        return (sid, token) == (TWILIO_SID, TWILIO_TOKEN)

    @route("GET", "/api/v1/twilio/numbers")
    def list_numbers(self, request):
        user = self.current_user(request)
        if not user["twilio_account_sid"]:
            return self.failure(400, NO_TWILIO)
        if not self.twilio_knows(user["twilio_account_sid"], user["twilio_auth_token"]):
            return self.failure(502, "Twilio error: HTTP 401 error: Unable to fetch record: Authenticate")
        able = {"voice": True, "sms": True, "mms": False, "fax": False}
        return self.json({"numbers": [{"sid": sid, "phoneNumber": number, "friendlyName": name, "capabilities": able}
                                      for sid, number, name in NUMBERS]})

    # --- phone numbers ---

    @route("POST", "/api/v1/phone-numbers/create-us")
    def create_us(self, request):
        """Every failure ends as 500 with the true one in its French text; those that speak of a limit as 400."""
        user = self.current_user(request)
        form = self.checked(request, CREATE_US)

        def buy(account):
            phone = {"id": f"phone-{len(account.numbers) + 1}", "number": None, "provider": "vapi", "assistantId": form["assistant_id"]}
            return account.numbers.setdefault(phone["id"], phone)
        try:
            phone = self.upstream.ask(request, self.own_vapi_key(user), buy)
        except Refusal as refusal:
            return self._us_failure(f"{refusal.response.status}: {refusal.response.json()['detail']}")
        except UpstreamError as problem:
            return self._us_failure(f"502: {problem.detail}")
        except Crash:
            return self._us_failure("All connection attempts failed")
        request.took_effect()
        shown = {"id": phone["id"], "number": None, "provider": "VAPI", "assistantId": phone["assistantId"], "status": "activating"}
        return self.json({"success": True, "phone": shown, "message": "Numéro américain créé avec succès"}, 201)

    def _us_failure(self, text):
        return self.failure(400 if "limit" in text.lower() else 500, f"Erreur lors de la création du numéro: {text}")

    @route("POST", "/api/v1/phone-numbers/import-twilio")
    def import_twilio(self, request):
        user = self.current_user(request)
        form = self.checked(request, IMPORT)
        if not self.twilio_knows(form["twilio_account_sid"], form["twilio_auth_token"]):
            return self.failure(401, "Credentials Twilio invalides")
        if form["phone_number"] not in [number for _, number, _ in NUMBERS]:
            return self.failure(400, f"Erreur Twilio: 404: Numéro {form['phone_number']} introuvable")

        def bring(account):
            phone = {"id": f"phone-{len(account.numbers) + 1}", "number": form["phone_number"], "provider": "twilio",
                     "assistantId": form["assistant_id"]}
            return account.numbers.setdefault(phone["id"], phone)
        try:
            phone = self.upstream.ask(request, self.own_vapi_key(user), bring)
        except (Refusal, UpstreamError, Crash) as problem:
            text = problem.response.json()["detail"] if isinstance(problem, Refusal) else str(problem)
            return self.failure(500, f"Erreur lors de l'import du numéro: {text}")
        request.took_effect()
        shown = {"id": phone["id"], "number": phone["number"], "provider": "VAPI_TWILIO", "assistantId": phone["assistantId"]}
        return self.json({"success": True, "phone": shown, "auto_linked": bool(form["assistant_id"]), "assistant_id": form["assistant_id"],
                          "webhook_configured": False, "webhook_url": None, "message": "Numéro importé avec succès"}, 201)

    @route("POST", "/api/v1/phone-numbers/twilio/verify")
    def verify_twilio(self, request):
        """Without any sign-in, and 200 whatever comes of it."""
        form = self.checked(request, VERIFY)
        if not self.twilio_knows(form["account_sid"], form["auth_token"]):
            return self.json({"valid": False, "error": "Credentials Twilio invalides"})
        if form["phone_number"] not in [number for _, number, _ in NUMBERS]:
            return self.json({"valid": False, "error": "Numéro introuvable"})
        return self.json({"valid": True, "number": form["phone_number"], "country": "FR"})

    @route("GET", "/api/v1/phone-numbers/my-numbers")
    def my_numbers(self, request):
        check({"org_id": Field(required=True)}, request.query, "query")
        # Word for word what the server says, which has not been finished there.
        return self.json({"success": True, "numbers": [], "message": "TO" + "DO: Implement database query"})
