"""A publication: the report's charts and text, the tables with their dictionary, the citation."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from etl import contract
from etl.cli import app
from etl.export.charts import teams
from etl.markup import Html, link, script_data, tag
from etl.reading import opened
from tests.dashboard import corpus

runner = CliRunner()
RUN = "20250912T060000.000Z-abcdef"


def etl(*arguments: object) -> Any:
    return runner.invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus of `tests.dashboard.corpus` in which topic 3 rises and 5 falls."""
    folder = tmp_path_factory.mktemp("moving")
    corpus.publish_moving(folder, run_id=RUN)
    return folder


@pytest.fixture(scope="module")
def published(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "report"
    done = etl("export", folder, "--data-dir", data_dir)
    assert done.exit_code == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def page(published: Path) -> str:
    return (published / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def charts(page: str) -> dict[str, Any]:
    line = next(line for line in page.splitlines() if line.startswith("<script>const CHARTS = "))
    drawn: dict[str, Any] = json.JSONDecoder().raw_decode(line.removeprefix("<script>const CHARTS = "))[0]
    return drawn


def test_the_report_draws_what_was_published(charts: dict[str, Any], read: Any, data_dir: Path) -> None:
    assert list(charts) == ["effects", "shares", "volume", "map", "teams"]
    (effects,) = charts["effects"]["data"]
    assert effects["text"] == [
        "Sinking ships",
        "Rising *stars* &amp; &lt;b&gt;quarks&lt;/b&gt;",
    ]  # lowest first
    (falls,), (rises,) = read(
        data_dir, "SELECT change FROM topic_signals WHERE topic_id IN (3, 5) ORDER BY topic_id DESC"
    )
    assert effects["x"] == pytest.approx([falls, rises], rel=1e-5)

    lines = {trace["name"]: trace for trace in charts["shares"]["data"] if "name" in trace}
    rising = lines["Rising *stars* &amp; &lt;b&gt;quarks&lt;/b&gt;"]
    # Eight whole months of 80 papers; the ninth is cut and left out.
    assert rising["y"] == pytest.approx([n / 80 for n in (2, 3, 4, 6, 8, 10, 13, 16)], rel=1e-5)
    assert rising["customdata"] == [2, 3, 4, 6, 8, 10, 13, 16]
    (bars,) = charts["volume"]["data"]
    assert bars["y"] == [80] * 8 + [10]
    assert bars["customdata"][-1] == " (partial month)"
    assert len(charts["map"]["data"][0]["x"]) == 4


def test_teams_have_a_band() -> None:
    rows = {"month": pd.to_datetime(["2025-01-01", "2025-02-01"]), "team_median": [4.0, 5.0]}
    frame = pd.DataFrame(rows | {"team_median_low": [3.0, 4.0], "team_median_high": [6.0, 7.0]})
    figure = teams(frame)
    assert figure is not None
    band, line = figure["data"]
    assert band["y"] == [6.0, 7.0, 4.0, 3.0]  # up one side and down the other
    assert line["y"] == [4.0, 5.0]
    assert teams(frame.head(0)) is None


def test_the_report_is_of_one_piece_and_shows_names_as_text(page: str) -> None:
    assert "<b>quarks" not in page.replace("\\u003c", "")
    assert "Rising *stars* &amp; &lt;b&gt;quarks&lt;/b&gt;" in page
    assert re.search(r"default-src 'none'", page)
    without_plotly = re.sub(r"<script>/\*\*.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!https?://arxiv)', without_plotly)
    assert "Copyright 2012" in page  # Plotly's licence goes with it
    assert len(page.encode()) < 8_000_000


def test_the_tables_and_their_dictionary(published: Path, data_dir: Path, read: Any) -> None:
    papers = pq.read_table(published / "tables" / "papers.parquet")
    assert papers.num_rows == 650
    assert papers.column_names == [column.name for column in contract.PAPERS.columns]
    text = (published / "tables" / "dictionary.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["table", "column", "type", "meaning"]
    there = {path.stem for path in (published / "tables").glob("*.parquet")}
    assert {row[0] for row in rows[1:]} == there
    for table in there:
        columns = pq.read_schema(published / "tables" / f"{table}.parquet").names
        assert columns == [row[1] for row in rows if row[0] == table]
    assert {"rejects", "encoder_terms"} & there == set()
    assert "options" not in pq.read_schema(published / "tables" / "runs.parquet").names
    assert "| share | DOUBLE |" in (published / "tables" / "README.md").read_text(encoding="utf-8")


def test_names_that_the_source_hides_and_abstracts_may_stay_out(tmp_path: Path) -> None:
    corpus.publish_small(tmp_path / "data")
    done = etl("export", tmp_path / "out", "--without-abstracts", "--data-dir", tmp_path / "data")
    assert done.exit_code == 0, done.stderr
    names = pq.read_table(tmp_path / "out" / "tables" / "authors.parquet").to_pylist()
    assert ("a4", "Eve") not in {(row["paper_id"], row["name"]) for row in names}
    assert ("c1", "Eve") in {(row["paper_id"], row["name"]) for row in names}
    assert "abstract" not in pq.read_schema(tmp_path / "out" / "tables" / "papers.parquet").names


def test_the_citation_names_the_snapshot(published: Path) -> None:
    text = (published / "CITATION.txt").read_text(encoding="utf-8")
    assert text.startswith(
        "Papertide. Research trends of 650 papers (source: file). Snapshot 20250912T060000.000Z-abc"
    )
    cff = (published / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    fields = {key: json.loads(value) for key, value in (line.split(": ", 1) for line in cff)}
    assert (fields["version"], fields["date-released"]) == (RUN, "2025-05-01")


def test_a_publication_is_replaced_and_nothing_else(published: Path, data_dir: Path, tmp_path: Path) -> None:
    again = Path(shutil.copytree(published, tmp_path / "again"))
    (again / "index.html").write_text("old")
    assert etl("export", again, "--data-dir", data_dir).exit_code == 0
    assert (again / "index.html").read_text() != "old"
    (again / "thesis.tex").write_text("mine")
    refused = etl("export", again, "--data-dir", data_dir)
    assert refused.exit_code == 1
    assert "holds something other than a publication" in refused.stderr
    assert (again / "thesis.tex").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"again"}  # nothing is left beside it


def test_a_snapshot_older_than_a_column_is_read_all_the_same(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "old.duckdb")) as old:
        old.execute("CREATE TABLE topics AS SELECT 7 AS topic_id, 'Agents' AS label, 3 AS papers")
    with opened(tmp_path / "old.duckdb") as connection:
        assert connection.execute("SELECT topic_id, label, x, hidden FROM topics").fetchall() == [
            (7, "Agents", None, False)
        ]
        assert connection.execute("SELECT count(*) FROM topic_forecasts").fetchall() == [(0,)]
        with pytest.raises(duckdb.Error):
            connection.execute(f"ATTACH '{tmp_path / 'other.duckdb'}'")


def test_markup_escapes_what_is_no_html() -> None:
    assert tag("p", "a < b", Html("<b>c</b>"), class_='x"y') == '<p class="x&quot;y">a &lt; b<b>c</b></p>'
    assert link("javascript:alert(1)", "<x>") == "&lt;x&gt;"
    assert link("https://a.b/?c&d", "x") == '<a href="https://a.b/?c&amp;d" rel="noopener noreferrer">x</a>'
    assert script_data({"a": "</script>"}) == '{"a":"\\u003c/script>"}'
