"""Upvotes over time: looks at counters that files bring to papers that are loaded."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

from etl import contract, pipeline
from etl.cli import app
from etl.errors import CorpusMismatch, InputError, NothingPublished
from etl.modelling import Wish
from etl.report import Report
from etl.settings import Settings
from etl.sources.file import FileSource
from etl.sources.observations import ObservationSource

Rows = Callable[..., list[tuple[Any, ...]]]
Observe = Callable[[Path], Report]

PAPERS = [
    {"id": "2503.00001", "title": "One", "date": "2025-03-03", "upvotes": 5, "observed_at": "2025-03-10"},
    {"id": "2503.00002v1", "title": "Two", "date": "2025-03-03"},
    {"id": "venue:7", "title": "Three", "date": "2025-03-03"},
]
HISTORY = "SELECT paper_id, observed_at, upvotes, comments FROM upvote_observations ORDER BY ALL"
FRESHEST = "SELECT upvotes, comments, observed_at FROM papers WHERE paper_id = '2503.00001'"


@pytest.fixture
def data_dir(tmp_path: Path, write_jsonl: Any, silent: Any) -> Path:
    """A folder with PAPERS published."""
    source = FileSource([str(write_jsonl(PAPERS))])
    pipeline.run(Settings(tmp_path / "data"), source, contract.REAL, {}, progress=silent)
    return tmp_path / "data"


@pytest.fixture
def observe(data_dir: Path, silent: Any) -> Observe:
    def run(path: Path) -> Report:
        source = ObservationSource([str(path)])
        return pipeline.run(Settings(data_dir), source, contract.REAL, {}, progress=silent, onto_papers=True)

    return run


def test_observations_join_the_history_and_the_freshest_stands(
    observe: Observe, write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    rows = [
        {"arxiv_id": "2503.00001", "observed_at": "2025-03-05T10:00:00", "upvotes": 2, "comments": 0},
        {"arxiv_id": "arXiv:2503.00001v2", "observed_at": "2025-03-20T10:00:00+02:00", "upvotes": 0},
        {"arxiv_id": "2503.00001", "observed_at": "2025-03-10", "upvotes": 5},  # known
        {"arxiv_id": "https://arxiv.org/abs/2503.00002", "observed_at": "2025-03-05", "comments": 4},
        {"paper_id": "venue:7", "observed_at": "2025-03-05", "upvotes": 1},
    ]
    done = observe(write_jsonl(rows, "looks.jsonl"))
    assert (done.records, done.rejected, done.papers_added, done.observations_added) == (5, 0, 0, 4)
    assert read(data_dir, HISTORY) == [
        ("2503.00001", datetime(2025, 3, 5, 10), 2, 0),
        ("2503.00001", datetime(2025, 3, 10), 5, None),
        ("2503.00001", datetime(2025, 3, 20, 8), 0, None),
        ("2503.00002v1", datetime(2025, 3, 5), None, 4),
        ("venue:7", datetime(2025, 3, 5), 1, None),
    ]
    assert read(data_dir, FRESHEST) == [(0, 0, datetime(2025, 3, 20, 8))]


def test_an_older_look_changes_history_and_nothing_else(
    observe: Observe, write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    observe(
        write_jsonl([{"arxiv_id": "2503.00001", "observed_at": "2025-03-04", "upvotes": 99}], "looks.jsonl")
    )
    assert read(data_dir, FRESHEST) == [(5, None, datetime(2025, 3, 10))]


def test_topics_stay_and_medians_move(observe: Observe, write_jsonl: Any, data_dir: Path, read: Rows) -> None:
    medians = "SELECT upvotes_median FROM topic_months"
    assert read(data_dir, medians) == [(5.0,)]
    done = observe(
        write_jsonl([{"arxiv_id": "2503.00002", "observed_at": "2025-03-04", "upvotes": 8}], "l.jsonl")
    )
    assert done.refitted is False
    assert read(data_dir, medians) == [(6.5,)]


def test_loading_a_file_twice_adds_nothing(
    observe: Observe, write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    look = {"arxiv_id": "2503.00001", "observed_at": "2025-03-05", "upvotes": 2}
    path = write_jsonl([look, look, {**look, "arxiv_id": "2503.09999"}], "looks.jsonl")
    first = observe(path)
    assert (first.observations_added, first.rejected) == (1, 1)
    again = observe(path)
    assert (again.records, again.observations_added, again.rejected) == (3, 0, 1)
    assert read(data_dir, "SELECT count(*) FROM rejects") == [(1,)]


LOOK = {"arxiv_id": "2503.00001", "observed_at": "2025-03-05", "upvotes": 2}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"arxiv_id": "2503.09999v3"}, "paper 2503.09999 is not among the papers loaded"),
        ({"arxiv_id": None, "paper_id": "venue:8"}, "paper venue:8 is not among the papers loaded"),
        ({"arxiv_id": None}, "arxiv_id is missing"),
        ({"observed_at": None}, "observed_at is missing"),
        ({"observed_at": "2025"}, "observed_at is '2025', not a day"),
        ({"observed_at": "soon"}, "observed_at is 'soon', not a date (write YYYY-MM-DD)"),
        ({"observed_at": "2101-01-01"}, "observed_at is 2101-01-01, in the future by this computer's clock"),
        ({"observed_at": "1066-10-14"}, "observed_at is 1066-10-14, before 1900"),
        ({"upvotes": -1}, "upvotes is -1, below zero"),
        ({"upvotes": "many"}, "upvotes is 'many', not a whole number"),
        ({"comments": 1.5}, "comments is '1.5', not a whole number"),
        ({"upvotes": None}, "upvotes is missing"),
    ],
)
def test_what_cannot_be_is_a_reject(
    observe: Observe, write_jsonl: Any, data_dir: Path, read: Rows, changed: dict[str, Any], reason: str
) -> None:
    done = observe(write_jsonl([LOOK, {**LOOK, **changed}], "looks.jsonl"))
    assert (done.rejected, done.observations_added) == (1, 1)
    ((source, why, raw),) = read(data_dir, "SELECT source, reason, raw FROM rejects")
    assert (source, why) == ("observations: looks.jsonl, record 2", reason)
    assert json.loads(raw)


@pytest.mark.parametrize("name", ["l.csv", "l.json", "l.json.gz", "l.jsonl", "l.jsonl.gz", "l.parquet"])
def test_every_format_gives_the_same(
    observe: Observe, tmp_path: Path, data_dir: Path, read: Rows, name: str
) -> None:
    table = pd.DataFrame(
        {
            "ArXiv ID": ["2503.00001", "2503.00002"],
            "Fetched At": ["2025-03-05 10:00:00"] * 2,
            "Upvotes": [2, 0],
        }
    )
    path = tmp_path / name
    array, lines = table.to_json(orient="records"), table.to_json(orient="records", lines=True)
    if name.endswith(".parquet"):
        table.assign(**{"Fetched At": pd.to_datetime(table["Fetched At"])}).to_parquet(path)
    elif name.endswith(".csv"):
        table.to_csv(path, index=False)
    else:
        text = (lines if ".jsonl" in name else array).encode()
        path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    assert observe(path).observations_added == 2
    looks = read(
        data_dir,
        "SELECT paper_id, upvotes FROM upvote_observations WHERE observed_at = '2025-03-05 10:00:00'",
    )
    assert sorted(looks) == [("2503.00001", 2), ("2503.00002v1", 0)]


def test_of_two_papers_with_one_arxiv_id_the_one_that_bears_it_is_meant(
    observe: Observe, write_jsonl: Any, data_dir: Path, silent: Any, read: Rows
) -> None:
    more = FileSource(
        [str(write_jsonl([{"id": "a", "arxiv_id": "2503.00001", "title": "Elsewhere"}], "more.jsonl"))]
    )
    pipeline.run(Settings(data_dir), more, contract.REAL, {}, progress=silent)
    observe(write_jsonl([LOOK], "looks.jsonl"))
    seen = read(data_dir, "SELECT paper_id FROM upvote_observations WHERE observed_at = '2025-03-05'")
    assert seen == [("2503.00001",)]


def test_unknown_papers_alone_fail_and_publish_nothing(
    observe: Observe, write_jsonl: Any, data_dir: Path
) -> None:
    before = contract.read_pointer(data_dir)
    with pytest.raises(
        InputError, match=r"None of the 2 records .* paper 2503.09998 is not among the papers loaded"
    ):
        observe(write_jsonl([{**LOOK, "arxiv_id": f"2503.0999{i}"} for i in (8, 9)], "looks.jsonl"))
    assert contract.read_pointer(data_dir) == before


def test_an_empty_folder_has_nothing_to_observe(tmp_path: Path, write_jsonl: Any, silent: Any) -> None:
    source = ObservationSource([str(write_jsonl([LOOK], "looks.jsonl"))])
    with pytest.raises(
        NothingPublished, match=r"so there is nothing to add to; load papers first, with --source hf"
    ):
        pipeline.run(
            Settings(tmp_path / "empty"), source, contract.REAL, {}, progress=silent, onto_papers=True
        )


def test_demo_papers_are_not_observed(data_dir: Path, observe: Observe, write_jsonl: Any) -> None:
    pointer = data_dir / contract.POINTER_NAME
    content = json.loads(pointer.read_text())
    pointer.write_text(json.dumps({**content, "corpus": contract.DEMO}))
    with duckdb.connect(str(data_dir / content["snapshot"])) as connection:
        connection.execute("UPDATE snapshot SET corpus = $demo", {"demo": contract.DEMO})
    with pytest.raises(CorpusMismatch, match="holds demo papers"):
        observe(write_jsonl([LOOK], "looks.jsonl"))


def test_the_command(data_dir: Path, write_jsonl: Any) -> None:
    def run(*arguments: object) -> Any:
        command = ["run", "--source", "observations", *map(str, arguments), "--data-dir", str(data_dir)]
        return CliRunner().invoke(app, command)

    done = run("--input", write_jsonl([LOOK], "looks.jsonl"))
    assert done.exit_code == 0, done.stderr
    assert "1 records, 0 new papers, 0 refused, 1 observations" in done.output
    assert run().stderr == "--source observations needs --input PATH: a file, a folder or a quoted glob.\n"
    assert run("--input", "x", "--since", "2025-03-01").stderr == (
        "--since, --until and --refresh go with --source hf or arxiv; observations are of papers that are there.\n"
    )


def test_the_real_observations_as_counted_from_the_file(
    recorded_copy: Path, shared_data: Path, silent: Any, read: Rows
) -> None:
    path = shared_data / "hf_upvote_observations.parquet"
    before = {row[0]: row for row in read(recorded_copy, "SELECT paper_id, observed_at, upvotes FROM papers")}
    table = pd.read_parquet(path)
    known = table[table.arxiv_id.isin(list(before))]
    expected = {
        (row.arxiv_id, row.observed_at.to_pydatetime(), row.upvotes) for row in known.itertuples(index=False)
    }

    def observe() -> Report:
        source = ObservationSource([str(path)])
        return pipeline.run(
            Settings(recorded_copy),
            source,
            contract.REAL,
            {},
            progress=silent,
            onto_papers=True,
            wish=Wish("none"),
        )

    done = observe()
    assert done.records == len(table) == 15_546
    assert done.rejected == len(table) - len(known)
    assert done.observations_added == len(expected)
    assert (done.papers_added, done.refitted) == (0, False)
    history = read(recorded_copy, "SELECT paper_id, observed_at, upvotes FROM upvote_observations")
    assert len(history) == len(expected) + len(before)
    assert set(history) == expected | set(before.values())
    freshest = {
        paper: max([before[paper][1:], *((at, votes) for _, at, votes in looks)])
        for paper, looks in _by_paper(expected).items()
    }
    after = {
        row[0]: row[1:] for row in read(recorded_copy, "SELECT paper_id, observed_at, upvotes FROM papers")
    }
    assert {paper: after[paper] for paper in freshest} == freshest
    assert observe().observations_added == 0


def _by_paper(looks: set[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    by_paper: dict[str, list[tuple[Any, ...]]] = {}
    for look in looks:
        by_paper.setdefault(look[0], []).append(look)
    return by_paper
