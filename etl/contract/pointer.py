"""How to find the current snapshot."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from etl.contract.vocabulary import SCHEMA_VERSION

POINTER_NAME = "current.json"
SNAPSHOTS_FOLDER = "snapshots"


@dataclass(frozen=True, slots=True)
class Pointer:
    """The content of `current.json`: which snapshot is published."""

    snapshot: Path  # absolute
    run_id: str
    published_at: datetime  # naive UTC
    corpus: str
    schema_version: int


class SchemaMismatch(Exception):
    """The snapshot that `pointer` names speaks another SCHEMA_VERSION; its text is a sentence for the user."""

    def __init__(self, sentence: str, pointer: Pointer) -> None:
        super().__init__(sentence)
        self.pointer = pointer


class PointerUnreadable(Exception):
    """`current.json`, or the snapshot it names, cannot be used; its text is a sentence for the user."""


def read_pointer(data_dir: Path) -> Pointer | None:
    """Where the current snapshot is, or None where nothing is published.

    Raises:
        PointerUnreadable: the pointer is damaged, or names a file that is gone.
        SchemaMismatch: the snapshot was written by another version of Papertide.
    """
    path = data_dir / POINTER_NAME
    try:
        written = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        content = json.loads(written.decode("utf-8"))
        pointer = Pointer(
            snapshot=(data_dir / content["snapshot"]).resolve(),
            run_id=content["run_id"],
            published_at=datetime.fromisoformat(content["published_at"]),
            corpus=content["corpus"],
            schema_version=content["schema_version"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise PointerUnreadable(
            f"{path} is damaged; run the ETL again, which goes on from the newest snapshot that is whole."
        ) from error
    if pointer.schema_version != SCHEMA_VERSION:
        raise SchemaMismatch(
            f"The snapshot in {data_dir} has schema version {pointer.schema_version} and this Papertide reads "
            f"version {SCHEMA_VERSION}; use the Papertide that wrote it, or run the ETL into another --data-dir.",
            pointer,
        )
    if not pointer.snapshot.is_file():
        raise PointerUnreadable(
            f"{path} names {content['snapshot']}, which is gone; put it back, or run the ETL again, which goes on "
            "from the newest snapshot that is whole."
        )
    return pointer
