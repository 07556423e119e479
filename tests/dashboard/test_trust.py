"""The page that says how far to trust the others."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from dashboard import queries
from dashboard.views import trust
from etl import contract
from etl.trends import truth


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """A snapshot of four topics in which only what a test writes stands."""
    opened = duckdb.connect()
    for table in (*contract.TABLES, *contract.DEMO_TABLES):
        opened.execute(table.ddl)
    opened.execute(
        "INSERT INTO topics BY NAME SELECT unnest([0, 1, 2, 3, -1]) AS topic_id, "
        "unnest(['Graphs', 'Agents', 'Speech', 'Vision', 'No topic']) AS label, [] AS keywords, 9 AS papers, "
        "'A' AS area"
    )
    opened.execute(
        "INSERT INTO topic_signals BY NAME SELECT unnest([0, 1, 2, 3]) AS topic_id, "
        "unnest(['rising', 'falling', 'rising', 'steady']) AS signal, unnest([2.0, 0.5, 3.0, 1.0]) AS change, "
        "unnest([0.0001, 0.03, 0.0001, 0.04]) AS q_value, 50 AS papers"
    )
    return opened


def contributor(connection: duckdb.DuckDBPyConnection, topic: int, kind: str, name: str, part: float) -> None:
    connection.execute(
        "INSERT INTO topic_attribution BY NAME SELECT ? AS topic_id, ? AS kind, 1 AS rank, ? AS name, "
        "5 AS papers_before, 9 AS papers_after, 2.0 AS change, 1.1 AS change_without, ? AS part, "
        "DATE '2024-01-01' AS period_start, DATE '2024-07-01' AS period_middle, DATE '2025-01-01' AS period_end",
        [topic, kind, name, part],
    )


def test_verdicts_are_counted(connection: duckdb.DuckDBPyConnection) -> None:
    found = queries.verdicts(connection)
    assert dict(zip(found.signal, found.topics, strict=True)) == {"rising": 2, "falling": 1, "steady": 1}


def test_a_verdict_is_fragile_by_a_contributor_or_by_chance(connection: duckdb.DuckDBPyConnection) -> None:
    contributor(connection, 0, "corpus", "", 1.0)  # growth is no contributor
    contributor(connection, 0, "organization", "Lab", 0.4)  # less than half of it
    contributor(connection, 2, "author", "Ada", 0.6)
    contributor(connection, 2, "day", "2024-09-09", 0.9)
    contributor(connection, 3, "author", "Ada", 0.9)  # a steady topic moves nowhere
    found = queries.fragile(connection)
    # Agents is close to chance; Speech hangs on one day most of all.
    assert found.label.tolist() == ["Agents", "Speech"]
    shown = trust.fragile_table(found)
    assert shown["Why with care"].tolist() == [
        "close to chance (q = 0.030)",
        "mostly day 2024-09-09: without it 1.1 times from half-year to half-year",
    ]


def test_a_back_test_that_never_ran_is_none(connection: duckdb.DuckDBPyConnection) -> None:
    assert queries.backtest(connection).empty
    connection.execute(
        "INSERT INTO topic_forecasts BY NAME SELECT unnest([0, 1]) AS topic_id, DATE '2025-01-01' AS quarter_start, "
        "DATE '2025-03-01' AS quarter_end, .1 AS share, .05 AS share_low, .2 AS share_high, 'drift' AS method, "
        ".1 AS skill, .07 AS corpus_skill, .81 AS coverage, 6 AS tests, unnest([true, false]) AS shown"
    )
    (row,) = queries.backtest(connection).to_dict("records")
    assert row == {"topics": 2, "shown": 1, "skill": 0.07, "coverage": 0.81, "tests": 6}


def test_planted_topics_are_found_by_the_papers_they_share(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("INSERT INTO demo_truth_topics VALUES (7, 'Graph nets', 'rising', 4.0, NULL, NULL)")
    connection.execute(
        "INSERT INTO papers BY NAME SELECT 'p' || number AS paper_id, 'k' AS title_key, 'demo' AS source, "
        "'T' AS title, topic AS topic_id, 1.0 AS topic_probability, 'r' AS run_id "
        "FROM (SELECT unnest([1, 2, 3, 4]) AS number, unnest([0, 0, 1, -1]) AS topic)"
    )
    connection.execute("INSERT INTO demo_truth_papers SELECT paper_id, 7 FROM papers")
    (row,) = queries.planted(connection).to_dict("records")
    assert (row["planted"], row["label"], row["shared"], row["signal"]) == (
        "Graph nets",
        "Graphs",
        0.5,
        "rising",
    )
    assert trust.planted_table(pd.DataFrame([row])).iloc[0]["Planted change"] == "4.0"


def test_the_shipped_results_are_whole_and_put_ours_first() -> None:
    held, bars = truth.bars()
    assert 0 < held <= bars
    for corpora in truth.MOVING:
        shown = trust.suite_table(corpora)
        assert shown["Rule"].iloc[0] == truth.OURS
        assert len(shown) > 5
        assert shown.drop(columns="Rule").stack().between(0, 1).all()
        assert sum(column.startswith("Found: ×") for column in shown) == 2
