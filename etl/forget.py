"""Removal on request: a new snapshot without a paper or a name, the older ones rebuilt or removed, and no way back.

What is removed is never written into the new files at all, rather than deleted there: a database file keeps deleted
rows until their place is needed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb

from etl import contract, pipeline, publish, report, snapshots, status
from etl.errors import InputError, PapertideError
from etl.forgotten import REMOVED, Forgotten, Found, id_mark, title_mark
from etl.lock import alone_in
from etl.modelling import Wish
from etl.reading import opened
from etl.records import Raw, Reject
from etl.settings import Settings
from etl.snapshots import Kept
from etl.store import Store, forget_vectors, published_run
from etl.tracking import Progress

_FETCHED = "fetched"  # lists that a run fetched and could not publish


class Older(StrEnum):
    """What becomes of the older snapshots."""

    rebuild = "rebuild"
    prune = "prune"
    keep = "keep"


@dataclass(frozen=True, slots=True)
class Done:
    """What was removed: papers and names found in the current snapshot, and the older snapshots changed."""

    papers: int
    names: int
    run_id: str | None
    rebuilt: list[str]
    pruned: list[str]
    kept: list[str]


class Removal:
    """A source without records: what its run changes is what it does not carry forward."""

    name = "forget"
    coverage: Mapping[str, tuple[date, date]] = {}
    keeps_topics = True

    def __init__(self, forgotten: Forgotten, snapshot: Path) -> None:
        self._forgotten, self._snapshot = forgotten, snapshot

    def records(self) -> Iterator[Raw | Reject]:
        """None."""
        yield from ()

    def truth(self) -> dict[contract.Table, Iterator[tuple[object, ...]]]:
        """What was planted in a demo corpus stays, but for papers that go."""
        return planted(self._snapshot, self._forgotten)


def forget(
    settings: Settings, papers: list[str], authors: list[str], older: Older, progress: Progress
) -> Done:
    """Remove papers by id and names of authors, from now on and for good.

    Raises:
        InputError: nothing was named, or a name is one word, which would take others along.
        PapertideError: as a run does; what is to be forgotten is written down all the same, so that the next run does.
    """
    data_dir = settings.data_dir
    pointer = status.pointer_of(data_dir)
    forgotten = _written_down(data_dir, pointer.snapshot, papers, authors)
    found = held_by(pointer.snapshot, forgotten)
    hashes = _text_hashes(pointer.snapshot, found)
    run_id = None
    if found:
        before = published_run(pointer.snapshot)
        wish = Wish(_granularity(pointer.snapshot), trend_window=before["options"].get("trend_window"))
        options = before["options"] if pointer.corpus == contract.DEMO else {}
        source = Removal(forgotten, pointer.snapshot)
        run_id = pipeline.run(
            settings, source, pointer.corpus, options, progress=progress, onto_papers=True, wish=wish
        ).run_id
    with alone_in(data_dir):
        changed: dict[Older, list[str]] = {choice: [] for choice in Older}
        for one in snapshots.kept(data_dir):
            inside = Found() if one.is_current or one.problem else held_by(one.path, forgotten)
            if inside:
                hashes |= _text_hashes(one.path, inside)
                _change(data_dir, one, forgotten, older)
                changed[older].append(one.id)
        forget_vectors(data_dir / pipeline.VECTORS_NAME, hashes)
        shutil.rmtree(data_dir / _FETCHED, ignore_errors=True)
        _scrub_reports(data_dir, forgotten)
    return Done(
        len(found.papers),
        len(found.names),
        run_id,
        changed[Older.rebuild],
        changed[Older.prune],
        changed[Older.keep],
    )


def held_by(snapshot: Path, forgotten: Forgotten) -> Found:
    """What a snapshot holds that is forgotten."""
    if not forgotten:
        return Found()
    with duckdb.connect(":memory:") as connection:
        connection.execute("ATTACH ? AS previous (READ_ONLY)", [str(snapshot)])
        return forgotten.found_in(connection)


def planted(snapshot: Path, forgotten: Forgotten) -> dict[contract.Table, Iterator[tuple[object, ...]]]:
    """The truth planted in a demo corpus, without papers that are forgotten; nothing in any other."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        there = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
        tables = [table for table in contract.DEMO_TABLES if table.name in there]
        rows = {table: connection.execute(f"FROM {table.name}").fetchall() for table in tables}
    return {table: _without_papers(table, rows[table], forgotten) for table in tables}


def _without_papers(
    table: contract.Table, rows: list[tuple[Any, ...]], forgotten: Forgotten
) -> Iterator[tuple[object, ...]]:
    names = [column.name for column in table.columns]
    at = names.index("paper_id") if "paper_id" in names else None
    return (row for row in rows if at is None or not forgotten.has_paper(id_mark(row[at])))


def _written_down(data_dir: Path, snapshot: Path, papers: list[str], authors: list[str]) -> Forgotten:
    """Note what is to be forgotten before anything is done: whatever happens next, it stays noted."""
    if not papers and not authors:
        raise InputError("Say what to forget: --paper ID or --author NAME; each may be given several times.")
    forgotten = Forgotten.read(data_dir)
    for name in authors:
        if len(name.replace(",", " ").split()) < 2:
            raise InputError(f"--author {name} is one word and would take others along; give the whole name.")
        forgotten = forgotten.with_name(name)
    with opened(snapshot) as connection:
        # A paper of several sources goes by every id that one of them gave it.
        known = connection.execute(
            "SELECT title, [paper_id, arxiv_id, doi] || coalesce(given, []) FROM papers LEFT JOIN ("
            "SELECT paper_id, flatten(list([source_id, arxiv_id, doi])) AS given FROM paper_sources GROUP BY paper_id"
            ") USING (paper_id)"
        ).fetchall()
    for asked in papers:
        mark = id_mark(asked)
        same = [(title, ids) for title, ids in known if mark in map(id_mark, ids)]
        others = [other for title, ids in same for other in (title_mark(title), *map(id_mark, ids))]
        forgotten = forgotten.with_paper(mark, *others)
    forgotten.save(data_dir)
    return forgotten


def _granularity(snapshot: Path) -> str:
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        row = connection.execute("SELECT granularity FROM runs SEMI JOIN snapshot USING (run_id)").fetchone()
    return str(row[0]) if row and row[0] else Wish().granularity


def _text_hashes(snapshot: Path, found: Found) -> set[str]:
    """Keys of the vectors of papers that go (see store.VectorCache)."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        rows = connection.execute(
            "SELECT md5(title || chr(10) || coalesce(abstract, '')) FROM papers WHERE list_contains($gone, paper_id)",
            {"gone": found.papers},
        ).fetchall()
    return {text_hash for (text_hash,) in rows}


def _change(data_dir: Path, one: Kept, forgotten: Forgotten, older: Older) -> None:
    if older is Older.prune:
        snapshots.remove(one.path)
    elif older is Older.rebuild:
        _rebuild(data_dir, one, forgotten)


def _rebuild(data_dir: Path, one: Kept, forgotten: Forgotten) -> None:
    """Make an older snapshot again without what is forgotten, as of its own day.

    It gets a name of its own, since readers take a path for a content that never changes.
    """
    folder = publish.Folder(data_dir)
    folder.prepare()
    row = published_run(one.path)
    built = folder.building / f"{_next_name(one.path)}.duckdb"
    try:
        with Store(built, one.path, forgotten) as store:
            store.merge(row["run_id"])
            store.recount()
            months = Wish(trend_window=row["options"].get("trend_window")).trend_months
            pipeline.write_trends(store, months, row["published_at"].date())
            for table, rows in planted(one.path, forgotten).items():
                store.plant(table, rows)
            fit = {name: row[name] for name in ("topics_fingerprint", "encoder_papers", "note")}
            store.sign(row["run_id"], row["published_at"], row["corpus"], fit)
        publish.check(built)
    except (duckdb.Error, PapertideError) as error:
        folder.clear()
        raise PapertideError(
            f"Snapshot {one.id} could not be rebuilt without what is forgotten; remove it with --older prune."
        ) from error
    target = folder.snapshots / built.name
    os.replace(built, target)
    if one.is_pinned:
        snapshots.pin(data_dir, target.stem)
    snapshots.remove(one.path)
    folder.clear()


def _next_name(path: Path) -> str:
    """The name of a snapshot rebuilt: its run's, and how often it was."""
    base, mark, number = path.stem.rpartition("-r")
    if mark and number.isdigit():
        return f"{base}-r{int(number) + 1}"
    return f"{path.stem}-r1"


def _scrub_reports(data_dir: Path, forgotten: Forgotten) -> None:
    """Take out of reports of runs what they say of someone who is forgotten."""
    for one in report.read_all(data_dir):
        told = json.dumps([one.error, one.note, one.options], ensure_ascii=False)
        if forgotten.mentioned_in(told):
            with suppress(OSError):
                replace(one, error=one.error and REMOVED, note=one.note and REMOVED, options={}).save(
                    data_dir
                )


def as_dict(done: Done) -> dict[str, Any]:
    """Ready for JSON."""
    return {
        "papers": done.papers,
        "names": done.names,
        "run_id": done.run_id,
        "rebuilt": done.rebuilt,
        "pruned": done.pruned,
        "kept": done.kept,
    }
