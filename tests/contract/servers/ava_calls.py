# SPDX-License-Identifier: GPL-3.0-or-later
"""AVA: calls. The list never shows more than 200, filters after it has cut, and erases by being read."""

import datetime

import clock
from ava_checks import Field, check
from routing import Refusal, route

RETENTION = datetime.timedelta(hours=24)
LIST = {"limit": Field("int", default=50, low=1, high=200), "status": Field()}


class Calls:
    def time_text(self, moment):
        """PostgreSQL keeps the zone, SQLite drops it (the time is UTC all the same)."""
        if moment is None:
            return None
        moment = moment.astimezone(clock.UTC)
        return (moment if self.options.database == "postgresql" else moment.replace(tzinfo=None)).isoformat()

    def own_calls(self, user):
        """Newest first."""
        calls = [call for call in self.store.calls.values() if call["tenant"] == user["id"]]
        return sorted(calls, key=lambda call: call["started"], reverse=True)

    def own_call(self, request, user, identity, text="Call not found"):
        call = self.store.calls.get(identity)
        if call is None or call["tenant"] != user["id"]:
            raise Refusal(self.failure(404, text))
        return call

    def scrub(self, request, calls):
        """The stated retention, carried out by whoever reads. What metadata hold is forgotten about."""
        for call in calls:
            if call["transcript"] is not None and call["started"] < self.clock.now() - RETENTION:
                call["transcript"] = None
                request.took_effect()

    def shown_call(self, call):
        return {"id": call["id"], "assistantId": call["assistant_id"], "customerNumber": call["customer_number"], "status": call["status"],
                "startedAt": self.time_text(call["started"]), "endedAt": self.time_text(call["ended"]),
                "durationSeconds": call["duration"], "cost": call["cost"]}

    @route("GET", "/api/v1/calls")
    def list_calls(self, request):
        user = self.current_user(request)
        query = check(LIST, request.query, "query")
        calls = self.own_calls(user)[:query["limit"]]
        self.scrub(request, calls)
        if query["status"]:
            calls = [call for call in calls if call["status"] == query["status"]]
        shown = [{**self.shown_call(call), "transcriptPreview": call["transcript"] and call["transcript"][:200]} for call in calls]
        return self.json({"calls": shown, "total": len(shown)})

    @route("GET", "/api/v1/calls/<identity>")
    def get_call(self, request, identity):
        call = self.own_call(request, self.current_user(request), identity)
        self.scrub(request, [call])
        return self.json({**self.shown_call(call), "transcript": call["transcript"], "metadata": call["metadata"],
                          "recordingUrl": call["metadata"].get("recordingUrl")})

    @route("GET", "/api/v1/calls/<identity>/recording")
    def get_recording(self, request, identity):
        """Looks for the name that Vapi's own objects use, so it misses the recordings that came by webhook."""
        call = self.own_call(request, self.current_user(request), identity)
        url = call["metadata"].get("recordingUrl")
        return self.json({"recording_url": url}) if url else self.failure(404, "Recording not available")

    @route("DELETE", "/api/v1/calls/<identity>")
    def delete_call(self, request, identity):
        call = self.own_call(request, self.current_user(request), identity)
        del self.store.calls[call["id"]]
        request.took_effect()
        response = self.json(None, 204)
        response.body = b""
        return response
