"""The past kept: listing, going back, comparing, pinning and pruning snapshots, on small corpora really published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from etl import contract, pipeline, snapshots
from etl.cli import app
from etl.errors import InputError, RunInProgress, SnapshotRefused
from etl.lock import LOCK_NAME
from etl.settings import SettingRefused, Settings
from etl.sources.file import FileSource

runner = CliRunner()
NOON = datetime(2026, 3, 10, 12)
ONE = {"id": "a", "title": "One", "abstract": "First words", "date": "2024-05-01"}
TWO = {"id": "b", "title": "Two", "date": "2024-05-02"}
THREE = {"id": "c", "title": "Three", "date": "2024-06-02"}
REVISED = {"id": "a", "title": "One", "abstract": "Other words", "date": "2024-05-01"}

Load = Callable[..., str]


def etl(*arguments: object) -> Any:
    return runner.invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def load(data_dir: Path, write_jsonl: Any, silent: Any) -> Load:
    """Publishes records on top of what is there; returns the id of the snapshot."""

    def published(*records: dict[str, Any], keep: int = 10) -> str:
        source = FileSource([str(write_jsonl(records))])
        return pipeline.run(Settings(data_dir, keep), source, contract.REAL, {}, progress=silent).run_id

    return published


def ids(data_dir: Path) -> list[str]:
    return [one.id for one in snapshots.kept(data_dir)]


def current(data_dir: Path) -> str:
    pointer = contract.read_pointer(data_dir)
    assert pointer is not None
    return pointer.run_id


def test_the_list_says_what_each_holds(data_dir: Path, load: Load) -> None:
    first, second = load(ONE), load(TWO, THREE)
    newest, oldest = snapshots.kept(data_dir)
    assert (newest.id, newest.papers, newest.topics, newest.is_current) == (second, 3, 0, True)
    assert (oldest.id, oldest.papers, oldest.is_current, oldest.is_pinned) == (first, 1, False, False)
    assert oldest.size == oldest.path.stat().st_size
    assert newest.published_at == contract.read_pointer(data_dir).published_at  # type: ignore[union-attr]

    listed = json.loads(etl("snapshots", "--json", "--data-dir", data_dir).output)
    assert [(one["id"], one["papers"], one["current"], one["size_bytes"]) for one in listed] == [
        (second, 3, True, newest.size),
        (first, 1, False, oldest.size),
    ]
    assert first in etl("snapshots", "--data-dir", data_dir).output


def test_going_back_and_forth(data_dir: Path, load: Load, read: Any) -> None:
    first, second = load(ONE), load(TWO)
    done = etl("rollback", "--data-dir", data_dir)
    assert done.exit_code == 0
    assert f"`etl rollback {second}` goes back" in done.output
    assert current(data_dir) == first
    assert read(data_dir, "SELECT title FROM papers") == [("One",)]
    assert ids(data_dir) == [second, first]
    assert etl("rollback", second, "--data-dir", data_dir).exit_code == 0
    assert current(data_dir) == second


def test_the_next_run_starts_from_where_one_went_back_to(data_dir: Path, load: Load, read: Any) -> None:
    load(ONE)
    load(TWO)
    snapshots.roll_back(data_dir)
    load(THREE)
    assert read(data_dir, "SELECT title FROM papers ORDER BY paper_id") == [("One",), ("Three",)]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("1999", "There is no snapshot '1999'"),
        ("20", "2 snapshots begin with '20'"),
        ("", "There is no snapshot ''"),
    ],
)
def test_a_snapshot_that_is_not_meant_clearly(data_dir: Path, load: Load, name: str, sentence: str) -> None:
    load(ONE)
    second = load(TWO)
    refused = etl("rollback", name, "--data-dir", data_dir)
    assert refused.exit_code == 1
    assert refused.stderr.startswith(sentence)
    assert current(data_dir) == second


def test_there_is_nothing_before_the_first(data_dir: Path, load: Load) -> None:
    load(ONE)
    with pytest.raises(InputError, match="no snapshot older than the current one"):
        snapshots.roll_back(data_dir)


def test_a_damaged_snapshot_is_listed_and_never_current(data_dir: Path, load: Load) -> None:
    first, second = load(ONE), load(TWO)
    (data_dir / "snapshots" / f"{first}.duckdb").write_bytes(b"not a database")
    assert [one.problem for one in snapshots.kept(data_dir)] == [None, "cannot be read"]
    with pytest.raises(SnapshotRefused, match=f"{first} cannot be read; choose another"):
        snapshots.roll_back(data_dir)
    assert current(data_dir) == second


def test_nobody_goes_back_while_a_run_is_under_way(data_dir: Path, load: Load) -> None:
    load(ONE)
    second = load(TWO)
    with FileLock(data_dir / LOCK_NAME), pytest.raises(RunInProgress):
        snapshots.roll_back(data_dir)
    assert current(data_dir) == second
    with FileLock(data_dir / LOCK_NAME):
        assert etl("rollback", "--data-dir", data_dir).exit_code == 4


def test_pinned_snapshots_stay_and_do_not_count(data_dir: Path, load: Load) -> None:
    first = load(ONE)
    assert etl("pin", first[:18], "--data-dir", data_dir).exit_code == 0
    second, third, fourth = load(ONE), load(ONE), load(ONE, keep=2)
    assert ids(data_dir) == [fourth, third, first]
    assert [one.is_pinned for one in snapshots.kept(data_dir)] == [False, False, True]
    assert etl("unpin", first, "--data-dir", data_dir).exit_code == 0
    fifth = load(ONE, keep=2)
    assert ids(data_dir) == [fifth, fourth]
    assert second not in ids(data_dir)
    assert not list((data_dir / "snapshots").glob("*.pinned"))


def test_old_snapshots_go_by_age_but_for_the_current_one(data_dir: Path, load: Load) -> None:
    latest = load(ONE)
    folder = data_dir / "snapshots"
    # 10 March minus 7 days is 3 March, noon: an hour before goes, an hour after stays.
    for day_hour in ("0303T11", "0303T13", "0309T12"):
        shutil.copy(folder / f"{latest}.duckdb", folder / f"2026{day_hour}0000.000Z-abcdef.duckdb")
    weekly = Settings(data_dir, keep_days=7)
    assert snapshots.prune(weekly, NOON) == ["20260303T110000.000Z-abcdef"]
    # Ten years on all are too old, and the current one stays.
    assert len(snapshots.prune(weekly, NOON.replace(year=2036))) == 2
    assert ids(data_dir) == [latest]


def test_keeping_is_set_by_the_environment(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(data_dir).with_retention() == Settings(data_dir, 10, None)
    monkeypatch.setenv("PAPERTIDE_KEEP_SNAPSHOTS", "30")
    monkeypatch.setenv("PAPERTIDE_KEEP_DAYS", " 90 ")
    assert Settings(data_dir).with_retention() == Settings(data_dir, 30, 90)
    monkeypatch.setenv("PAPERTIDE_KEEP_DAYS", "0")
    with pytest.raises(
        SettingRefused, match="PAPERTIDE_KEEP_DAYS is '0'; set it to a whole number from 1 on"
    ):
        Settings(data_dir).with_retention()


def test_the_difference_of_two_snapshots(data_dir: Path, load: Load) -> None:
    first = load(ONE, TWO)
    second = load(REVISED, THREE)
    found = json.loads(etl("diff", "--json", "--data-dir", data_dir).output)
    assert (found["before"], found["after"]) == (first, second)
    assert [(paper["paper_id"], paper["change"]) for paper in found["papers"]] == [
        ("c", "added"),
        ("a", "revised"),
    ]
    assert found["topics"] == found["signals"] == []

    back = etl("diff", "current", first, "--data-dir", data_dir).output.splitlines()
    assert back[0] == f"{second} -> {first}"
    assert "Papers removed: 1" in back
    assert "  - c  Three" in back
    assert "Papers revised: 1" in back
    assert "Verdicts changed: 0" in back
