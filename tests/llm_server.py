"""A server on loopback that answers chat completions as OpenAI-compatible endpoints do, and misbehaves when told to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.loopback import Loopback, Request, Trouble

Says = Callable[[dict[str, Any]], "str | Trouble"]  # from what is shown of a topic to the model's words


class LlmServer(Loopback):
    """The server. Use as a context manager; `endpoint` is what PAPERTIDE_LLM_ENDPOINT should say."""

    path = "/v1"

    def __init__(self, says: Says) -> None:
        super().__init__()
        self.says = says
        self.troubles: list[Trouble] = []  # each for one request, before anything else
        self.requests: list[dict[str, Any]] = []
        self.authorization: list[str | None] = []

    def reply(self, request: Request) -> Trouble:
        asked = json.loads(request.body)
        self.requests.append(asked)
        self.authorization.append(request.authorization)
        known = request.path == "/v1/chat/completions"
        return self.answer(asked) if known else Trouble(404, body=b"<html>")

    def answer(self, request: dict[str, Any]) -> Trouble:
        if self.troubles:
            return self.troubles.pop(0)
        said = self.says(json.loads(request["messages"][-1]["content"]))
        if isinstance(said, Trouble):
            return said
        message = {"role": "assistant", "content": said}
        return Trouble(body=json.dumps({"choices": [{"index": 0, "message": message}]}).encode())
