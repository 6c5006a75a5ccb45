# SPDX-License-Identifier: GPL-3.0-or-later
"""What AVA keeps: accounts, calls, studio rows; and the data that a server starts with."""

import datetime
import uuid

import clock

USER_ID = "d0816b0b-8c60-41d7-bf63-76616ad5053f"
VAPI_KEY = "loopback-vapi-key"
TWILIO_SID = "AC" + "0" * 32
TWILIO_TOKEN = "0123456789abcdef0123456789abcdef"
DAY = "11111111-1111-4111-8111-111111111111"
NIGHT = "22222222-2222-4222-8222-222222222222"
LEAK = ("AI: Bonjour, ici Ava, la secrétaire de Monsieur Cohen. Que puis-je faire pour vous ?\n"
        "User: Bonjour, j'ai une fuite sous l'évier depuis hier soir.\nAI: Je suis désolée. Pouvez-vous me donner votre nom ?\n"
        "User: Léa Martin: c'est à Lyon.\n")
ANGRY = "AI: Hello, this is Ava speaking.\nUser: This is a bad problem, I am angry. Cancel it.\n"
# (minutes ago, status, seconds or None, cost, assistant, transcript) of the calls that Vapi knows.
VAPI_CALLS = (
    (1, "in-progress", None, None, DAY, None), (60, "ended", 95, 0.1995, DAY, LEAK), (120, "ended", 40, 0.08, NIGHT, LEAK),
    (300, "no-answer", 0, 0.0, DAY, None), (900, "ended", 240, 0.5, DAY, "AI: Good evening.\nUser: I would like to book.\n"),
    (1800, "ended", 60, 0.12, NIGHT, ANGRY), (3000, "ended", 1900, 4.2, DAY, LEAK), (4500, "failed", 3, 0.01, DAY, None),
    (7000, "ended", 75, 0.2, NIGHT, "AI: Bonjour.\nUser: Merci, parfait.\n"), (18000, "ended", 75, 0.15, DAY, LEAK))


def new_id():
    return str(uuid.uuid4())


class Store:
    def __init__(self, the_clock):
        self.clock = the_clock
        self.users = {}  # in the order of their making: the first is whom a request without a token is served as
        self.calls = {}
        self.studio = {}  # user id → rows; more than one breaks the account
        self.profiles = {}

    def user_by(self, key, value):
        return next((user for user in self.users.values() if user[key] == value), None)

    def add_user(self, email, password, name, phone=None, locale="en", identity=None):
        user = {"id": identity or new_id(), "email": email, "password": password, "name": name, "phone": phone, "locale": locale,
                "image": None, "onboarding_completed": False, "onboarding_step": 0, "phone_verified": False, "vapi_api_key": None,
                "twilio_account_sid": None, "twilio_auth_token": None, "twilio_phone_number": None,
                "onboarding_vapi_skipped": False, "onboarding_twilio_skipped": False, "onboarding_assistant_created": False}
        self.users[user["id"]] = user
        return user

    def add_call(self, identity, tenant, started, seconds, **fields):
        ended = started + datetime.timedelta(seconds=seconds) if seconds is not None else None
        self.calls[identity] = {
            "id": identity, "tenant": tenant, "assistant_id": "", "customer_number": None, "status": "completed", "cost": None,
            "transcript": None, "metadata": {}, "started": started, "ended": ended, "duration": seconds, **fields}
        return self.calls[identity]

    def state(self):
        calls = [{**call, "started": clock.offset(call["started"]), "ended": call["ended"] and clock.offset(call["ended"])}
                 for call in self.calls.values()]
        return {"users": list(self.users.values()), "calls": calls, "studio": self.studio, "profiles": self.profiles}


def seed(store, upstream, bulk):
    """A stranger, who is the first user, and an account with keys, calls of all three families, and more at Vapi."""
    stranger = store.add_user("somebody@elsewhere.example", "Stranger1", "Somebody Else")
    user = store.add_user("admin@example.com", "AvaTest123!", "Ada Admin", "+33123456789", "fr", USER_ID)
    user.update(vapi_api_key=VAPI_KEY, twilio_account_sid=TWILIO_SID, twilio_auth_token=TWILIO_TOKEN, twilio_phone_number="+33123456789")
    now = store.clock.now()
    store.add_call("stranger-call", stranger["id"], now - datetime.timedelta(hours=3), 30, customer_number="+33600000000")
    _seed_webhook_call(store, now)
    _seed_vapi(upstream, now)
    for number in range(bulk):
        store.add_call(f"{number:08x}-b000-4000-8000-000000000000", USER_ID, now - datetime.timedelta(minutes=10 + number), number % 600,
                       assistant_id=DAY if number % 2 else NIGHT, customer_number=f"+336{number:08d}", cost=number % 100 / 100,
                       status="ended" if number % 7 else "no-answer", transcript=LEAK if number < 1000 else None,
                       metadata={"orgId": "org-fake", "type": "inboundPhoneCall"})


def _seed_webhook_call(store, now):
    started = (now - datetime.timedelta(minutes=40)).replace(microsecond=0)
    text = "AVA: Bonjour, ici Ava.\n\nCaller: Je voudrais un devis, s'il vous plaît."
    store.add_call("webhook-call-1", USER_ID, started, 120, assistant_id=DAY, customer_number="+33699999999", cost=0.25, transcript=text,
                   metadata={"caller_name": "Zoé Petit", "recording_url": "http://127.0.0.1:18901/recordings/webhook-call-1.wav",
                             "assistant_id": DAY, "vapi": {"id": "webhook-call-1", "assistantId": DAY, "startedAt": clock.zulu(started),
                                                           "recordingUrl": "http://127.0.0.1:18901/recordings/webhook-call-1.wav"}})
    old = now - datetime.timedelta(days=2)
    store.add_call("webhook-old", USER_ID, old, 61, assistant_id="unknown", customer_number="Unknown", transcript=text,
                   metadata={"caller_name": "Unknown Caller", "transcript": text, "vapi": {"transcript": [{"role": "user", "message": "…"}]}})
    store.add_call("CA0000000000000000000000000000cafe", USER_ID, now, 7, assistant_id="twilio-status", status="busy",
                   customer_number="+33688888888", ended=now,
                   metadata={"twilio": True, "twilio_call_sid": "CA0000000000000000000000000000cafe", "direction": "inbound"})


def _seed_vapi(upstream, now):
    account = upstream.account(VAPI_KEY)
    for identity, name in ((DAY, "Ava Reception"), (NIGHT, "Ava Night")):
        upstream.make_assistant(account, {
            "name": name, "voice": {"provider": "azure", "voiceId": "fr-FR-DeniseNeural"},
            "model": {"provider": "openai", "model": "gpt-4o", "temperature": 0.7, "maxTokens": 200,
                      "messages": [{"role": "system", "content": "You are Ava."}]},
            "transcriber": {"provider": "deepgram", "model": "nova-2", "language": "fr"}, "firstMessage": "Bonjour, ici Ava."}, identity)
    account.numbers["phone-1"] = {"id": "phone-1", "number": "+33123456789", "provider": "twilio", "assistantId": DAY}
    for index, (minutes, status, seconds, cost, assistant, transcript) in enumerate(VAPI_CALLS, 1):
        started = now - datetime.timedelta(minutes=minutes)
        identity = f"{index:08d}-0000-4000-8000-000000000000"
        call = {"id": identity, "orgId": "org-fake", "type": "inboundPhoneCall", "assistantId": assistant, "status": status,
                "startedAt": clock.zulu(started), "customer": {"number": f"+3361234{index:04d}"}}
        if seconds is not None:
            call |= {"endedAt": clock.zulu(started + datetime.timedelta(seconds=seconds)), "cost": cost}
        if transcript:
            call |= {"transcript": transcript, "recordingUrl": f"http://127.0.0.1:18901/recordings/{identity}.wav"}
        account.calls[identity] = call
