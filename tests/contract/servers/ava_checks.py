# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation as AVA's framework does it: a list of errors, each of which echoes what was sent, passwords included."""

import json
import re

from routing import Refusal
from wire import Response

SPECIAL_DOMAINS = ("test", "local", "localhost", "invalid", "example.invalid")
MISSING = object()


class Field:
    """What one member of a body, or one query parameter, must be. KIND: str, int, float, bool, email, list or dict."""

    def __init__(self, kind="str", required=False, default=None, low=None, high=None, pattern=None, choices=None, nullable=False):
        self.kind, self.required, self.default, self.nullable = kind, required, default, nullable
        self.low, self.high, self.pattern, self.choices = low, high, pattern, choices


def error(kind, loc, message, value, **context):
    found = {"type": kind, "loc": list(loc), "msg": message, "input": value}
    return {**found, "ctx": context} if context else found


def unprocessable(errors):
    return Refusal(Response(422, json.dumps({"detail": errors}, separators=(",", ":"), ensure_ascii=False), "application/json"))


def check_email(text):
    """(normalised address, reason): the domain in lower case, the part before it as it came."""
    if not isinstance(text, str) or text.count("@") != 1:
        return None, "An email address must have an @-sign."
    local, domain = text.strip().split("@")
    domain = domain.lower()
    if not local:
        return None, "There must be something before the @-sign."
    if domain in SPECIAL_DOMAINS or domain.rpartition(".")[2] in SPECIAL_DOMAINS:
        return None, "The part after the @-sign is a special-use or reserved name that cannot be used with email."
    if "." not in domain or not re.fullmatch(r"[a-z0-9.-]+", domain):
        return None, "The part after the @-sign is not valid. It should have a period."
    return f"{local}@{domain}", None


def _check_text(field, value, loc):
    if not isinstance(value, str):
        return error("string_type", loc, "Input should be a valid string", value)
    if field.low is not None and len(value) < field.low:
        plural = "" if field.low == 1 else "s"
        return error("string_too_short", loc, f"String should have at least {field.low} character{plural}", value, min_length=field.low)
    if field.high is not None and len(value) > field.high:
        return error("string_too_long", loc, f"String should have at most {field.high} characters", value, max_length=field.high)
    if field.pattern and not re.search(field.pattern, value):
        return error("string_pattern_mismatch", loc, f"String should match pattern '{field.pattern}'", value, pattern=field.pattern)
    if field.choices and value not in field.choices:
        names = [f"'{name}'" for name in field.choices]
        expected = ", ".join(names[:-1]) + f" or {names[-1]}"
        return error("literal_error", loc, f"Input should be {expected}", value, expected=expected)
    return None


def _to_number(field, value):
    """VALUE as pydantic reads it, which also takes texts that hold a number; None when it does not."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value if field.kind == "float" else int(value) if value == int(value) else None
    try:
        return float(value) if field.kind == "float" else int(value)
    except (TypeError, ValueError):
        return None


def _check_number(field, value, loc):
    name = "integer" if field.kind == "int" else "number"
    kind = "int" if field.kind == "int" else "float"
    number = _to_number(field, value)
    if number is None:
        if isinstance(value, str):
            return None, error(f"{kind}_parsing", loc, f"Input should be a valid {name}, unable to parse string as {'an' if kind == 'int' else 'a'} {name}", value)
        return None, error(f"{kind}_type", loc, f"Input should be a valid {name}", value)
    if field.low is not None and number < field.low:
        return None, error("greater_than_equal", loc, f"Input should be greater than or equal to {field.low}", value, ge=field.low)
    if field.high is not None and number > field.high:
        return None, error("less_than_equal", loc, f"Input should be less than or equal to {field.high}", value, le=field.high)
    return number, None


def _check_one(field, value, loc):
    """(value, error)."""
    if value is None and field.nullable:
        return None, None
    if field.kind in ("int", "float"):
        return _check_number(field, value, loc)
    if field.kind == "bool":
        if isinstance(value, bool) or value in (0, 1):
            return bool(value), None
        if isinstance(value, str) and value.lower() in ("true", "false", "1", "0", "yes", "no", "on", "off"):
            return value.lower() in ("true", "1", "yes", "on"), None
        text = "Input should be a valid boolean" + (", unable to interpret input" if isinstance(value, str) else "")
        return None, error("bool_parsing" if isinstance(value, str) else "bool_type", loc, text, value)
    if field.kind == "email":
        address, reason = check_email(value)
        if reason:
            return None, error("value_error", loc, f"value is not a valid email address: {reason}", value, reason=reason)
        return address, None
    if field.kind in ("list", "dict"):
        if isinstance(value, list if field.kind == "list" else dict):
            return value, None
        name = "list" if field.kind == "list" else "dictionary"
        return None, error(f"{field.kind}_type", loc, f"Input should be a valid {name}", value)
    return value, _check_text(field, value, loc)


def check(fields, values, place, extra=None):
    """The checked members of VALUES that FIELDS name, with defaults; PLACE is "body" or "query". EXTRA(checked) gives a
    list of further errors. Raises Refusal with all errors. Members that no field names are ignored."""
    checked, errors = {}, []
    for name, field in fields.items():
        value = values.get(name, MISSING)
        if value is MISSING:
            if field.required:
                errors.append(error("missing", (place, name), "Field required", values if place == "body" else None))
            else:
                checked[name] = field.default
            continue
        checked[name], wrong = _check_one(field, value, (place, name))
        if wrong:
            errors.append(wrong)
    if not errors and extra:
        errors = extra(checked)
    if errors:
        raise unprocessable(errors)
    return checked


def parse_body(request):
    """The JSON value of the body, None when it is empty. Broken JSON is refused before anything else, sign-in included."""
    if not request.body:
        return None
    kind = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return request.body.decode(errors="replace")
    try:
        return json.loads(request.body)
    except json.JSONDecodeError as broken:
        raise unprocessable([error("json_invalid", ("body", broken.pos), "JSON decode error", {}, error=broken.msg)]) from None
    except UnicodeDecodeError:
        raise Refusal(Response(400, '{"detail":"There was an error parsing the body"}', "application/json")) from None


def require_object(value):
    if value is None:
        raise unprocessable([error("missing", ("body",), "Field required", None)])
    if not isinstance(value, dict):
        text = "Input should be a valid dictionary or object to extract fields from"
        raise unprocessable([error("model_attributes_type", ("body",), text, value)])
    return value
