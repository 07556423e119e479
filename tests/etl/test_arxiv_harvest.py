"""Source `arxiv`, live: the windows that are asked for, what becomes of records, what a run leaves for the next."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from etl import cli, contract, pipeline, status
from etl.errors import InputError, NotFetched
from etl.records import Harvest
from etl.report import Report
from etl.settings import ArxivSettings, Settings
from etl.sources.arxiv import harvest
from etl.sources.arxiv.harvest import ArxivSource, Span, Window, settled_days, windows
from etl.sources.arxiv.oai import Limits, Oai
from tests import arxiv_server
from tests.arxiv_server import deleted, listed
from tests.loopback import Trouble

Rows = Callable[..., list[tuple[Any, ...]]]

MONDAY, TUESDAY, WEDNESDAY = date(2025, 3, 10), date(2025, 3, 11), date(2025, 3, 12)


@dataclass
class Runner:
    """Runs of source `arxiv` into one folder. What is asked are the requests of the last run."""

    server: arxiv_server.Oai
    data_dir: Path
    progress: Any
    now: datetime = datetime(2025, 3, 12, 9, 30, 15)
    sets: list[str] = field(default_factory=lambda: ["cs:cs:CL"])

    def __call__(self, since: str | None = None, until: str | None = None, **options: Any) -> Report:
        self.server.asked.clear()
        span = Span(
            date.fromisoformat(since) if since else None,
            date.fromisoformat(until) if until else self.now.date(),
        )
        with Oai(
            ArxivSettings(self.server.endpoint, 0), Limits(first_wait=0.001, longest_wait=0.01, tries=2)
        ) as oai:
            source = ArxivSource(oai, self.sets, span, self.data_dir, clock=lambda: self.now, **options)
            return pipeline.run(Settings(self.data_dir), source, contract.REAL, {}, progress=self.progress)

    @property
    def spans(self) -> list[str]:
        """The first pages asked for, as 'SET FROM UNTIL'."""
        return [
            f"{query['set']} {query['from']} {query['until']}"
            for query in self.server.asked
            if "set" in query
        ]

    @property
    def waiting(self) -> list[str]:
        """The pages that wait."""
        folder = self.data_dir / "fetched" / "arxiv"
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.gz"))

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def arxiv(tmp_path: Path, silent: Any) -> Iterator[Runner]:
    with arxiv_server.Oai([]) as server:
        yield Runner(server, tmp_path / "data", silent)


def harvests(read: Rows, data_dir: Path) -> list[tuple[Any, ...]]:
    return read(data_dir, "SELECT subset, since, until, harvested_at, records FROM harvests ORDER BY ALL")


# ---- what a record says ----


def test_what_a_record_says_is_what_is_published(arxiv: Runner, read: Rows) -> None:
    arxiv.server.records = [
        listed(
            "2412.00001",
            MONDAY,
            first="2024-12-30",
            title="Erd\\H{o}s numbers\n  of machines",
            authors="Ada Lovelace (London), Paul Erd\\H{o}s",
            abstract="  One line\nand its end.\n",
        ),
        listed("hep-th/9901001", TUESDAY, first="1999-01-02", categories="hep-th cs.CL"),
    ]
    done = arxiv("2025-03-01")
    assert (done.records, done.rejected, done.papers_added) == (2, 0, 2)
    columns = "paper_id, source, arxiv_id, title, abstract, published_on, authors_count, url"
    assert read(arxiv.data_dir, f"SELECT {columns} FROM papers ORDER BY ALL") == [
        (
            "2412.00001",
            "arxiv",
            "2412.00001",
            "Erdős numbers of machines",
            "One line and its end.",
            date(2024, 12, 30),
            2,
            "https://arxiv.org/abs/2412.00001",
        ),
        (
            "hep-th/9901001",
            "arxiv",
            "hep-th/9901001",
            "Paper hep-th/9901001",
            "We study hep-th/9901001.",
            date(1999, 1, 2),
            2,
            "https://arxiv.org/abs/hep-th/9901001",
        ),
    ]
    assert read(
        arxiv.data_dir, "SELECT name FROM authors WHERE paper_id = '2412.00001' ORDER BY position"
    ) == [
        ("Ada Lovelace",),
        ("Paul Erdős",),
    ]


def test_what_cannot_be_used_is_told_with_its_reason(arxiv: Runner, read: Rows) -> None:
    arxiv.server.records = [
        listed("2503.00001", TUESDAY),
        listed("2503.00002", TUESDAY, title=" "),
        listed("10.1000/x", TUESDAY),
        deleted("2503.00004", TUESDAY),
    ]
    for _ in range(2):  # refused twice, listed once
        done = arxiv("2025-03-01")
        assert (done.records, done.rejected, done.papers) == (4, 3, 1)
    assert read(arxiv.data_dir, "SELECT source, reason FROM rejects ORDER BY reason") == [
        ("arxiv: cs:cs:CL", "arXiv has deleted this record; a paper that was loaded before is kept"),
        ("arxiv: cs:cs:CL", "id is '10.1000/x', not one of arXiv's"),
        ("arxiv: cs:cs:CL", "title is missing"),
    ]


def test_a_deleted_record_takes_no_paper_away_and_stops_nothing(arxiv: Runner, read: Rows) -> None:
    arxiv.server.records = [listed("2503.00001", date(2025, 2, 1))]
    arxiv("2025-02-01")
    arxiv.server.records = [deleted("2503.00001", TUESDAY)]
    done = arxiv()
    assert (done.records, done.rejected, done.papers) == (1, 1, 1)
    assert read(arxiv.data_dir, "SELECT raw FROM rejects") == [("2503.00001",)]


def test_where_nothing_can_be_used_nothing_is_published(arxiv: Runner) -> None:
    arxiv.server.records = [listed("x", MONDAY), deleted("2503.00001", MONDAY)]
    with pytest.raises(InputError, match=r"None of the 2 records could be used"):
        arxiv("2025-03-01")


def test_the_latest_change_of_a_record_counts(arxiv: Runner, read: Rows) -> None:
    arxiv.sets = ["cs:cs:CL", "cs:cs:LG"]
    arxiv.server.records = [
        listed("2503.00001", date(2025, 1, 31), title="A title", sets=("cs:cs:LG",)),
        listed("2503.00001", TUESDAY, title="A better title", sets=("cs:cs:CL",)),
    ]
    assert arxiv("2025-01-01").papers == 1
    assert read(arxiv.data_dir, "SELECT title FROM papers") == [("A better title",)]


# ---- which windows are asked for ----


def test_a_first_harvest_goes_month_by_month_and_page_by_page(arxiv: Runner, read: Rows) -> None:
    arxiv.server.records = [listed(f"2502.{number:05}", date(2025, 2, 20)) for number in range(7)]
    arxiv.server.records.append(listed("2503.00001", MONDAY))
    done = arxiv("2025-02-10")
    assert done.papers == 8
    assert arxiv.spans == ["cs:cs:CL 2025-02-10 2025-02-28", "cs:cs:CL 2025-03-01 2025-03-12"]
    assert len(arxiv.server.asked) == 3 + 1
    assert harvests(read, arxiv.data_dir) == [
        ("cs:cs:CL", date(2025, 2, 10), date(2025, 2, 28), arxiv.now, 7),
        ("cs:cs:CL", date(2025, 3, 1), WEDNESDAY, arxiv.now, 1),
    ]
    assert read(arxiv.data_dir, "SELECT source, covered_from, covered_until FROM coverage") == [
        (
            "arxiv",
            date(2025, 2, 10),
            date(2025, 3, 9),
        )  # papers of the last four days may not be announced yet
    ]
    assert arxiv.progress.outcomes[:2] == [
        "Fetch: 8 records on 4 pages",
        "Load: 8 records, 8 new papers, 0 refused, 0 observations",
    ]
    assert arxiv.waiting == []


def test_the_next_harvest_begins_where_days_had_not_settled(arxiv: Runner, read: Rows) -> None:
    arxiv.server.records = [listed("2503.00001", MONDAY)]
    arxiv("2025-02-01")
    arxiv.later(days=3)
    arxiv.server.records.append(listed("2503.00002", date(2025, 3, 14)))
    done = arxiv()
    assert arxiv.spans == ["cs:cs:CL 2025-03-11 2025-03-15"]  # 10 March was over two days before the 12th
    assert (done.papers_added, done.papers) == (1, 2)
    assert harvests(read, arxiv.data_dir)[-1] == ("cs:cs:CL", TUESDAY, date(2025, 3, 15), arxiv.now, 1)
    spans = read(arxiv.data_dir, "SELECT covered_from, covered_until FROM coverage ORDER BY ALL")
    assert spans == [(date(2025, 2, 1), date(2025, 3, 9)), (date(2025, 2, 1), date(2025, 3, 12))]


def test_without_a_set_those_harvested_before_are(arxiv: Runner) -> None:
    arxiv.sets = []
    with pytest.raises(
        InputError, match=r"^--source arxiv needs --set SET, such as cs\.CL, or --input SNAPSHOT"
    ):
        arxiv()
    arxiv.sets = ["cs:cs:LG", "cs:cs:CL"]
    arxiv.server.records = [listed("2503.00001", MONDAY)]
    arxiv("2025-03-01")
    arxiv.sets = []
    arxiv.later(days=1)
    arxiv()
    assert arxiv.spans == ["cs:cs:CL 2025-03-11 2025-03-13", "cs:cs:LG 2025-03-11 2025-03-13"]


def test_a_first_harvest_that_names_no_day_goes_back_a_month(arxiv: Runner) -> None:
    arxiv.server.records = [listed("2503.00001", MONDAY)]
    arxiv()
    assert arxiv.spans == ["cs:cs:CL 2025-02-10 2025-02-28", "cs:cs:CL 2025-03-01 2025-03-12"]


def test_days_that_settled_are_asked_for_again_only_to_refresh(arxiv: Runner, read: Rows) -> None:
    arxiv.server.records = [listed("2503.00001", date(2025, 3, 9))]
    arxiv("2025-03-01", "2025-03-09")
    arxiv("2025-02-27", "2025-03-10")
    assert arxiv.spans == ["cs:cs:CL 2025-02-27 2025-02-28", "cs:cs:CL 2025-03-10 2025-03-10"]
    arxiv("2025-02-27", "2025-03-10")
    assert arxiv.spans == []
    arxiv("2025-03-01", "2025-03-10", refresh=True)
    assert arxiv.spans == ["cs:cs:CL 2025-03-01 2025-03-10"]
    assert [(since, until) for _, since, until, _, _ in harvests(read, arxiv.data_dir)] == [
        (date(2025, 2, 27), date(2025, 2, 28)),
        (date(2025, 3, 1), MONDAY),  # in the place of the two that it holds
    ]


def test_status_tells_what_was_harvested_of_each_set(arxiv: Runner) -> None:
    arxiv.server.records = [listed("2503.00001", MONDAY)]
    arxiv("2025-03-10", "2025-03-11")
    arxiv.later(days=3)
    arxiv("2025-03-14", "2025-03-15")
    arxiv.sets = ["cs:cs:LG"]
    arxiv("2025-03-14")
    assert [line for line in status.lines(arxiv.data_dir, arxiv.now) if line[0] == "Harvested"] == [
        (
            "Harvested",
            "cs:cs:CL, changes of 2025-03-10 to 2025-03-15 but 2 days between, last on 2025-03-15 09:30 UTC",
        ),
        ("Harvested", "cs:cs:LG, changes of 2025-03-14 to 2025-03-15, last on 2025-03-15 09:30 UTC"),
    ]


def test_a_set_that_joins_later_is_covered_from_its_own_first_day(arxiv: Runner, read: Rows) -> None:
    arxiv.server.records = [listed("2503.00001", MONDAY)]
    arxiv("2025-01-01")
    arxiv.sets = ["cs:cs:CL", "cs:cs:LG"]
    arxiv("2025-02-01")
    assert read(arxiv.data_dir, "SELECT covered_from, covered_until FROM coverage ORDER BY ALL") == [
        (date(2025, 1, 1), date(2025, 3, 9)),
        (date(2025, 2, 1), date(2025, 3, 9)),
    ]


def test_a_span_too_short_to_cover_a_day_covers_one(arxiv: Runner, read: Rows) -> None:
    arxiv.server.records = [listed("2503.00001", WEDNESDAY)]
    arxiv("2025-03-12")
    assert read(arxiv.data_dir, "SELECT covered_from, covered_until FROM coverage") == [
        (WEDNESDAY, date(2025, 3, 13))
    ]


def test_days_become_windows_of_days_in_a_row_within_a_month() -> None:
    days = [date(2025, 1, 30), date(2025, 1, 31), date(2025, 2, 1), date(2025, 2, 2), date(2025, 2, 5)]
    assert windows("cs", days) == [
        Window("cs", date(2025, 1, 30), date(2025, 1, 31)),
        Window("cs", date(2025, 2, 1), date(2025, 2, 2)),
        Window("cs", date(2025, 2, 5), date(2025, 2, 5)),
    ]


def test_a_day_has_settled_two_days_after_it() -> None:
    harvest = Harvest("cs", MONDAY, WEDNESDAY, datetime(2025, 3, 13, 0, 1), 7)
    assert list(settled_days(harvest)) == [MONDAY, TUESDAY]


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        (
            date(2005, 9, 15),
            None,
            r"--since 2005-09-15 is before 2005-09-16, when arXiv began to list changes",
        ),
        (None, date(2004, 1, 1), r"--until 2004-01-01 is before 2005-09-16"),
        (date(2025, 3, 13), None, r"--since 2025-03-13 is in the future; today is 2025-03-12 \(UTC\)"),
        (TUESDAY, MONDAY, r"--since 2025-03-11 comes after --until 2025-03-10"),
    ],
)
def test_spans_that_cannot_be(since: date | None, until: date | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Span.asked(since, until, WEDNESDAY)


def test_a_span_ends_today() -> None:
    assert Span.asked(MONDAY, date(2025, 4, 1), WEDNESDAY) == Span(MONDAY, WEDNESDAY)


# ---- faults, and what a run leaves for the next ----


def fail_at_page(arxiv: Runner, number: int) -> None:
    """Let the server fail for good from that request on; the next run finds it well."""

    def fail(asked: int) -> None:
        if asked >= number:
            arxiv.server.troubles = [Trouble(502)]

    arxiv.server.when_asked = fail


def well_again(arxiv: Runner) -> None:
    arxiv.server.when_asked = lambda number: None
    arxiv.server.troubles = []


@pytest.fixture
def half_fetched(arxiv: Runner) -> Runner:
    """A harvest of two windows that failed at the second page of the second; its first has one page."""
    arxiv.server.records = [listed("2502.00001", date(2025, 2, 20))]
    arxiv.server.records += [listed(f"2503.{number:05}", MONDAY) for number in range(7)]
    fail_at_page(arxiv, 3)
    with pytest.raises(NotFetched) as failure:
        arxiv("2025-02-10")
    assert str(failure.value) == (
        f"cs:cs:CL 2025-03-01 to 2025-03-12 could not be fetched from {arxiv.server.endpoint} (the server answered "
        "502), so nothing was published; run the same again to go on from there; the 2 pages fetched so far are kept "
        "until then."
    )
    assert arxiv.waiting == [
        "cs_cs_CL/2025-02-10_2025-02-28/00000.json.gz",
        "cs_cs_CL/2025-03-01_2025-03-12/00000.json.gz",
    ]
    well_again(arxiv)
    return arxiv


def test_the_next_run_goes_on_with_the_next_page(half_fetched: Runner) -> None:
    half_fetched.later(hours=1)
    done = half_fetched("2025-02-10")
    assert half_fetched.spans == []
    assert [list(query) for query in half_fetched.server.asked] == [["verb", "resumptionToken"]] * 2
    assert done.papers == 8
    assert (
        "Fetch: 8 records on 4 pages, 2 of them fetched by the run before" in half_fetched.progress.outcomes
    )
    assert half_fetched.waiting == []


@pytest.mark.parametrize("hours", [15, 72])  # the token is of yesterday; the page is older than a day
def test_a_token_of_another_day_is_not_trusted(half_fetched: Runner, hours: int) -> None:
    """Within a window whose token cannot be used any more nothing is taken from before; whole windows are."""
    half_fetched.later(hours=hours)
    assert half_fetched("2025-02-10", "2025-03-12").papers == 8
    assert half_fetched.spans == ["cs:cs:CL 2025-03-01 2025-03-12"]


@pytest.mark.parametrize(
    ("said", "goes_on"), [("2025-03-13T12:00:00Z", True), ("2025-03-12T10:00:00Z", False)]
)
def test_a_token_is_trusted_until_it_expires(arxiv: Runner, said: str, goes_on: bool) -> None:
    arxiv.server.expires = f'expirationDate="{said}"'
    arxiv.server.records = [listed(f"2503.{number:05}", MONDAY) for number in range(4)]
    fail_at_page(arxiv, 2)
    with pytest.raises(NotFetched):
        arxiv("2025-03-01", "2025-03-12")
    well_again(arxiv)
    arxiv.later(hours=16)
    assert arxiv("2025-03-01", "2025-03-12").papers == 4
    assert (arxiv.spans == []) is goes_on


def test_a_token_that_expires_begins_its_window_anew(arxiv: Runner) -> None:
    arxiv.server.records = [listed(f"2503.{number:05}", MONDAY) for number in range(7)]

    def expire(asked: int) -> None:
        if asked == 3:  # the third page
            arxiv.server.generation += 1
            arxiv.server.records.pop(
                0
            )  # a record that changed on another day since: a page on, all would be shifted

    arxiv.server.when_asked = expire
    done = arxiv("2025-03-01")
    assert arxiv.spans == ["cs:cs:CL 2025-03-01 2025-03-12"] * 2
    assert (done.records, done.papers) == (6, 6)


def test_a_token_refused_time_and_again_is_told(arxiv: Runner) -> None:
    arxiv.server.records = [listed(f"2503.{number:05}", MONDAY) for number in range(7)]

    def expire(asked: int) -> None:
        if "resumptionToken" in arxiv.server.asked[-1]:
            arxiv.server.generation += 1

    arxiv.server.when_asked = expire
    with pytest.raises(
        NotFetched, match=r"its token is refused time and again: The token is invalid or expired"
    ):
        arxiv("2025-03-01")
    assert len(arxiv.spans) == 3


def test_a_list_without_end_is_given_up(arxiv: Runner) -> None:
    page = arxiv_server.answer(tail="<resumptionToken>again</resumptionToken>")
    arxiv.server.troubles = [Trouble(body=page)] * 9
    with pytest.raises(NotFetched, match=r"the list has no end after 2 pages"):
        arxiv("2025-03-01")
    assert len(arxiv.server.asked) == 2


def test_a_list_with_a_new_token_on_every_page_is_given_up(
    arxiv: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harvest, "_PAGES_AT_MOST", 4)
    pages = [arxiv_server.answer(tail=f"<resumptionToken>{number}</resumptionToken>") for number in range(9)]
    arxiv.server.troubles = [Trouble(body=page) for page in pages]
    with pytest.raises(NotFetched, match=r"the list has no end after 5 pages"):
        arxiv("2025-03-01")
    assert len(arxiv.server.asked) == 5


def test_what_waited_of_days_that_had_not_settled_is_fetched_anew(arxiv: Runner) -> None:
    arxiv.server.records = [listed("2503.00001", MONDAY)]
    arxiv.sets = ["cs:cs:CL", "physics"]
    with pytest.raises(
        NotFetched, match=r"physics 2025-03-01 to 2025-03-12 .* \(the server refuses to list it: badArg"
    ):
        arxiv("2025-03-01", "2025-03-12")
    assert len(arxiv.waiting) == 1
    arxiv.sets = ["cs:cs:CL"]
    arxiv.later(days=2)
    arxiv.server.records.append(listed("2503.00002", WEDNESDAY))
    assert arxiv("2025-03-01", "2025-03-12").papers == 2
    assert arxiv.spans == ["cs:cs:CL 2025-03-01 2025-03-12"]


@pytest.mark.parametrize("spoil", ["cut", "other", "empty"])
def test_a_page_that_cannot_be_read_is_fetched_anew(half_fetched: Runner, spoil: str) -> None:
    folder = half_fetched.data_dir / "fetched" / "arxiv" / "cs_cs_CL"
    path = folder / "2025-02-10_2025-02-28" / "00000.json.gz"
    content = path.read_bytes()
    other = gzip.compress(
        gzip.decompress(content).replace(half_fetched.server.endpoint.encode(), b"http://x")
    )
    path.write_bytes({"cut": content[:-20], "other": other, "empty": b""}[spoil])
    assert half_fetched("2025-02-10").papers == 8
    assert half_fetched.spans == ["cs:cs:CL 2025-02-10 2025-02-28"]


def test_nobody_at_the_endpoint(arxiv: Runner) -> None:
    arxiv.server.__exit__()
    with pytest.raises(NotFetched) as failure:
        arxiv("2025-03-01")
    assert str(failure.value) == (
        f"{arxiv.server.endpoint} cannot be reached (Connection refused), so nothing was published; check the network "
        "and run the same again, or use `--source arxiv --input SNAPSHOT`."
    )
    arxiv.server = arxiv_server.Oai([])  # for the fixture to close
    arxiv.server.__enter__()


def test_what_was_published_stays_where_a_harvest_fails(arxiv: Runner, read: Rows) -> None:
    arxiv.server.records = [listed("2503.00001", MONDAY)]
    arxiv("2025-03-01")
    arxiv.server.troubles = [Trouble(body=arxiv_server.HTML)] * 9
    arxiv.later(days=1)
    with pytest.raises(NotFetched, match=r"the answer is not of OAI-PMH"):
        arxiv()
    assert read(arxiv.data_dir, "SELECT paper_id FROM papers") == [("2503.00001",)]


# ---- the command ----


def test_the_command_harvests(arxiv: Runner, monkeypatch: pytest.MonkeyPatch, read: Rows) -> None:
    monkeypatch.setattr(
        ArxivSettings, "read", classmethod(lambda cls: cls(arxiv.server.endpoint, interval=0))
    )
    today = datetime.now().date()
    arxiv.server.records = [listed("2503.00001", today - timedelta(days=1), first="2025-03-10")]
    command = ["run", "--source", "arxiv", "--data-dir", str(arxiv.data_dir)]

    def etl(*arguments: str) -> Any:
        return CliRunner().invoke(cli.app, [*command, *arguments])

    refused = etl()
    assert refused.exit_code == 1
    assert "--source arxiv needs --set SET, such as cs.CL, or --input SNAPSHOT" in " ".join(
        refused.output.split()
    )
    assert "--set a b is no set of arXiv" in etl("--set", "a b").output

    done = etl("--set", "cs.CL", "--until", "2100-01-01")
    assert done.exit_code == 0, done.output
    assert "2100-01-01 has not begun (UTC)" in done.output
    assert "1 records on" in done.output
    assert read(arxiv.data_dir, "SELECT paper_id FROM papers") == [("2503.00001",)]

    again = etl("--until", str(today - timedelta(days=1)))
    assert again.exit_code == 0, again.output
    assert "are not listed up to that day; run without --until" in " ".join(again.output.split())
