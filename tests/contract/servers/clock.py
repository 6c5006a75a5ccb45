# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of a scripted server, and the ways in which the backends write its times.

Tokens, codes, breakers and records all read this clock and no other: a test that moves it forward by a week sees what
a user sees after a week, without waiting, and a server whose clock is wrong is wrong everywhere at once, as real ones are.
"""

import datetime
import email.utils
import time

UTC = datetime.timezone.utc


class Clock:
    """The machine's time plus an offset that tests move."""

    def __init__(self, offset=0.0):
        self.offset = float(offset)

    def seconds(self):
        """Seconds since 1970 in UTC."""
        return time.time() + self.offset

    def now(self):
        return datetime.datetime.fromtimestamp(self.seconds(), UTC)

    def advance(self, seconds):
        self.offset += float(seconds)

    def ago(self, **parts):
        return self.now() - datetime.timedelta(**parts)


def to_milliseconds(moment):
    """What a document database keeps of a time: it has no microseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def naive(moment):
    """ISO 8601 without a zone, always with six decimals, as `datetime.isoformat` writes a time that has a fraction."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return text if "." in text else text + ".000000"


def offset(moment):
    """ISO 8601 with +00:00; no fraction where there is none."""
    return moment.astimezone(UTC).isoformat()


def zulu(moment):
    """ISO 8601 with milliseconds and Z, as JavaScript writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def rfc1123(moment):
    """The form of HTTP headers, which Flask also gives to every datetime that nobody formatted: whole seconds."""
    return email.utils.format_datetime(moment.astimezone(UTC), usegmt=True)
