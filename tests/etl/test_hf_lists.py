"""Source `hf`: the lists of a week, of a month, and of what is trending."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from etl import cli, contract, pipeline
from etl.errors import InputError, NotFetched
from etl.settings import HfSettings, Settings
from etl.sources.hf_api import DailyPapers, Limits
from etl.sources.hf_lists import HfList, ListAsked
from tests.hf_api_server import entry
from tests.loopback import Trouble

Rows = Callable[..., list[tuple[Any, ...]]]

TODAY = date(2025, 4, 3)
NOW = datetime(2025, 4, 3, 12)
WEEK = {"week": "2025-W14"}
LIMITS = Limits(first_wait=0.001, longest_wait=0.01)


def run_list(hf: Any, options: dict[str, Any], now: datetime = NOW) -> Any:
    hf.api.asked.clear()
    asked = ListAsked.read(options, TODAY)
    assert asked is not None
    with DailyPapers(HfSettings(hf.api.endpoint), LIMITS) as api:
        source = HfList(api, asked, clock=lambda: now)
        return pipeline.run(Settings(hf.data_dir), source, contract.REAL, {}, progress=hf.progress)


@pytest.mark.parametrize(
    ("options", "query"),
    [
        (WEEK, {"week": "2025-W14"}),
        ({"month": "2025-03"}, {"month": "2025-03"}),
        ({"trending": True}, {"sort": "trending"}),
        ({}, None),
        ({"since": date(2025, 3, 1), "week": None}, None),
    ],
)
def test_what_is_asked_for(options: dict[str, Any], query: dict[str, str] | None) -> None:
    asked = ListAsked.read(options, TODAY)
    assert (asked.query if asked else None) == query


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"week": "2025-14"}, "--week 2025-14 is not a week; write it as YYYY-Www, such as 2025-W14."),
        ({"week": "2025-W53"}, "--week 2025-W53 is not a week"),
        ({"month": "2025-13"}, "--month 2025-13 is not a month; write it as YYYY-MM, such as 2025-03."),
        ({"month": "March"}, "--month March is not a month"),
        (
            {"week": "2025-W15"},
            "--week 2025-W15 is in the future; today is 2025-04-03 (UTC), so give an earlier week.",
        ),
        ({"month": "2025-05"}, "--month 2025-05 is in the future"),
        (
            {"month": "2023-04"},
            "--month 2023-04 is before 2023-05-01, when Daily Papers began; give a later month.",
        ),
        ({**WEEK, "trending": True}, "--week, --month and --trending ask for one list each; give one of"),
        ({**WEEK, "since": TODAY}, "--week, --month and --trending ask for one list each"),
    ],
)
def test_what_cannot_be_asked_for(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        ListAsked.read(options, TODAY)
    assert str(refusal.value).startswith(sentence)


def test_a_week_that_has_begun_and_the_month_of_the_first_list_can_be() -> None:
    assert ListAsked.read({"week": "2025-W14"}, date(2025, 3, 31))
    assert ListAsked.read({"month": "2023-05"}, TODAY)


def test_a_list_is_read_to_its_end_and_covers_no_day(hf: Any, read: Rows) -> None:
    day = date(2025, 4, 1)
    whole = [
        entry(f"2504.{number:05}", f"Paper {number}", day, paper_upvotes=number) for number in range(230)
    ]
    hf.api.others["week=2025-W14"] = whole
    done = run_list(hf, WEEK)
    assert [asked.query for asked in hf.api.asked] == [
        {"week": "2025-W14", "limit": "100", "p": str(page)} for page in range(4)
    ]
    assert (done.records, done.papers, done.observations_added) == (230, 230, 230)
    assert "Fetch: 230 entries of the list of week 2025-W14" in hf.progress.outcomes
    assert read(hf.data_dir, "SELECT sum(upvotes), count(listed_on) FROM papers") == [(229 * 230 // 2, 0)]
    assert read(hf.data_dir, "SELECT count(*) FROM coverage") == [(0,)]
    assert read(hf.data_dir, "SELECT count(*) FROM fetched_days") == [(0,)]


def test_a_list_looks_again_at_papers_of_days(hf: Any, hf_lists: dict[date, Any], read: Rows) -> None:
    day = date(2025, 3, 10)
    hf_lists[day] = [entry("2503.00001", "A paper", day, paper_upvotes=1)]
    hf("2025-03-10", "2025-03-10")
    hf.api.others["sort=trending"] = [entry("2503.00001", "A paper, revised", day, paper_upvotes=50)]
    done = run_list(hf, {"trending": True})
    assert (done.papers_added, done.rejected, done.observations_added) == (0, 0, 1)
    assert read(hf.data_dir, "SELECT title, upvotes, listed_on FROM papers") == [
        ("A paper, revised", 50, day)
    ]
    looks = "SELECT observed_at, upvotes FROM upvote_observations ORDER BY 1"
    assert read(hf.data_dir, looks) == [(datetime(2025, 3, 12, 9, 30, 15), 1), (NOW, 50)]
    assert read(hf.data_dir, "SELECT day FROM fetched_days") == [(day,)]


def test_a_list_that_does_not_come_is_one_sentence(hf: Any) -> None:
    hf.api.troubles["*"] = [Trouble(404)]
    with pytest.raises(NotFetched) as failure:
        run_list(hf, WEEK)
    assert str(failure.value) == (
        f'The list of week 2025-W14 could not be fetched from {hf.api.endpoint} (the server answered 404 ("as told")), '
        "so nothing was published; run again later."
    )
    hf.api.__exit__()
    with pytest.raises(
        NotFetched, match=r"^The trending list could not be fetched .* \(Connection refused\), so"
    ):
        run_list(hf, {"trending": True})


def test_the_command(hf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hf.api.endpoint)
    hf.api.others["month=2025-03"] = [entry("2503.00001", "A paper", date(2025, 3, 10))]
    arguments = ["run", "--source", "hf", "--month", "2025-03", "--data-dir", str(hf.data_dir)]
    done = CliRunner().invoke(cli.app, arguments)
    assert done.exit_code == 0, done.stderr
    assert "1 entries of the list of month 2025-03" in done.output
    assert hf.api.asked[0].query["month"] == "2025-03"
    both = CliRunner().invoke(cli.app, [*arguments, "--trending"])
    assert both.exit_code == 1
    assert both.stderr.startswith("--week, --month and --trending ask for one list each")
