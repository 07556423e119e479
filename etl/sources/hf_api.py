"""The client of the Daily Papers API: one list, complete, or a reason why not.

`GET {endpoint}/api/daily_papers?date=YYYY-MM-DD&limit=100&p=0` answers a JSON array. In the place of `date` it takes
`week=YYYY-Www`, `month=YYYY-MM` or `sort=trending`. Clients may send 500 requests in 5 minutes, with a token 1,000.
See https://huggingface.co/docs/hub/api and https://huggingface.co/docs/hub/rate-limits.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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
    crowded: float = 5  # after a 429 that names no wait; doubles with every one
    whole_list: float = 600  # all pages of a list with all their tries: none begins later
    list_size: int = 200_000_000  # bytes of all pages of a list, which is held in memory


class DayNotFetched(Exception):
    """The server gave no list of this day, week or month; its text says why. Others may fare better."""


class NotBegun(DayNotFetched):
    """The server refuses a day that, by its clock, is today or has not begun."""


class _Refusal(DayNotFetched):
    """The server takes the question for a wrong one: 400."""


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
        self._crowds = 0  # answers of 429 in a row that named no wait
        self._of_list = 0  # bytes that came of the list so far
        self._watch = web.Watch()
        self.server_time: datetime | None = None  # of the last answer, with time zone
        self.ahead = timedelta(0)  # how much later it is by the server's clock than by ours
        self._told = told
        self._client = web.client(limits, _authorization(settings.token), redirects=_REDIRECTS_AT_MOST)

    def __enter__(self) -> DailyPapers:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def day(self, day: date) -> list[Any]:
        """The entries of a day's list, as the API gives them; none on a day without papers.

        Raises:
            NotBegun: there is no such list yet.
            DayNotFetched: the server answered with something else, or broke off, time and again.
            NoAnswer: there is no point in asking for other days.
        """
        try:
            return self.entries({"date": day.isoformat()})
        except _Refusal as refusal:
            if self.server_time and day >= self.server_time.astimezone(UTC).date():
                raise NotBegun(str(refusal)) from refusal
            raise

    def entries(self, query: Mapping[str, str]) -> list[Any]:
        """The entries of the list that a query names, page after page; raises as `day` does."""
        entries: list[Any] = []
        seen: set[str] = set()
        latest = time.monotonic() + self._limits.whole_list
        self._of_list = 0
        for page in range(_PAGES_AT_MOST):
            if (left := latest - time.monotonic()) <= 0:
                raise DayNotFetched(f"the list takes longer than {self._limits.whole_list:g} seconds")
            listed = self._get({**query, "limit": PAGE, "p": page}, left)
            new = [entry for entry in listed if _identity(entry) not in seen]
            seen.update(map(_identity, new))
            entries += new
            # A server that knows no pages repeats the first. A short page ends a day's list, to spare a request a day;
            # lists that are longer by nature are read until nothing comes.
            if not new or (len(listed) < PAGE and "date" in query):
                return entries
        raise DayNotFetched(f"the list has no end after {len(entries):,} entries")

    def _get(self, query: Mapping[str, Any], within: float) -> list[Any]:
        """One page; tried again while that may help, and time is left (seconds)."""
        patience = self._limits.pauses
        try:
            for attempt in web.tries(self._limits, within):
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
        url, told = self.endpoint + PATH, self._watch.extensions
        with (
            self._watch.over(self._limits.answer),
            self._client.stream("GET", url, params=dict(query), extensions=told) as response,
        ):
            self._heed(response)
            body = web.body(response, self._limits)
        if response.status_code in web.WORTH_ANOTHER_TRY:
            wait = 0.0 if self._pause else None  # the pause comes before the next try
            raise web.Refused(f"the server answered {response.status_code}", wait)
        if response.status_code == httpx2.codes.BAD_REQUEST:
            raise _Refusal(f"the server answered 400{_said(body)}")
        if response.status_code != httpx2.codes.OK:
            raise DayNotFetched(f"the server answered {response.status_code}{_said(body)}")
        listed = _parsed(body)
        if not isinstance(listed, list):
            raise DayNotFetched(f"the answer is no list{_said(body)}")
        self._of_list += len(body)
        if self._of_list > self._limits.list_size:
            raise DayNotFetched(f"the list is longer than {self._limits.list_size:,} bytes")
        return listed

    def _heed(self, response: httpx2.Response) -> None:
        """Note what an answer says of the time, and of how long to wait before the next request."""
        now = datetime.now(UTC)
        self.server_time = web.server_time(response.headers) or self.server_time
        self.ahead = self.server_time - now if self.server_time else self.ahead
        self._pause = web.asked_pause(response.status_code, response.headers, now)
        if response.status_code != httpx2.codes.TOO_MANY_REQUESTS:
            self._crowds = 0
        elif not self._pause and "retry-after" not in response.headers:
            self._pause = self._limits.crowded * 2**self._crowds
            self._crowds += 1


def _parsed(body: bytes) -> Any:
    """The JSON of an answer. Bytes that are not UTF-8 become U+FFFD: one broken name must not cost a day of papers.

    Raises:
        web.Refused: it is something else, or broken off.
    """
    try:
        try:
            return json.loads(body)
        except UnicodeDecodeError:
            return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        page = body.lstrip()[:1] == b"<"
        raise web.Refused(
            "the answer is a web page, not JSON" if page else "the answer is not whole JSON"
        ) from None


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
