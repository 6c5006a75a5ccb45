# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 over a socket: requests as they come, answers byte by byte.

Not `http.server`: the tests need answers that stop at a given byte, trickle, lie about their type or never end, and
requests of which only the head is read. What is read is bounded, so a client that goes mad cannot take the machine with it.
"""

import http
import json
import socket
import struct
import time
import urllib.parse

MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024
IDLE_SECONDS = 120


class Gone(Exception):
    """The client closed, fell silent, or sent what is no HTTP."""


class Cut(Exception):
    """The server is told to close here, in the middle."""


class Request:
    """One request. Header names are kept as sent; `header` finds them whatever their case."""

    def __init__(self, method, target, headers, peer):
        self.method = method
        self.target = target
        self.headers = headers
        self.peer = peer
        raw_path, _, self.query_text = target.partition("?")
        self.path = urllib.parse.unquote(raw_path)
        self.query = dict(urllib.parse.parse_qsl(self.query_text, keep_blank_values=True))
        self.body = b""
        self.effect = False  # whether anything was changed by it
        self.user = None  # the id as whom it was served

    def header(self, name, default=None):
        name = name.lower()
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return default

    def took_effect(self):
        self.effect = True


class Response:
    """STREAM, an iterator of bytes, takes the place of BODY where the answer is too large to be kept; LENGTH is its
    size when known, else it is sent in chunks."""

    def __init__(self, status, body=b"", content_type=None, headers=(), stream=None, length=None):
        self.status = status
        self.body = body.encode() if isinstance(body, str) else body
        self.headers = list(headers)
        self.stream = stream
        self.length = length
        if content_type:
            self.headers.insert(0, ("Content-Type", content_type))

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def set_header(self, name, value):
        self.headers = [(key, old) for key, old in self.headers if key.lower() != name.lower()] + [(name, value)]

    def json(self):
        """The body's JSON value, or None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def head(self, date, close, bodyless):
        try:
            phrase = http.HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {self.status} {phrase}", f"Date: {date}"]
        lines += [f"{key}: {value}" for key, value in self.headers]
        if self.stream is not None and self.length is None:
            lines.append("Transfer-Encoding: chunked")
        elif not bodyless:
            lines.append(f"Content-Length: {len(self.body) if self.stream is None else self.length}")
        lines.append(f"Connection: {'close' if close else 'keep-alive'}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def pieces(self):
        if self.stream is None:
            yield self.body
        elif self.length is not None:
            yield from self.stream
        else:
            for piece in self.stream:
                if piece:
                    yield b"%x\r\n%b\r\n" % (len(piece), piece)
            yield b"0\r\n\r\n"


class Channel:
    """One connection of a client."""

    def __init__(self, sock, peer):
        self.sock = sock
        self.peer = peer
        self.pending = b""
        sock.settimeout(IDLE_SECONDS)

    def _fill(self):
        try:
            data = self.sock.recv(65536)
        except (OSError, ValueError) as error:
            raise Gone(str(error)) from None
        if not data:
            raise Gone("end")
        self.pending += data

    def _line(self):
        while b"\n" not in self.pending:
            if len(self.pending) > MAX_HEAD:
                raise Gone("line too long")
            self._fill()
        line, self.pending = self.pending.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def _exactly(self, count):
        parts, have = [self.pending], len(self.pending)
        while have < count:
            self.pending = b""
            self._fill()
            parts.append(self.pending)
            have += len(self.pending)
        data = b"".join(parts)
        self.pending = data[count:]
        return data[:count]

    def read_head(self):
        line = self._line()
        while not line:
            line = self._line()
        parts = line.split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise Gone("not HTTP")
        headers, size = [], 0
        while line := self._line():
            size += len(line)
            if size > MAX_HEAD:
                raise Gone("head too long")
            key, _, value = line.partition(":")
            headers.append((key.strip(), value.strip()))
        return Request(parts[0], parts[1], headers, self.peer)

    def read_body(self, request):
        """Gives REQUEST its body."""
        if (request.header("Expect") or "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if (request.header("Transfer-Encoding") or "").lower() == "chunked":
            request.body = self._read_chunks()
            return
        try:
            length = int(request.header("Content-Length") or 0)
        except ValueError:
            raise Gone("bad length") from None
        if not 0 <= length <= MAX_BODY:
            raise Gone("body too long")
        request.body = self._exactly(length)

    def _read_chunks(self):
        parts, total = [], 0
        while True:
            try:
                size = int(self._line().partition(";")[0], 16)
            except ValueError:
                raise Gone("bad chunk") from None
            total += size
            if size < 0 or total > MAX_BODY:
                raise Gone("body too long")
            if size == 0:
                while self._line():
                    pass
                return b"".join(parts)
            parts.append(self._exactly(size))
            self._line()

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (OSError, ValueError) as error:
            raise Gone(str(error)) from None

    def answer(self, response, date, close=False, head_only=False, cut_at=None, trickle=None):
        """Sends RESPONSE. CUT_AT: raises Cut once that many bytes, head included, are sent. TRICKLE: (milliseconds,
        bytes), the pause before each piece of so many bytes."""
        bodyless = response.status in (204, 304)
        sent = 0
        for data in [response.head(date, close, bodyless)], () if head_only or bodyless else response.pieces():
            for piece in data:
                if cut_at is not None:
                    piece = piece[:cut_at - sent]
                self._send_slowly(piece, *trickle) if trickle else self.send(piece)
                sent += len(piece)
                if cut_at is not None and sent >= cut_at:
                    raise Cut

    def _send_slowly(self, data, milliseconds, count):
        for start in range(0, len(data), count):
            time.sleep(milliseconds / 1000)
            self.send(data[start:start + count])

    def say_goodbye(self):
        """Ends TLS in order, where there is TLS: a client may take an end without it for an attack."""
        try:
            if hasattr(self.sock, "unwrap"):
                self.sock.settimeout(1)
                self.sock.unwrap()
        except (OSError, ValueError):
            pass

    def close(self, reset=False):
        """RESET: the client sees the connection torn (RST), not ended."""
        try:
            if reset:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                self.sock.shutdown(socket.SHUT_RDWR)  # under TLS without close_notify, as a server that died
        except OSError:
            pass
        self.sock.close()
