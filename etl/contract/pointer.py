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
    """The published snapshot speaks another SCHEMA_VERSION; its text is a sentence for the user."""


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
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        content = json.loads(text)
        pointer = Pointer(
            snapshot=(data_dir / content["snapshot"]).resolve(),
            run_id=content["run_id"],
            published_at=datetime.fromisoformat(content["published_at"]),
            corpus=content["corpus"],
            schema_version=content["schema_version"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise PointerUnreadable(
            f"{path} is damaged; put a good copy back, or remove it and run the ETL again."
        ) from error
    if pointer.schema_version != SCHEMA_VERSION:
        raise SchemaMismatch(
            f"The snapshot in {data_dir} has schema version {pointer.schema_version} and this Papertide reads "
            f"version {SCHEMA_VERSION}; use the Papertide that wrote it, or run the ETL into another --data-dir."
        )
    if not pointer.snapshot.is_file():
        raise PointerUnreadable(
            f"{path} names {content['snapshot']}, which is gone; put it back, or remove {path} and run the ETL again."
        )
    return pointer
