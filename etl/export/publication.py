"""Writes a publication into a folder, whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.errors import InputError, PapertideError, as_disk_full
from etl.export import citation, page, state, tables
from etl.reading import opened
from etl.snapshots import Kept

REPORT, TABLES = "index.html", "tables"
_FILES = {REPORT, TABLES, "CITATION.cff", "CITATION.txt"}


@dataclass(frozen=True, slots=True)
class Written:
    """Where the report is, its size in bytes, and how many tables are beside it."""

    report: Path
    size: int
    tables: int


def export(snapshot: Kept, folder: Path, *, abstracts: bool = True) -> Written:
    """Write the report, the tables with their dictionary, and the citation.

    Args:
        snapshot: what is published.
        folder: is made; one that holds an earlier publication is replaced, any other refused.
        abstracts: whether abstracts are among what is published.

    Raises:
        InputError: the folder holds something else.
        PapertideError: it cannot be written, or the snapshot not be read.
    """
    if folder.exists() and not (folder.is_dir() and {path.name for path in folder.iterdir()} <= _FILES):
        raise InputError(
            f"{folder} holds something other than a publication; give a folder that is new or empty."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as aside:
            ready = Path(aside) / "ready"
            count = _write(snapshot, ready, abstracts=abstracts)
            if folder.exists():
                folder.rename(Path(aside) / "before")
            shutil.move(ready, folder)
    except duckdb.Error as error:
        raise PapertideError(
            f"Snapshot {snapshot.id} cannot be exported ({str(error).splitlines()[0][:200]}); choose another "
            "with --snapshot."
        ) from error
    except OSError as error:
        raise as_disk_full(error, folder) or PapertideError(
            f"{folder} cannot be written ({error.strerror or error}); give another folder."
        ) from error
    report = folder / REPORT
    return Written(report, report.stat().st_size, count)


def _write(snapshot: Kept, folder: Path, *, abstracts: bool) -> int:
    (folder / TABLES).mkdir(parents=True)
    with opened(snapshot.path) as connection:
        told = state.read(connection)
        written = tables.write(connection, folder / TABLES, abstracts=abstracts)
    texts = {
        REPORT: page.page(told),
        "CITATION.txt": citation.cited(told.facts) + "\n",
        "CITATION.cff": citation.cff(told.facts),
        f"{TABLES}/README.md": tables.dictionary(written, abstracts=abstracts),
        f"{TABLES}/dictionary.csv": tables.dictionary_csv(written, abstracts=abstracts),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return len(written)
