# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong between a client and a backend, by rules that say which request it happens to.

A rule reads `METHOD PATH-REGEX NTH KIND[:ARG]`, four words:

    METHOD      POST, …, or * for any
    PATH-REGEX  searched in path and query as they were sent; ^ and $ bind it
    NTH         of the requests that fit so far: 2, 2-4, 2+ (that one and all later ones) or *
    KIND[:ARG]  below; all rules that fit a request act together

    delay:MS            waits before the request is handled
    delay-after:MS      waits after it took effect, before the answer
    cut:before          closes once the head is read: no effect
    cut:within          closes once all of it is read, while it is handled: no effect
    cut:after           closes after it took effect, without a byte of answer
    cut:N               takes effect; the answer ends at byte N, the head's bytes counted
    reset:…             as cut, but the connection is torn (RST) instead of ended
    429[:SECONDS]       the backend's own answer to too many requests; SECONDS gives it a Retry-After. No effect
    500[:effect]        text/plain, as an exception nobody caught; without effect unless it says so
    status:N[:effect]   status N with the backend's shape of error
    html[:effect]       200 with a web page, as a captive portal or a wrong proxy answers
    redirect:URL        307 to URL; no effect
    duplicate           every item of the answer's list twice
    wrong-type[:KEYS]   values of another JSON type: those of KEYS (a,b) anywhere; without KEYS, all of every other item
    huge[:BYTES]        200, valid JSON of that size (256 MiB)
    bomb[:BYTES]        200, gzip that unpacks to that size (256 MiB)
    gzip                the true answer, compressed
    trickle:MS[,BYTES]  takes effect; BYTES (1) of the answer every MS
    expire              the token that came with it is expired from now on, this request included
    skew:SECONDS        the server's clock jumps, Date and token times with it, and stays there
    refuse[:MS]         closes every connection and refuses new ones, for MS or until told to listen again; no effect
"""

import gzip
import json
import re
import zlib

from wire import Response

DEFAULT_SIZE = 256 * 1024 * 1024
MAX_SIZE = 4 * 1024 * 1024 * 1024
PAGE = "<!DOCTYPE html><html><head><title>Sign in to the network</title></head><body><h1>Welcome</h1></body></html>"


class Plan:
    """What is to happen to one request. REPLACE makes the answer instead of the backend (which still handles the request
    when REPLACE_EFFECT); EDITS change the answer that it made."""

    def __init__(self):
        self.kinds = []
        self.delay = self.delay_after = 0.0
        self.cut = None
        self.reset = False
        self.replace = None
        self.replace_effect = False
        self.edits = []
        self.trickle = None
        self.expire = False
        self.skew = 0.0
        self.refuse = None

    def cut_at(self):
        return self.cut if isinstance(self.cut, int) else None


def _number(text, name, low=0, high=MAX_SIZE):
    try:
        value = int(text)
    except (TypeError, ValueError):
        raise ValueError(f"{name} wants a number") from None
    if not low <= value <= high:
        raise ValueError(f"{name} wants a number from {low} to {high}")
    return value


# --- answers in place of the backend's ---


def _too_many(seconds):
    def make(application, request):
        response = application.too_many(request)
        if seconds is not None:
            response.set_header("Retry-After", str(seconds))
        return response
    return make


def _huge(size):
    """One JSON string within an array, so that a client which only counts values counts one."""
    piece = b"x" * 65536

    def stream():
        yield b'["'
        left = size - 4
        while left > 0:
            yield piece[:left]
            left -= len(piece)
        yield b'"]'
    return lambda application, request: Response(200, content_type="application/json", stream=stream(), length=size)


def _bomb(size):
    def stream():
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        block = b" " * (1024 * 1024)
        left = size - 2
        yield packer.compress(b"[")
        while left > 0:
            yield packer.compress(block[:left])
            left -= len(block)
        yield packer.compress(b"]") + packer.flush()
    return lambda application, request: Response(200, content_type="application/json",
                                                 headers=[("Content-Encoding", "gzip")], stream=stream())


# --- changes of the backend's answer ---


def main_list(value):
    """The list that an answer is about: itself, or the longest among its members; None when it has none."""
    if isinstance(value, list):
        return value
    lists = [member for member in value.values() if isinstance(member, list)] if isinstance(value, dict) else []
    return max(lists, key=len, default=None)


def _edit_json(response, change):
    value = response.json()
    if value is None:
        return response
    change(value)
    response.body = json.dumps(value, separators=(",", ":")).encode()
    return response


def _double(value):
    items = main_list(value)
    if items is not None:
        items[:] = [item for item in items for _ in range(2)]


def swapped(value):
    """A value of another JSON type than VALUE's."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"about {value}"
    if isinstance(value, str):
        return len(value)
    return {"0": value} if isinstance(value, list) else [value] if isinstance(value, dict) else False


def _swap_keys(value, keys):
    if isinstance(value, list):
        for item in value:
            _swap_keys(item, keys)
    elif isinstance(value, dict):
        for key, member in value.items():
            if key in keys:
                value[key] = swapped(member)
            else:
                _swap_keys(member, keys)


def _swap_items(value):
    for item in (main_list(value) or [None, value])[1::2]:
        if isinstance(item, dict):
            for key, member in item.items():
                item[key] = swapped(member)


def _compress(response):
    if response.stream is None and response.body:
        response.body = gzip.compress(response.body)
        response.set_header("Content-Encoding", "gzip")
    return response


# --- rules ---


def _apply_cut(plan, arg, reset):
    plan.cut = arg if arg in ("before", "within", "after") else _number(arg, "cut")
    plan.reset = reset


def _apply_answer(plan, make, effect=False):
    plan.replace, plan.replace_effect = make, effect


def _apply_status(plan, arg):
    code, _, effect = (arg or "").partition(":")
    status = _number(code, "status", 200, 599)
    _apply_answer(plan, lambda application, request: application.plain_error(status), effect == "effect")


def _apply_trickle(plan, arg):
    pause, _, count = (arg or "").partition(",")
    plan.trickle = (_number(pause, "trickle", 1, 60000), _number(count or 1, "trickle", 1))


def _apply_wrong_type(plan, arg):
    keys = set(arg.split(",")) if arg else None
    change = (lambda value: _swap_keys(value, keys)) if keys else _swap_items
    plan.edits.append(lambda response: _edit_json(response, change))


def _apply_clock(plan, arg):
    plan.skew = float(arg)


def _crash(application, request):
    return Response(500, "Internal Server Error", "text/plain; charset=utf-8")


def _page(application, request):
    return Response(200, PAGE, "text/html; charset=utf-8")


def _redirect(url):
    if not re.match(r"https?://", url or ""):
        raise ValueError("redirect wants a URL")
    return lambda application, request: Response(307, headers=[("Location", url)])


KINDS = {
    "delay": lambda plan, arg: setattr(plan, "delay", _number(arg, "delay", 0, 600000) / 1000),
    "delay-after": lambda plan, arg: setattr(plan, "delay_after", _number(arg, "delay-after", 0, 600000) / 1000),
    "cut": lambda plan, arg: _apply_cut(plan, arg, False),
    "reset": lambda plan, arg: _apply_cut(plan, arg, True),
    "429": lambda plan, arg: _apply_answer(plan, _too_many(None if arg is None else _number(arg, "429"))),
    "500": lambda plan, arg: _apply_answer(plan, _crash, arg == "effect"),
    "status": _apply_status,
    "html": lambda plan, arg: _apply_answer(plan, _page, arg == "effect"),
    "redirect": lambda plan, arg: _apply_answer(plan, _redirect(arg)),
    "duplicate": lambda plan, arg: plan.edits.append(lambda response: _edit_json(response, _double)),
    "wrong-type": _apply_wrong_type,
    "huge": lambda plan, arg: _apply_answer(plan, _huge(_number(arg or DEFAULT_SIZE, "huge", 4))),
    "bomb": lambda plan, arg: _apply_answer(plan, _bomb(_number(arg or DEFAULT_SIZE, "bomb", 2))),
    "gzip": lambda plan, arg: plan.edits.append(_compress),
    "trickle": _apply_trickle,
    "expire": lambda plan, arg: setattr(plan, "expire", True),
    "skew": _apply_clock,
    "refuse": lambda plan, arg: setattr(plan, "refuse", 0 if arg is None else _number(arg, "refuse", 1, 600000) / 1000),
}


class Rule:
    """One rule and how many requests fitted it so far. Raises ValueError where TEXT is none."""

    def __init__(self, text):
        parts = text.split()
        if len(parts) != 4:
            raise ValueError(f"a fault reads METHOD PATH-REGEX NTH KIND[:ARG], not {text!r}")
        self.text = text
        self.method = parts[0].upper()
        try:
            self.pattern = re.compile(parts[1])
        except re.error as error:
            raise ValueError(f"{parts[1]!r}: {error}") from None
        self.first, self.last = self._range(parts[2])
        self.kind, colon, arg = parts[3].partition(":")
        self.arg = arg if colon else None
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}")
        self.apply(Plan())  # a wrong argument is said at the start, not when it strikes
        self.seen = 0

    @staticmethod
    def _range(text):
        if text == "*":
            return 1, None
        match = re.fullmatch(r"([1-9]\d*)(\+|-([1-9]\d*))?", text)
        if not match:
            raise ValueError(f"{text!r} is no count: 2, 2-4, 2+ or *")
        return int(match[1]), None if match[2] == "+" else int(match[3] or match[1])

    def strikes(self, request):
        if self.method not in ("*", request.method) or not self.pattern.search(request.target):
            return False
        self.seen += 1
        return self.seen >= self.first and (self.last is None or self.seen <= self.last)

    def apply(self, plan):
        KINDS[self.kind](plan, self.arg)
        plan.kinds.append(self.kind if self.arg is None else f"{self.kind}:{self.arg}")


def plan_for(rules, request):
    """The plan of all RULES that strike REQUEST; counts it. The caller holds the lock of RULES."""
    plan = Plan()
    for rule in rules:
        if rule.strikes(request):
            rule.apply(plan)
    return plan
