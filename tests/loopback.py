"""A server on loopback that answers as it is told to, and misbehaves when told to: the frame of all stand-ins."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit


@dataclass
class Trouble:
    """What a request gets, in the place of its right answer or as that."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": "as told"}'
    missing: int = 0  # bytes of the body promised and never sent: the connection ends before them
    stall: float = 0  # seconds before anything is sent
    drip: float = 0  # seconds before each byte, those of the headers too


DROP = Trouble(missing=1_000, body=b"[")


@dataclass(frozen=True)
class Request:
    """A request that came in."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def authorization(self) -> str | None:
        return self.headers.get("Authorization")


class Loopback:
    """The server. Use as a context manager; a subclass says what is answered, and under which path it stands."""

    path = ""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.ahead = timedelta(0)  # of the server's clock, before ours
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that was killed
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self.path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def reply(self, request: Request) -> Trouble:
        """What the request gets."""
        raise NotImplementedError


def _handler(server: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer leaves in one piece

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = server.reply(Request(url.path, query, self.headers, body))  # type: ignore[arg-type]
            if answer.stall and server.closing.wait(answer.stall):
                return
            if answer.drip:
                self._drip(answer)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body) + answer.missing))
            self.end_headers()
            self.wfile.write(answer.body)
            self.wfile.flush()
            self.close_connection = bool(answer.missing)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def _drip(self, answer: Trouble) -> None:
            head = f"HTTP/1.1 {answer.status} OK\r\nContent-Length: {len(answer.body)}\r\n\r\n"
            self.close_connection = True
            for byte in head.encode() + answer.body:
                if server.closing.wait(answer.drip):
                    return
                try:
                    self.connection.sendall(bytes([byte]))
                except OSError:  # the client had enough
                    return

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(time.time() + server.ahead.total_seconds())

        def log_message(self, *_: object) -> None:
            pass

    return Handler
