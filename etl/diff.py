"""What changed between two snapshots: papers, topics, and verdicts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import duckdb

from etl.errors import SnapshotRefused
from etl.snapshots import Kept

Rows = list[dict[str, Any]]

_MARKS = {
    "added": "+",
    "removed": "-",
    "revised": "~",
    "new": "+",
    "gone": "-",
    "renamed": "~",
    "resized": " ",
}
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Difference:
    """What one snapshot has other than another.

    `papers` have paper_id, title, change ('added', 'removed', 'revised' in title or abstract, or 'moved' to another
    topic), topic_before and topic_after; `topics` have topic_id, label_before, label_after, papers_before, papers_after
    and change ('new', 'gone', 'renamed' or 'resized'); `signals` have topic_id, label, signal_before, signal_after,
    change_before and change_after. What one side lacks is None.
    """

    before: str
    after: str
    papers: Rows
    topics: Rows
    signals: Rows

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def between(before: Kept, after: Kept) -> Difference:
    """Compare two snapshots.

    Raises:
        SnapshotRefused: one of them cannot be read.
    """
    connection = duckdb.connect(":memory:")
    try:
        for name, snapshot in (("before", before), ("after", after)):
            connection.execute(f"ATTACH ? AS {name} (READ_ONLY)", [str(snapshot.path)])
        found = {what: _rows(connection, f"diff_{what}") for what in ("papers", "topics", "signals")}
    except duckdb.Error as error:
        raise SnapshotRefused(
            f"Snapshots {before.id} and {after.id} cannot be compared ({str(error).splitlines()[0][:200]}); "
            "choose others that `etl snapshots` lists."
        ) from error
    finally:
        connection.close()
    return Difference(before.id, after.id, **found)


def lines(difference: Difference, at_most: int) -> list[str]:
    """The difference in words, with so many papers of a kind at most."""
    told = [f"{difference.before} -> {difference.after}"]
    for change in ("added", "removed", "revised", "moved"):
        papers = [paper for paper in difference.papers if paper["change"] == change]
        told.append(f"Papers {change}: {len(papers):,}")
        if change == "moved":  # to another topic: their number says enough
            continue
        told += [f"  {_MARKS[change]} {paper['paper_id']}  {paper['title']}" for paper in papers[:at_most]]
        if len(papers) > at_most:
            told.append(f"    and {len(papers) - at_most:,} more (all of them with --json)")
    told.append(f"Topics changed: {len(difference.topics):,}")
    told += [f"  {_MARKS[topic['change']]} {_topic(topic)}" for topic in difference.topics]
    told.append(f"Verdicts changed: {len(difference.signals):,}")
    told += [
        f"  {row['topic_id']} {row['label']}: {row['signal_before'] or _NONE} -> {row['signal_after'] or _NONE}"
        for row in difference.signals
    ]
    return told


def _topic(topic: dict[str, Any]) -> str:
    old, new = topic["label_before"], topic["label_after"]
    label = f"{old} -> {new}" if old and new and old != new else new or old
    sizes = f"{topic['papers_before'] or 0:,} -> {topic['papers_after'] or 0:,} papers"
    return f"{topic['topic_id']} {label}: {sizes}"


def _rows(connection: duckdb.DuckDBPyConnection, step: str) -> Rows:
    query = files("etl").joinpath("sql", f"{step}.sql").read_text(encoding="utf-8")
    found = connection.execute(query)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
