"""The file formats, each read as a stream of records: JSON, JSON lines (both also gzipped), CSV, tables with tabs,
Parquet, BibTeX and RIS.

What cannot be read becomes a Reject; a damaged file gives what came before the damage.
"""

from __future__ import annotations

import codecs
import csv
import glob
import gzip
import json
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import IO, Any, cast

import ijson
import pyarrow
import pyarrow.parquet

from etl.errors import InputError
from etl.records import Reject, is_missing, shorten
from etl.sources import bibliography, bounds, pages

_DAY_IN_NAME = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
DAMAGE = (
    EOFError,
    OSError,
    RecursionError,
    UnicodeDecodeError,
    csv.Error,
    ijson.JSONError,
    bounds.TooLarge,
    pages.Unreadable,
    pyarrow.ArrowException,
    zlib.error,
)
_BATCH = 2_000  # rows of a Parquet file held at once

Fields = dict[str, Any]
Items = Iterator[Fields | Reject]


def find_all(inputs: list[str], endings: Collection[str] | None = None) -> list[Path]:
    """The readable files that paths, folders or globs name, each once.

    Args:
        inputs: paths, folders or globs.
        endings: of the files that can be read; by default all of READERS.

    Raises:
        InputError: one of them names none.
    """
    return list(dict.fromkeys(path.resolve() for text in inputs for path in find_files(text, endings)))


def find_files(text: str, endings: Collection[str] | None = None) -> list[Path]:
    """The readable files that a path, folder or glob names, sorted.

    Raises:
        InputError: there are none.
    """

    def can_be_read(path: Path) -> bool:
        return bool(_reader(path)) if endings is None else path.name.lower().endswith(tuple(endings))

    path = _path(text)
    if path.is_dir():
        found = sorted(
            p for p in path.rglob("*") if p.is_file() and can_be_read(p) and not p.name.startswith(".")
        )
    elif path.is_file():
        found = [path]
    else:
        found = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
    readable = [p for p in found if can_be_read(p)]
    if path.is_dir():
        _refuse_links_out(path, readable)
    if not readable:
        why = "holds no file of a kind Papertide reads" if path.is_dir() or found else "matches no file"
        raise InputError(
            f"--input {text} {why}; give a {', '.join(endings or READERS)} file, a folder of them or a quoted glob."
        )
    return readable


def _path(text: str) -> Path:
    """What was given as a path.

    Raises:
        InputError: no system has such a path.
    """
    try:
        path = Path(text).expanduser()
        path.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # too long, or a home that nobody has
        why = getattr(error, "strerror", None) or error
        raise InputError(
            f"--input {text[:100]} cannot be looked for ({why}); give a file, a folder or a quoted glob."
        ) from error
    if "\0" in text:
        raise InputError(
            "--input holds a character that no path has; give a file, a folder or a quoted glob."
        )
    return path


def _refuse_links_out(folder: Path, found: list[Path]) -> None:
    """Raise InputError where a link within a folder leads out of it: an archive of a stranger's may hold some."""
    inside = folder.resolve()
    for path in found:
        if not path.resolve().is_relative_to(inside):
            raise InputError(
                f"--input {folder} holds {path.name}, a link to a file outside of it; give that file itself, or take "
                "the link away."
            )


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
            stream.next_record()
            yield from _records_of(value, path)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _read_json_lines(path: Path) -> Items:
    with _open(path) as stream:
        for line in stream.lines():
            if len(line) > bounds.RECORD_AT_MOST:
                reason = f"the line is longer than {bounds.RECORD_AT_MOST:,} bytes"
                yield Reject(path.name, reason, shorten(line[:1_000]))
                continue
            if not line.strip(b"\xef\xbb\xbf \t\r\n"):
                continue
            try:
                value = json.loads(line.decode("utf-8-sig", "replace"))
            except (ValueError, RecursionError) as error:
                yield Reject(path.name, f"the line is not JSON: {str(error)[:100]}", shorten(line))
                continue
            yield from _records_of(value, path)


def _records_of(value: object, path: Path) -> Items:
    """The record that a JSON value is, or those of an answer of OpenAlex: {"meta": ..., "results": [...]}."""
    if isinstance(value, dict):
        results = value.get("results") if "meta" in value else None
        for item in results if isinstance(results, list) else [value]:
            if isinstance(item, dict):
                yield item
            else:
                yield from _records_of(item, path)
    else:
        yield Reject(path.name, f"the record is a {type(value).__name__}, not an object", shorten(value))


def _read_csv(path: Path) -> Items:
    yield from _rows(path, csv.excel)


def _read_tabs(path: Path) -> Items:
    """A table with tabs. That of Web of Science quotes nothing: a quotation mark is one."""
    yield from _rows(path, _WosTable if _WOS_HEADER.match(head_of(path)) else csv.excel_tab)


class _WosTable(csv.excel_tab):
    quoting = csv.QUOTE_NONE


def _rows(path: Path, dialect: type[csv.Dialect]) -> Items:
    # An abstract may be longer than the module's default of 128 KiB.
    csv.field_size_limit(bounds.RECORD_AT_MOST)
    with path.open(encoding=encoding_of(path), errors="replace", newline="") as stream:
        lines = bounds.Lines(stream)
        for row in csv.DictReader(lines, restkey=None, dialect=dialect):
            lines.next_record()
            extra = row.pop(None, None)
            if extra and any(extra):  # a tab at the end of every line holds nothing
                shown = shorten({**row, "": extra})
                yield Reject(path.name, "the row has more cells than the header", shown)
            else:
                yield dict(row)


def encoding_of(path: Path) -> str:
    """The encoding of a text file: UTF-16 where its first two bytes say so, else UTF-8."""
    with path.open("rb") as stream:
        return "utf-16" if stream.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"


def text_of(path: Path) -> str:
    """The text of a file, whatever is no text in it replaced.

    Raises:
        bounds.TooLarge: it is too long to be read as a whole.
    """
    bounds.refuse_long_text(path)
    return path.read_text(encoding=encoding_of(path), errors="replace")


def head_of(path: Path) -> str:
    """The beginning of a text file, by which its kind is told."""
    with path.open(encoding=encoding_of(path), errors="replace") as stream:
        return stream.read(4096).lstrip()


def _read_bibtex(path: Path) -> Items:
    yield from bibliography.read_bibtex(text_of(path), path.name)


def _read_ris(path: Path) -> Items:
    yield from bibliography.read_ris(text_of(path), path.name)


def _read_wos_text(path: Path) -> Items:
    yield from bibliography.read_wos(text_of(path), path.name)


def _read_parquet(path: Path) -> Items:
    with pyarrow.parquet.ParquetFile(path) as file:
        bounds.refuse_parquet_bomb(file, path)
        dictionaries, schema, footer = bounds.dictionaries(file, path), file.schema_arrow, file.metadata
    for columns, groups in groupby(range(len(dictionaries)), dictionaries.__getitem__):
        with pyarrow.parquet.ParquetFile(path, metadata=footer, read_dictionary=columns) as file:
            for group in groups:  # one by one, since lists take no two dictionaries at once
                for batch in file.iter_batches(_BATCH, row_groups=[group]):
                    for portion in bounds.portions(batch):
                        yield from _undone(portion, schema).to_pylist()


def _undone(batch: pyarrow.RecordBatch, schema: pyarrow.Schema) -> pyarrow.RecordBatch:
    """A batch with texts in the place of dictionaries, of which Python makes values twice as fast."""
    try:
        return batch.cast(schema)
    except pyarrow.ArrowNotImplementedError:  # to views
        return batch


def _open(path: Path) -> bounds.Bounded:
    stream = cast(IO[bytes], gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")  # noqa: SIM115 - Bounded closes it
    return bounds.Bounded(stream, path.stat().st_size)


READERS: Mapping[str, Callable[[Path], Items]] = {
    ".json": _read_json,
    ".json.gz": _read_json,
    ".jsonl": _read_json_lines,
    ".jsonl.gz": _read_json_lines,
    ".csv": _read_csv,
    ".tsv": _read_tabs,
    ".parquet": _read_parquet,
    ".bib": _read_bibtex,
    ".ris": _read_ris,
}

# A .txt may be anything: it is read if it begins like an export.
_WOS_HEADER = re.compile(r"(?=[^\n]*\bTI\b)PT\t")
_TEXTS: tuple[tuple[re.Pattern[str], Callable[[Path], Items]], ...] = (
    (_WOS_HEADER, _read_tabs),
    (re.compile(r"FN |PT [A-Z]\s"), _read_wos_text),
    (re.compile(r"TY  - "), _read_ris),
)


def _reader(path: Path) -> Callable[[Path], Items] | None:
    name = path.name.lower()
    if name.endswith(".txt"):
        try:
            head = head_of(path)
        except (OSError, UnicodeError):
            return None
        return next((reader for begins, reader in _TEXTS if begins.match(head)), None)
    return next((reader for ending, reader in READERS.items() if name.endswith(ending)), None)
