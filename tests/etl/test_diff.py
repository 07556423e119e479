"""Topics and verdicts that changed, on two snapshots written by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from etl import contract, diff
from etl.errors import SnapshotRefused
from etl.snapshots import Kept

TOPICS = {
    "before": [(0, "Agents", 5), (1, "Caching", 7), (2, "Robots", 3), (3, "Vision", 4)],
    "after": [(0, "Agents", 5), (1, "KV caching", 7), (3, "Vision", 6), (4, "Proofs", 2)],
}
SIGNALS = {
    "before": [(0, "steady", 1.0), (1, "rising", 2.0), (2, "falling", 0.5)],
    "after": [(0, "rising", 3.0), (1, "rising", 2.5), (4, "insufficient", None)],
}


def snapshot(folder: Path, name: str) -> Kept:
    path = folder / f"{name}.duckdb"
    with duckdb.connect(str(path)) as connection:
        for table in (contract.PAPERS, contract.TOPICS, contract.TOPIC_SIGNALS):
            connection.execute(table.ddl)
        connection.executemany(
            "INSERT INTO topics (topic_id, label, papers, keywords, area) VALUES (?, ?, ?, [], 'All')",
            [(-1, "No topic", len(name)), *TOPICS[name]],
        )
        connection.executemany(
            "INSERT INTO topic_signals (topic_id, signal, change, papers) VALUES (?, ?, ?, 1)", SIGNALS[name]
        )
    return Kept(name, path, 0, False, False)


def test_topics_and_verdicts_that_changed(tmp_path: Path) -> None:
    found = diff.between(snapshot(tmp_path, "before"), snapshot(tmp_path, "after"))
    assert [tuple(topic.values()) for topic in found.topics] == [
        (1, "Caching", "KV caching", 7, 7, "renamed"),
        (2, "Robots", None, 3, None, "gone"),
        (3, "Vision", "Vision", 4, 6, "resized"),
        (4, None, "Proofs", None, 2, "new"),
    ]
    assert [tuple(row.values()) for row in found.signals] == [
        (0, "Agents", "steady", "rising", 1.0, 3.0),
        (2, "Robots", "falling", None, 0.5, None),
        (4, "Proofs", None, "insufficient", None, None),
    ]
    told = diff.lines(found, at_most=5)
    assert "  ~ 1 Caching -> KV caching: 7 -> 7 papers" in told
    assert "  - 2 Robots: 3 -> 0 papers" in told
    assert "  0 Agents: steady -> rising" in told
    assert "  4 Proofs: none -> insufficient" in told


def test_what_cannot_be_compared_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "broken.duckdb").write_bytes(b"no database at all")
    broken = Kept("broken", tmp_path / "broken.duckdb", 0, False, False)
    with pytest.raises(SnapshotRefused, match="Snapshots before and broken cannot be compared"):
        diff.between(snapshot(tmp_path, "before"), broken)
