"""A server on loopback that answers as arXiv's OAI-PMH interface does, and misbehaves when told to.

As arXiv: pages by the day of a record's last change, tokens that name the next page and expire, an error within a good
answer where a list is empty or a token is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from tests.loopback import Loopback, Request, Trouble

GONE = ' status="deleted"'
HTML = b"<!DOCTYPE html><html><body>We are down for maintenance.</body></html>"


@dataclass(frozen=True)
class Listed:
    """A record as the server has it."""

    arxiv_id: str
    changed_on: date
    xml: str
    sets: tuple[str, ...] = ("cs:cs:CL",)


class Oai(Loopback):
    """The server. Use as a context manager; `endpoint` is what PAPERTIDE_ARXIV_ENDPOINT should say."""

    path = "/oai"

    def __init__(self, records: list[Listed], page: int = 3) -> None:
        super().__init__()
        self.records = records
        self.page = page
        self.generation = 0  # of tokens: those of another one have expired
        self.expires = ""  # what is said of tokens, such as 'expirationDate="2025-03-13T00:00:00Z"'
        self.troubles: list[Trouble] = []  # each for one request
        self.asked: list[dict[str, str]] = []
        self.when_asked: Callable[[int], None] = lambda number: None

    def reply(self, request: Request) -> Trouble:
        self.asked.append(request.query)
        self.when_asked(len(self.asked))
        return self.answer(request.query)

    def answer(self, query: dict[str, str]) -> Trouble:
        """The interface's answer to a query."""
        if self.troubles:
            return self.troubles.pop(0)
        if token := query.get("resumptionToken"):
            subset, since, until, skip, generation = token.split("|")
            if generation != str(self.generation) or len(query) > 2:
                return said("badResumptionToken", "The token is invalid or expired.")
        else:
            subset, since, until, skip = query.get("set", ""), query["from"], query["until"], "0"
            if query.get("metadataPrefix") != "arXivRaw" or query.get("verb") != "ListRecords":
                return said("badArgument", "Not the question that was expected.")
            if not subset.startswith("cs"):
                return said("badArgument", "Set does not exist")
        first, last = date.fromisoformat(since), date.fromisoformat(until)
        listed = sorted(
            (record.changed_on, record.arxiv_id, record.xml)
            for record in self.records
            if first <= record.changed_on <= last and any(name.startswith(subset) for name in record.sets)
        )
        if not listed:
            return said("noRecordsMatch", "The list is empty.")
        end = int(skip) + self.page
        token = f"{subset}|{since}|{until}|{end}|{self.generation}" if end < len(listed) else ""
        expires = self.expires if token else ""
        return Trouble(
            body=answer(
                *(xml for _, _, xml in listed[int(skip) : end]),
                tail=f"<resumptionToken {expires}>{token}</resumptionToken>",
            )
        )


def answer(*records: str, tail: str = "") -> bytes:
    """A list of records as the interface answers it."""
    return envelope(f"<ListRecords>{''.join(records)}{tail}</ListRecords>")


def said(code: str, text: str) -> Trouble:
    """An error as the interface tells it."""
    return Trouble(body=envelope(f"<error code='{code}'>{text}</error>"))


def envelope(content: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        "<responseDate>2025-03-12T09:30:00Z</responseDate><request verb='ListRecords'>http://x/oai</request>"
        f"{content}</OAI-PMH>"
    ).encode()


def listed(arxiv_id: str, changed_on: date, *, sets: tuple[str, ...] = ("cs:cs:CL",), **given: str) -> Listed:
    """A record in the format arXivRaw; its first version is of the day given as `first`, else of the change."""
    first = date.fromisoformat(given.pop("first", str(changed_on)))
    fields = {
        "id": arxiv_id,
        "submitter": "Ada Lovelace",
        "title": f"Paper {arxiv_id}",
        "authors": "Ada Lovelace and Emmy Noether",
        "categories": "cs.CL cs.LG",
        "abstract": f"  We study {arxiv_id}.\n",
    } | {name.replace("_", "-"): value for name, value in given.items()}
    days = [first] if first == changed_on else [first, changed_on]
    versions = "".join(
        f'<version version="v{number}"><date>{day:%a, %d %b %Y} 12:00:00 GMT</date><size>12kb</size></version>'
        for number, day in enumerate(days, start=1)
    )
    content = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return Listed(
        arxiv_id,
        changed_on,
        f"<record>{header(arxiv_id, changed_on)}<metadata><arXivRaw xmlns='http://arxiv.org/OAI/arXivRaw/'>"
        f"{versions}{content}</arXivRaw></metadata></record>",
        sets,
    )


def deleted(arxiv_id: str, changed_on: date) -> Listed:
    """A record that is none any more."""
    return Listed(arxiv_id, changed_on, f"<record>{header(arxiv_id, changed_on, GONE)}</record>")


def header(arxiv_id: str, changed_on: date, status: str = "") -> str:
    return (
        f"<header{status}><identifier>oai:arXiv.org:{arxiv_id}</identifier>"
        f"<datestamp>{changed_on}</datestamp><setSpec>cs:cs:CL</setSpec></header>"
    )
