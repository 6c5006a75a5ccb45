# SPDX-License-Identifier: GPL-3.0-or-later
"""AVA: analytics. Each read first imports the newest hundred calls of Vapi, which is how calls get into the list at all."""

import collections
import datetime
import re
import uuid

from ava_vapi import Crash
from routing import Refusal, route

FAILED = ("failed", "no-answer", "error", "abandoned")
GOOD, BAD = {"merci", "parfait", "thank", "great", "good"}, {"bad", "problem", "angry", "cancel", "broken"}
STOP = {"pour", "vous", "c'est", "this", "have", "with", "would"}
NO_DATA_SATISFACTION = 0.95  # a constant where nothing was measured


def parse_zulu(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def words_of(text):
    return re.findall(r"[^\W\d_]{4,}", (text or "").lower())


def sentiment_of(call):
    words = set(words_of(call["transcript"]))
    if not words:
        return None
    return 0.1 if words & BAD else 0.9 if words & GOOD else 0.55


class Analytics:
    def vapi_key(self, user):
        key = user["vapi_api_key"] or self.options.server_vapi_key
        if not key:
            raise Refusal(self.failure(503, "VAPI API token is not configured."))
        return key

    def imported(self, request):
        """Imports, then gives the user's calls, newest first. Two imports of the same new calls at once: the slower one
        finds its rows already there, which nobody expected."""
        user = self.current_user(request)
        key = self.vapi_key(user)
        known = set(self.store.calls)
        calls = self.upstream.ask_or_refuse(request, key, lambda account: sorted(
            account.calls.values(), key=lambda call: call["startedAt"], reverse=True)[:100])
        for call in calls:
            if call["id"] not in known and call["id"] in self.store.calls:
                raise Crash("unique violation")
        for call in calls:
            self._upsert(request, user, call)
        return self.own_calls(user)

    def _upsert(self, request, user, call):
        """The length of a call is only known from its second import on; merging overwrites keys of other families."""
        old = self.store.calls.get(call["id"])
        started = parse_zulu(call["startedAt"])
        ended = parse_zulu(call["endedAt"]) if "endedAt" in call else None
        if old is None:
            request.took_effect()
            old = self.store.add_call(call["id"], user["id"], started, None)
        elif ended:
            old["duration"] = int((ended - started).total_seconds())
        old.update(assistant_id=call.get("assistantId", ""), customer_number=call.get("customer", {}).get("number"), status=call["status"],
                   started=started, ended=ended, cost=call.get("cost"), transcript=call.get("transcript"))
        old["metadata"] = {**old["metadata"], **call}

    def since(self, calls, days):
        start = self.clock.ago(days=days)
        return [call for call in calls if call["started"] >= start]

    def topics_of(self, calls, count):
        counted, first = collections.Counter(), {}
        for call in calls:
            for word in words_of(call["transcript"]):
                if word not in STOP:
                    counted[word] += 1
                    first.setdefault(word, call["id"])
        top = counted.most_common(count)
        return [{"label": word, "count": times, "weight": round(times / top[0][1], 2), "callId": first[word]} for word, times in top]

    @route("GET", "/api/v1/analytics/overview")
    def overview(self, request):
        calls = self.imported(request)
        recent, now = self.since(calls, 7), self.clock.now()
        lengths = [call["duration"] for call in recent if call["duration"] is not None]
        moods = [mood for call in recent if (mood := sentiment_of(call)) is not None]
        summary = {"totalCalls": len(recent), "activeNow": sum(call["status"] == "in-progress" for call in recent),
                   "avgDurationSeconds": round(sum(lengths) / len(lengths), 1) if lengths else 0,
                   "satisfaction": round(sum(moods) / len(moods), 2) if moods else NO_DATA_SATISFACTION,
                   "totalCost": round(sum(call["cost"] or 0 for call in recent), 2),
                   "period": {"start": (now - datetime.timedelta(days=7)).isoformat(), "end": now.isoformat()}}
        newest = [{"id": call["id"], "assistantId": call["assistant_id"], "startedAt": self.time_text(call["started"]),
                   "endedAt": self.time_text(call["ended"]), "status": call["status"], "durationSeconds": call["duration"],
                   "cost": call["cost"], "customerNumber": call["customer_number"], "transcript": call["transcript"],
                   "sentiment": sentiment_of(call)} for call in calls[:20]]
        return self.json({"overview": summary, "calls": newest, "topics": self.topics_of(recent, 6)})

    @route("GET", "/api/v1/analytics/timeseries")
    def timeseries(self, request):
        calls = self.imported(request)
        today = self.clock.now().date()
        return self.json({"series": [self._day(calls, today - datetime.timedelta(days=back)) for back in range(14, -1, -1)]})

    @staticmethod
    def _day(calls, date):
        """Minutes here, where the overview has seconds; whole numbers with and without a fraction."""
        calls = [call for call in calls if call["started"].date() == date]
        lengths = [call["duration"] for call in calls if call["duration"] is not None]
        moods = [mood for call in calls if (mood := sentiment_of(call)) is not None]
        return {"date": date.isoformat(), "totalCalls": len(calls),
                "avgDuration": round(sum(lengths) / len(lengths) / 60, 2) if lengths else 0,
                "failedRate": round(sum(call["status"] in FAILED for call in calls) / len(calls), 2) if calls else 0,
                "avgSentiment": round(sum(moods) / len(moods), 2) if moods else None}

    @route("GET", "/api/v1/analytics/topics")
    def topics(self, request):
        return self.json({"topics": self.topics_of(self.since(self.imported(request), 14), 12)})

    @route("GET", "/api/v1/analytics/anomalies")
    def anomalies(self, request):
        found = []
        for call in self.since(self.imported(request), 14):
            mood = sentiment_of(call)
            if call["status"] in FAILED:
                found.append((call, "call_failed", "warning", f"Statut d'appel défavorable: {call['status']}"))
            elif call["duration"] and call["duration"] > 1200:
                found.append((call, "long_duration", "warning", f"Durée d'appel inhabituelle: {call['duration'] / 60:.1f} minutes"))
            elif mood is not None and mood < 0.3:
                found.append((call, "negative_sentiment", "warning", "Analyse de sentiment très négative"))
        return self.json({"anomalies": [
            {"callId": call["id"], "type": kind, "occurredAt": self.time_text(call["started"]), "severity": severity, "message": message,
             "assistantId": call["assistant_id"]} for call, kind, severity, message in found[:20]]})

    @route("GET", "/api/v1/analytics/heatmap")
    def heatmap(self, request):
        counted = collections.Counter((call["started"].weekday(), call["started"].hour) for call in self.since(self.imported(request), 14))
        most = max(counted.values(), default=1)
        return self.json({"heatmap": [{"weekday": day, "hour": hour, "count": count, "intensity": count / most if count < most else 1}
                                      for (day, hour), count in sorted(counted.items())]})

    @route("POST", "/api/v1/analytics/calls/<identity>/email")
    def email_transcript(self, request, identity):
        """Goes to the address of the studio's defaults, a third party, until somebody has changed it."""
        user = self.current_user(request)
        call = self.own_call(request, user, identity, f"Call {identity} not found")
        row = self.studio_row(user)
        if not self.options.mail:
            return self.failure(500, "Failed to send email: no email backend is configured")
        to = (row or {}).get("fallbackEmail") or (row or {}).get("summaryEmail") or user["email"]
        lines = [line for line in (call["transcript"] or "").splitlines() if line.startswith(("AI:", "User:"))]
        request.took_effect()
        self.announce({"event": "mail", "to": to, "call": identity, "lines": lines})
        return self.json({"status": "success", "message": f"Transcript sent to {to}", "email_id": str(uuid.uuid4())})
