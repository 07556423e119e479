"""The client of the Daily Papers API: one day's list, complete, or a reason why not.

`GET {endpoint}/api/daily_papers?date=YYYY-MM-DD&limit=100&p=0` answers a JSON array. Clients without a token may send
500 requests in 5 minutes. What is left is told by the header `RateLimit: "api";r=<requests left>;t=<seconds to reset>`
(draft-ietf-httpapi-ratelimit-headers), and by `Retry-After` beside a status of 429.
See https://huggingface.co/docs/hub/rate-limits.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any

import httpx2
import stamina

from etl.errors import InputError
from etl.settings import HF_ENDPOINT_VARIABLE, HF_TOKEN_VARIABLE, HfSettings

PATH = "/api/daily_papers"
PAGE = 100  # entries; the API refuses more
_PAGES_AT_MOST = 100
_REDIRECTS_AT_MOST = 3
_WORTH_ANOTHER_TRY = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often a request is tried; times in seconds."""

    connect: float = 10
    read: float = 30  # between two pieces of an answer
    answer: float = 120  # for a whole answer, so that one that trickles in ends too
    size: int = 50_000_000  # bytes of an answer
    tries: int = 4
    first_wait: float = 0.5  # doubles with every try
    longest_wait: float = 8
    pauses: float = 360  # that the server may ask for, all in all for one request: its window is 300


class DayNotFetched(Exception):
    """The server gave no list of this day; its text says why. Other days may fare better."""


class NoAnswer(Exception):
    """No other day would fare better; its text says why."""


class Unreachable(NoAnswer):
    """Nobody answers at the endpoint."""


class _Refused(Exception):
    """An answer that another try may better; `wait` is how long the server says to wait for it, where it does."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


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
        # The library would log every retry as a warning, into the user's terminal.
        stamina.instrumentation.set_on_retry_hooks(())
        self._client = httpx2.Client(
            headers={"User-Agent": f"papertide/{version('papertide')}", **_authorization(settings.token)},
            timeout=httpx2.Timeout(limits.read, connect=limits.connect),
            follow_redirects=True,
            max_redirects=_REDIRECTS_AT_MOST,
        )

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
        tries = stamina.retry_context(
            on=_wait_before_another_try,
            attempts=self._limits.tries,
            timeout=None,
            wait_initial=self._limits.first_wait,
            wait_max=self._limits.longest_wait,
            wait_jitter=self._limits.first_wait,
        )
        try:
            for attempt in tries:
                with attempt:
                    patience -= self._wait_for_the_server(patience)
                    return self._ask(query)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise Unreachable(_words(error)) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, _Refused) as error:
            raise DayNotFetched(_words(error)) from error
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
            _Refused: another try may help.
            DayNotFetched: none will.
        """
        with self._client.stream("GET", self.endpoint + PATH, params=dict(query)) as response:
            self._pause = asked_pause(response.status_code, response.headers, datetime.now(UTC))
            body = self._body(response)
        if response.status_code in _WORTH_ANOTHER_TRY:
            wait = 0.0 if self._pause else None  # the pause comes before the next try
            raise _Refused(f"the server answered {response.status_code}", wait)
        if response.status_code != httpx2.codes.OK:
            raise DayNotFetched(f"the server answered {response.status_code}{_said(body)}")
        try:
            listed = json.loads(body)
        except (ValueError, RecursionError):
            raise _Refused("the answer is not whole JSON") from None
        if not isinstance(listed, list):
            raise DayNotFetched(f"the answer is no list{_said(body)}")
        return listed

    def _body(self, response: httpx2.Response) -> bytes:
        """The answer's body, given up where it is too long in bytes or in time."""
        body = bytearray()
        latest = time.monotonic() + self._limits.answer
        for piece in response.iter_bytes():
            body += piece
            if len(body) > self._limits.size:
                raise DayNotFetched(f"the answer is longer than {self._limits.size:,} bytes")
            if time.monotonic() > latest:
                raise DayNotFetched(f"the answer takes longer than {self._limits.answer:g} seconds")
        return bytes(body)


def asked_pause(status: int, headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait before the next request, as an answer asks: 0 while requests are left.

    Args:
        status: of the answer.
        headers: of the answer; names in any case if the mapping compares them so.
        now: with time zone, for a Retry-After that names a point in time.
    """
    named = headers.get("retry-after") if status in {429, 503} else None
    if named and (seconds := _retry_after(named, now)) is not None:
        return seconds
    resets = [
        (int(left.group(1)), int(reset.group(1)))
        for policy in headers.get("ratelimit", "").split(",")
        if (left := re.search(r";\s*r=(\d+)", policy)) and (reset := re.search(r";\s*t=(\d+)", policy))
    ]
    return float(max((reset for left, reset in resets if left == 0 or status == 429), default=0))


def _retry_after(text: str, now: datetime) -> float | None:
    if re.fullmatch(r"\d+(\.\d+)?", text.strip()):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _wait_before_another_try(error: Exception) -> bool | float:
    """For stamina: whether to try again, or after how many seconds where the server says."""
    if isinstance(error, _Refused):
        return True if error.wait is None else error.wait
    if isinstance(error, httpx2.UnsupportedProtocol):
        return False
    return isinstance(error, (httpx2.TransportError, httpx2.DecodingError))


def _identity(entry: object) -> str:
    """What tells two entries of a list apart: the paper's id, else the whole entry."""
    paper = entry.get("paper") if isinstance(entry, dict) else None
    named = paper.get("id") if isinstance(paper, dict) else None
    return str(named) if named else json.dumps(entry, sort_keys=True)


def _words(error: Exception) -> str:
    """An error of the network in a few words."""
    if isinstance(error, httpx2.TimeoutException):
        return "it did not answer in time"
    if isinstance(error, httpx2.TooManyRedirects):
        return "it redirects without end"
    text = " ".join(str(error).split()) or type(error).__name__
    return re.sub(r"^\[Errno -?\d+\] ", "", text)[:200]


def _said(body: bytes) -> str:
    """What the server said of an error, shortened, in brackets."""
    try:
        content = json.loads(body)
        said = content.get("error") or content.get("message")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return f' ("{" ".join(str(said).split())[:150]}")' if said else ""


def _usable_endpoint(endpoint: str) -> str:
    try:
        url = httpx2.URL(endpoint)
        usable = url.scheme in {"http", "https"} and bool(url.host) and not url.userinfo
    except httpx2.InvalidURL:
        usable = False
    if not usable:
        raise InputError(
            f"{HF_ENDPOINT_VARIABLE} is not a web address; set it to one such as https://huggingface.co, or unset it."
        )
    return endpoint


def _authorization(token: str | None) -> dict[str, str]:
    if token is None:
        return {}
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise InputError(f"{HF_TOKEN_VARIABLE} holds characters that no token has; set it anew, or unset it.")
    return {"Authorization": f"Bearer {token}"}
