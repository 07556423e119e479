"""The past, kept: which snapshots there are, which is current, which never go, and the way back to one of them.

A snapshot is immutable, so going back is pointing at another file. What goes is decided in one place, `prune`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from etl import contract, publish, report, status
from etl.errors import InputError, SnapshotRefused
from etl.forgotten import Forgotten
from etl.lock import alone_in
from etl.settings import Settings

CURRENT, PREVIOUS = "current", "previous"  # names that stand for a snapshot wherever an id does
_PIN = ".pinned"  # an empty file beside the snapshot, so that two people may pin at once
_STARTED = "%Y%m%dT%H%M%S"  # how the name of a snapshot begins


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot of a data folder. Times are naive UTC, the size is in bytes; what cannot be read is None."""

    id: str
    path: Path
    size: int
    is_current: bool
    is_pinned: bool
    published_at: datetime | None = None
    corpus: str | None = None
    papers: int | None = None
    topics: int | None = None
    problem: str | None = None  # why it cannot be used, in words


def kept(data_dir: Path) -> list[Kept]:
    """Every snapshot, the newest first.

    Raises:
        NothingPublished: there is none.
    """
    current = status.pointer_of(data_dir).snapshot
    return [_look(path, current) for path in newest_first(data_dir)]


def find(data_dir: Path, name: str) -> Kept:
    """The snapshot of this id, of an id that begins so, or the one called 'current' or 'previous'.

    Raises:
        InputError: there is no such snapshot, or more than one.
    """
    current = status.pointer_of(data_dir).snapshot
    paths = list(newest_first(data_dir))
    if name == CURRENT:
        found = [path for path in paths if path.samefile(current)]
    elif name == PREVIOUS:
        found = [path for path in paths if path.stem < current.stem][:1]
        if not found:
            raise InputError(f"{data_dir} keeps no snapshot older than the current one; see `etl snapshots`.")
    else:
        found = [path for path in paths if path.stem == name] or [
            path for path in paths if name and path.stem.startswith(name)
        ]
    if len(found) != 1:
        many = f"{len(found)} snapshots begin with {name!r}" if found else f"There is no snapshot {name!r}"
        raise InputError(f"{many} in {data_dir}; give the id of one that `etl snapshots` lists.")
    return _look(found[0], current)


def usable(data_dir: Path, name: str) -> Kept:
    """As `find`, and sure to be readable by this Papertide.

    Raises:
        InputError: there is no such snapshot.
        SnapshotRefused: it cannot be read.
    """
    found = find(data_dir, name)
    if found.problem:
        raise SnapshotRefused(
            f"Snapshot {found.id} {found.problem}; choose another that `etl snapshots` lists."
        )
    return found


def roll_back(data_dir: Path, name: str = PREVIOUS) -> Kept:
    """Make another snapshot the current one; the next run starts from it. Nothing is removed.

    Raises:
        InputError: there is no such snapshot.
        SnapshotRefused: it cannot be read, or breaks a rule of the contract.
        RunInProgress: a run is under way.
    """
    with alone_in(data_dir):
        wanted = usable(data_dir, name)
        assert wanted.published_at is not None
        assert wanted.corpus is not None
        try:
            publish.check(wanted.path)
        except SnapshotRefused as error:
            raise SnapshotRefused(
                f"Snapshot {wanted.id} is damaged, so the current one stays; choose another that `etl snapshots` lists."
            ) from error
        _refuse_forgotten(data_dir, wanted)
        # Now, since later the pointer would no longer tell that the run which died last did publish.
        report.close_abandoned(data_dir, status.pointer_of(data_dir).run_id)
        publish.point_at(publish.Folder(data_dir), wanted.path, wanted.published_at, wanted.corpus)
    return wanted


def _refuse_forgotten(data_dir: Path, wanted: Kept) -> None:
    forgotten = Forgotten.read(data_dir)
    if not forgotten:
        return
    with duckdb.connect(":memory:") as connection:
        connection.execute("ATTACH ? AS previous (READ_ONLY)", [str(wanted.path)])
        if forgotten.found_in(connection):
            raise SnapshotRefused(
                f"Snapshot {wanted.id} holds what was removed on request, so the current one stays; repeat the request "
                "with `etl forget ... --older rebuild`, then go back."
            )


def pin(data_dir: Path, name: str) -> Kept:
    """Keep a snapshot whatever the rules of keeping say."""
    found = find(data_dir, name)
    _pin_of(found.path).touch()
    return found


def unpin(data_dir: Path, name: str) -> Kept:
    """Let a snapshot go when its time comes."""
    found = find(data_dir, name)
    _pin_of(found.path).unlink(missing_ok=True)
    return found


def prune(settings: Settings, now: datetime) -> list[str]:
    """Remove snapshots beyond the number kept or the days kept; returns their ids. Call it with the lock held.

    The current snapshot and pinned ones stay, and pinned ones do not count.
    """
    data_dir = settings.data_dir
    current = status.pointer_of(data_dir).snapshot
    oldest = now - timedelta(days=settings.keep_days) if settings.keep_days else datetime.min
    loose = [path for path in newest_first(data_dir) if not _pin_of(path).exists()]
    gone = []
    for place, path in enumerate(loose):
        if (place >= settings.keep_snapshots or _started(path) < oldest) and not path.samefile(current):
            with suppress(PermissionError):  # on Windows a reader may hold it; the next run tries again
                remove(path)
                gone.append(path.stem)
    return gone


def remove(snapshot: Path) -> None:
    """Remove a snapshot and its pin."""
    snapshot.unlink(missing_ok=True)
    _pin_of(snapshot).unlink(missing_ok=True)


def newest_first(data_dir: Path) -> Iterator[Path]:
    """Every snapshot there is. Names begin with the time of the run, so they sort by age."""
    yield from sorted((data_dir / contract.SNAPSHOTS_FOLDER).resolve().glob("*.duckdb"), reverse=True)


def _started(path: Path) -> datetime:
    """When the run of a snapshot started; a file with another name is as old as its content."""
    try:
        return datetime.strptime(path.stem[:15], _STARTED)
    except ValueError:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def _pin_of(path: Path) -> Path:
    return path.with_suffix(_PIN)


def _look(path: Path, current: Path) -> Kept:
    """What a snapshot says of itself; one that cannot be read says why."""
    here = Kept(path.stem, path, path.stat().st_size, path.samefile(current), _pin_of(path).exists())
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.execute(
                "SELECT published_at, corpus, (SELECT count(*) FROM papers), "
                "(SELECT count(*) FROM topics WHERE topic_id >= 0), schema_version FROM snapshot"
            ).fetchone()
    except duckdb.Error:
        return replace(here, problem="cannot be read")
    if row is None:
        return replace(here, problem="is not complete")
    published_at, corpus, papers, topics, version = row
    problem = None if version == contract.SCHEMA_VERSION else f"has schema version {version}, not ours"
    return replace(
        here, published_at=published_at, corpus=corpus, papers=papers, topics=topics, problem=problem
    )
