"""Source `arxiv` from the public snapshot of its metadata: one JSON object a line, about three million of them.

https://www.kaggle.com/datasets/Cornell-University/arxiv has it as a zip; it may be unpacked, or packed with gzip. It is
read as a stream, so memory does not grow with it.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import IO, Any

import orjson

from etl.batches import batches
from etl.errors import InputError
from etl.records import Raw, Reject
from etl.sources.arxiv import metadata
from etl.sources.formats import DAMAGE

_LONGEST_LINE = (
    10_000_000  # bytes; the longest true ones, of papers with thousands of authors, have some 100,000
)
_LINES_OF_A_PART = 5_000
_DIVIDED_FROM = 20_000_000  # bytes; less is read before other processes have started
_BUFFER = 65_536  # bytes unpacked at once; as many may be lost before damage
# As zipfile tells a member that is damaged, encrypted, or packed in a way it does not know.
_ZIP_DAMAGE = (zipfile.BadZipFile, NotImplementedError, RuntimeError)


class SnapshotSource:
    """The papers of one or several snapshots, all or those of some sets and days.

    Args:
        inputs: paths.
        sets: take papers of these sets alone, as OAI-PMH writes them; of all if there are none.
        since: take papers whose first version is of this day or later.
        until: take papers whose first version is of this day or earlier.

    Raises:
        InputError: there is no such file.
    """

    name = metadata.NAME
    revises_titles = True  # its ids are sure, and authors revise titles

    def __init__(
        self,
        inputs: list[str],
        sets: Collection[str] = (),
        since: date | None = None,
        until: date | None = None,
    ) -> None:
        self._paths = [Path(text).expanduser() for text in inputs]
        for path in self._paths:
            if not path.is_file():
                raise InputError(
                    f"--input {path} is no file; give the snapshot arxiv-metadata-oai-snapshot.json, plain, .gz or "
                    ".zip."
                )
        if since and until and since > until:
            raise InputError(f"--since {since} comes after --until {until}; give the earlier day as --since.")
        self._sets = frozenset(sets)
        self._since, self._until = since or date.min, until or date.max
        self._takes_all = not (sets or since or until)

    @property
    def coverage(self) -> dict[str, tuple[date, date]]:
        """Nothing but what the papers' dates span."""
        return {}

    def parts(self) -> Iterator[Callable[[], Iterator[Raw | Reject]]] | None:
        """Blocks of lines of one file, unpacked here; None where there are several, or less than is worth dividing."""
        if len(self._paths) > 1 or self._paths[0].stat().st_size < _DIVIDED_FROM:
            return None
        (path,) = self._paths
        return (
            partial(self._read, lines, path.name) for lines in batches(_until_damage(path), _LINES_OF_A_PART)
        )

    def records(self) -> Iterator[Raw | Reject]:
        """Every paper asked for, in the order of the files; damage ends a file with a Reject that says where."""
        for path in self._paths:
            yield from self._read(_until_damage(path), path.name)

    def _read(self, lines: Iterable[bytes | Reject], origin: str) -> Iterator[Raw | Reject]:
        for line in lines:
            record = line if isinstance(line, Reject) else _record(line, origin)
            if self._takes_all or isinstance(record, Reject) or self._takes(record):
                yield record

    def _takes(self, record: Raw) -> bool:
        day = metadata.published_on(record.fields)
        if day is not None and not self._since <= day <= self._until:
            return False
        return not self._sets or metadata.in_sets(record.fields["categories"], self._sets)


def _until_damage(path: Path) -> Iterator[bytes | Reject]:
    """The lines that say something, and at damage a Reject."""
    number = 0
    try:
        with _opened(path) as stream:
            for number, line in enumerate(_lines(stream), start=1):  # noqa: B007 the damage comes after it
                if not line.isspace():
                    yield line
    except (*DAMAGE, *_ZIP_DAMAGE) as error:
        reason = (
            f"the file cannot be read any further after line {number}: {' '.join(str(error).split())[:200]}"
        )
        yield metadata.refused(reason, path.name, path.name)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines; of one that is too long, no more than its beginning."""
    while line := stream.readline(_LONGEST_LINE):
        yield line
        while len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(_LONGEST_LINE)


def _record(line: bytes, origin: str) -> Raw | Reject:
    if len(line) == _LONGEST_LINE:
        return metadata.refused(f"the line is longer than {_LONGEST_LINE:,} bytes", line, origin)
    try:
        return metadata.raw(_decoded(line), origin)
    except (ValueError, RecursionError) as error:
        return metadata.refused(f"the line is not JSON: {str(error)[:100]}", line, origin)


def _decoded(line: bytes) -> Any:
    """An object; the standard library's parser takes what the fast one is too strict for, such as half a surrogate."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line.decode("utf-8-sig", "replace"))


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's lines, unpacked if need be; how it is packed is told by its first bytes, whatever its name."""
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic.startswith(b"\x1f\x8b"):
            with gzip.open(file) as unpacked:
                yield io.BufferedReader(unpacked, _BUFFER)
        elif magic == b"PK\x03\x04":
            with zipfile.ZipFile(file) as archive, archive.open(_member(archive)) as unpacked:
                yield io.BufferedReader(unpacked, _BUFFER)  # type: ignore[type-var]
        else:
            yield file


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The snapshot in an archive: the largest file of it."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if not members:
        raise zipfile.BadZipFile("it holds no file")
    return max(members, key=lambda member: member.file_size)
