"""The client of the Daily Papers API: one day's list, complete, or a reason why not.

`GET {endpoint}/api/daily_papers?date=YYYY-MM-DD&limit=100&p=0` answers a JSON array. Clients without a token may send
500 requests in 5 minutes. See https://huggingface.co/docs/hub/rate-limits.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import httpx2

from etl import web
from etl.errors import InputError
from etl.settings import HF_ENDPOINT_VARIABLE, HF_TOKEN_VARIABLE, HfSettings

PATH = "/api/daily_papers"
PAGE = 100  # entries; the API refuses more
_PAGES_AT_MOST = 100
_REDIRECTS_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Limits(web.Limits):
    """How long and how often a request is tried; times in seconds."""

    pauses: float = 360  # that the server may ask for, all in all for one request: its window is 300


class DayNotFetched(Exception):
    """The server gave no list of this day; its text says why. Other days may fare better."""


class NoAnswer(Exception):
    """No other day would fare better; its text says why."""


class Unreachable(NoAnswer):
    """Nobody answers at the endpoint."""


class DailyPapers:
    """A client of the API. Use as a context manager: leaving it closes its connection.

    Args:
        settings: endpoint and token.
        limits: of each request.
        sleep: waits so many seconds until the server takes requests again.
        told: told when that happens, in words that fit beside a progress bar.

    Raises:
        InputError: endpoint or token cannot be used.
    """

    def __init__(
        self,
        settings: HfSettings,
        limits: Limits = Limits(),
        *,
        sleep: Callable[[float], None] = time.sleep,
        told: Callable[[str], None] = lambda words: None,
    ) -> None:
        self.endpoint = _usable_endpoint(settings.endpoint)
        self._limits = limits
        self._sleep = sleep
        self._pause = 0.0  # seconds that the last answer asked for
        self._told = told
        self._client = web.client(limits, _authorization(settings.token), redirects=_REDIRECTS_AT_MOST)

    def __enter__(self) -> DailyPapers:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def day(self, day: date) -> list[Any]:
        """The entries of a day's list, as the API gives them; none on a day without papers.

        Raises:
            DayNotFetched: the server answered with something else, or broke off, time and again.
            NoAnswer: there is no point in asking for other days.
        """
        entries: list[Any] = []
        seen: set[str] = set()
        for page in range(_PAGES_AT_MOST):
            listed = self._get({"date": day.isoformat(), "limit": PAGE, "p": page})
            new = [entry for entry in listed if _identity(entry) not in seen]
            seen.update(map(_identity, new))
            entries += new
            if len(listed) < PAGE or not new:  # a server that knows no pages repeats the first
                return entries
        raise DayNotFetched(f"the list has no end after {len(entries):,} entries")

    def _get(self, query: Mapping[str, Any]) -> list[Any]:
        """One page; tried again while that may help."""
        patience = self._limits.pauses
        try:
            for attempt in web.tries(self._limits):
                with attempt:
                    patience -= self._wait_for_the_server(patience)
                    return self._ask(query)
        except web.NOBODY as error:
            raise Unreachable(web.words(error)) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, web.Refused, web.TooLong, web.TooSlow) as error:
            raise DayNotFetched(web.words(error)) from error
        raise AssertionError("a try either returns or raises")

    def _wait_for_the_server(self, patience: float) -> float:
        """Wait as long as the last answer asked for; returns how long (seconds)."""
        pause, self._pause = self._pause, 0.0
        if pause > patience:
            raise NoAnswer(f"the server asks to wait {pause:,.0f} seconds before the next request")
        if pause > 0:
            self._told(f"waiting {pause:,.0f} s")
            self._sleep(pause)
        return pause

    def _ask(self, query: Mapping[str, Any]) -> list[Any]:
        """Send one request.

        Raises:
            web.Refused: another try may help.
            DayNotFetched: none will.
        """
        with self._client.stream("GET", self.endpoint + PATH, params=dict(query)) as response:
            self._pause = web.asked_pause(response.status_code, response.headers, datetime.now(UTC))
            body = web.body(response, self._limits)
        if response.status_code in web.WORTH_ANOTHER_TRY:
            wait = 0.0 if self._pause else None  # the pause comes before the next try
            raise web.Refused(f"the server answered {response.status_code}", wait)
        if response.status_code != httpx2.codes.OK:
            raise DayNotFetched(f"the server answered {response.status_code}{_said(body)}")
        try:
            listed = json.loads(body)
        except (ValueError, RecursionError):
            raise web.Refused("the answer is not whole JSON") from None
        if not isinstance(listed, list):
            raise DayNotFetched(f"the answer is no list{_said(body)}")
        return listed


def _identity(entry: object) -> str:
    """What tells two entries of a list apart: the paper's id, else the whole entry."""
    paper = entry.get("paper") if isinstance(entry, dict) else None
    named = paper.get("id") if isinstance(paper, dict) else None
    return str(named) if named else json.dumps(entry, sort_keys=True)


def _said(body: bytes) -> str:
    """What the server said of an error, shortened, in brackets."""
    try:
        content = json.loads(body)
        said = content.get("error") or content.get("message")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return f' ("{" ".join(str(said).split())[:150]}")' if said else ""


def _usable_endpoint(endpoint: str) -> str:
    if not web.is_address(endpoint):
        raise InputError(
            f"{HF_ENDPOINT_VARIABLE} is not a web address; set it to one such as https://huggingface.co, or unset it."
        )
    return endpoint


def _authorization(token: str | None) -> dict[str, str]:
    try:
        return web.authorization(token)
    except ValueError:
        raise InputError(
            f"{HF_TOKEN_VARIABLE} holds characters that no token has; set it anew, or unset it."
        ) from None
