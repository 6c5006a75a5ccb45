# SPDX-License-Identifier: GPL-3.0-or-later
"""AVA: the studio's configuration, checked when it is read instead of when it is written, and its copy to Vapi."""

import hashlib

from ava_checks import Field, check, require_object
from ava_vapi import Crash, UpstreamError
from routing import Refusal, route

PROMPT = ("Tu es Ava, la secrétaire téléphonique de l'entreprise. 📞\n\nTu accueilles chaque personne avec chaleur, tu écoutes, tu notes "
          "son nom et ce qu'elle demande, et tu promets qu'on la rappellera.\n\nTu ne donnes ni prix ni conseil.\n") * 8
DEFAULTS = {
    "organizationName": "Ava", "adminEmail": "support@ava.ai", "timezone": "Europe/Paris", "language": "fr-FR", "persona": "secretary",
    "tone": "warm", "guidelines": None, "phoneNumber": "", "businessHours": "09:00-18:00", "fallbackEmail": "support@ava.ai",
    "summaryEmail": "support@ava.ai", "smtpServer": "", "smtpPort": "587", "smtpUsername": "", "smtpPassword": "", "aiModel": "gpt-4o",
    "aiTemperature": 0.7, "aiMaxTokens": 200, "voiceProvider": "azure", "voiceId": "fr-FR-DeniseNeural", "voiceSpeed": 1.0,
    "transcriberProvider": "deepgram", "transcriberModel": "nova-2", "transcriberLanguage": "fr", "systemPrompt": PROMPT,
    "firstMessage": "Bonjour, ici Ava. Que puis-je faire pour vous ?", "askForName": True, "askForEmail": False, "askForPhone": False,
    "vapiAssistantId": None}
EMAILS = ("adminEmail", "fallbackEmail", "summaryEmail")
KINDS = {"aiTemperature": "float", "aiMaxTokens": "int", "voiceSpeed": "float", "askForName": "bool", "askForEmail": "bool",
         "askForPhone": "bool", **{name: "email" for name in EMAILS}}
CHANGES = {name: Field(KINDS.get(name, "str"), nullable=True) for name in DEFAULTS}
# What an answer must hold; a row that does not, once stored, cannot be shown.
SHORTEST = {"organizationName": 2, "timezone": 3, "language": 2, "persona": 2, "tone": 2}
RANGES = {"aiTemperature": (0, 1), "aiMaxTokens": (50, 500), "voiceSpeed": (0.5, 1.2)}
# What PostgreSQL's columns take; SQLite takes all.
COLUMNS = {"timezone": 64, "phoneNumber": 50, "language": 10, "transcriberLanguage": 10, "persona": 100, "tone": 100, "smtpPort": 10,
           "businessHours": 255, "organizationName": 255, "adminEmail": 255, "fallbackEmail": 255, "summaryEmail": 255, "smtpServer": 255,
           "smtpUsername": 255, "voiceId": 255, "aiModel": 100, "transcriberModel": 100, "voiceProvider": 50, "transcriberProvider": 50}
NO_KEY = "Vapi API key not configured. Please add your Vapi key in Settings."


class Studio:
    def studio_row(self, user):
        """The row of USER or None. Two rows, which nothing prevents, are an error for good."""
        rows = self.store.studio.get(user["id"], [])
        if len(rows) > 1:
            raise Crash("MultipleResultsFound")
        return rows[0] if rows else None

    def studio(self, request, user):
        """The row of USER, made where there is none; whoever looks at the same time makes another."""
        row = self.studio_row(user)
        if row is None:
            with self.elsewhere(float(self.options.studio_ms) / 1000):
                pass
            row = dict(DEFAULTS, smtp_password_encrypted=None)
            self.store.studio.setdefault(user["id"], []).append(row)
            request.took_effect()
        return row

    def shown_studio(self, row):
        if any(len(row[name]) < low for name, low in SHORTEST.items()):
            raise Crash("too short")
        if any(not low <= row[name] <= high for name, (low, high) in RANGES.items()):
            raise Crash("out of range")
        return {**{name: row[name] for name in DEFAULTS}, "smtpPassword": ""}

    @route("GET", "/api/v1/studio/config")
    def get_studio(self, request):
        return self.json(self.shown_studio(self.studio(request, self.current_user(request))))

    @route("PATCH", "/api/v1/studio/config")
    def change_studio(self, request):
        """What it then cannot show is stored all the same."""
        user = self.current_user(request)
        form = check(CHANGES, require_object(request.parsed), "body")
        changes = {name: value for name, value in form.items() if name in request.parsed and value is not None}
        if changes.get("smtpPassword") and not self.options.smtp_key:
            return self.failure(500, "SMTP encryption key is not configured.")
        if self.options.database == "postgresql" and any(len(str(changes.get(name, ""))) > most for name, most in COLUMNS.items()):
            raise Crash("value too long for the column")
        row = self.studio(request, user)
        if "smtpPassword" in changes:
            word = changes.pop("smtpPassword")
            row["smtp_password_encrypted"] = hashlib.sha256(word.encode()).hexdigest() if word else None
            request.took_effect()
        if changes:
            row.update(changes)
            request.took_effect()
        return self.json(self.shown_studio(row))

    @route("POST", "/api/v1/studio/sync-vapi")
    def sync_vapi(self, request):
        """An update that fails, for whatever reason, is followed by a create: one hiccup of Vapi makes a second assistant,
        and every number of the account moves to it."""
        user = self.current_user(request)
        key = user["vapi_api_key"]
        if not key:
            return self.failure(503, NO_KEY)
        row = self.studio(request, user)
        self.shown_studio(row)
        assistant, action = self._update_or_create(request, key, row)
        row["vapiAssistantId"] = assistant["id"]
        moved = self._reassign(request, key, assistant["id"])
        settings = {"model": row["aiModel"], "temperature": row["aiTemperature"], "maxTokens": row["aiMaxTokens"],
                    "voiceProvider": row["voiceProvider"], "voiceSpeed": row["voiceSpeed"], "askForName": row["askForName"],
                    "systemPromptLength": len(row["systemPrompt"])}
        return self.json({"success": True, "message": "✅ Configuration updated in Vapi successfully!", "action": action,
                          "assistantId": assistant["id"], "assistantName": assistant["name"], "settings": settings,
                          "reassignedNumbers": moved})

    def _update_or_create(self, request, key, row):
        fields = {"name": f"{row['organizationName']} Assistant", "firstMessage": row["firstMessage"],
                  "voice": {"provider": row["voiceProvider"], "voiceId": row["voiceId"], "speed": row["voiceSpeed"]},
                  "model": {"provider": "openai", "model": row["aiModel"], "temperature": row["aiTemperature"],
                            "maxTokens": row["aiMaxTokens"], "messages": [{"role": "system", "content": row["systemPrompt"]}]}}

        def update(account):
            assistant = account.assistants.get(row["vapiAssistantId"])
            return assistant.update(fields) or assistant if assistant else None

        if row["vapiAssistantId"]:
            try:
                assistant = self.upstream.ask(request, key, update, "Couldn't Update Assistant.")
                request.took_effect()
                return assistant, "updated"
            except (UpstreamError, Crash):
                pass
        try:
            assistant = self.upstream.ask(request, key, lambda account: self.upstream.make_assistant(account, fields))
        except UpstreamError as problem:
            raise Refusal(self.failure(502, f"Failed to sync to Vapi: {problem.detail}")) from None
        request.took_effect()
        return assistant, "created"

    def _reassign(self, request, key, assistant):
        def move(account):
            moved = [number for number in account.numbers.values() if number["assistantId"] != assistant]
            for number in moved:
                number["assistantId"] = assistant
            return [number["number"] for number in moved]
        return self.upstream.ask_or_refuse(request, key, move)
