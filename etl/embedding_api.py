"""Embeddings from a server: `POST {endpoint}/embeddings`, as OpenAI, vLLM, Ollama, llama.cpp and others answer it.

See https://platform.openai.com/docs/api-reference/embeddings.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import numpy as np
from numpy.typing import NDArray

from etl import web
from etl.encode import normalised
from etl.errors import InputError, NotFetched
from etl.settings import EMBEDDINGS_KEY_VARIABLE, EmbeddingsSettings

_WORTH_ANOTHER_TRY = web.WORTH_ANOTHER_TRY | {409}
_REFUSALS = {401, 403}

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Limits(web.Limits):
    """How much is asked at once, and how long and how often it is tried; times in seconds."""

    batch: int = 64  # texts a request
    text: int = 20_000  # characters of a text; servers refuse longer ones than their model reads
    read: float = 60  # between two pieces of an answer
    answer: float = 300  # for a whole answer
    size: int = 100_000_000  # bytes of an answer
    tries: int = 5
    longest_wait: float = 20
    pause: float = 120  # that the server may ask for before another try


class EmbeddingApi:
    """An Embedder that asks a server. The key goes to that server alone: no redirect is followed.

    Args:
        model: as the server calls it.
        endpoint: up to `/v1`.
        settings: the key, where the server wants one.
        limits: of each request.

    Raises:
        InputError: endpoint or key cannot be used.
    """

    def __init__(
        self, model: str, endpoint: str, settings: EmbeddingsSettings, limits: Limits = Limits()
    ) -> None:
        self._name = model
        self._endpoint = _usable(endpoint)
        self._limits = limits
        self._dimensions: int | None = None
        self._key = settings.key
        self._client = web.client(limits, _authorization(settings.key))

    @property
    def model(self) -> str:
        """Name and server: a server tells no version, so a model that it replaces must be given another name."""
        return f"openai-{self._name}@{self._endpoint}"

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors (n, d) of n texts; zero for a blank text, which servers refuse.

        Raises:
            NotFetched: the server did not answer, or gave no vectors.
        """
        asked = [place for place, text in enumerate(texts) if text.strip()]
        size = self._limits.batch
        parts = [
            self._batch([texts[place][: self._limits.text] for place in asked[start : start + size]])
            for start in range(0, len(asked), size)
        ]
        vectors = np.zeros((len(texts), self._dimensions or 0), np.float32)
        if parts:
            vectors[asked] = np.concatenate(parts)
        return normalised(vectors)

    def _batch(self, texts: list[str]) -> Floats:
        """Vectors (m, d) of the texts of one request, tried again while that may help."""
        try:
            for attempt in web.tries(self._limits):
                with attempt:
                    return self._vectors(self._ask(texts), len(texts))
        except (httpx2.HTTPError, httpx2.InvalidURL, web.Refused) as error:
            raise self._failure(_words(error), "check that it runs, then run again") from error
        raise AssertionError("a try either returns or raises")

    def _ask(self, texts: list[str]) -> bytes:
        """The body of a good answer.

        Raises:
            web.Refused: another try may help.
            NotFetched: none will.
        """
        question = {"model": self._name, "input": texts, "encoding_format": "float"}
        with self._client.stream("POST", f"{self._endpoint}/embeddings", json=question) as response:
            status = response.status_code
            body = self._body(response)
        if status in _REFUSALS:  # what the server says of it may hold the key
            raise self._failure(f"answered {status}", f"set {EMBEDDINGS_KEY_VARIABLE} to a key that it takes")
        if status in _WORTH_ANOTHER_TRY:
            pause = web.asked_pause(status, response.headers, datetime.now(UTC))
            if pause > self._limits.pause:
                raise self._failure(f"asks to wait {pause:,.0f} seconds", "run again after that")
            raise web.Refused(f"answered {status}", pause or None)
        if status != httpx2.codes.OK:
            raise self._failure(
                f"answered {status}{self._said(body)}", "check the model's name and the address"
            )
        return body

    def _body(self, response: httpx2.Response) -> bytes:
        """The answer's body, given up where it is too long in bytes or in time."""
        try:
            return web.body(response, self._limits)
        except (web.TooLong, web.TooSlow):
            raise self._failure(
                "gave an answer without end", "check that the address is of an embeddings server"
            ) from None

    def _vectors(self, body: bytes, texts: int) -> Floats:
        """The vectors (texts, d) of an answer, in the order of the texts."""
        try:
            rows = json.loads(body)["data"]
            rows = sorted(rows, key=lambda row: int(row["index"]))
            if [row["index"] for row in rows] != list(range(texts)):
                raise self._failure(f"gave {len(rows)} vectors for {texts} texts", "use another server")
            vectors = np.array([row["embedding"] for row in rows], np.float32)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._failure(
                "gave an answer that holds no vectors of one length", "use another server"
            ) from error
        self._dimensions = self._dimensions or vectors.shape[-1]
        if vectors.shape != (texts, self._dimensions):
            raise self._failure(
                f"gave vectors of length {vectors.shape[-1]} after some of {self._dimensions}",
                "use another server",
            )
        if not np.isfinite(vectors).all():
            raise self._failure("gave a vector that holds no numbers", "use another model")
        return vectors

    def _said(self, body: bytes) -> str:
        """What the server said of an error, shortened and without the key, in brackets."""
        try:
            said: Any = json.loads(body)["error"]
            said = said["message"] if isinstance(said, dict) else said
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        words = " ".join(str(said).split())
        return f' ("{(words.replace(self._key, "…") if self._key else words)[:150]}")'

    def _failure(self, what: str, instead: str) -> NotFetched:
        return NotFetched(f"The embeddings server {self._endpoint} {what}; {instead}.")


def _words(error: Exception) -> str:
    """What a failed try says of the server."""
    if isinstance(error, web.Refused):
        return str(error)
    if isinstance(error, httpx2.TimeoutException):
        return "did not answer in time"
    return f"cannot be reached ({web.words(error)})"


def _usable(endpoint: str) -> str:
    if not web.is_address(endpoint) or httpx2.URL(endpoint).query:
        raise InputError(
            f"The address of the embeddings server cannot be used; write one such as http://localhost:11434/v1, and a "
            f"key into {EMBEDDINGS_KEY_VARIABLE}."
        )
    return endpoint.rstrip("/")


def _authorization(key: str | None) -> dict[str, str]:
    try:
        return web.authorization(key)
    except ValueError:
        raise InputError(
            f"{EMBEDDINGS_KEY_VARIABLE} holds characters that no key has; set it anew, or unset it."
        ) from None
