"""The state of things in sentences, and the numbers they are made from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import duckdb
import pandas as pd
import pytest

from dashboard import briefing, queries, selection
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from etl import contract

MONDAY = date(2025, 1, 6)


def plain(told: str) -> str:
    return told.replace("\N{NO-BREAK SPACE}", " ").replace("\\", "")


# ---- the last complete week ----


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A snapshot in which only what a test writes stands: one source, covered to the end of Sunday, 19 January."""
    with duckdb.connect(config={"python_enable_replacements": "false"}) as opened:
        for table in contract.TABLES:
            opened.execute(table.ddl)
        cover(opened, "file", date(2025, 1, 1), date(2025, 1, 20))
        yield opened


def cover(connection: duckdb.DuckDBPyConnection, source: str, since: date, until: date) -> None:
    connection.execute("INSERT INTO coverage VALUES ('r', ?, ?, ?)", [source, since, until])


def add_reading(
    connection: duckdb.DuckDBPyConnection,
    paper_id: str,
    week: date,
    percentile: float | None,
    *,
    upvotes: int = 1,
    age: str = "listing",
    peers: int = 9,
) -> None:
    connection.execute(
        "INSERT INTO papers BY NAME SELECT $1 AS paper_id, $1 AS title_key, 'file' AS source, upper($1) AS title, "
        "$1 AS organization, 7 AS topic_id, 1.0 AS topic_probability, 'r' AS run_id "
        "WHERE NOT EXISTS (FROM papers WHERE paper_id = $1)",
        [paper_id],
    )
    connection.execute(
        "INSERT INTO upvote_readings BY NAME SELECT ? AS paper_id, ? AS age, 1 AS age_days, ? AS upvotes, "
        "TIMESTAMP '2025-01-01' AS observed_at",
        [paper_id, age, upvotes],
    )
    connection.execute(
        "INSERT INTO paper_upvotes BY NAME SELECT ? AS paper_id, ? AS age, ? AS week, ? AS peers, ? AS percentile, "
        "1.0 AS expected, 0.0 AS excess",
        [paper_id, age, week, peers, percentile],
    )
    # A snapshot never changes, so what was prepared of this one must go.
    connection.execute("DROP TABLE IF EXISTS memory.main.standings")


def test_the_last_week_that_is_covered_to_its_end_counts(connection: duckdb.DuckDBPyConnection) -> None:
    add_reading(connection, "before", MONDAY, 99.0)
    add_reading(connection, "second", date(2025, 1, 13), 60.0, upvotes=900)
    add_reading(connection, "first", date(2025, 1, 13), 80.0, upvotes=3)
    add_reading(connection, "cut", date(2025, 1, 20), 99.0)  # nobody asked for the rest of its week
    found = queries.week_upvoted(connection, Filters(), 5)
    assert found["paper_id"].tolist() == ["first", "second"]
    assert found["upvotes"].tolist() == [3, 900]
    assert set(found["week"].dt.date) == {date(2025, 1, 13)}
    # What is asked for has no paper of that week, so its own last complete week counts.
    assert queries.week_upvoted(connection, Filters(organization="before"), 5)["paper_id"].tolist() == [
        "before"
    ]
    assert queries.week_upvoted(connection, Filters(organization="cut"), 5).empty
    assert queries.week_upvoted(connection, Filters(), 1)["paper_id"].tolist() == ["first"]


def test_a_week_is_compared_at_the_age_that_most_of_it_was_read_at(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    add_reading(connection, "a", MONDAY, 95.0, age="settled", peers=6)
    add_reading(connection, "a", MONDAY, 30.0, age="listing", peers=8)
    add_reading(connection, "b", MONDAY, 40.0, age="listing", peers=8)
    assert queries.week_upvoted(connection, Filters(), 5)["paper_id"].tolist() == ["b", "a"]
    add_reading(connection, "b", MONDAY, 20.0, age="week", peers=8)  # as many, read later
    found = queries.week_upvoted(connection, Filters(), 5)
    assert found[["paper_id", "age"]].to_numpy().tolist() == [["b", "week"]]


def test_a_week_of_too_few_papers_is_passed_over(connection: duckdb.DuckDBPyConnection) -> None:
    add_reading(connection, "earlier", MONDAY, 50.0)
    add_reading(connection, "alone", date(2025, 1, 13), None, peers=1)
    assert queries.week_upvoted(connection, Filters(), 5)["paper_id"].tolist() == ["earlier"]


def test_the_week_of_a_published_corpus(moving: Snapshot) -> None:
    """1 to 7 September 2025: seven papers, whose settled counts are 8 to 14."""
    found = moving.ask(queries.week_upvoted, Filters(), 2)
    assert found["upvotes"].tolist() == [14, 13]
    assert found["percentile"].tolist() == pytest.approx([100 * 6.5 / 7, 100 * 5.5 / 7])
    assert plain(briefing.week(found)) == (
        "In the week of 1 Sep 2025, readers voted most for **Paper m8-06**: 14 upvotes 14 days or more after listing, "
        "more than any other of the 7 papers of the week read then."
    )
    assert "more than about 79 % of the 7 papers" in plain(briefing.week(found.iloc[1:]))


def test_without_a_week_to_compare_that_is_said(small: Snapshot) -> None:
    found = small.ask(queries.week_upvoted, Filters(), 5)
    assert briefing.week(found) == (
        "No complete week of listing has enough upvotes read at one age to compare."
    )


# ---- gaps ----


def test_months_between_two_loads_that_nobody_asked_for_are_gaps(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert queries.uncovered_months(connection).empty
    cover(connection, "file", date(2025, 3, 31), date(2025, 5, 1))  # a day of March, all of April
    cover(connection, "hf", date(2025, 8, 1), date(2025, 9, 1))
    found = queries.uncovered_months(connection)
    assert [(row.source, row.month.date()) for row in found.itertuples()] == [("file", date(2025, 2, 1))]
    assert plain(briefing.gaps(no_days(), found)) == "**Gaps:** 1 month was never asked for (Feb 2025)."


def no_days() -> pd.DataFrame:
    return pd.DataFrame(columns=["source", "day", "reason"])


def no_months() -> pd.DataFrame:
    return pd.DataFrame(columns=["source", "month"])


def test_days_that_could_not_be_fetched_are_told_as_spans(connection: duckdb.DuckDBPyConnection) -> None:
    for day in (3, 4, 5, 9, 12, 20):
        connection.execute("INSERT INTO missing_days VALUES ('hf', ?, 'late', 'r')", [date(2025, 3, day)])
    days = queries.missing_days(connection)
    assert briefing.gaps(days, no_months()) == (
        "**Gaps:** 6 days could not be fetched (3 Mar 2025 to 5 Mar 2025, 9 Mar 2025, 12 Mar 2025 and 1 more); "
        "the next run asks again."
    )


def test_refused_records_are_counted_where_there_are_any() -> None:
    assert briefing.refused(0) == ""
    assert briefing.refused(1) == "1 record was refused; the page Runs says why."
    assert briefing.refused(5_252) == "5,252 records were refused; the page Runs says why."


def test_without_gaps_that_is_said(small: Snapshot) -> None:
    told = briefing.gaps(selection.missing_days(small), small.read(queries.uncovered_months))
    assert told == "No gaps are known: all days asked for came."


# ---- sentences ----


@pytest.mark.parametrize(
    ("q_value", "words"),
    [
        (0.01, "virtually certain"),
        (0.011, "extremely likely"),
        (0.05, "extremely likely"),
        (0.1, "very likely"),
        (0.2, "may be chance"),
        (float("nan"), ""),
    ],
)
def test_certainty_is_told_in_words(q_value: float, words: str) -> None:
    assert briefing.certainty(q_value) == words


def newness(**values: Any) -> pd.Series:
    return pd.Series(
        {
            "label": "A *b*",
            "kind": "growing",
            "score": 1.8,
            "growth": 2.5,
            "q_value": 0.004,
            "acceleration_q": 0.04,
            "born_on": pd.NaT,
            **values,
        }
    )


def test_what_is_new_is_told_with_the_part_that_is_sure() -> None:
    year = "its share of the year before"
    assert briefing.newest(newness()) == f"▲ growing: surely 1.8 times {year}, or more; virtually certain"
    faster = newness(kind="accelerating", score=0.9)
    assert briefing.newest(faster) == f"⇈ accelerating: about 2.5 times {year}; extremely likely"
    born = newness(kind="born", score=3.0, born_on=pd.Timestamp("2025-02-01"))
    assert briefing.newest(born) == f"✦ born in Feb 2025: surely 3.0 times {year}, or more"


def test_new_topics_are_named_up_to_three() -> None:
    four = pd.DataFrame([newness(), newness(kind="born"), newness(label="C"), newness(label="D")])
    assert plain(briefing.news(four, judged=True)) == (
        "**New: A *b* (growing), A *b* (born), C (growing) and 1 other.**"
    )
    assert "A \\*b\\*" in briefing.news(four, judged=True)
    assert briefing.news(four[:0], judged=True).startswith("No topic is new")
    assert briefing.news(four[:0], judged=False) == "There are too few complete months to tell what is new."


def test_an_old_corpus_says_how_old_it_was() -> None:
    summary = pd.Series({"papers": 1200, "first_on": date(2024, 5, 1), "last_on": date(2025, 3, 31)})
    assert briefing.size(summary, datetime(2025, 4, 14)) == "1,200 papers, of 1 May 2024 to 31 Mar 2025."
    assert briefing.size(summary, datetime(2025, 4, 30)).endswith(
        "; the newest was 30 days old when this was published."
    )
    undated = pd.Series({"papers": 1, "first_on": pd.NaT, "last_on": pd.NaT})
    assert briefing.size(undated, datetime(2025, 4, 30)) == "1 paper, none with a date."
