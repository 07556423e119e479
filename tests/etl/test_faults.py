"""Runs struck by faults of every kind, one each; `tests.benchmarks.faults` strikes hundreds."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from etl import contract, pipeline, recovery, report, snapshots, status
from etl.errors import CorpusMismatch, OutOfMemory, PapertideError, as_out_of_memory
from etl.publish import Folder
from etl.report import Report
from etl.settings import Settings
from etl.sources.file import FileSource
from tests import faults

pytestmark = pytest.mark.slow

posix = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")
Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> faults.Ground:
    return faults.Ground(tmp_path_factory.mktemp("faults"))


@posix
@pytest.mark.parametrize("kind", faults.KINDS)
def test_a_struck_run_loses_nothing_and_the_next_needs_no_help(ground: faults.Ground, kind: str) -> None:
    assert faults.KINDS[kind](ground, Random(f"default {kind}"))


# ---- damage, case by case ----


@pytest.fixture
def load(tmp_path: Path, silent: Any, write_jsonl: Any) -> Callable[[str], Report]:
    """Loads a paper of this title into `tmp_path / data`."""

    def run(title: str) -> Report:
        source = FileSource([str(write_jsonl([{"title": title}]))])
        return pipeline.run(Settings(tmp_path / "data"), source, contract.REAL, {}, progress=silent)

    return run


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def damage(path: Path) -> None:
    """Other bytes in the middle of a file's first block of tables, whose checksum tells of it."""
    content = bytearray(path.read_bytes())
    content[20_000:20_100] = bytes(100) if any(content[20_000:20_100]) else b"x" * 100
    path.write_bytes(content)


TITLES = "SELECT title FROM papers ORDER BY title"


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 7},
        {"corpus": "demo"},
        {"run_id": "20200101T000000.000Z-000000"},
        {"published_at": "2020-01-01T00:00:00"},
        {"published_at": 7},
        {"snapshot": "snapshots/gone.duckdb"},
        {"snapshot": "snapshots/\0.duckdb"},
    ],
)
def test_a_pointer_that_is_not_as_its_snapshot_says_is_written_again(
    load: Callable[[str], Report], data_dir: Path, read: Rows, change: dict[str, Any]
) -> None:
    load("A")
    load("B")
    pointer = data_dir / contract.POINTER_NAME
    pointer.write_text(json.dumps({**json.loads(pointer.read_text()), **change}))
    done = load("C")
    assert done.note is not None
    assert done.note.startswith("current.json ")
    assert ", so this run went on from the newest one that is whole, of 20" in done.note
    assert read(data_dir, TITLES) == [("A",), ("B",), ("C",)]


@pytest.mark.parametrize("content", [b"", b"{ torn", b"\xff\xfe", b"[]", b"null", b'{"snapshot": 7}'])
def test_a_torn_pointer_is_no_end(
    load: Callable[[str], Report], data_dir: Path, read: Rows, content: bytes
) -> None:
    load("A")
    (data_dir / contract.POINTER_NAME).write_bytes(content)
    with pytest.raises(PapertideError, match=r"is damaged; run the ETL again, which goes on from the newest"):
        status.pointer_of(data_dir)
    load("B")
    assert read(data_dir, TITLES) == [("A",), ("B",)]


def test_past_a_damaged_snapshot_the_one_before_is_taken_up_and_nothing_is_removed(
    load: Callable[[str], Report], data_dir: Path, read: Rows
) -> None:
    load("A")
    second, third = load("B"), load("C")
    for run in (second, third):
        damage(data_dir / "snapshots" / f"{run.run_id}.duckdb")
    done = load("D")
    assert done.note is not None
    assert done.note.startswith(
        f"The snapshot {third.run_id} was damaged, so this run went on from the newest"
    )
    assert read(data_dir, TITLES) == [("A",), ("D",)]
    aside = sorted(path.name for path in (data_dir / "snapshots").glob("*.damaged"))
    assert aside == [f"{second.run_id}.damaged", f"{third.run_id}.damaged"]
    assert [one.problem for one in snapshots.kept(data_dir)] == [None, None]


def test_where_no_snapshot_is_whole_the_run_begins_anew_and_says_so(
    load: Callable[[str], Report], data_dir: Path, read: Rows
) -> None:
    damage(data_dir / "snapshots" / f"{load('A').run_id}.duckdb")
    done = load("B")
    assert done.note is not None
    assert "was damaged and no other one could be read, so this run began anew; load again" in done.note
    assert read(data_dir, TITLES) == [("B",)]
    assert len(list((data_dir / "snapshots").glob("*.damaged"))) == 1


def test_a_run_of_the_other_kind_mends_nothing(load: Callable[[str], Report], data_dir: Path) -> None:
    snapshot = data_dir / "snapshots" / f"{load('A').run_id}.duckdb"
    damage(snapshot)
    with pytest.raises(CorpusMismatch):
        recovery.published(data_dir, contract.DEMO)
    assert snapshot.is_file()


def test_a_snapshot_that_somebody_has_locked_is_not_taken_for_damaged(
    load: Callable[[str], Report], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("A")

    def locked(snapshot: Path) -> bool:
        raise duckdb.IOException("IO Error: Could not set lock on file")

    monkeypatch.setattr("etl.store.is_damaged", locked)
    with pytest.raises(PapertideError, match=r"cannot be read for now .*so nothing was changed; see to that"):
        load("B")
    assert len(list((data_dir / "snapshots").glob("*.duckdb"))) == 1


def test_a_snapshot_that_never_became_current_goes_with_the_next_run(
    load: Callable[[str], Report], data_dir: Path
) -> None:
    published = load("A")
    dead = Report("file", {})
    dead.save(data_dir)
    orphan = Folder(data_dir).snapshots / f"{dead.run_id}.duckdb"
    orphan.write_bytes((data_dir / "snapshots" / f"{published.run_id}.duckdb").read_bytes())
    load("B")
    assert not orphan.exists()
    assert [one.status for one in report.read_all(data_dir)] == ["published", "failed", "published"]


def test_a_run_that_died_after_it_published_survives_a_rollback(
    load: Callable[[str], Report], data_dir: Path
) -> None:
    load("A")
    second = load("B")
    second.status, second.finished_at = report.RUNNING, None  # as a run leaves it that dies right then
    second.save(data_dir)
    snapshots.roll_back(data_dir)
    load("C")
    assert (data_dir / "snapshots" / f"{second.run_id}.duckdb").is_file()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate"),
        OSError(12, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
        duckdb.TransactionException(
            "Failed to commit: Failed to re-allocate block of 4194304 bytes (bad allocation)"
        ),
    ],
)
def test_want_of_memory_is_told_as_such(error: Exception) -> None:
    assert isinstance(as_out_of_memory(error), OutOfMemory)
    assert as_out_of_memory(ValueError("no")) is None
