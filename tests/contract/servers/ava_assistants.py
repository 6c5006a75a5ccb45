# SPDX-License-Identifier: GPL-3.0-or-later
"""AVA: assistants, handed through to the user's Vapi account, and voices. Changing one never works."""

from ava_checks import Field, check
from ava_vapi import Crash, UpstreamError
from routing import Refusal, route

NO_KEY = "Vapi API key is missing. Add it in Settings → Vapi to enable this feature."
CREATE = {
    "name": Field(required=True, low=1, high=40), "voice_provider": Field(required=True), "voice_id": Field(required=True),
    "first_message": Field(required=True), "system_prompt": Field(nullable=True), "voice_speed": Field("float", default=1.0, low=0.5, high=2.0),
    "model_provider": Field(default="openai"), "model": Field(default="gpt-3.5-turbo"),
    "temperature": Field("float", default=0.7, low=0, high=1), "max_tokens": Field("int", default=250, low=50, high=1000),
    "transcriber_provider": Field(default="deepgram"), "transcriber_model": Field(default="nova-2"),
    "transcriber_language": Field(default="fr"), "metadata": Field("dict", nullable=True)}
PREVIEW = {"voiceId": Field(required=True, low=2, high=120), "text": Field(required=True, low=4, high=240)}


class Assistants:
    def own_vapi_key(self, user):
        """400 here, where analytics and voices say 503."""
        if not user["vapi_api_key"]:
            raise Refusal(self.failure(400, NO_KEY))
        return user["vapi_api_key"]

    @route("GET", "/api/v1/assistants")
    def list_assistants(self, request):
        user = self.current_user(request)
        limit = check({"limit": Field("int", default=50, low=1, high=200)}, request.query, "query")["limit"]
        found = self.upstream.ask_or_refuse(request, self.own_vapi_key(user), lambda account: list(account.assistants.values())[:limit])
        return self.json({"success": True, "assistants": found, "configured": True})

    @route("GET", "/api/v1/assistants/<identity>")
    def get_assistant(self, request, identity):
        key = self.own_vapi_key(self.current_user(request))
        found = self.upstream.ask_or_refuse(request, key, lambda account: account.assistants.get(identity),
                                            f"Couldn't Get Assistant. `assistantId` {identity} Does Not Exist.")
        return self.json({"success": True, "assistant": found})

    @route("POST", "/api/v1/assistants")
    def create_assistant(self, request):
        """200, not 201."""
        user = self.current_user(request)
        form = self.checked(request, CREATE)
        messages = [{"role": "system", "content": form["system_prompt"]}] if form["system_prompt"] else []
        fields = {"name": form["name"], "firstMessage": form["first_message"], "metadata": form["metadata"] or {},
                  "voice": {"provider": form["voice_provider"], "voiceId": form["voice_id"], "speed": form["voice_speed"]},
                  "model": {"provider": form["model_provider"], "model": form["model"], "temperature": form["temperature"],
                            "maxTokens": form["max_tokens"], "messages": messages},
                  "transcriber": {"provider": form["transcriber_provider"], "model": form["transcriber_model"],
                                  "language": form["transcriber_language"]}}
        key = self.own_vapi_key(user)
        made = self.upstream.ask_or_refuse(request, key, lambda account: self.upstream.make_assistant(account, fields))
        request.took_effect()
        user["onboarding_assistant_created"] = True
        return self.json({"success": True, "assistant": made, "twilio_link": self._link_number(request, user, key, made["id"])})

    def _link_number(self, request, user, key, assistant):
        number = user["twilio_phone_number"]
        if not number:
            return None

        def link(account):
            phone = next((phone for phone in account.numbers.values() if phone["number"] == number), None)
            if phone and phone["assistantId"] not in (None, assistant):
                return {"status": "linked_elsewhere", "phoneId": phone["id"], "assistantId": phone["assistantId"], "number": number}
            status = "assigned_existing" if phone else "imported"
            phone = phone or account.numbers.setdefault(number, {"id": f"phone-{len(account.numbers) + 1}", "number": number, "provider": "twilio"})
            phone["assistantId"] = assistant
            return {"status": status, "phoneId": phone["id"], "assistantId": assistant, "number": number}
        try:
            return self.upstream.ask(request, key, link)
        except UpstreamError as problem:
            return {"status": "import_failed", "number": number, "error": problem.detail}

    @route("PATCH", "/api/v1/assistants/<identity>")
    def update_assistant(self, request, identity):
        self.own_vapi_key(self.current_user(request))
        self.checked(request, {})
        raise Crash("update_assistant() takes 2 positional arguments but 3 were given")

    @route("POST", "/api/v1/assistants/<identity>/configure-webhook")
    def configure_webhook(self, request, identity):
        self.own_vapi_key(self.current_user(request))
        raise Crash("update_assistant() takes 2 positional arguments but 3 were given")

    @route("POST", "/api/v1/voices/preview")
    def preview_voice(self, request):
        user = self.current_user(request)
        form = self.checked(request, PREVIEW)
        return self.json({"preview": self.upstream.ask_or_refuse(
            request, self.vapi_key(user), lambda account: {"voiceId": form["voiceId"], "status": "queued"})})
