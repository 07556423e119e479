"""The file formats: JSON, JSON lines (both also gzipped), CSV and Parquet, read as a stream of records.

What cannot be read becomes a Reject; a damaged file gives what came before the damage.
"""

from __future__ import annotations

import csv
import glob
import gzip
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any, cast

import ijson
import pyarrow
import pyarrow.parquet

from etl.errors import InputError
from etl.records import Reject, is_missing, shorten

_DAY_IN_NAME = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
DAMAGE = (
    EOFError,
    OSError,
    RecursionError,
    UnicodeDecodeError,
    csv.Error,
    ijson.JSONError,
    pyarrow.ArrowException,
    zlib.error,
)
_BATCH = 2_000  # rows of a Parquet file held at once

Fields = dict[str, Any]
Items = Iterator[Fields | Reject]


def find_all(inputs: list[str]) -> list[Path]:
    """The readable files that paths, folders or globs name, each once.

    Raises:
        InputError: one of them names none.
    """
    return list(dict.fromkeys(path.resolve() for text in inputs for path in find_files(text)))


def find_files(text: str) -> list[Path]:
    """The readable files that a path, folder or glob names, sorted.

    Raises:
        InputError: there are none.
    """
    path = Path(text).expanduser()
    if path.is_dir():
        found = sorted(
            p for p in path.rglob("*") if p.is_file() and _reader(p) and not p.name.startswith(".")
        )
    elif path.is_file():
        found = [path]
    else:
        found = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
    readable = [p for p in found if _reader(p)]
    if not readable:
        why = "holds no file of a kind Papertide reads" if path.is_dir() or found else "matches no file"
        raise InputError(
            f"--input {text} {why}; give a {', '.join(READERS)} file, a folder of them or a quoted glob."
        )
    return readable


def day_in_name(path: Path) -> date | None:
    """The day in a file's name such as 2025-10-29.json.gz."""
    for text in reversed(_DAY_IN_NAME.findall(path.name)):
        try:
            return date.fromisoformat(text)
        except ValueError:
            continue
    return None


def modified_at(path: Path) -> datetime:
    """The file's time as naive UTC, to the second."""
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC).replace(tzinfo=None)


def matched(record: Mapping[str, Any], synonyms: Mapping[str, tuple[str, ...]]) -> Fields:
    """A record under our field names; of several columns for one field, the first that says something.

    Args:
        record: as the file has it.
        synonyms: our names, and what files call them, the likeliest first.
    """
    given: dict[str, Any] = {}
    for key, value in record.items():
        if not is_missing(value):
            given.setdefault(_plain(str(key)), value)
    fields: Fields = {}
    for field, names in synonyms.items():
        for name in names:
            if name in given and not (name == "comments" and _is_prose(given[name])):
                fields[field] = given[name]
                break
    return fields


def _plain(name: str) -> str:
    """A column's name in one spelling: 'Publication Date', 'publicationDate' -> 'publication_date'."""
    name = re.sub(
        "arxiv", "arxiv", name.strip().lstrip("\ufeff"), flags=re.IGNORECASE
    )  # one word, however written
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def _is_prose(value: object) -> bool:
    """True for a `comments` column that holds a remark ('12 pages, 3 figures'), not a count."""
    return not isinstance(value, (int, float)) and not re.fullmatch(r"\s*-?[\d.,]+\s*", str(value))


def items(path: Path, source: str) -> Items:
    """The records of one file; damage ends it with a Reject that says where. `source` is who refuses."""
    for item in _until_damage(path):
        yield replace(item, source=f"{source}: {item.source}") if isinstance(item, Reject) else item


# ---- the formats: each yields its records as dicts, and Rejects (of the file) for what it cannot read ----


def _until_damage(path: Path) -> Items:
    reader = cast(Callable[[Path], Items], _reader(path))
    read = 0
    try:
        for item in reader(path):
            read += 1
            yield item
    except DAMAGE as e:
        reason = f"the file cannot be read any further after record {read}: {' '.join(str(e).split())[:200]}"
        yield Reject(path.name, reason, path.name)


def _read_json(path: Path) -> Items:
    """An array of records, one record, or JSON lines under a .json name."""
    with _open(path) as stream:
        head = stream.read(4096)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return
    if start.startswith(b"{") and _is_object(start.split(b"\n", 1)[0]):
        yield from _read_json_lines(path)
        return
    with _open(path) as stream:
        skipped = len(head) - len(head.removeprefix(b"\xef\xbb\xbf"))
        stream.read(skipped)
        prefix = "item" if start.startswith(b"[") else ""
        for value in ijson.items(stream, prefix, multiple_values=not prefix, use_float=True):
            yield _as_record(value, path)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _read_json_lines(path: Path) -> Items:
    with _open(path) as stream:
        for line in stream:
            if not line.strip(b"\xef\xbb\xbf \t\r\n"):
                continue
            try:
                value = json.loads(line.decode("utf-8-sig", "replace"))
            except (ValueError, RecursionError) as error:
                yield Reject(path.name, f"the line is not JSON: {str(error)[:100]}", shorten(line))
                continue
            yield _as_record(value, path)


def _as_record(value: object, path: Path) -> Fields | Reject:
    if isinstance(value, dict):
        return value
    return Reject(path.name, f"the record is a {type(value).__name__}, not an object", shorten(value))


def _read_csv(path: Path) -> Items:
    csv.field_size_limit(sys.maxsize)  # an abstract may be longer than the module's default of 128 KiB
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        for row in csv.DictReader(stream, restkey=None):
            extra = row.pop(None, None)
            if extra:
                shown = shorten({**row, "": extra})
                yield Reject(path.name, "the row has more cells than the header", shown)
            else:
                yield dict(row)


def _read_parquet(path: Path) -> Items:
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH):
            yield from batch.to_pylist()


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


READERS: Mapping[str, Callable[[Path], Items]] = {
    ".json": _read_json,
    ".json.gz": _read_json,
    ".jsonl": _read_json_lines,
    ".jsonl.gz": _read_json_lines,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}


def _reader(path: Path) -> Callable[[Path], Items] | None:
    name = path.name.lower()
    return next((reader for ending, reader in READERS.items() if name.endswith(ending)), None)
