#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same faults, log and control in front of a real server, for what is no scripted backend: the engine, whose requests are
idempotent and whose records have versions.

`--to 127.0.0.1:PORT` or `--to unix:PATH`, which must be on this machine. Of a request that reached it, `effect` says that it was
no GET or HEAD and that the server answered 2xx, and was not told to repeat an earlier answer. WebSockets are not passed on.
"""

import http.client
import socket

import serve
from routing import Application
from wire import Response

HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "content-length"}
TIMEOUT = 60


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=TIMEOUT)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self.path)


class Proxy(Application):
    def connect(self):
        kind, _, rest = self.options.to.partition(":")
        return UnixConnection(rest) if kind == "unix" else http.client.HTTPConnection(kind, int(rest), timeout=TIMEOUT)

    def dispatch(self, request):
        """The lock is let go: the server behind sees requests as concurrent as they came."""
        with self.elsewhere():
            return self._forward(request)

    def _forward(self, request):
        connection = self.connect()
        try:
            # With its own Host: the engine refuses one that is not its address.
            connection.putrequest(request.method, request.target, skip_accept_encoding=True)
            for name, value in request.headers:
                if name.lower() not in HOP | {"host"}:
                    connection.putheader(name, value)
            if request.body or request.method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body or None)
            answer = connection.getresponse()
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP | {"date"}]
            response = Response(answer.status, answer.read(), headers=headers)
        except (OSError, http.client.HTTPException) as error:
            return Response(502, f"the server behind: {error}", "text/plain")
        finally:
            connection.close()
        if request.method not in ("GET", "HEAD") and 200 <= response.status < 300 and not response.header(self.options.replayed):
            request.took_effect()
        return response

    def plain_error(self, status):
        return Response(status, str(status), "text/plain")

    def too_many(self, request):
        return Response(429, "Too many requests", "text/plain")

    def state(self):
        return {"to": self.options.to}


def main():
    parser = serve.argument_parser(__doc__.partition("\n\n")[0])
    parser.add_argument("--to", required=True, metavar="127.0.0.1:PORT|unix:PATH")
    parser.add_argument("--replayed", default="Idempotency-Replayed", metavar="HEADER", help="that of an answer which is repeated")
    options = parser.parse_args()
    if not options.to.startswith(("unix:", "127.0.0.1:")):
        parser.error("--to wants a server of this machine")
    serve.run(options, Proxy)


if __name__ == "__main__":
    main()
