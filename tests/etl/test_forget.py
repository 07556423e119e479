"""Removal on request: gone from this snapshot and the older ones, and gone when a source offers it again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from etl import contract, pipeline, snapshots
from etl.cli import app
from etl.errors import PapertideError, SnapshotRefused
from etl.forgotten import FILE_NAME, Forgotten, id_mark, name_mark
from etl.records import Paper, Raw, Reject, paper_from
from etl.settings import Settings
from etl.sources.file import FileSource

runner = CliRunner()
TEAM = {
    "id": "2405.00001",
    "title": "Team work",
    "authors": ["Marie Curie", "Ada Lovelace"],
    "date": "2024-05-01",
}
ALONE = {
    "id": "2405.00002v1",
    "title": "Alone",
    "authors": ["Curie, Marie"],
    "date": "2024-05-02",
    "upvotes": 3,
}
OTHER = {"id": "2405.00003", "title": "Other", "authors": ["Emmy Noether"], "date": "2024-06-02"}
REFUSED = {"title": "", "authors": ["Marie Curie"], "id": "2405.00009"}

Load = Callable[..., str]


def etl(*arguments: object) -> Any:
    return runner.invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def load(data_dir: Path, write_jsonl: Any, silent: Any) -> Load:
    def published(*records: dict[str, Any]) -> str:
        source = FileSource([str(write_jsonl(records))])
        return pipeline.run(Settings(data_dir), source, contract.REAL, {}, progress=silent).run_id

    return published


def everything(path: Path) -> str:
    """Every value of every table of a snapshot, as text."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
        return json.dumps([connection.execute(f"FROM {name}").fetchall() for name in tables], default=str)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("Marie Curie", "CURIE, Marie"),
        ("José  García", "jose garcia"),
        ("Ada Lovelace", "Ada\tLovelace"),
        ("Jean-Luc Picard", "Jean Luc Picard"),
    ],
)
def test_spellings_of_a_name_are_one(one: str, same: str) -> None:
    assert name_mark(one) == name_mark(same)


def test_an_initial_is_another_name() -> None:
    assert name_mark("M. Curie") != name_mark("Marie Curie")


@pytest.mark.parametrize(
    "spelling",
    [
        "2405.00001",
        "arXiv:2405.00001",
        "2405.00001v3",
        "https://arxiv.org/abs/2405.00001v1",
        "arxiv.org/pdf/2405.00001",
    ],
)
def test_spellings_of_an_id_are_one(spelling: str) -> None:
    assert id_mark(spelling) == "2405.00001"


def test_the_file_holds_no_name_and_no_id(tmp_path: Path) -> None:
    Forgotten().with_name("Marie Curie").with_paper(id_mark("2405.00001")).save(tmp_path)
    text = (tmp_path / FILE_NAME).read_text().casefold()
    assert "curie" not in text
    assert "2405" not in text
    again = Forgotten.read(tmp_path)
    assert again.has_name("curie, marie")
    assert again.has_paper(id_mark("arXiv:2405.00001v2"))
    assert not again.has_name("Ada Lovelace")
    # Another folder has another salt, so the same name has another hash.
    assert not Forgotten().names & again.names
    assert Forgotten().with_name("Marie Curie").names.isdisjoint(again.names)


def test_a_damaged_file_stops_everything(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{")
    with pytest.raises(PapertideError, match="it says what must not come back; put a good copy back"):
        Forgotten.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ('{"authors": ["Marie Curie"]}', True),
        ("by Curie, Marie and others", True),
        ("Marie and Curie", False),
        ("see arXiv:2405.00001v2.", True),
        ("see 2405.00012", False),
        (None, False),
    ],
)
def test_texts_that_mention_what_is_forgotten(text: str | None, mentions: bool) -> None:
    forgotten = Forgotten().with_name("Marie Curie").with_paper(id_mark("2405.00001"))
    assert forgotten.mentioned_in(text) == mentions


def test_records_as_they_may_be_loaded() -> None:
    forgotten = Forgotten().with_name("Marie Curie").with_paper(id_mark("2405.00003"))
    paper = paper_from(Raw({**TEAM, "submitter": "marie curie"}, "file"), date(2025, 1, 1))
    assert isinstance(paper, Paper)
    kept = forgotten.of_record(paper)
    assert isinstance(kept, Paper)
    assert [author.name for author in kept.authors or ()] == ["Ada Lovelace"]
    assert (kept.team_size, kept.submitter) == (2, None)
    assert forgotten.of_record(Paper(title="Other", url="https://arxiv.org/abs/2405.00003")) is None
    refused = forgotten.of_record(Reject("file", "title is missing", '{"authors": "Marie Curie"}'))
    assert refused == Reject("file", "(removed on request)", "(removed on request)")


@pytest.mark.parametrize("older", ["rebuild", "prune"])
def test_a_name_goes_from_every_snapshot_and_stays_away(
    data_dir: Path, load: Load, read: Any, older: str
) -> None:
    first = load(TEAM, ALONE, REFUSED)
    second = load(OTHER)
    snapshots.pin(data_dir, first)
    done = json.loads(
        etl("forget", "--author", "Marie Curie", "--older", older, "--data-dir", data_dir, "--json").stdout
    )
    assert (done["papers"], done["names"]) == (0, 2)  # two spellings
    kept = snapshots.kept(data_dir)
    assert kept[0].id == done["run_id"]
    if older == "rebuild":
        assert [one.id for one in kept[1:]] == [f"{second}-r1", f"{first}-r1"]
        assert [one.is_pinned for one in kept] == [False, False, True]
        assert [one.papers for one in kept] == [3, 3, 2]
    else:
        assert len(kept) == 1
    for one in kept:
        assert "curie" not in everything(one.path).casefold()
    team = "SELECT paper_id, authors_count FROM papers ORDER BY paper_id"
    assert read(data_dir, team)[:2] == [("2405.00001", 2), ("2405.00002v1", 1)]

    load(TEAM, ALONE, REFUSED)
    assert read(data_dir, "SELECT name FROM authors ORDER BY name") == [("Ada Lovelace",), ("Emmy Noether",)]
    assert read(data_dir, "SELECT raw FROM rejects") == [("(removed on request)",)]
    # Going back cannot bring anything back either.
    assert not any("curie" in everything(one.path).casefold() for one in snapshots.kept(data_dir))


def test_a_paper_goes_and_stays_away_under_any_id(data_dir: Path, load: Load, read: Any) -> None:
    load(TEAM, ALONE, OTHER)
    done = etl("forget", "--paper", "arXiv:2405.00002", "--data-dir", data_dir)
    assert done.exit_code == 0, done.stderr
    assert "Removed: 1 papers and 0 names" in done.output
    assert read(data_dir, "SELECT paper_id FROM papers ORDER BY 1") == [("2405.00001",), ("2405.00003",)]
    assert read(data_dir, "FROM upvote_observations") == []
    load(ALONE, {**ALONE, "id": "elsewhere-7"})
    assert read(data_dir, "SELECT count(*) FROM papers WHERE title = 'Alone'") == [(0,)]
    assert "Alone" not in "".join(everything(one.path) for one in snapshots.kept(data_dir))


def test_older_snapshots_kept_cannot_become_current(data_dir: Path, load: Load) -> None:
    first = load(TEAM)
    load(OTHER)
    shown = etl("forget", "--author", "Ada Lovelace", "--older", "keep", "--data-dir", data_dir)
    assert "Older snapshots left, and still hold it: " in shown.output
    with pytest.raises(SnapshotRefused, match="holds what was removed on request"):
        snapshots.roll_back(data_dir, first)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ((), "Say what to forget: --paper ID or --author NAME"),
        (
            ("--author", "Curie"),
            "--author Curie is one word and would take others along; give the whole name.",
        ),
    ],
)
def test_what_cannot_be_forgotten_is_one_sentence(
    data_dir: Path, load: Load, asked: tuple[str, ...], sentence: str
) -> None:
    load(TEAM)
    refused = etl("forget", *asked, "--data-dir", data_dir)
    assert refused.exit_code == 1
    assert refused.stderr.startswith(sentence)
    assert not (data_dir / FILE_NAME).exists()


@pytest.mark.slow
def test_a_corpus_with_topics_keeps_them(tmp_path: Path, read: Any) -> None:
    """A demo corpus, where topics, vectors and planted truth are at stake too."""
    for _ in range(2):  # an older snapshot, to be rebuilt
        command = [
            sys.executable,
            "-m",
            "etl",
            "run",
            "--source",
            "demo",
            "--papers",
            "200",
            "--data-dir",
            str(tmp_path),
        ]
        assert subprocess.run(command, capture_output=True, check=False, timeout=300).returncode == 0
    (gone, title), *_ = read(
        tmp_path, "SELECT paper_id, title FROM papers JOIN topics ON typical[1] = paper_id ORDER BY paper_id"
    )
    names = read(tmp_path, "SELECT name FROM authors GROUP BY name ORDER BY count(*) DESC LIMIT 1")[0][0]
    labels = read(tmp_path, "SELECT topic_id, label FROM topics ORDER BY 1")
    with duckdb.connect(str(tmp_path / "embeddings.duckdb"), read_only=True) as cache:
        (before,) = cache.execute("SELECT count(*) FROM vectors").fetchone() or (0,)

    done = etl("forget", "--paper", gone, "--author", names, "--data-dir", tmp_path, "--json")
    assert done.exit_code == 0, done.stderr
    assert len(json.loads(done.stdout)["rebuilt"]) == 2
    for one in snapshots.kept(tmp_path):
        assert one.papers == 199
        text = everything(one.path)
        assert json.dumps(gone) not in text
        assert title not in text
        assert json.dumps(names) not in text
    assert read(tmp_path, "SELECT topic_id, label FROM topics ORDER BY 1") == labels
    assert read(tmp_path, "SELECT count(*) FROM demo_truth_papers") == [(199,)]
    with duckdb.connect(str(tmp_path / "embeddings.duckdb"), read_only=True) as cache:
        assert cache.execute("SELECT count(*) FROM vectors").fetchone() == (before - 1,)
