"""A server on loopback that answers chat completions as OpenAI-compatible endpoints do, and misbehaves when told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.hf_api_server import Trouble

Says = Callable[[dict[str, Any]], "str | Trouble"]  # from what is shown of a topic to the model's words


class LlmServer:
    """The server. Use as a context manager; `endpoint` is what PAPERTIDE_LLM_ENDPOINT should say."""

    def __init__(self, says: Says) -> None:
        self.says = says
        self.troubles: list[Trouble] = []  # each for one request, before anything else
        self.requests: list[dict[str, Any]] = []
        self.authorization: list[str | None] = []
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> LlmServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: dict[str, Any]) -> Trouble:
        if self.troubles:
            return self.troubles.pop(0)
        said = self.says(json.loads(request["messages"][-1]["content"]))
        if isinstance(said, Trouble):
            return said
        message = {"role": "assistant", "content": said}
        return Trouble(body=json.dumps({"choices": [{"index": 0, "message": message}]}).encode())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer leaves in one piece

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.requests.append(request)
                server.authorization.append(self.headers.get("Authorization"))
                known = self.path == "/v1/chat/completions"
                self._send(server.answer(request) if known else Trouble(404, body=b"<html>"))

            def _send(self, answer: Trouble) -> None:
                if answer.stall and server.closing.wait(answer.stall):
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body) + answer.missing))
                self.end_headers()
                self.wfile.write(answer.body)
                self.wfile.flush()
                self.close_connection = bool(answer.missing)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
