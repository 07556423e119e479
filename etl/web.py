"""What every client of a server shares: limits, tries with growing waits, bodies of bounded length, plain words.

Each client decides for itself what an answer means; here stands only how one is asked for.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any

import httpx2
import stamina

_NUMBER = r"(\d{1,15})(?!\d)"  # Python reads no numbers of thousands of digits, and no server means one
WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})  # statuses that may pass
# Nobody is there: other questions to the same server fare no better.
NOBODY = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)


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


class Refused(Exception):
    """An answer that another try may better; `wait` is how long the server says to wait for it, where it does."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class TooLong(Exception):
    """An answer of more bytes than the limit; its text says so."""


class TooSlow(Exception):
    """An answer that takes longer than the limit; its text says so."""


def client(
    limits: Limits, headers: Mapping[str, str] | None = None, *, redirects: int | None = None
) -> httpx2.Client:
    """A client that says who we are, and follows as many redirects; none unless said.

    httpx2 sends a header `Authorization` to the host that was asked, and to no other that it redirects to.
    """
    # The library would log every retry as a warning, into the user's terminal.
    stamina.instrumentation.set_on_retry_hooks(())
    return httpx2.Client(
        headers={"User-Agent": f"papertide/{version('papertide')}", **(headers or {})},
        timeout=httpx2.Timeout(limits.read, connect=limits.connect),
        follow_redirects=redirects is not None,
        max_redirects=redirects or 0,
    )


def tries(limits: Limits, within: float | None = None) -> Iterator[stamina.Attempt]:
    """Tries with growing waits, to be used as `for attempt in tries(limits): with attempt: …`.

    What was raised within is tried again if the network broke off or it is a `Refused`; else, and after the last try,
    it is raised on. `within` so many seconds, where given, the last try must begin.
    """
    return iter(
        stamina.retry_context(
            on=_wait_before_another_try,
            attempts=limits.tries,
            timeout=within,
            wait_initial=limits.first_wait,
            wait_max=limits.longest_wait,
            wait_jitter=limits.first_wait,
        )
    )


def _wait_before_another_try(error: Exception) -> bool | float:
    """For stamina: whether to try again, or after how many seconds where the server says."""
    if isinstance(error, Refused):
        return True if error.wait is None else error.wait
    if isinstance(error, httpx2.UnsupportedProtocol):
        return False
    return isinstance(error, (httpx2.TransportError, httpx2.DecodingError))


def body(response: httpx2.Response, limits: Limits) -> bytes:
    """A streamed answer's body.

    Raises:
        TooLong: it has too many bytes.
        TooSlow: it trickles in for too long.
    """
    read = bytearray()
    latest = time.monotonic() + limits.answer
    for piece in response.iter_bytes():
        read += piece
        if len(read) > limits.size:
            raise TooLong(f"the answer is longer than {limits.size:,} bytes")
        if time.monotonic() > latest:
            raise _too_slow(limits.answer)
    return bytes(read)


class Watch:
    """Ends an answer that trickles in, be it in its headers: the client's own time-outs hold between two pieces only.

    Give `extensions` with every request of a client, so that the connection is known.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self.extensions = {"trace": self._see}

    def _see(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")

    @contextmanager
    def over(self, seconds: float) -> Iterator[None]:
        """Watch over one answer.

        Raises:
            TooSlow: it took longer.
        """
        rang = threading.Event()

        def ring() -> None:
            rang.set()
            if self._socket is not None:
                with suppress(OSError):  # it may have ended this very moment
                    self._socket.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, ring)
        timer.daemon = True
        timer.start()
        try:
            yield
        except httpx2.TransportError as error:
            if rang.is_set():
                raise _too_slow(seconds) from error
            raise
        finally:
            timer.cancel()
        if rang.is_set():
            raise _too_slow(seconds)


def _too_slow(seconds: float) -> TooSlow:
    return TooSlow(f"the answer takes longer than {seconds:g} seconds")


def asked_pause(status: int, headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait before the next request, as an answer asks: 0 while requests are left.

    That is told by `Retry-After` beside a status of 429 or 503, else by the header
    `RateLimit: "api";r=<requests left>;t=<seconds to reset>` (draft-ietf-httpapi-ratelimit-headers).

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
        if (left := re.search(rf";\s*r={_NUMBER}", policy))
        and (reset := re.search(rf";\s*t={_NUMBER}", policy))
    ]
    return float(max((reset for left, reset in resets if left == 0 or status == 429), default=0))


def _retry_after(text: str, now: datetime) -> float | None:
    if re.fullmatch(r"\d+(\.\d+)?", text.strip()):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """What time it is by the server's clock, in UTC; None where it does not say."""
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):  # the last hours of the year 9999 may have no UTC
        return None


def words(error: Exception) -> str:
    """An error of the network in a few words."""
    if isinstance(error, httpx2.TimeoutException):
        return "it did not answer in time"
    if isinstance(error, httpx2.TooManyRedirects):
        return "it redirects without end"
    text = " ".join(str(error).split()) or type(error).__name__
    return re.sub(r"^\[Errno -?\d+\] ", "", text)[:200]


def is_address(text: str) -> bool:
    """Whether a text is a web address of a server, without name and password in it."""
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        return False
    return url.scheme in {"http", "https"} and bool(url.host) and not url.userinfo


def authorization(secret: str | None) -> dict[str, str]:
    """The header that carries a token or key; none without one.

    Raises:
        ValueError: it holds characters that no header takes; the text does not repeat it.
    """
    if secret is None:
        return {}
    if not re.fullmatch(r"[\x21-\x7e]+", secret):
        raise ValueError("characters that no token has")
    return {"Authorization": f"Bearer {secret}"}
