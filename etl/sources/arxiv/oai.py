"""The client of arXiv's OAI-PMH interface: one page of a list, or a reason why not.

`GET {endpoint}?verb=ListRecords&metadataPrefix=arXivRaw&set=cs:cs:CL&from=2025-03-01&until=2025-03-31` answers a page
of records, and a token with which the next page is asked for. arXiv asks for one connection, and three seconds between
two requests. `from` and `until` are days on which a record was last changed, whatever the day of the paper.
See http://www.openarchives.org/OAI/openarchivesprotocol.html and https://info.arxiv.org/help/oa/index.html.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml
import httpx2
from defusedxml.ElementTree import fromstring

from etl import web
from etl.errors import InputError
from etl.records import Reject, shorten
from etl.settings import ARXIV_ENDPOINT_VARIABLE, ArxivSettings
from etl.sources.arxiv import metadata

_REDIRECTS_AT_MOST = 3
_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_PREFIX = "oai:arXiv.org:"
DELETED = "arXiv has deleted this record; a paper that was loaded before is kept"
_NO_XML = bytes(
    set(range(32)) - {9, 10, 13}
)  # control characters: one in an abstract would spoil a whole page


@dataclass(frozen=True, slots=True)
class Limits(web.Limits):
    """How long and how often a request is tried; times in seconds."""

    read: float = 120  # the server thinks for long over the first page of a large list
    answer: float = 300
    tries: int = 5
    first_wait: float = 3
    longest_wait: float = 60
    pauses: float = 600  # that the server may ask for, all in all for one request


class PageNotFetched(Exception):
    """The server gave no page; its text says why."""


class TokenRefused(Exception):
    """The server takes the token no more: the list must be asked for from its beginning."""


class Unreachable(PageNotFetched):
    """Nobody answers at the endpoint."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, as the server gave it."""

    records: list[Mapping[str, Any] | Reject]  # in the snapshot's shape, with `datestamp`
    token: str | None = None  # of the next page
    expires: datetime | None = None  # the token; naive UTC, None where the server does not say


class Oai:
    """A client of the interface. Use as a context manager: leaving it closes its connection.

    Args:
        settings: the endpoint, and the seconds between two requests.
        limits: of each request.
        sleep: waits so many seconds.
        told: told when the server asks to wait, in words that fit beside a progress bar.

    Raises:
        InputError: the endpoint cannot be used.
    """

    def __init__(
        self,
        settings: ArxivSettings,
        limits: Limits = Limits(),
        *,
        sleep: Callable[[float], None] = time.sleep,
        told: Callable[[str], None] = lambda words: None,
    ) -> None:
        if not web.is_address(settings.endpoint):
            raise InputError(
                f"{ARXIV_ENDPOINT_VARIABLE} is not a web address; set it to one such as "
                "https://oaipmh.arxiv.org/oai, or unset it."
            )
        self.endpoint = settings.endpoint
        self._interval = settings.interval
        self._limits = limits
        self._sleep = sleep
        self._told = told
        self._pause = 0.0  # seconds that the last answer asked for
        self._asked_at = -settings.interval  # on the clock of time.monotonic
        self._watch = web.Watch()
        self._client = web.client(limits, redirects=_REDIRECTS_AT_MOST)

    def __enter__(self) -> Oai:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def page(self, subset: str, since: date, until: date, token: str | None = None) -> bytes:
        """One page of a list, as it came: the first, or the one that a token of the page before leads to.

        Args:
            subset: the set.
            since: first day on which its records were last changed.
            until: the last one.
            token: of the page before.

        Raises:
            TokenRefused: the token is no longer good.
            PageNotFetched: the server answered with something else, or broke off, time and again.
        """
        query = {"verb": "ListRecords"}
        if token:
            query |= {"resumptionToken": token}
        else:
            query |= {"metadataPrefix": "arXivRaw", "set": subset, "from": str(since), "until": str(until)}
        patience = self._limits.pauses
        try:
            for attempt in web.tries(self._limits):
                with attempt:
                    patience -= self._wait_for_our_turn(patience)
                    return self._ask(query)
        except web.NOBODY as error:
            raise Unreachable(web.words(error)) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, web.Refused, web.TooLong, web.TooSlow) as error:
            raise PageNotFetched(web.words(error)) from error
        raise AssertionError("a try either returns or raises")

    def _wait_for_our_turn(self, patience: float) -> float:
        """Wait as long as the last answer asked for, and as arXiv asks of everybody; returns the former (seconds)."""
        pause, self._pause = self._pause, 0.0
        if pause > patience:
            raise PageNotFetched(f"the server asks to wait {pause:,.0f} seconds before the next request")
        if pause > 0:
            self._told(f"waiting {pause:,.0f} s")
        due = self._asked_at + self._interval - time.monotonic()
        if max(pause, due) > 0:
            self._sleep(max(pause, due))
        self._asked_at = time.monotonic()
        return pause

    def _ask(self, query: Mapping[str, str]) -> bytes:
        """Send one request; the body of an answer that `read` can read.

        Raises:
            web.Refused: another try may help.
            PageNotFetched, TokenRefused: none will.
        """
        told = self._watch.extensions
        with (
            self._watch.over(self._limits.answer),
            self._client.stream("GET", self.endpoint, params=dict(query), extensions=told) as response,
        ):
            status = response.status_code
            self._pause = web.asked_pause(status, response.headers, datetime.now(UTC))
            body = web.body(response, self._limits)
        if status in web.WORTH_ANOTHER_TRY:
            wait = 0.0 if self._pause else None  # the pause comes before the next try
            raise web.Refused(f"the server answered {status}", wait)
        if status != httpx2.codes.OK and not _is_oai(
            body
        ):  # some servers say with 400 or 404 that a list is empty
            raise PageNotFetched(f"the server answered {status}")
        read(body)
        return body


# ---- what an answer says ----


def read(body: bytes) -> Page:
    """The records and the token in an answer; no records where the list is empty.

    Raises:
        web.Refused: it is not a whole answer of this interface.
        TokenRefused: it says that the token is no longer good.
        PageNotFetched: it refuses the question.
    """
    root = _parsed(body)
    for error in root.iter(f"{_OAI}error"):
        code, said = error.get("code", ""), " ".join((error.text or "").split())[:150]
        if code == "noRecordsMatch":
            return Page([])
        if code == "badResumptionToken":
            raise TokenRefused(said)
        raise PageNotFetched(f'the server refuses to list it: {code} ("{said}")')
    listed = root.find(f"{_OAI}ListRecords")
    if listed is None:
        raise web.Refused("the answer holds no list")
    records = [_record(record) for record in listed.findall(f"{_OAI}record")]
    token = listed.find(f"{_OAI}resumptionToken")
    if token is None or not (token.text or "").strip():
        return Page(records)
    return Page(
        records, str(token.text).strip(), _moment(token.get("expirationDate") or token.get("expires"))
    )


def _parsed(body: bytes) -> Element:
    """The answer's root.

    The parser refuses every document type: no answer of the interface has one, and entities that are defined there
    could fill the memory (https://docs.python.org/3/library/xml.html#xml-security).
    """
    text = body.translate(None, _NO_XML).decode("utf-8-sig", "replace")
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, defusedxml.DefusedXmlException, ValueError, LookupError) as error:
        what = "whole XML" if isinstance(error, ParseError) else "of OAI-PMH"
        raise web.Refused(f"the answer is not {what}") from None
    if root.tag != f"{_OAI}OAI-PMH":
        raise web.Refused("the answer is not of OAI-PMH")
    return root


def _is_oai(body: bytes) -> bool:
    try:
        _parsed(body)
    except web.Refused:
        return False
    return True


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):  # the end of the year 9999 has no later hour
        return None


def _record(record: Element) -> Mapping[str, Any] | Reject:
    """A record in the shape of a line of the snapshot."""
    header = record.find(f"{_OAI}header")
    identifier = _text(header, f"{_OAI}identifier") or ""
    if header is not None and header.get("status") == "deleted":
        return _refused(DELETED, identifier)
    content = record.find(f"{_OAI}metadata/{_RAW}arXivRaw")
    if content is None:
        return _refused("the record holds no metadata of the format arXivRaw", identifier)
    found: dict[str, Any] = {"datestamp": _text(header, f"{_OAI}datestamp")}
    for element in content:
        name = element.tag.removeprefix(_RAW)
        if name != "version":
            found[name] = element.text
    versions = [
        {"version": version.get("version", ""), "created": _text(version, f"{_RAW}date") or ""}
        for version in content.iter(f"{_RAW}version")
    ]
    found["versions"] = sorted(versions, key=_number)
    return found


def _refused(reason: str, identifier: str) -> Reject:
    return Reject(metadata.NAME, reason, shorten(identifier.removeprefix(_PREFIX)))


def _number(version: Mapping[str, str]) -> int:
    digits = version["version"].removeprefix("v")
    return int(digits) if digits.isdecimal() else 0


def _text(element: Element | None, path: str) -> str | None:
    return element.findtext(path) if element is not None else None
