"""Source `hf`: which days are asked for, what becomes of them, and what a run leaves for the next."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina
from typer.testing import CliRunner

from etl import cli, contract
from etl.errors import InputError, NotFetched
from etl.sources import hf
from etl.sources.hf_days import Span, is_settled
from etl.sources.hf_waiting import Waiting
from tests.hf_api_server import entry
from tests.loopback import Trouble

Rows = Callable[..., list[tuple[Any, ...]]]
Lists = dict[date, list[Any]]

MONDAY, TUESDAY, WEDNESDAY = date(2025, 3, 10), date(2025, 3, 11), date(2025, 3, 12)
TOO_LONG_A_WAIT = Trouble(429, {"Retry-After": "4000"})
OPTIONS_OF_DAYS = "--since, --until and --refresh"
STRUCK_RUN = Path(__file__).with_name("struck_run.py")


def waiting(data_dir: Path) -> list[str]:
    return sorted(path.name for path in (data_dir / "fetched" / "hf").glob("*"))


def logged(read: Rows, data_dir: Path) -> list[tuple[Any, ...]]:
    return read(data_dir, "SELECT day, fetched_at, entries FROM fetched_days ORDER BY day")


# ---- what an entry says ----


def test_what_an_entry_says_is_what_is_published(hf: Any, hf_lists: Lists, read: Rows) -> None:
    recent = entry(
        "2503.00001",
        "A recent paper",
        MONDAY,
        paper_submittedOnDailyAt="2025-03-11T23:59:00.000Z",
        paper_submittedOnDailyBy={"user": "ada", "fullname": "Ada", "type": "user"},
        paper_githubRepo="https://github.com/ada/engine",
        paper_githubStars=0,
        paper_ai_keywords=["engines", "loops"],
        paper_upvotes=0,
        numComments=0,
        organization={"name": "nvidia", "fullname": "NVIDIA"},
    )
    older = entry("2503.00002", "An older paper", MONDAY, paper_upvotes=7, numComments=None)
    hf_lists[WEDNESDAY] = [recent, older]
    done = hf("2025-03-12", "2025-03-12")
    assert (done.records, done.rejected, done.papers_added, done.observations_added) == (2, 0, 2, 2)
    columns = (
        "paper_id, source, arxiv_id, published_on, listed_on, upvotes, comments, observed_at, organization, submitter, "
        "repository, repository_stars, keywords, url, authors_count"
    )
    assert read(hf.data_dir, f"SELECT {columns} FROM papers ORDER BY paper_id") == [
        (
            "2503.00001",
            "hf",
            "2503.00001",
            MONDAY,
            TUESDAY,  # when it was submitted to the list, whatever day was asked for
            0,  # not unknown
            0,
            datetime(2025, 3, 12, 9, 30, 15),
            "NVIDIA",
            "ada",
            "https://github.com/ada/engine",
            0,
            ["engines", "loops"],
            "https://huggingface.co/papers/2503.00001",
            2,
        ),
        (
            "2503.00002",
            "hf",
            "2503.00002",
            MONDAY,
            WEDNESDAY,
            7,
            None,
            datetime(2025, 3, 12, 9, 30, 15),
            None,
            "ak",
            None,
            None,
            None,
            "https://huggingface.co/papers/2503.00002",
            2,
        ),
    ]


@pytest.mark.parametrize(
    ("outer", "named", "thumbnail"),
    [
        ({"submitterOrganization": {"name": "nvidia", "fullname": "NVIDIA"}}, "NVIDIA", None),
        ({"organization": {"name": "nvidia"}, "mediaUrl": "https://x/a.png"}, "nvidia", "https://x/a.png"),
        ({"organization": "NVIDIA", "thumbnail": "https://x/b.png"}, "NVIDIA", "https://x/b.png"),
        ({"organization": None, "submittedBy": 7, "thumbnail": None}, None, None),
    ],
)
def test_every_shape_that_an_entry_had(
    outer: dict[str, Any], named: str | None, thumbnail: str | None
) -> None:
    listed = entry("2503.00001", "A paper", MONDAY, paper_projectPage="https://x", **outer)
    fields = hf.fields(listed, TUESDAY)
    assert (fields["organization"], fields["thumbnail"]) == (named, thumbnail)
    assert (fields["project_page"], fields["discussion_id"]) == ("https://x", "66c")
    assert fields["submitter"] == ("ak" if outer.get("submittedBy") != 7 else None)


def test_what_is_no_entry_is_a_reject(hf: Any, hf_lists: Lists, read: Rows) -> None:
    hf_lists[MONDAY] = [
        7,
        {"paper": "2503.1"},
        entry("2503.00001", "", MONDAY),
        entry("2503.00002", "Good", MONDAY),
    ]
    done = hf("2025-03-10", "2025-03-10")
    assert (done.records, done.rejected, done.papers) == (4, 3, 1)
    assert read(hf.data_dir, "SELECT source, reason FROM rejects ORDER BY source") == [
        ("hf: 2025-03-10, entry 1", "the entry holds no paper"),
        ("hf: 2025-03-10, entry 2", "the entry holds no paper"),
        ("hf: 2025-03-10, entry 3", "title is missing"),
    ]


def test_a_revised_title_is_the_same_paper(hf: Any, hf_lists: Lists, read: Rows) -> None:
    hf_lists[MONDAY] = [entry("2503.00001", "A title", MONDAY)]
    hf("2025-03-10", "2025-03-10")
    hf.later(days=1)
    hf_lists[MONDAY] = [entry("2503.00001", "A better title", MONDAY, paper_upvotes=9)]
    done = hf("2025-03-10", "2025-03-10")
    assert (done.rejected, done.papers, done.observations_added) == (0, 1, 1)
    assert read(hf.data_dir, "SELECT title, title_key, upvotes FROM papers") == [
        ("A better title", "abettertitle", 9)
    ]


# ---- which days are asked for ----


def test_a_run_asks_for_every_day_and_logs_it(hf: Any, hf_lists: Lists, read: Rows) -> None:
    friday = date(2025, 3, 7)
    hf_lists.update(
        {friday: [entry("2503.00001", "Friday's", friday)], MONDAY: [entry("2503.00002", "Monday's", MONDAY)]}
    )
    hf("2025-03-07", "2025-03-10")
    assert hf.api.days_asked == ["2025-03-07", "2025-03-08", "2025-03-09", "2025-03-10"]
    at = datetime(2025, 3, 12, 9, 30, 15)
    saturday, sunday = date(2025, 3, 8), date(2025, 3, 9)  # empty, which is no failure
    assert logged(read, hf.data_dir) == [(friday, at, 1), (saturday, at, 0), (sunday, at, 0), (MONDAY, at, 1)]
    assert read(hf.data_dir, "SELECT source, covered_from, covered_until FROM coverage") == [
        ("hf", friday, TUESDAY)
    ]
    assert hf.progress.outcomes[:2] == [
        "Fetch: 4 days fetched, 0 skipped as settled",
        "Load: 2 records, 2 new papers, 0 refused, 2 observations",
    ]
    assert waiting(hf.data_dir) == []


def test_days_are_fetched_again_until_they_have_settled(hf: Any, hf_lists: Lists, read: Rows) -> None:
    hf_lists[MONDAY] = [entry("2503.00001", "A paper", MONDAY, paper_upvotes=1)]
    hf_lists[TUESDAY] = [entry("2503.00002", "Another", TUESDAY, paper_upvotes=1)]
    hf.now = datetime(2025, 4, 8, 23, 59)
    hf("2025-03-10", "2025-03-11")  # 29 and 28 days after
    assert hf("2025-03-10", "2025-03-11").observations_added == 0  # fetched again, and nothing had moved
    assert hf.api.days_asked == ["2025-03-10", "2025-03-11"]

    hf.later(minutes=1)
    hf_lists[MONDAY] = [entry("2503.00001", "A paper", MONDAY, paper_upvotes=2)]
    hf("2025-03-10", "2025-03-11")  # 30 and 29
    assert hf.api.days_asked == ["2025-03-10", "2025-03-11"]
    assert hf("2025-03-10", "2025-03-11").observations_added == 0
    assert hf.api.days_asked == ["2025-03-11"]
    assert "Fetch: 1 days fetched, 1 skipped as settled" in hf.progress.outcomes

    hf.later(days=1)
    hf_lists[TUESDAY] = [entry("2503.00002", "Another", TUESDAY, paper_upvotes=5)]
    hf("2025-03-10", "2025-03-11")
    assert hf.api.days_asked == ["2025-03-11"]
    done = hf("2025-03-10", "2025-03-11")
    assert hf.api.days_asked == []
    assert (done.records, done.papers) == (0, 2)

    hf("2025-03-10", "2025-03-11", refresh=True)
    assert hf.api.days_asked == ["2025-03-10", "2025-03-11"]
    history = (
        "SELECT observed_at, upvotes FROM upvote_observations WHERE paper_id = '2503.00001' ORDER BY ALL"
    )
    assert read(hf.data_dir, history) == [
        (datetime(2025, 4, 8, 23, 59), 1),
        (datetime(2025, 4, 9), 2),
        (datetime(2025, 4, 10), 2),
    ]
    assert logged(read, hf.data_dir) == [
        (MONDAY, datetime(2025, 4, 10), 1),
        (TUESDAY, datetime(2025, 4, 10), 1),
    ]


def test_a_span_that_holds_nothing_new_covers_its_days(hf: Any, hf_lists: Lists, read: Rows) -> None:
    hf_lists[MONDAY] = [entry("2503.00001", "A paper", MONDAY)]
    hf("2025-03-10", "2025-03-10")
    hf("2025-03-11", "2025-03-11")
    spans = read(hf.data_dir, "SELECT covered_from, covered_until FROM coverage ORDER BY 1")
    assert spans == [(MONDAY, TUESDAY), (TUESDAY, WEDNESDAY)]


LATE, EARLY = datetime(2025, 6, 1), datetime(2025, 3, 10, 12)


@pytest.mark.parametrize(
    ("since", "log", "first"),
    [
        (date(2025, 3, 1), {}, date(2025, 3, 1)),
        (None, {}, date(2025, 2, 10)),  # 30 days before
        (None, {MONDAY: EARLY}, date(2025, 2, 10)),  # fetched, and not settled
        (None, {date(2025, 3, 1): LATE, date(2025, 2, 1): LATE, MONDAY: EARLY}, date(2025, 3, 2)),
        (None, {date(2025, 4, 1): LATE}, date(2025, 2, 10)),  # settled, and after the span
    ],
)
def test_where_a_span_begins(since: date | None, log: dict[date, datetime], first: date) -> None:
    days = Span(since, WEDNESDAY).days(log)
    assert (days[0], days[-1]) == (first, WEDNESDAY)
    assert len(days) == (WEDNESDAY - first).days + 1


def test_a_day_settles_in_thirty_days() -> None:
    assert not is_settled(MONDAY, datetime(2025, 4, 8, 23, 59))
    assert is_settled(MONDAY, datetime(2025, 4, 9))


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [
        (
            "2025-03-12",
            "2025-03-11",
            "--since 2025-03-12 comes after --until 2025-03-11; give the earlier day",
        ),
        ("2025-03-14", None, "--since 2025-03-14 is in the future; today is 2025-03-13 (UTC)"),
        (
            "2023-04-30",
            None,
            "--since 2023-04-30 is before 2023-05-01, when Daily Papers began; give a later day.",
        ),
        (
            None,
            "2022-01-01",
            "--until 2022-01-01 is before 2023-05-01, when Daily Papers began; give a later day.",
        ),
    ],
)
def test_spans_that_cannot_be(since: str | None, until: str | None, sentence: str) -> None:
    first, last = (date.fromisoformat(day) if day else None for day in (since, until))
    with pytest.raises(InputError) as refusal:
        Span.asked(first, last, date(2025, 3, 13))
    assert str(refusal.value).startswith(sentence)


def test_a_day_that_has_not_begun_is_left_out() -> None:
    today = date(2025, 3, 13)
    assert Span.asked(today, today + timedelta(days=300), today) == Span(today, today)
    assert Span.asked(None, None, today) == Span(None, today)


# ---- what fails, and what the next run does about it ----


def test_a_day_that_cannot_be_fetched_is_taken_up_by_the_next_run(
    hf: Any, hf_lists: Lists, read: Rows
) -> None:
    for number, day in enumerate((MONDAY, TUESDAY, WEDNESDAY)):
        hf_lists[day] = [entry(f"2503.0000{number}", f"Paper {number}", day)]
    hf.api.always["2025-03-11"] = Trouble(502, body=b"")
    first = hf("2025-03-10", "2025-03-12")
    assert first.note.startswith(
        f"1 of 3 days could not be fetched from {hf.api.endpoint} (2025-03-11: the server answered 502); what they "
        "list is missing, or not up to date, until the next run, which asks again."
    )
    assert first.days == [
        {"day": "2025-03-10", "state": "complete", "entries": 1},
        {"day": "2025-03-11", "state": "failed", "reason": "the server answered 502"},
        {"day": "2025-03-12", "state": "complete", "entries": 1},
    ]
    assert hf.progress.outcomes[0] == "Fetch: 2 days fetched, 0 skipped as settled, 1 failed"
    assert hf.api.days_asked == ["2025-03-10", *["2025-03-11"] * 4, "2025-03-12", *["2025-03-11"] * 4]
    assert first.papers == 2
    spans = "SELECT covered_from, covered_until FROM coverage ORDER BY covered_from"
    assert read(hf.data_dir, spans) == [(MONDAY, TUESDAY), (WEDNESDAY, WEDNESDAY + timedelta(days=1))]
    gap = "SELECT source, day, reason, run_id FROM missing_days"
    assert read(hf.data_dir, gap) == [("hf", TUESDAY, "the server answered 502", first.run_id)]

    hf.api.always.clear()
    hf.later(days=60)
    done = hf(None, "2025-03-12")  # a run that names no first day takes it up, long after
    assert "2025-03-11" in hf.api.days_asked
    assert (done.papers, done.has_gaps) == (3, False)
    assert read(hf.data_dir, gap) == []
    assert (TUESDAY,) in read(hf.data_dir, "SELECT day FROM fetched_days")


def test_what_a_failed_run_fetched_is_used_by_the_next(hf: Any, hf_lists: Lists, read: Rows) -> None:
    for number, day in enumerate((MONDAY, TUESDAY, WEDNESDAY)):
        hf_lists[day] = [entry(f"2503.0000{number}", f"Paper {number}", day)]
    hf.api.troubles["2025-03-12"] = [TOO_LONG_A_WAIT]
    with pytest.raises(NotFetched):
        hf("2025-03-10", "2025-03-12")
    assert contract.read_pointer(hf.data_dir) is None
    assert waiting(hf.data_dir) == ["2025-03-10.json.gz", "2025-03-11.json.gz"]

    first_try = hf.now
    hf.later(hours=23)
    done = hf("2025-03-10", "2025-03-12")
    assert hf.api.days_asked == ["2025-03-12"]
    assert "Fetch: 1 days fetched, 0 skipped as settled, 2 fetched by the run before" in hf.progress.outcomes
    assert done.papers == 3
    assert [at for _, at, _ in logged(read, hf.data_dir)] == [first_try, first_try, hf.now]
    assert read(hf.data_dir, "SELECT status FROM runs ORDER BY started_at") == [("failed",), ("published",)]
    assert waiting(hf.data_dir) == []


def test_days_that_a_failed_run_did_not_get_are_owed_until_they_come(
    hf: Any, hf_lists: Lists, read: Rows
) -> None:
    old = date(2024, 6, 3)
    hf_lists[old] = [entry("2406.00001", "An old paper", old)]
    hf_lists[MONDAY] = [entry("2503.00001", "A paper", MONDAY)]
    hf.api.troubles["2024-06-03"] = [TOO_LONG_A_WAIT]
    with pytest.raises(NotFetched):
        hf("2024-06-02", "2024-06-04")
    later = hf("2025-03-10", "2025-03-10")  # names its days, so asks for no others, and forgets none
    assert hf.api.days_asked == ["2025-03-10"]
    owed = "SELECT day, reason FROM missing_days ORDER BY day"
    why = "the server asks to wait 4,000 seconds before the next request"
    assert read(hf.data_dir, owed) == [(old, why), (old + timedelta(days=1), why)]
    assert not later.has_gaps
    hf(None, "2025-03-10")
    assert hf.api.days_asked[:2] == ["2024-06-03", "2024-06-04"]
    assert read(hf.data_dir, owed) == []
    assert read(hf.data_dir, "SELECT paper_id FROM papers ORDER BY 1") == [("2406.00001",), ("2503.00001",)]


def test_days_owed_to_another_endpoint_or_in_a_torn_file_are_not_asked_for(hf: Any, hf_lists: Lists) -> None:
    hf_lists[MONDAY] = [entry("2503.00001", "A paper", MONDAY)]
    Waiting(hf.data_dir / "fetched" / "hf", "http://elsewhere").owe({date(2024, 6, 3): "it is down"})
    hf(None, "2025-03-10")
    assert hf.api.days_asked[0] == "2025-02-08"
    (hf.data_dir / "fetched" / "hf-owed.json").write_text('{"endpoint')
    hf(None, "2025-03-10")
    assert hf.api.days_asked[0] == "2025-02-11"  # the ones before it had settled


def test_what_waited_too_long_is_fetched_anew(hf: Any, hf_lists: Lists) -> None:
    hf_lists[MONDAY] = [entry("2503.00001", "A paper", MONDAY)]
    hf.api.troubles["2025-03-11"] = [TOO_LONG_A_WAIT]
    with pytest.raises(NotFetched):
        hf("2025-03-10", "2025-03-11")
    hf.later(days=1)
    hf("2025-03-10", "2025-03-11")
    assert hf.api.days_asked == ["2025-03-10", "2025-03-11"]


def test_what_is_older_than_what_is_published_is_not_used(hf: Any, hf_lists: Lists) -> None:
    hf_lists[MONDAY] = [entry("2503.00001", "A paper", MONDAY)]
    hf("2025-03-10", "2025-03-10")
    left_behind = Waiting(hf.data_dir / "fetched" / "hf", hf.api.endpoint)
    left_behind.keep(MONDAY, hf.now, [])  # as by a run that was killed between publishing and clearing
    hf.later(hours=1)
    assert hf("2025-03-10", "2025-03-10").records == 1
    assert hf.api.days_asked == ["2025-03-10"]


@pytest.mark.parametrize(
    "content", [b"", b"torn", gzip.compress(b"{", mtime=0), gzip.compress(b'{"endpoint": "other"}', mtime=0)]
)
def test_what_cannot_be_read_or_comes_from_elsewhere_is_fetched_anew(
    hf: Any, hf_lists: Lists, content: bytes
) -> None:
    hf_lists[MONDAY] = [entry("2503.00001", "A paper", MONDAY)]
    folder = hf.data_dir / "fetched" / "hf"
    folder.mkdir(parents=True)
    (folder / "2025-03-10.json.gz").write_bytes(content)
    hf("2025-03-10", "2025-03-10")
    assert hf.api.days_asked == ["2025-03-10"]


def test_a_run_stops_when_day_after_day_fails(hf: Any) -> None:
    hf.api.always.update({f"2025-03-{day:02}": Trouble(404, body=b"") for day in (2, 4, 5, 6, 7)})
    with pytest.raises(NotFetched) as failure:
        hf("2025-03-01", "2025-03-10")
    assert hf.api.days_asked == [f"2025-03-{day:02}" for day in range(1, 7)]
    assert str(failure.value) == (
        f"4 of 10 days could not be fetched from {hf.api.endpoint} (2025-03-02, 2025-03-04 to 2025-03-06: "
        "the server answered 404) and 4 were not asked for any more, so nothing was published; run the same again to "
        "take them up, the other 2 are kept until then."
    )


def test_a_server_that_makes_us_wait_too_long_ends_the_run(hf: Any) -> None:
    hf.api.troubles["2025-03-11"] = [TOO_LONG_A_WAIT]
    with pytest.raises(NotFetched) as failure:
        hf("2025-03-10", "2025-03-12")
    assert str(failure.value) == (
        f"{hf.api.endpoint} takes no more requests for now (the server asks to wait 4,000 seconds before the next "
        "request), so nothing was published; run again later; the 1 days fetched so far are kept for the next run."
    )


def test_empty_days_alone_make_no_corpus(hf: Any) -> None:
    with pytest.raises(InputError, match="holds no records"):
        hf("2025-03-08", "2025-03-09")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_run_killed_while_it_fetches_leaves_the_rest_to_the_next(
    hf: Any, hf_lists: Lists, read: Rows
) -> None:
    hf_lists[MONDAY] = [entry("2503.00001", "A paper", MONDAY)]
    span = ["--since", "2025-03-10", "--until", "2025-03-12"]
    arguments = ["run", "--source", "hf", *span, "--data-dir", str(hf.data_dir)]
    environment = {**os.environ, "HF_ENDPOINT": hf.api.endpoint}
    killed = subprocess.run(
        [sys.executable, str(STRUCK_RUN), "SIGKILL", "after", "replace:2025-03-11.json.gz", *arguments],
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert waiting(hf.data_dir) == ["2025-03-10.json.gz", "2025-03-11.json.gz"]
    hf.api.asked.clear()
    again = subprocess.run(
        [sys.executable, "-m", "etl", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    assert hf.api.days_asked == ["2025-03-12"]
    assert read(hf.data_dir, "SELECT count(*) FROM papers") == [(1,)]


# ---- the command ----


@pytest.fixture
def etl(hf: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The command, with the loopback server as its endpoint."""
    monkeypatch.setenv("HF_ENDPOINT", hf.api.endpoint)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    return lambda *arguments: CliRunner().invoke(
        cli.app, [*map(str, arguments), "--data-dir", str(hf.data_dir)]
    )


def test_the_command_fetches_and_status_says_when(etl: Any, hf: Any, hf_lists: Lists, read: Rows) -> None:
    hf_lists[MONDAY] = [entry("2503.00001", "A paper", MONDAY)]
    done = etl("run", "--source", "hf", "--since", "2025-03-08", "--until", "2025-03-12")
    assert done.exit_code == 0, done.stderr
    assert "5 days fetched, 0 skipped as settled" in done.output
    assert "Fetched    5 days, 2025-03-08 to 2025-03-12, last on 20" in etl("status").output
    assert read(hf.data_dir, "SELECT source, options FROM runs") == [
        ("hf", '{"since": "2025-03-08", "until": "2025-03-12"}')
    ]
    again = etl("run", "--source", "hf", "--since", "2025-03-08", "--until", "2025-03-12")
    assert "0 days fetched, 5 skipped as settled" in again.output
    assert len(hf.api.asked) == 5
    assert {asked.authorization for asked in hf.api.asked} == {"Bearer hf_secret"}
    written = [path.read_bytes() for path in hf.data_dir.rglob("*") if path.is_file()]
    assert written
    assert not any(b"hf_secret" in content for content in written)


def test_an_end_in_the_future_is_today(etl: Any, hf: Any, hf_lists: Lists) -> None:
    today = cli.report.now().date()
    hf_lists[today] = [entry("2503.00001", "A paper", today)]
    done = etl("run", "--source", "hf", "--since", today, "--until", today + timedelta(days=9))
    assert (
        f"Note: {today + timedelta(days=9)} has not begun (UTC), so the run ends with {today}."
        in " ".join(done.output.split())
    )
    assert hf.api.days_asked == [str(today)]


def test_without_a_network_one_sentence_names_what_works(etl: Any, hf: Any) -> None:
    hf.api.__exit__()
    with stamina.set_testing(True, attempts=2):  # type: ignore[attr-defined]
        failed = etl("run", "--source", "hf", "--since", "2025-03-10")
    assert failed.exit_code == 1
    assert failed.stderr == (
        f"{hf.api.endpoint} cannot be reached (Connection refused), so nothing was published; check the network, or "
        "use `--source demo` or `--source file --input PATH`.\n"
    )
    assert waiting(hf.data_dir) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--source", "hf", "--since", "yesterday"],
            "--since yesterday is not a day; write it as YYYY-MM-DD.",
        ),
        (
            ["--source", "hf", "--until", "2025-02-30"],
            "--until 2025-02-30 is not a day; write it as YYYY-MM-DD.",
        ),
        (
            ["--source", "hf", "--since", "2025-03-02", "--until", "2025-03-01"],
            "--since 2025-03-02 comes after",
        ),
        (
            ["--source", "hf", "--input", "x"],
            "--input goes with --source file, listing, arxiv or observations; Daily Papers are asked for day by day.",
        ),
        (
            ["--source", "hf", "--seed", "1"],
            "--papers and --seed go with --source demo; Daily Papers are asked for day by day.",
        ),
        (
            ["--source", "file", "--input", "x", "--refresh"],
            f"{OPTIONS_OF_DAYS} go with --source hf or arxiv; a file has the papers that it has.",
        ),
        (
            ["--source", "demo", "--since", "2025-03-01"],
            f"{OPTIONS_OF_DAYS} go with --source hf or arxiv; the demo writes its own papers.",
        ),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(etl: Any, hf: Any, arguments: list[str], sentence: str) -> None:
    refused = etl("run", *arguments)
    assert refused.exit_code == 1
    assert refused.stderr.startswith(sentence)
    assert len(refused.stderr.strip().splitlines()) == 1
    assert hf.api.asked == []


# ---- all recorded days ----


@pytest.mark.slow
def test_a_second_run_over_the_recorded_days_asks_for_nothing(
    recorded_run: Any, recorded_copy: Path, read: Rows
) -> None:
    done, requests = recorded_run.again(recorded_copy)
    assert requests == 0
    assert (done.records, done.papers_added, done.observations_added, done.refitted) == (0, 0, 0, False)
    counts = "SELECT (SELECT count(*) FROM papers), (SELECT count(*) FROM authors), \
              (SELECT count(*) FROM upvote_observations), (SELECT count(*) FROM coverage)"
    assert read(recorded_copy, counts) == read(recorded_run.data_dir, counts)
