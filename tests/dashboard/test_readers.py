"""Readers look at what is published while it is published anew, and see one snapshot or the other, whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dashboard import snapshot
from etl.contract import POINTER_NAME, PointerUnreadable, read_pointer
from tests.benchmarks import readers

pytestmark = pytest.mark.slow

FIRST = 20


@pytest.mark.skipif(os.name == "nt", reason="forks of POSIX")
def test_readers_see_whole_snapshots_while_others_are_published(tmp_path: Path) -> None:
    readers.publish(tmp_path, FIRST)

    def publishing() -> None:
        for number in range(1, 6):
            readers.publish(tmp_path, FIRST + number, keep=1)

    seconds, runs, errors = readers.watched(tmp_path, 3, FIRST, publishing)
    assert errors == []
    assert len(seconds) >= 3
    assert len(runs) >= 2


def test_a_torn_view_would_be_told(tmp_path: Path) -> None:
    readers.publish(tmp_path, FIRST)
    with pytest.raises(AssertionError, match="a torn view"):
        readers.view(tmp_path, FIRST + 1)


def test_a_snapshot_removed_between_two_looks_is_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers.publish(tmp_path, FIRST)
    before = read_pointer(tmp_path)
    readers.publish(tmp_path, FIRST + 1, keep=1)  # takes the first one away
    looks = [before]
    monkeypatch.setattr(
        snapshot, "read_pointer", lambda folder: looks.pop() if looks else read_pointer(folder)
    )
    now, pointer = snapshot.current(tmp_path), read_pointer(tmp_path)
    assert now is not None
    assert pointer is not None
    assert now.run_id == pointer.run_id
    assert before is not None
    assert now.run_id != before.run_id


def test_a_snapshot_that_is_gone_for_good_is_told(tmp_path: Path) -> None:
    readers.publish(tmp_path, FIRST)
    pointer = read_pointer(tmp_path)
    assert pointer is not None
    pointer.snapshot.unlink()
    assert (tmp_path / POINTER_NAME).exists()
    with pytest.raises(PointerUnreadable, match="which is gone"):
        snapshot.current(tmp_path)
