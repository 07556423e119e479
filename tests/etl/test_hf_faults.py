"""What source `hf` does when server, network, clock or a record misbehaves: a test for every row of data/README.md.

Each test first publishes Monday's list, then lets something go wrong on Tuesday, and looks at what is published, what
the run's report says of the days, and what the user reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from etl import cli, contract, report
from etl.errors import NotFetched
from etl.sources.hf_api import Limits
from tests.hf_api_server import entry
from tests.loopback import DROP, Trouble

pytestmark = pytest.mark.slow

Rows = Callable[..., list[tuple[Any, ...]]]
Lists = dict[date, list[Any]]

MONDAY, TUESDAY, WEDNESDAY = date(2025, 3, 10), date(2025, 3, 11), date(2025, 3, 12)
HASTY = Limits(read=0.3, answer=1, first_wait=0.001, longest_wait=0.01, crowded=0.001)

covered_faults: set[str] = set()


def fault(name: str) -> Callable[[Any], Any]:
    """Mark a test as the one of a row."""
    covered_faults.add(name)
    return lambda test: test


def rows_of_the_table() -> set[str]:
    page = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")
    table = page.split("\n| fault |")[1].split("\n\n")[0].splitlines()[2:]
    return {re.split(r"\s*\|\s*", row)[1] for row in table}


def test_every_row_of_the_table_has_its_test() -> None:
    assert len(rows_of_the_table()) >= 19
    assert rows_of_the_table() == covered_faults


@pytest.fixture
def monday(hf: Any, hf_lists: Lists) -> Any:
    """Monday's list is published; Tuesday and Wednesday have a paper each."""
    for number, day in enumerate((MONDAY, TUESDAY, WEDNESDAY), start=1):
        hf_lists[day] = [entry(f"2503.0000{number}", f"Paper {number}", day, paper_upvotes=number)]
    hf("2025-03-10", "2025-03-10")
    hf.later(hours=1)
    return hf


def states(done: Any) -> dict[str, str]:
    return {day["day"]: day["state"] for day in done.days}


def papers(read: Rows, hf: Any) -> list[str]:
    return [paper for (paper,) in read(hf.data_dir, "SELECT paper_id FROM papers ORDER BY 1")]


def last_report(hf: Any) -> Any:
    return list(report.read_all(hf.data_dir))[-1]


def status(hf: Any) -> str:
    return CliRunner().invoke(cli.app, ["status", "--data-dir", str(hf.data_dir)]).output


def expect_a_gap(hf: Any, read: Rows, reason: str) -> None:
    """A run over three days publishes all but Tuesday, and says so in every place."""
    done = hf("2025-03-10", "2025-03-12", limits=HASTY)
    assert states(done) == {"2025-03-10": "complete", "2025-03-11": "failed", "2025-03-12": "complete"}
    assert papers(read, hf) == ["2503.00001", "2503.00003"]
    assert done.note.startswith(
        f"1 of 3 days could not be fetched from {hf.api.endpoint} (2025-03-11: {reason}"
    )
    assert f"1 days could not be fetched (2025-03-11: {reason}" in status(hf)
    uncovered = "SELECT count(*) FROM coverage WHERE covered_from <= ? AND covered_until > ?"
    assert read(hf.data_dir, uncovered, TUESDAY, TUESDAY) == [(0,)]
    hf.api.always.clear()
    hf.later(hours=1)
    assert states(hf(None, "2025-03-12"))["2025-03-11"] == "complete"
    assert papers(read, hf) == ["2503.00001", "2503.00002", "2503.00003"]
    assert "Gaps       none" in status(hf)


def expect_nothing_published(hf: Any, sentence: str) -> None:
    """A run fails with a sentence, and leaves what is published as it was."""
    before = contract.read_pointer(hf.data_dir)
    with pytest.raises(NotFetched, match=sentence) as failure:
        hf("2025-03-10", "2025-03-12", limits=HASTY)
    assert contract.read_pointer(hf.data_dir) == before
    assert last_report(hf).error == str(failure.value)
    assert "Last run" in status(hf)


def expect_no_trouble(hf: Any, read: Rows) -> None:
    """A run publishes all three days, whatever it took."""
    done = hf("2025-03-10", "2025-03-12", limits=HASTY)
    assert set(states(done).values()) == {"complete"}
    assert not done.has_gaps
    assert papers(read, hf) == ["2503.00001", "2503.00002", "2503.00003"]


# ---- the network ----


@fault("connection refused")
def test_connection_refused(monday: Any) -> None:
    monday.api.__exit__()
    expect_nothing_published(
        monday, r"cannot be reached \(Connection refused\), so nothing was published; check"
    )
    assert set(states(last_report(monday)).values()) == {"not asked"}


@fault("stalled connection")
def test_a_stalled_connection(monday: Any, read: Rows) -> None:
    monday.api.troubles["2025-03-11"] = [Trouble(stall=5)] * 3
    expect_no_trouble(monday, read)


@fault("stalled connection")
def test_a_connection_that_stalls_for_good(monday: Any, read: Rows) -> None:
    monday.api.always["2025-03-11"] = Trouble(stall=5)
    expect_a_gap(monday, read, "it did not answer in time")


@fault("truncated body")
@pytest.mark.parametrize("cut", [DROP, Trouble(body=b'[{"paper": {"id": "2503.0')])
def test_a_truncated_body(monday: Any, read: Rows, cut: Trouble) -> None:
    monday.api.troubles["2025-03-11"] = [cut] * 3
    expect_no_trouble(monday, read)


@fault("truncated body")
def test_a_body_that_is_truncated_time_and_again(monday: Any, read: Rows) -> None:
    monday.api.always["2025-03-11"] = DROP
    expect_a_gap(monday, read, "peer closed connection without sending complete message body")
    assert monday.api.asked


@fault("slow drip")
@pytest.mark.parametrize("body", [b"[]", b"[" + b" " * 300 + b"]"], ids=["in the headers", "in the body"])
def test_a_slow_drip(monday: Any, read: Rows, body: bytes) -> None:
    monday.api.always["2025-03-11"] = Trouble(body=body, drip=0.1 if body == b"[]" else 0.02)
    expect_a_gap(monday, read, "the answer takes longer than 1 seconds")


@fault("redirect")
def test_a_redirect_is_followed(monday: Any, read: Rows) -> None:
    here = {"Location": "/api/daily_papers?date=2025-03-11&limit=100&p=0"}
    monday.api.troubles["2025-03-11"] = [Trouble(302, here), Trouble(307, here), Trouble(301, here)]
    expect_no_trouble(monday, read)


@fault("redirect")
def test_a_redirect_without_end(monday: Any, read: Rows) -> None:
    monday.api.always["2025-03-11"] = Trouble(302, {"Location": "/api/daily_papers?date=2025-03-11"})
    expect_a_gap(monday, read, "it redirects without end")


# ---- the server ----


@fault("429 with Retry-After")
def test_429_with_retry_after(monday: Any, read: Rows) -> None:
    monday.api.troubles["2025-03-11"] = [Trouble(429, {"Retry-After": "0.01"})] * 3
    expect_no_trouble(monday, read)


@fault("429 with Retry-After")
def test_429_that_asks_to_wait_too_long(monday: Any) -> None:
    monday.api.troubles["2025-03-11"] = [Trouble(429, {"Retry-After": "361"})]
    expect_nothing_published(
        monday,
        r"takes no more requests for now \(the server asks to wait 361 seconds before the next request\)",
    )
    days = last_report(monday).days
    assert [day["state"] for day in days] == ["complete", "not asked", "not asked"]
    assert days[1]["reason"] == "the run broke off before"


@fault("429 without Retry-After")
def test_429_without_retry_after(monday: Any, read: Rows) -> None:
    monday.api.troubles["2025-03-11"] = [Trouble(429)] * 3
    expect_no_trouble(monday, read)


@fault("429 without Retry-After")
def test_429_without_retry_after_for_good(monday: Any, read: Rows) -> None:
    monday.api.always["2025-03-11"] = Trouble(429)
    expect_a_gap(monday, read, "the server answered 429")


@fault("500 or 503, in bursts")
def test_a_burst_of_500_and_503(monday: Any, read: Rows) -> None:
    monday.api.troubles["2025-03-11"] = [Trouble(500), Trouble(503), Trouble(503, {"Retry-After": "0.01"})]
    expect_no_trouble(monday, read)


@fault("500 or 503, in bursts")
def test_a_burst_that_outlasts_the_tries_is_over_at_the_end_of_the_run(monday: Any, read: Rows) -> None:
    monday.api.troubles["2025-03-11"] = [Trouble(503)] * 7
    expect_no_trouble(monday, read)
    assert monday.api.days_asked == ["2025-03-10", *["2025-03-11"] * 4, "2025-03-12", *["2025-03-11"] * 4]


@fault("500 or 503, in bursts")
def test_a_burst_without_end(monday: Any, read: Rows) -> None:
    monday.api.always["2025-03-11"] = Trouble(500, body=b"<html>")
    expect_a_gap(monday, read, "the server answered 500")


@fault("day after day fails")
def test_day_after_day_fails(monday: Any) -> None:
    monday.api.always.update({f"2025-03-{day}": Trouble(500) for day in (10, 11, 12)})
    expect_nothing_published(
        monday, r"3 of 3 days could not be fetched .* \(2025-03-10 to 2025-03-12: the server answered 500\)"
    )
    assert set(states(last_report(monday)).values()) == {"failed"}


@fault("day after day fails")
def test_days_that_fail_cost_no_more_time_than_a_run_has_patience(monday: Any) -> None:
    monday.api.always["2025-03-10"] = Trouble(500)
    with pytest.raises(
        NotFetched, match=r"^1 of 3 days .* and 2 were not asked for any more, so nothing was"
    ):
        monday("2025-03-10", "2025-03-12", limits=HASTY, patience=0)
    assert list(states(last_report(monday)).values()) == ["failed", "not asked", "not asked"]


@fault("HTML page with status 200")
def test_an_html_page(monday: Any, read: Rows) -> None:
    page = Trouble(body=b"\n<!DOCTYPE html><title>Maintenance</title>")
    monday.api.troubles["2025-03-11"] = [page] * 2
    expect_no_trouble(monday, read)
    monday.api.always["2025-03-12"] = page
    done = monday("2025-03-11", "2025-03-12", limits=HASTY)
    assert done.days[1] == {
        "day": "2025-03-12",
        "state": "failed",
        "reason": "the answer is a web page, not JSON",
    }
    # it came before, and stays; it is only not up to date
    assert papers(read, monday) == ["2503.00001", "2503.00002", "2503.00003"]


@fault("JSON object in the place of the array")
@pytest.mark.parametrize("body", [b'{"error": "as told"}', b'"as told"', b"null", b"7"])
def test_a_json_object(monday: Any, read: Rows, body: bytes) -> None:
    monday.api.always["2025-03-11"] = Trouble(body=body)
    expect_a_gap(monday, read, "the answer is no list")


@fault("400 for a day that has not begun")
def test_400_for_a_day_that_has_not_begun_at_the_server(hf: Any, hf_lists: Lists, read: Rows) -> None:
    today = report.now().date()
    hf.now = datetime(today.year, today.month, today.day, 9)
    hf_lists[today - timedelta(days=1)] = [entry("2503.00001", "A paper", today - timedelta(days=1))]
    hf.api.ahead = timedelta(days=-1)  # our clock is ahead of the server's
    done = hf(str(today - timedelta(days=1)), str(today))
    assert list(states(done).values()) == ["complete", "not asked"]
    assert done.days[1]["reason"] == "it has not begun by the server's clock"
    assert not done.has_gaps
    assert read(hf.data_dir, "SELECT max(covered_until) FROM coverage") == [(today,)]
    assert "Gaps       none" in status(hf)


@fault("400 for a day that has not begun")
def test_400_for_a_past_day_is_a_failure(monday: Any, read: Rows) -> None:
    monday.api.always["2025-03-11"] = Trouble(400)
    expect_a_gap(monday, read, 'the server answered 400 ("as told")')


@fault("empty weekday")
def test_an_empty_weekday(monday: Any, hf_lists: Lists, read: Rows) -> None:
    del hf_lists[TUESDAY]
    done = monday("2025-03-10", "2025-03-12")
    assert states(done) == {"2025-03-10": "complete", "2025-03-11": "empty", "2025-03-12": "complete"}
    fetched = [outcome for outcome in monday.progress.outcomes if outcome.startswith("Fetch")]
    assert fetched[-1] == (
        "Fetch: 3 days fetched, 0 skipped as settled; without papers though a weekday: 2025-03-11"
    )
    assert "1 without papers, of weekdays 2025-03-11" in status(monday)
    assert "Gaps       none" in status(monday)
    hf_lists[TUESDAY] = [entry("2503.00002", "A late one", TUESDAY)]
    monday("2025-03-10", "2025-03-12")
    assert papers(read, monday) == ["2503.00001", "2503.00002", "2503.00003"]


# ---- the records ----


@fault("record with missing or wrong-typed fields")
def test_records_with_missing_or_wrong_typed_fields(monday: Any, hf_lists: Lists, read: Rows) -> None:
    bare = {"paper": {"id": "2503.10001", "title": "Nothing but a title"}}
    without_id = entry("", "No id", TUESDAY)
    odd = [
        entry("2503.10002", "Odd upvotes", TUESDAY, paper_upvotes="many"),
        entry("2503.10003", "Negative", TUESDAY, paper_upvotes=-1),
        entry("2503.10004", "Odd authors", TUESDAY, paper_authors=7),
        entry("2503.10005", "Odd author", TUESDAY, paper_authors=[["Ada"]]),
        entry("2503.10006", "Odd date", TUESDAY, paper_publishedAt="yesterday"),
        entry("2503.10007", "Odd title", TUESDAY, paper_title={"en": "Odd"}),
    ]
    hf_lists[TUESDAY] = [bare, without_id, *odd, [], None, "paper", {"paper": []}]
    done = monday("2025-03-11", "2025-03-11")
    assert (done.records, done.rejected, done.papers_added) == (12, 11, 1)
    assert states(done) == {"2025-03-11": "complete"}
    assert papers(read, monday) == ["2503.00001", "2503.10001"]
    reasons = read(monday.data_dir, "SELECT source, reason FROM rejects ORDER BY rowid")
    assert {where for where, _ in reasons} == {f"hf: 2025-03-11, entry {number}" for number in range(2, 13)}
    assert dict(reasons) == {
        "hf: 2025-03-11, entry 2": "id is missing",
        "hf: 2025-03-11, entry 3": "upvotes is 'many', not a whole number",
        "hf: 2025-03-11, entry 4": "upvotes is -1, below zero",
        "hf: 2025-03-11, entry 5": "authors is a int, not a list of names",
        "hf: 2025-03-11, entry 6": "authors is a list, not text",
        "hf: 2025-03-11, entry 7": "published_on is 'yesterday', not a date (write YYYY-MM-DD)",
        "hf: 2025-03-11, entry 8": "title is a dict, not text",
        **{f"hf: 2025-03-11, entry {number}": "the entry holds no paper" for number in range(9, 13)},
    }
    known = "SELECT abstract, published_on, listed_on, upvotes, organization FROM papers WHERE paper_id = ?"
    assert read(monday.data_dir, known, "2503.10001") == [(None, None, TUESDAY, None, None)]

    monday.later(hours=1)
    again = monday("2025-03-11", "2025-03-11")  # the source says the same: no new paper, no new reject
    assert (again.papers_added, again.observations_added) == (0, 0)
    assert read(monday.data_dir, "SELECT source, reason FROM rejects ORDER BY rowid") == reasons


@fault("one id twice, in a day or on two days")
def test_one_id_twice(monday: Any, hf_lists: Lists, read: Rows) -> None:
    twice = [
        entry("2503.00002", "Twice", TUESDAY, paper_upvotes=4),
        entry("2503.00002", "Twice", TUESDAY, paper_upvotes=5),
        entry("2503.00001", "Paper 1", TUESDAY, paper_upvotes=9),
    ]
    hf_lists[TUESDAY] = twice
    done = monday("2025-03-10", "2025-03-11")
    assert (done.records, done.rejected, done.papers_added, done.observations_added) == (4, 0, 1, 2)
    looks = "SELECT paper_id, upvotes FROM upvote_observations WHERE observed_at = ? ORDER BY 1"
    assert read(monday.data_dir, looks, monday.now) == [("2503.00001", 9), ("2503.00002", 5)]


@fault("bytes that are not UTF-8")
def test_bytes_that_are_not_utf_8(monday: Any, hf_lists: Lists, read: Rows) -> None:
    text = json.dumps([entry("2503.00002", "Schr@dinger bridges", TUESDAY)])
    monday.api.troubles["2025-03-11"] = [Trouble(body=text.replace("@", "ö").encode("latin-1"))]
    done = monday("2025-03-11", "2025-03-11")
    title = "SELECT title FROM papers WHERE paper_id = '2503.00002'"
    assert read(monday.data_dir, title) == [("Schr\ufffddinger bridges",)]
    assert (done.rejected, monday.api.days_asked) == (0, ["2025-03-11"])
    hf_lists[TUESDAY] = [entry("2503.00002", "Schrödinger bridges", TUESDAY)]
    monday("2025-03-11", "2025-03-11")
    assert read(monday.data_dir, title) == [("Schrödinger bridges",)]


@fault("an abstract of 10 MB")
def test_an_abstract_of_10_mb(monday: Any, hf_lists: Lists, read: Rows) -> None:
    hf_lists[TUESDAY] = [
        entry("2503.00002", "A long one", TUESDAY, paper_summary="word " * 2_000_000),
        entry("2503.00004", "A short one", TUESDAY),
    ]
    done = monday("2025-03-11", "2025-03-11")
    assert (done.rejected, done.papers_added) == (0, 2)
    length = "SELECT length(abstract), right(abstract, 1) FROM papers WHERE paper_id = '2503.00002'"
    assert read(monday.data_dir, length) == [(20_000, "…")]


@fault("an abstract of 10 MB")
def test_an_answer_that_is_longer_than_all_reason(monday: Any, read: Rows) -> None:
    monday.api.always["2025-03-11"] = Trouble(body=b"[" + b" " * 50_000_000 + b"]")
    done = monday("2025-03-10", "2025-03-11")
    assert states(done) == {"2025-03-10": "complete", "2025-03-11": "failed"}
    assert "the answer is longer than 50,000,000 bytes" in status(monday)


HOSTILE = {
    "# **Bold** [link](javascript:alert(1)) ![](http://x/y.png)": None,  # None: kept as it came
    "<script>alert(1)</script> & <b>HTML</b>": None,
    "On $\\mathcal{O}(n^2)$ and \\textbf{LaTeX} :material/home:": None,
    "مرحبا \u200fworld\u200e \u202eevil\u202c": None,
    "Nul\x00in\x1bthe\x7fmiddle": "Nul in the middle",
    "Two\n  lines\tand a\u2028separator": "Two lines and a separator",
    "A lone \ud800 surrogate": "A lone ? surrogate",
    "'; DROP TABLE papers; --": None,
}


@fault("titles with markdown, HTML, LaTeX, right-to-left marks or NUL")
def test_hostile_titles(monday: Any, hf_lists: Lists, read: Rows) -> None:
    ids = [f"2503.2000{number}" for number in range(len(HOSTILE))]
    hf_lists[TUESDAY] = [entry(paper, title, TUESDAY) for paper, title in zip(ids, HOSTILE, strict=True)]
    done = monday("2025-03-11", "2025-03-11")
    assert (done.rejected, done.papers_added) == (0, len(HOSTILE))
    stored = read(
        monday.data_dir,
        "SELECT title FROM papers WHERE paper_id >= '2503.2' AND paper_id < '2503.3' ORDER BY paper_id",
    )
    assert [title for (title,) in stored] == [kept or given for given, kept in HOSTILE.items()]


# ---- the clock ----


@fault("clock skew")
@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(hours=3), "This computer's clock is 3 hours behind that of "),
        (timedelta(minutes=-10), "This computer's clock is 10 minutes ahead of that of "),
        (timedelta(days=400), "This computer's clock is 400 days behind that of "),
        (timedelta(minutes=4), None),
    ],
)
def test_clock_skew(monday: Any, read: Rows, ahead: timedelta, said: str | None) -> None:
    monday.api.ahead = ahead
    done = monday("2025-03-10", "2025-03-12")
    assert papers(read, monday) == ["2503.00001", "2503.00002", "2503.00003"]
    if said:
        assert done.note.startswith(
            f"{said}{monday.api.endpoint}, and what was read is dated by it; if it is wrong"
        )
    else:
        assert "clock" not in done.note


# ---- a run without changes ----


def test_a_second_run_adds_one_look_a_paper_and_nothing_else(monday: Any, read: Rows) -> None:
    monday("2025-03-10", "2025-03-12")
    counts = (
        "SELECT (SELECT count(*) FROM papers), (SELECT count(*) FROM authors), (SELECT count(*) FROM rejects), "
        "(SELECT count(*) FROM coverage)"
    )
    before = read(monday.data_dir, counts)
    looks = "SELECT paper_id, count(*) FROM upvote_observations GROUP BY 1 ORDER BY 1"
    assert read(monday.data_dir, looks) == [("2503.00001", 2), ("2503.00002", 1), ("2503.00003", 1)]
    monday.later(days=1)
    done = monday("2025-03-10", "2025-03-12")
    assert (done.papers_added, done.rejected, done.observations_added, done.refitted) == (0, 0, 3, False)
    assert read(monday.data_dir, counts) == before
    assert read(monday.data_dir, looks) == [("2503.00001", 3), ("2503.00002", 2), ("2503.00003", 2)]


# ---- the command ----


def test_the_command_ends_with_3_where_there_is_a_gap_and_status_names_it(
    monday: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", monday.api.endpoint)
    monday.api.always["2025-03-11"] = Trouble(404)
    arguments = ["run", "--source", "hf", "--since", "2025-03-10", "--until", "2025-03-14"]
    done = CliRunner().invoke(cli.app, [*arguments, "--data-dir", str(monday.data_dir)])
    assert done.exit_code == cli.PUBLISHED_WITH_GAPS == 3
    said = " ".join(done.output.split())
    assert (
        f"Note: 1 of 5 days could not be fetched from {monday.api.endpoint} (2025-03-11: the server" in said
    )
    assert "Published. Look at it with: dashboard" in said


def test_status_names_days_that_nobody_asked_for(monday: Any, hf_lists: Lists) -> None:
    hf_lists[date(2025, 3, 20)] = [entry("2503.00009", "Later", date(2025, 3, 20))]
    monday.now = datetime(2025, 3, 21)
    monday("2025-03-18", "2025-03-20")
    assert "Gaps       7 days in between were never asked for (2025-03-11 to 2025-03-17)" in status(monday)


def test_a_list_that_takes_too_long_as_a_whole_is_given_up(monday: Any) -> None:
    page = [entry(f"2503.{number:05}", f"Paper {number}", TUESDAY) for number in range(100)]
    monday.api.always["2025-03-11"] = Trouble(body=json.dumps(page).encode(), stall=0.4)
    done = monday("2025-03-10", "2025-03-11", limits=Limits(whole_list=0.3))
    assert done.days[1]["reason"] == "the list takes longer than 0.3 seconds"
