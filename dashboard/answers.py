"""Answers that are kept for every session of the server, up to so many bytes.

`st.cache_data` would do the same, but it writes each answer as bytes and reads it anew at every use, and takes apart
what was asked to name it: a millisecond an answer, of which a page has thirty.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Any

import pandas as pd

# Bytes that a frame takes beside its columns, and a text, about. To measure texts takes as long as a short query.
_EACH, _TEXT = 10_000, 150
_HELPERS = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="answers")


def meanwhile(ask: Callable[..., object], *parameters: object) -> None:
    """Have something asked for by another thread, so that the answer is kept, or under way, when a page comes to it.

    DuckDB answers in other threads while Python draws. Where no thread is free in time, the page makes the answer
    itself, and the thread finds it made. An error is met by the page, when it asks.
    """
    with suppress(RuntimeError):  # the server stops
        _HELPERS.submit(ask, *parameters)


class Kept:
    """Frames by what they answer, those used last; each is made once, also where two sessions ask at the same time."""

    def __init__(self, at_most: int) -> None:
        """Keep so many bytes, and always the latest answer."""
        self._at_most = at_most
        self._answers: OrderedDict[Hashable, Future[pd.DataFrame]] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self.size = 0  # bytes that are kept
        self._lock = Lock()

    def get(self, asked: Hashable, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """The answer, made if it is not kept. What the caller changes of it stays the caller's own.

        Raises:
            Exception: what `make` raises; then nothing is kept.
        """
        with self._lock:
            answer = self._answers.get(asked)
            is_mine = answer is None
            if answer is None:
                answer = self._answers[asked] = Future()
            self._answers.move_to_end(asked)
        if is_mine:
            self._make(asked, answer, make)
        # pandas copies a column when it is written to, so handing one out costs nothing.
        return answer.result().copy(deep=False)

    def _make(self, asked: Hashable, answer: Future[pd.DataFrame], make: Callable[[], pd.DataFrame]) -> None:
        try:
            frame = make()
        except BaseException as error:
            with self._lock:
                del self._answers[asked]
            answer.set_exception(error)
            raise
        answer.set_result(frame)
        size = _EACH + len(frame) * sum(_bytes(dtype) for dtype in frame.dtypes)
        with self._lock:
            self._sizes[asked] = size
            self.size += size
            self._forget(asked)

    def _forget(self, but: Hashable) -> None:
        """Let go of those used least lately until the others fit; what is being made is not counted yet."""
        gone = []
        for asked in self._answers:
            if self.size <= self._at_most:
                break
            if asked in self._sizes and asked != but:
                self.size -= self._sizes.pop(asked)
                gone.append(asked)
        for asked in gone:
            del self._answers[asked]


def _bytes(dtype: Any) -> int:
    return _TEXT if dtype.kind == "O" else int(dtype.itemsize)  # texts and lists are of that kind
