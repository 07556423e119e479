"""The client of arXiv's OAI-PMH interface against a server on loopback that answers, and misbehaves, as the real."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl import web
from etl.errors import InputError
from etl.records import Raw, Reject
from etl.settings import ArxivSettings
from etl.sources.arxiv import metadata
from etl.sources.arxiv.oai import Limits, Oai, Page, PageNotFetched, TokenRefused, Unreachable, read
from tests import arxiv_server
from tests.arxiv_server import HTML, Listed, answer, deleted, envelope, header, listed, said
from tests.loopback import Trouble

MARCH = date(2025, 3, 1), date(2025, 3, 31)
DAY = date(2025, 3, 10)
IMPATIENT = Limits(read=0.5, first_wait=0.001, longest_wait=0.01, tries=4)
RECORDS = [listed(f"2503.{number:05}", DAY) for number in range(5)]


@pytest.fixture
def server() -> Iterator[arxiv_server.Oai]:
    with arxiv_server.Oai(list(RECORDS)) as running:
        yield running


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def client(server: arxiv_server.Oai, slept: list[float]) -> Iterator[Callable[..., Oai]]:
    """Makes clients of the server that wait in `slept` only, and for nobody unless told."""
    made: list[Oai] = []

    def make(limits: Limits = IMPATIENT, interval: float = 0, **options: Any) -> Oai:
        made.append(Oai(ArxivSettings(server.endpoint, interval), limits, sleep=slept.append, **options))
        return made[-1]

    yield make
    for one in made:
        one.__exit__()


def ids(page: Page) -> list[str]:
    return [record["id"] for record in page.records if not isinstance(record, Reject)]


def test_a_token_leads_from_page_to_page(client: Any, server: arxiv_server.Oai) -> None:
    server.expires = 'expirationDate="2025-03-13T00:00:00Z"'
    oai = client()
    first = read(oai.page("cs:cs:CL", *MARCH))
    second = read(oai.page("cs:cs:CL", *MARCH, first.token))
    assert ids(first) == ["2503.00000", "2503.00001", "2503.00002"]
    assert first.expires == datetime(2025, 3, 13)
    assert ids(second) == ["2503.00003", "2503.00004"]
    assert (second.token, second.expires) == (None, None)
    assert server.asked == [
        {
            "verb": "ListRecords",
            "metadataPrefix": "arXivRaw",
            "set": "cs:cs:CL",
            "from": "2025-03-01",
            "until": "2025-03-31",
        },
        {"verb": "ListRecords", "resumptionToken": first.token},  # with a token, nothing else may be asked
    ]


def test_a_record_is_read_in_the_shape_of_the_snapshot() -> None:
    record = listed(
        "2503.00001",
        DAY,
        first="2025-01-02",
        title="A < B & C",
        journal_ref="J. 7",
        doi="10.1000/x",
        comments="9 pages",
    )
    assert read(answer(record.xml)).records == [
        {
            "datestamp": "2025-03-10",
            "id": "2503.00001",
            "submitter": "Ada Lovelace",
            "title": "A < B & C",
            "authors": "Ada Lovelace and Emmy Noether",
            "categories": "cs.CL cs.LG",
            "abstract": "  We study 2503.00001.\n",
            "journal-ref": "J. 7",
            "doi": "10.1000/x",
            "comments": "9 pages",
            "versions": [
                {"version": "v1", "created": "Thu, 02 Jan 2025 12:00:00 GMT"},
                {"version": "v2", "created": "Mon, 10 Mar 2025 12:00:00 GMT"},
            ],
        }
    ]


def test_versions_are_put_in_order() -> None:
    versions = "".join(
        f'<version version="v{number}"><date>day {number}</date></version>' for number in (10, 2, 1)
    )
    record = RECORDS[0].xml.replace("<id>", f"{versions}<id>", 1)
    (found,) = read(answer(record)).records
    assert not isinstance(found, Reject)
    assert [version["created"] for version in found["versions"]] == [
        "Mon, 10 Mar 2025 12:00:00 GMT",  # version 1 as well
        "day 1",
        "day 2",
        "day 10",
    ]


def test_an_empty_list_has_no_records(client: Any, server: arxiv_server.Oai) -> None:
    assert read(client().page("cs:cs:CV", *MARCH)) == Page([])
    assert read(answer()) == Page([])


def test_deleted_records_and_those_without_metadata_are_told(client: Any) -> None:
    bare = f"<record>{header('2503.00008', DAY)}</record>"
    other = (
        f"<record>{header('2503.00009', DAY)}<metadata><dc xmlns='http://purl.org/dc/'/></metadata></record>"
    )
    records = read(answer(deleted("2503.00007", DAY).xml, bare, other, "<record/>")).records
    assert [(record.reason, record.raw) for record in records if isinstance(record, Reject)] == [
        ("arXiv has deleted this record; a paper that was loaded before is kept", "2503.00007"),
        ("the record holds no metadata of the format arXivRaw", "2503.00008"),
        ("the record holds no metadata of the format arXivRaw", "2503.00009"),
        ("the record holds no metadata of the format arXivRaw", ""),
    ]


@pytest.mark.parametrize(
    ("told", "expires"),
    [
        ('expirationDate="2025-03-13T00:00:00Z"', datetime(2025, 3, 13)),
        ("expires='2025-03-13T02:00:00+02:00'", datetime(2025, 3, 13)),  # as arXiv calls it
        ('expirationDate="soon"', None),
        ('expirationDate="9999-12-31T23:59:59-12:00"', None),  # in UTC there is no such hour
        ('expirationDate="0001-01-01T00:00:00+14:00"', None),
        ("", None),
    ],
)
def test_when_a_token_expires(told: str, expires: datetime | None) -> None:
    assert read(answer(tail=f"<resumptionToken {told}>t</resumptionToken>")) == Page([], "t", expires)


# ---- faults ----

WHOLE = answer(RECORDS[0].xml)
PASSING = {
    "500": Trouble(500),
    "503": Trouble(503),
    "drop": Trouble(body=WHOLE, missing=1_000),
    "cut": Trouble(body=WHOLE[:-30]),
    "empty": Trouble(body=b""),
    "html": Trouble(body=HTML),
    "other": Trouble(body=b"<rss/>"),
    "no list": Trouble(body=envelope("")),
}


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
def test_troubles_that_pass_are_waited_out(client: Any, server: arxiv_server.Oai, trouble: Trouble) -> None:
    server.troubles = [trouble] * 2
    assert len(read(client().page("cs", *MARCH)).records) == 3
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("trouble", "reason", "requests"),
    [
        (Trouble(500), "the server answered 500", 4),
        (Trouble(404, body=HTML), "the server answered 404", 1),
        (Trouble(body=WHOLE[:-30]), "the answer is not whole XML", 4),
        (Trouble(body=HTML), "the answer is not of OAI-PMH", 4),
        (Trouble(body=b"<rss/>"), "the answer is not of OAI-PMH", 4),
        (Trouble(body=envelope("")), "the answer holds no list", 4),
        (Trouble(body=b" " * 20_000), "the answer is longer than 10,000 bytes", 1),
        (Trouble(302, {"Location": "/oai"}), "it redirects without end", 4),
        (
            said("badArgument", "Set does not exist"),
            'the server refuses to list it: badArgument ("Set does not exist")',
            1,
        ),
    ],
)
def test_troubles_that_stay_are_told(
    client: Any, server: arxiv_server.Oai, trouble: Trouble, reason: str, requests: int
) -> None:
    server.troubles = [trouble] * 9
    limits = Limits(read=0.5, first_wait=0.001, longest_wait=0.01, tries=4, size=10_000)
    with pytest.raises(PageNotFetched) as failure:
        client(limits).page("cs", *MARCH)
    assert str(failure.value) == reason
    assert len(server.asked) == requests


def test_an_answer_that_trickles_in_is_given_up(client: Any, server: arxiv_server.Oai) -> None:
    server.troubles = [Trouble(stall=2)]
    with pytest.raises(PageNotFetched, match=r"^the answer takes longer than 0\.2 seconds$"):
        client(Limits(read=5, answer=0.2)).page("cs", *MARCH)


def test_an_empty_list_may_come_with_an_error_status(client: Any, server: arxiv_server.Oai) -> None:
    server.troubles = [Trouble(404, body=said("noRecordsMatch", "None.").body)]
    assert read(client().page("cs", *MARCH)) == Page([])


def test_a_token_that_expired_is_told_at_once(client: Any, server: arxiv_server.Oai) -> None:
    oai = client()
    token = read(oai.page("cs", *MARCH)).token
    server.generation += 1
    with pytest.raises(TokenRefused, match="The token is invalid or expired"):
        oai.page("cs", *MARCH, token)
    assert len(server.asked) == 2


def test_redirects_are_followed(client: Any, server: arxiv_server.Oai) -> None:
    with arxiv_server.Oai(RECORDS[:1]) as elsewhere:
        query = "verb=ListRecords&metadataPrefix=arXivRaw&set=cs&from=2025-03-01&until=2025-03-31"
        server.troubles = [Trouble(301, {"Location": f"{elsewhere.endpoint}?{query}"})]
        assert ids(read(client().page("cs", *MARCH))) == ["2503.00000"]


def test_nobody_at_the_endpoint() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        Oai(ArxivSettings(f"http://127.0.0.1:{port}/oai", 0), IMPATIENT) as nobody,
        pytest.raises(Unreachable, match=r"^Connection refused$"),
    ):
        nobody.page("cs", *MARCH)


# ---- waiting ----


def test_three_seconds_lie_between_two_requests(
    client: Any, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("etl.sources.arxiv.oai.time.monotonic", lambda: now)
    oai = client(interval=ArxivSettings().interval)
    oai.page("cs", *MARCH)
    assert slept == []  # nobody was asked before
    now += 1
    oai.page("cs", *MARCH)
    assert slept == [2.0]
    now += 5
    oai.page("cs", *MARCH)
    assert slept == [2.0]


def test_the_server_is_waited_for_as_long_as_it_says(
    client: Any, server: arxiv_server.Oai, slept: list[float]
) -> None:
    told: list[str] = []
    server.troubles = [Trouble(503, {"Retry-After": "7"})]
    assert len(read(client(told=told.append).page("cs", *MARCH)).records) == 3
    assert (slept, told) == ([7.0], ["waiting 7 s"])


def test_no_request_waits_for_ever(client: Any, server: arxiv_server.Oai, slept: list[float]) -> None:
    server.troubles = [Trouble(503, {"Retry-After": "400"})] * 2
    with pytest.raises(PageNotFetched, match="asks to wait 400 seconds"):
        client().page("cs", *MARCH)  # twice 400 s is more than the 600 of a request
    assert slept == [400.0]


# ---- settings ----


def test_no_variable_shortens_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ArxivSettings.read() == ArxivSettings("https://oaipmh.arxiv.org/oai", 3.0)
    monkeypatch.setenv("PAPERTIDE_ARXIV_ENDPOINT", " http://127.0.0.1:1/oai ")
    assert ArxivSettings.read() == ArxivSettings("http://127.0.0.1:1/oai", 3.0)


@pytest.mark.parametrize(
    "endpoint", ["oaipmh.arxiv.org", "ftp://x", "http://", "https://me:pass@arxiv.org/oai"]
)
def test_an_endpoint_must_be_a_web_address(endpoint: str) -> None:
    with pytest.raises(
        InputError, match=r"^PAPERTIDE_ARXIV_ENDPOINT is not a web address; set it to one"
    ) as failure:
        Oai(ArxivSettings(endpoint))
    assert "pass" not in str(failure.value)


# ---- hostile answers ----

BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>&b;</ListRecords></OAI-PMH>"""
FILE = BOMB.replace(b'<!ENTITY a "aaaaaaaaaa">', b'<!ENTITY a SYSTEM "file:///etc/hostname">')


@pytest.mark.parametrize("body", [BOMB, FILE], ids=["bomb", "file"])
def test_no_entity_is_ever_expanded(body: bytes) -> None:
    with pytest.raises(web.Refused, match=r"^the answer is not of OAI-PMH$"):
        read(body)


def test_control_characters_and_bytes_that_are_no_text_do_not_spoil_a_page() -> None:
    spoiled = WHOLE.replace(b"We study", b"We\x0b\x00 st\xffudy")
    (record,) = read(spoiled).records
    assert not isinstance(record, Reject)
    assert record["abstract"] == "  We st\ufffdudy 2503.00000.\n"


def tampered(listed_: Listed, place: int, new: bytes) -> bytes:
    body = answer(listed_.xml)
    place %= len(body)
    return body[:place] + new + body[place + len(new) :]


@settings(deadline=None)
@given(
    st.binary(max_size=300)
    | st.builds(tampered, st.just(RECORDS[0]), st.integers(0, 5_000), st.binary(max_size=6))
)
@example(b"\xff\xfe<\x00")
@example(b'<?xml version="1.0" encoding="utf-7"?><x/>')
@example(b'<?xml version="1.0" encoding="no such"?><x/>')
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        page = read(body)
    except (web.Refused, PageNotFetched, TokenRefused):
        return
    # The record that was sent is there, or told; only what is not within a list or record is ignored.
    assert len(page.records) <= 1


WORDS = st.text(st.characters(codec="utf-8"), max_size=30)
FIELDS = st.dictionaries(
    st.sampled_from(["id", "title", "authors", "categories", "abstract", "doi", "other"]), WORDS
)


@settings(deadline=None)
@given(st.lists(FIELDS, max_size=5))
def test_every_record_is_taken_or_refused(records: list[dict[str, str]]) -> None:
    page = read(
        answer(
            *(
                f"<record>{header('x', DAY)}<metadata><arXivRaw xmlns='http://arxiv.org/OAI/arXivRaw/'>"
                + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
                + "</arXivRaw></metadata></record>"
                for fields in records
            )
        )
    )
    assert len(page.records) == len(records)
    for record in page.records:
        assert isinstance(metadata.raw(record, "here"), Raw | Reject)
