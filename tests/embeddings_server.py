"""A server on loopback that answers `POST /v1/embeddings` as OpenAI's API does, and misbehaves when told to.

A text's vector is (its length, 1, 0); the list comes in reverse, since only `index` says which text a vector is of.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from tests.loopback import Loopback, Request, Trouble


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


class EmbeddingsServer(Loopback):
    """The server. Use as a context manager."""

    path = "/v1"

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Answer] = []  # each for one request, in the place of the right answer
        self.asked: list[Asked] = []

    def reply(self, request: Request) -> Trouble:
        content = json.loads(request.body)
        self.asked.append(Asked(request.path, content, request.authorization, time.monotonic()))
        answer = self.answers.pop(0) if self.answers else Answer(vectors(content["input"]))
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        return Trouble(answer.status, answer.headers, body, stall=answer.stall)


def vectors(texts: list[str]) -> dict[str, Any]:
    """The right answer to some texts."""
    return rows([[len(text), 1, 0] for text in texts])


def rows(embeddings: list[Any]) -> dict[str, Any]:
    """An answer with these vectors."""
    data = [{"object": "embedding", "index": i, "embedding": one} for i, one in enumerate(embeddings)]
    return {"object": "list", "data": data[::-1], "model": "tiny", "usage": {"total_tokens": 3}}
