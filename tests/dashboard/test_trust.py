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


def plant(
    connection: duckdb.DuckDBPyConnection, topic: int, kind: str, started_on: str | None, ended_on: str | None
) -> None:
    """A planted topic that was found as the topic of the same number."""
    connection.execute(
        "INSERT INTO demo_truth_topics VALUES (?, 'Planted ' || ?, ?, NULL, ?, ?)",
        [topic, topic, kind, started_on, ended_on],
    )
    connection.execute(
        "INSERT INTO papers BY NAME SELECT ? AS paper_id, 'k' AS title_key, 'demo' AS source, 'T' AS title, "
        "?::INTEGER AS topic_id, 1.0 AS topic_probability, 'r' AS run_id",
        [f"p{topic}", topic],
    )
    connection.execute("INSERT INTO demo_truth_papers VALUES (?, ?)", [f"p{topic}", topic])


def come_to_a_level(
    connection: duckdb.DuckDBPyConnection, topic: int, kind: str, started_on: str, ended_on: str | None = None
) -> None:
    connection.execute(
        "INSERT INTO topic_changes VALUES (?, ?, ?, ?, ?, 3, .01, .03)",
        [topic, kind, started_on, ended_on, started_on],
    )


def test_what_ended_before_the_window_is_found_by_its_change_of_level(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("UPDATE topic_signals SET window_start = '2025-01-01', window_end = '2025-12-01'")
    # By their verdicts: topics 0 and 2 rise, 1 falls, 3 is steady.
    plant(
        connection, 0, "falling", "2025-01-01", "2025-12-01"
    )  # the other way, which a fall of level cannot mend
    come_to_a_level(connection, 0, "fall", "2025-03-01")
    plant(connection, 1, "died", "2025-06-01", "2025-06-01")
    plant(connection, 2, "bursting", "2025-06-01", "2025-09-01")  # in the window, but a verdict is no burst
    come_to_a_level(connection, 2, "fall", "2025-10-01")
    plant(connection, 3, "born", "2024-05-01", "2024-05-01")
    come_to_a_level(connection, 3, "rise", "2024-06-01")
    rows = queries.planted(connection).set_index("planted")
    assert trust.within_window(rows).to_dict() == {
        "Planted 0": True,
        "Planted 1": True,
        "Planted 2": False,
        "Planted 3": False,
    }
    assert trust.found(rows).tolist() == rows.index.isin(["Planted 1", "Planted 3"]).tolist()
    come_to_a_level(connection, 2, "burst", "2025-05-01", "2025-09-01")
    rows = queries.planted(connection)
    shown = trust.planted_table(rows).set_index("Planted")
    assert shown["Found"].to_dict() == {
        "Planted 0": "no",
        "Planted 1": "yes",
        "Planted 2": "yes",
        "Planted 3": "yes",
    }
    assert shown.loc["Planted 2", ["When", "Level changed"]].tolist() == ["Jun 2025 to Sep 2025", "May 2025"]
    assert shown.loc["Planted 3", "When"] == "May 2024"


@pytest.mark.parametrize(
    ("kind", "started_on", "ended_on", "seen"),
    [
        ("burst", "2024-02-01", "2024-06-01", True),
        ("burst", "2024-01-01", "2024-06-01", False),  # two months early
        ("burst", "2024-07-01", "2024-08-01", True),
        ("burst", "2024-08-01", "2024-09-01", False),
        ("rise", "2024-03-01", None, True),  # it lasts: nobody can say yet that it will not come back
        ("rise", "2024-03-01", "2024-09-01", False),  # it went higher still
        ("fall", "2024-03-01", None, False),
    ],
)
def test_a_burst_is_seen_within_a_month_of_where_it_was_planted(
    connection: duckdb.DuckDBPyConnection, kind: str, started_on: str, ended_on: str | None, seen: bool
) -> None:
    plant(connection, 1, "bursting", "2024-03-01", "2024-06-01")
    come_to_a_level(connection, 1, kind, started_on, ended_on)
    assert trust.found(queries.planted(connection)).tolist() == [seen]


def test_a_flat_topic_is_neither_found_nor_missed(connection: duckdb.DuckDBPyConnection) -> None:
    plant(connection, 3, "flat", None, None)
    assert trust.planted_table(queries.planted(connection))["Found"].tolist() == [""]


def test_new_topics_are_listed_by_rank_without_the_others(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "INSERT INTO topic_newness BY NAME SELECT unnest([0, 1, 2]) AS topic_id, unnest([2, 1, 3]) AS rank, "
        "unnest(['growing', 'born', 'other']) AS kind, unnest([1.5, 3.0, .9]) AS score, "
        "unnest([2.0, 'infinity'::DOUBLE, 1.0]) AS growth, unnest([1.5, 3.0, .9]) AS growth_low, "
        "unnest([NULL, DATE '2025-03-01', NULL]) AS born_on"
    )
    shown = trust.newness_table(queries.newness(connection))
    assert shown.to_numpy().tolist() == [
        ["Agents", "born", "over 1,000", "3.0", "Mar 2025"],
        ["Graphs", "growing", "2.0", "1.5", ""],
    ]


def test_the_shipped_results_are_whole_and_put_ours_first() -> None:
    held, bars = truth.bars()
    assert 0 < held <= bars
    for corpora in truth.MOVING:
        shown = trust.suite_table(corpora)
        assert shown["Rule"].iloc[0] == truth.OURS
        assert len(shown) > 5
        assert shown.drop(columns="Rule").stack().between(0, 1).all()
        assert sum(column.startswith("Found: ×") for column in shown) == 2


def test_forecasts_beat_the_last_value_on_every_kind_of_planted_corpus() -> None:
    skill = truth.forecast_skill()
    assert set(truth.MOVING) <= set(skill)
    assert all(error < 1 for error, _ in skill.values())
    assert all(0.75 < inside < 0.9 for _, inside in skill.values())
