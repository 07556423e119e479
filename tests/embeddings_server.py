"""A server on loopback that answers `POST /v1/embeddings` as OpenAI's API does, and misbehaves when told to.

A text's vector is (its length, 1, 0); the list comes in reverse, since only `index` says which text a vector is of.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What a request gets."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    stall: float = 0  # seconds before anything is sent


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    path: str
    content: dict[str, Any]
    authorization: str | None
    at: float  # seconds of a monotonic clock


class EmbeddingsServer:
    """The server. Use as a context manager."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []  # each for one request, in the place of the right answer
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> EmbeddingsServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer leaves in one piece

            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                api.asked.append(
                    Asked(self.path, content, self.headers.get("Authorization"), time.monotonic())
                )
                answer = api.answers.pop(0) if api.answers else Answer(vectors(content["input"]))
                if answer.stall and api.closing.wait(answer.stall):
                    return
                body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def vectors(texts: list[str]) -> dict[str, Any]:
    """The right answer to some texts."""
    return rows([[len(text), 1, 0] for text in texts])


def rows(embeddings: list[Any]) -> dict[str, Any]:
    """An answer with these vectors."""
    data = [{"object": "embedding", "index": i, "embedding": one} for i, one in enumerate(embeddings)]
    return {"object": "list", "data": data[::-1], "model": "tiny", "usage": {"total_tokens": 3}}
