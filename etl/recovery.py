"""The way back after damage: where `current.json` or the snapshot it names is not as it was written, the newest
snapshot that is whole takes its place, so that the next run needs no help.

What is damaged is set aside under another name and never removed: somebody may know how to save more of it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl import contract, publish, snapshots, store
from etl.errors import CorpusMismatch, PapertideError, SnapshotRefused, as_out_of_memory

DAMAGED = ".damaged"


@dataclass(frozen=True, slots=True)
class Found:
    """What a run goes on from, and in a sentence what was mended for it; either may be missing."""

    pointer: contract.Pointer | None
    mended: str | None = None


def published(data_dir: Path, corpus: str) -> Found:
    """What is published, read through to its last byte. Call it with the lock held.

    Args:
        data_dir: where.
        corpus: of the run that asks: nothing is mended for another.

    Raises:
        CorpusMismatch: papers of the other kind are published here.
        PapertideError: it is of another version of Papertide, or cannot be read for a reason that may pass.
    """
    try:
        pointer = contract.read_pointer(data_dir)
    except contract.SchemaMismatch as error:
        if not _signed(error.pointer.snapshot):  # it is of that version: the pointer is right
            raise PapertideError(str(error)) from error
        return _mended(data_dir, corpus, f"{contract.POINTER_NAME} was damaged", error.pointer.snapshot)
    except contract.PointerUnreadable:
        return _mended(
            data_dir, corpus, f"{contract.POINTER_NAME} or the snapshot it names could not be read"
        )
    if pointer is None:
        return Found(None)
    if _damaged(pointer.snapshot):
        _refuse_other_kind(pointer, data_dir, corpus)
        return _mended(data_dir, corpus, f"The snapshot {pointer.run_id} was damaged")
    if _signed(pointer.snapshot) not in (pointer, None):
        return _mended(data_dir, corpus, f"{contract.POINTER_NAME} was damaged", pointer.snapshot)
    _refuse_other_kind(pointer, data_dir, corpus)
    return Found(pointer)


def _refuse_other_kind(pointer: contract.Pointer, data_dir: Path, corpus: str) -> None:
    if pointer.corpus != corpus:
        raise CorpusMismatch(
            f"{data_dir} holds {pointer.corpus} papers, and {corpus} papers never mix with them; "
            "give another --data-dir."
        )


def _mended(data_dir: Path, corpus: str, problem: str, likely: Path | None = None) -> Found:
    """Point at `likely`, else at the newest snapshot that is whole, past those that are not; at none where none is."""
    for path in (*([likely] if likely else []), *snapshots.newest_first(data_dir)):
        if _damaged(path):
            with suppress(OSError):  # on Windows a reader may hold it
                path.replace(path.with_suffix(DAMAGED))
        elif (good := _signed(path)) and _keeps_rules(path):
            _refuse_other_kind(good, data_dir, corpus)
            publish.point_at(publish.Folder(data_dir), path, good.published_at, good.corpus)
            of = f"{good.published_at:%Y-%m-%d %H:%M} UTC"
            return Found(good, f"{problem}, so this run went on from the newest one that is whole, of {of}.")
    (data_dir / contract.POINTER_NAME).unlink(missing_ok=True)
    return Found(
        None, f"{problem} and no other one could be read, so this run began anew; load again what is missing."
    )


def _damaged(snapshot: Path) -> bool:
    try:
        return store.is_damaged(snapshot)
    except (duckdb.Error, OSError) as error:
        if short := as_out_of_memory(error):
            raise short from error
        reason = " ".join(str(error).split())[:200]
        raise PapertideError(
            f"The snapshot {snapshot.name} cannot be read for now ({reason}), so nothing was changed; see to that, "
            "then run again."
        ) from error


def _signed(snapshot: Path) -> contract.Pointer | None:
    """The pointer that a snapshot should have by what it says of itself; None where it is none of this version."""
    try:
        version, published_at, corpus = store.signature(snapshot)
    except (duckdb.Error, TypeError):
        return None
    if version != contract.SCHEMA_VERSION:
        return None
    return contract.Pointer(snapshot.resolve(), snapshot.stem, published_at, corpus, version)


def _keeps_rules(snapshot: Path) -> bool:
    with suppress(SnapshotRefused):
        publish.check(snapshot)
        return True
    return False
