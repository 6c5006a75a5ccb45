# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON Web Tokens signed with HS256, with errors told apart: each backend answers each of them in its own way."""

import base64
import hashlib
import hmac
import json


class TokenError(Exception):
    """REASON: segments, padding, header, signature, early-iat, early-nbf or expired."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text):
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise TokenError("padding") from None


def _signature(signed, secret):
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()


def sign(claims, secret):
    parts = [_encode(json.dumps(part, separators=(",", ":")).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = ".".join(parts)
    return signed + "." + _encode(_signature(signed, secret))


def verify(token, secret, now):
    """The claims of TOKEN; NOW is in seconds, no leeway. The order of the checks is that of PyJWT."""
    parts = token.split(".")
    if len(parts) < 3:
        raise TokenError("segments")
    if len(parts) > 3:
        raise TokenError("padding")
    head, body, mark = (_decode(part) for part in parts)
    try:
        header, claims = json.loads(head), json.loads(body)
    except ValueError:
        raise TokenError("header") from None
    if not isinstance(header, dict) or header.get("alg") != "HS256" or not isinstance(claims, dict):
        raise TokenError("header")
    if not hmac.compare_digest(mark, _signature(parts[0] + "." + parts[1], secret)):
        raise TokenError("signature")
    if claims.get("iat", 0) > now:
        raise TokenError("early-iat")
    if claims.get("nbf", 0) > now:
        raise TokenError("early-nbf")
    if claims.get("exp", now + 1) <= now:
        raise TokenError("expired")
    return claims
