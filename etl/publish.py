"""Publication: a snapshot that passed its checks becomes the current one, atomically.

Order matters, since the process may die between any two steps: the file is complete and on disk before it moves into
`snapshots/`, and there before `current.json` names it. Whatever is left in `building/` by a dead run is nobody's.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from etl import contract
from etl.errors import SnapshotRefused, as_out_of_memory

BUILDING_FOLDER = "building"


@dataclass(frozen=True, slots=True)
class Folder:
    """The data folder: where snapshots are built, kept and pointed at."""

    path: Path

    @property
    def snapshots(self) -> Path:
        """Published snapshots."""
        return self.path / contract.SNAPSHOTS_FOLDER

    @property
    def building(self) -> Path:
        """Snapshots under construction; nobody reads them."""
        return self.path / BUILDING_FOLDER

    def clear(self) -> None:
        """Remove what is under construction, and what a run that died left behind. Call it with the lock held."""
        shutil.rmtree(self.building, ignore_errors=True)

    def withdraw(self, run_id: str) -> None:
        """Remove the snapshot of a run that ended after it moved the file into place and before it pointed at it."""
        (self.snapshots / f"{run_id}.duckdb").unlink(missing_ok=True)

    def prepare(self) -> None:
        """Make the folders, empty of anything under construction."""
        self.clear()
        self.building.mkdir(parents=True, exist_ok=True)
        self.snapshots.mkdir(exist_ok=True)


def check(built: Path) -> None:
    """Raise SnapshotRefused if a closed snapshot cannot be read back, or breaks a rule of the contract."""
    from etl.store import violations  # noqa: PLC0415 - brings all that writes along, and commands that read are quick

    try:
        broken = violations(built)
    except duckdb.Error as error:
        if short := as_out_of_memory(error):
            raise short from error
        raise SnapshotRefused(
            f"The new snapshot cannot be read back and was not published ({str(error).splitlines()[0][:200]}); "
            "what was published before is untouched, so check the disk and run again."
        ) from error
    if broken:
        raise SnapshotRefused(
            f"The new snapshot broke its own rules and was not published ({'; '.join(broken)}); "
            "what was published before is untouched, please report this."
        )


def make_current(folder: Folder, built: Path, published_at: datetime, corpus: str) -> Path:
    """Move a closed, checked snapshot into place, and point `current.json` at it."""
    _flush(built)
    target = folder.snapshots / built.name
    os.replace(built, target)
    _flush(folder.snapshots)
    point_at(folder, target, published_at, corpus)
    return target


def point_at(folder: Folder, snapshot: Path, published_at: datetime, corpus: str) -> None:
    """Replace `current.json`, atomically: from now on this snapshot is the current one."""
    write_json(
        folder.path / contract.POINTER_NAME,
        {
            "snapshot": f"{contract.SNAPSHOTS_FOLDER}/{snapshot.name}",
            "run_id": snapshot.stem,
            "published_at": published_at.isoformat(),
            "corpus": corpus,
            "schema_version": contract.SCHEMA_VERSION,
        },
    )


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a small file atomically: readers see the old content or the new, never a part."""
    aside = path.with_name(path.name + ".new")
    with aside.open("w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=2, default=str)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(aside, path)
    _flush(path.parent)


def _flush(path: Path) -> None:
    """Wait until a file or folder is on disk (folders cannot be opened on Windows, which does it by itself)."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
