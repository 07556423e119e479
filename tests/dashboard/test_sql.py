"""A reader's own query: answered within limits, and refused in one sentence where it is hostile or makes no sense."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dashboard import charts
from dashboard.charts.answers import BAR, BARS_AT_MOST, LINE, POINTS
from dashboard.filters import Filters
from dashboard.queries import sql
from dashboard.snapshot import Snapshot
from dashboard.views.sql import EXAMPLES, columns_of
from etl.contract import TOPICS
from tests.dashboard import test_app
from tests.dashboard.test_app import Visit, charts_of, control, everything, press, sound

visit = test_app.visit


def test_a_select_is_answered_with_its_columns(small: Snapshot) -> None:
    rows = sql.answer(
        small.path,
        "SELECT organization, count(*) AS papers FROM papers WHERE organization > '' GROUP BY 1 ORDER BY 1; -- all",
    )
    assert rows.to_dict("list") == {"organization": ["Alpha", "Beta", "Gamma"], "papers": [6, 3, 2]}


@pytest.mark.parametrize(
    "query", ["FROM topics", "WITH one AS (SELECT 1) FROM one", "DESCRIBE papers", "SHOW TABLES"]
)
def test_whatever_only_reads_is_a_select(small: Snapshot, query: str) -> None:
    assert len(sql.answer(small.path, query))


@pytest.mark.parametrize("query", EXAMPLES.values())
def test_the_examples_are_answered(moving: Snapshot, query: str) -> None:
    assert len(sql.answer(moving.path, query))


def test_columns_of_one_name_are_told_apart(small: Snapshot) -> None:
    assert sql.answer(small.path, 'SELECT 1 AS "x", 2 AS "x"').shape == (1, 2)


@pytest.mark.parametrize(
    "query",
    [
        "COPY papers TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '{folder}/out.parquet'",
        "EXPORT DATABASE '{folder}'",
        "ATTACH '{folder}/other.duckdb'",
        "DETACH published",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "SET enable_external_access = true",
        "RESET memory_limit",
        "USE memory",
        "CALL enable_logging()",
        "CREATE TABLE memory.main.mine AS SELECT 1",
        "CREATE MACRO one() AS 1",
        "DELETE FROM papers",
        "UPDATE papers SET title = ''",
        "DROP TABLE papers",
        "PREPARE one AS SELECT 1",
        "BEGIN",
        "VACUUM",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE papers",
        "",
        "-- nothing",
    ],
)
def test_whatever_is_not_one_select_is_refused(small: Snapshot, tmp_path: Path, query: str) -> None:
    with pytest.raises(sql.Refused) as refused:
        sql.answer(small.path, query.format(folder=tmp_path))
    assert str(refused.value) == sql.ONLY_SELECT
    assert list(tmp_path.iterdir()) == []
    assert len(sql.answer(small.path, "FROM papers")) == 15


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM read_json('http://127.0.0.1/x.json')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM duckdb_secrets()",
    ],
)
def test_no_file_is_read(small: Snapshot, query: str) -> None:
    with pytest.raises(sql.Refused) as refused:
        sql.answer(small.path, query)
    assert str(refused.value) == sql.NO_FILES


def test_no_variable_of_ours_is_read(small: Snapshot) -> None:
    for name in ("connection", "statements", "small", "'/etc/passwd'"):
        with pytest.raises(sql.Refused, match="does not exist"):
            sql.answer(small.path, f"SELECT * FROM {name}")


def test_a_setting_cannot_be_changed_by_a_function(small: Snapshot) -> None:
    with pytest.raises(sql.Refused, match="configuration has been locked"):
        sql.answer(small.path, "FROM enable_logging()")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT nothing FROM papers", 'Referenced column "nothing" not found in FROM clause!'),
        ("SELEC 1", 'syntax error at or near "SELEC"'),
    ],
)
def test_a_query_without_sense_is_one_sentence(small: Snapshot, query: str, told: str) -> None:
    with pytest.raises(sql.Refused) as refused:
        sql.answer(small.path, query)
    assert str(refused.value).startswith(f"The query cannot be answered: {told}")
    assert "\n" not in str(refused.value)


def test_an_answer_is_cut_after_so_many_rows(small: Snapshot) -> None:
    assert (
        len(sql.answer(small.path, "FROM range(1_000_000_000)")) == sql.ROWS + 1
    )  # one more tells that it was cut


def test_a_query_that_takes_too_long_is_stopped(small: Snapshot) -> None:
    start = time.monotonic()
    with pytest.raises(sql.Refused) as refused:
        sql.answer(
            small.path,
            "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE a.range + b.range = 7",
            0.3,
        )
    assert str(refused.value) == sql.TOO_LONG
    assert time.monotonic() - start < sql.SECONDS


def test_a_query_that_needs_too_much_memory_is_refused(small: Snapshot) -> None:
    with pytest.raises(sql.Refused) as refused:
        sql.answer(
            small.path,
            "SELECT len(list(a.range || 'a long text that fills the memory')) FROM range(100_000_000) a",
        )
    assert str(refused.value) in (sql.TOO_LARGE, sql.TOO_LONG)


# ---- the chart ----


def test_two_columns_are_drawn_in_the_order_of_the_rows(small: Snapshot) -> None:
    rows = sql.answer(
        small.path, "SELECT month, sum(papers) AS papers FROM topic_months GROUP BY month ORDER BY month"
    )
    for kind, mode in ((LINE, "lines"), (POINTS, "markers")):
        (trace,) = charts.answer(rows, kind, "month", "papers").data
        assert trace.mode == mode
        assert list(trace.y) == [6, 4, 0, 3]
    (bars,) = charts.answer(rows, BAR, "month", "papers").data
    assert list(bars.y) == [6, 4, 0, 3]


def test_of_too_many_bars_the_first_are_drawn(small: Snapshot) -> None:
    rows = sql.answer(small.path, "SELECT range AS x FROM range(1000)")
    (bars,) = charts.answer(rows, BAR, "x", "x").data
    assert list(bars.x) == list(range(BARS_AT_MOST))


# ---- the page ----


def test_the_page_answers_a_query_of_the_url_with_a_table_and_a_chart(visit: Visit) -> None:
    query = "SELECT month, sum(papers) AS papers FROM topic_months GROUP BY month ORDER BY month"
    app = visit("sql", sql=query, plot="bar:month:papers")
    assert "4 rows, 2 columns" in [line.value for line in app.subheader]
    assert charts_of(app) == ["answer"]
    assert "**papers by month**" in everything(app)
    assert charts_of(visit("sql", sql=query)) == []


def test_an_example_is_run_by_a_click(visit: Visit) -> None:
    app = press(visit("sql"), "Papers a month")
    assert app.query_params == {"sql": EXAMPLES["Papers a month"]}
    assert "4 rows, 2 columns" in [line.value for line in app.subheader]


def test_what_is_typed_is_asked(visit: Visit) -> None:
    app = visit("sql")
    sound(app.text_area[0].set_value("SELECT 1 AS one").run())
    assert app.query_params == {"sql": "SELECT 1 AS one"}
    assert "1 row, 1 column" in [line.value for line in app.subheader]


def test_a_hostile_query_is_answered_by_a_sentence(visit: Visit) -> None:
    app = visit("sql", sql="COPY papers TO '/tmp/x.csv'")
    assert [warning.value.replace("\\", "") for warning in app.warning] == [sql.ONLY_SELECT]


def test_a_chart_of_columns_that_the_answer_lacks_is_drawn_of_others(visit: Visit) -> None:
    app = visit("sql", sql="SELECT 1 AS one, 2 AS two", plot="line:x:y")
    assert "**two by one**" in everything(app)
    assert charts_of(visit("sql", sql="SELECT 'a' AS word", plot="line:x:y")) == []  # no numbers


def test_every_table_that_is_there_is_described(visit: Visit) -> None:
    app = visit("sql")
    names = control(app, "table").options
    assert "search_postings" in names
    assert "demo_truth_topics" not in names
    sound(control(app, "table").set_value("topics").run())
    assert any(line.startswith("One row is a topic, and one row") for line in everything(app))
    shown = columns_of(TOPICS)
    assert shown.iloc[0].tolist() == ["topic_id", "INTEGER", "stable across runs; -1 stands for the outliers"]


def test_a_query_survives_the_url() -> None:
    asked = Filters(sql="SELECT '%', \"x\"\n-- é\nFROM papers")
    assert Filters.from_query(asked.to_query()) == asked
