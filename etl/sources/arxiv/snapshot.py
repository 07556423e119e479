"""Source `arxiv` from the public snapshot of its metadata: one JSON object a line, about three million of them.

https://www.kaggle.com/datasets/Cornell-University/arxiv has it as a zip; it may be unpacked, or packed with gzip. It is
read as a stream, so memory does not grow with it.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.columns import Columns, without
from etl.errors import InputError
from etl.records import Raw, Reject
from etl.sources import bounds
from etl.sources.arxiv import columns, metadata
from etl.sources.formats import DAMAGE

_LONGEST_LINE = (
    10_000_000  # bytes; the longest true ones, of papers with thousands of authors, have some 100,000
)
_PART = 8_000_000  # bytes of a part, some thousands of lines
_LINES = 50_000  # of a part; so many have more bytes than that, unless they are no papers
_DIVIDED_FROM = 20_000_000  # bytes; less is read before other processes have started
_BUFFER = 65_536  # bytes unpacked at once; as many may be lost before damage
_LIST_AT_MOST = (
    1_000_000  # bytes of a zip's list of its files, which is read as a whole; the snapshot is alone in its
)
# The last three tell of a member of a zip that is damaged, encrypted, or packed in a way that zipfile does not know.
_DAMAGE = (*DAMAGE, zipfile.BadZipFile, NotImplementedError, RuntimeError)


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
        self._wanted = Wanted(frozenset(sets), since or date.min, until or date.max)

    @property
    def coverage(self) -> dict[str, tuple[date, date]]:
        """Nothing but what the papers' dates span."""
        return {}

    def parts(self) -> Iterator[Block | Stretch] | None:
        """What one file divides into, packed ones unpacked; None where there are several, or there is little of it."""
        path, *others = self._paths
        size = path.stat().st_size
        if others or size < _DIVIDED_FROM:
            return None
        try:
            if _packing(path):
                return self._blocks(path, _PART)
        except OSError:
            return None  # `records` tells what is wrong with it
        return (Stretch(path, at, min(at + _PART, size), self._wanted) for at in range(0, size, _PART))

    def records(self) -> Iterator[Raw | Reject]:
        """Every paper asked for, in the order of the files; damage ends a file with a Reject that says where."""
        for path in self._paths:
            for block in self._blocks(path, _BUFFER):
                yield from block()

    def _blocks(self, path: Path, size: int) -> Iterator[Block]:
        return (Block(lines, path.name, self._wanted) for lines in _until_damage(path, size))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which papers are asked for: of some sets (of all, if there are none), first published on some days."""

    sets: frozenset[str]
    since: date
    until: date

    @property
    def all(self) -> bool:
        """Whether that is every paper."""
        return (self.sets, self.since, self.until) == (frozenset(), date.min, date.max)

    def takes(self, record: Raw) -> bool:
        """Whether a paper is among them; one without a date may be."""
        day = metadata.published_on(record.fields)
        if day is not None and not self.since <= day <= self.until:
            return False
        return not self.sets or metadata.in_sets(record.fields["categories"], self.sets)

    def among(self, fields: pa.Table) -> pa.Array:
        """Which rows are among them (boolean); all are dated."""
        day = fields["published_on"].combine_chunks()
        taken = pc.and_(pc.greater_equal(day, self.since), pc.less_equal(day, self.until))
        if not self.sets:
            return taken
        categories = fields["categories"].combine_chunks()
        codes = categories.flatten().dictionary_encode()
        inside = [metadata.in_sets([code], self.sets) for code in codes.dictionary.to_pylist()]
        outside = without(categories, pa.array(inside, pa.bool_()).take(codes.indices))
        return pc.and_not(taken, outside)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines in a row, or the damage after the last one."""

    lines: bytes | Reject
    origin: str
    wanted: Wanted

    def __call__(self) -> Iterator[Raw | Reject]:
        """The records one by one."""
        if isinstance(self.lines, Reject):
            yield self.lines
            return
        for line in io.BytesIO(self.lines):
            if not line.isspace():
                record = _record(line.removesuffix(b"\n"), self.origin)
                if self._wants(record):
                    yield record

    def columns(self) -> Columns | None:
        """The same as columns; None where the lines do not go into any."""
        if isinstance(self.lines, Reject) or (ends := columns.line_ends(self.lines, _LINES)) is None:
            return None
        if (read := columns.read(self.lines, len(ends))) is None:
            return None
        fields, sure = read
        places = pa.array(np.arange(len(ends)))
        others = {
            place: record
            for place in places.filter(pc.invert(sure)).to_pylist()
            if self._wants(record := self._at(place, ends))
        }
        taken = sure if self.wanted.all else pc.and_(sure, self.wanted.among(fields))
        return Columns(
            fields.filter(taken), places.filter(taken), others, metadata.NAME, partial(self._at, ends=ends)
        )

    def _at(self, place: int, ends: NDArray[np.int64]) -> Raw | Reject:
        assert isinstance(self.lines, bytes)
        start = ends[place - 1] + 1 if place else 0
        return _record(self.lines[start : ends[place]], self.origin)

    def _wants(self, record: Raw | Reject) -> bool:
        return isinstance(record, Reject) or self.wanted.all or self.wanted.takes(record)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The lines of a plain file that begin between two places in it (bytes).

    Another process reads them itself in a tenth of the time that it takes to be sent them.
    """

    path: Path
    start: int
    stop: int
    wanted: Wanted

    def __call__(self) -> Iterator[Raw | Reject]:
        """The records one by one."""
        yield from self._block()()

    def columns(self) -> Columns | None:
        """The same as columns; None where the lines do not go into any."""
        return self._block().columns()

    def _block(self) -> Block:
        try:
            return Block(self._lines(), self.path.name, self.wanted)
        except OSError as error:
            reason = f"bytes {self.start} to {self.stop} of the file cannot be read ({error.strerror})"
            return Block(
                metadata.refused(reason, self.path.name, self.path.name), self.path.name, self.wanted
            )

    def _lines(self) -> bytes:
        """They, the last one to its end, or if it is too long no more than its beginning.

        Raises:
            InputError: the file has become shorter.
            OSError: it cannot be read.
        """
        with self.path.open("rb") as file:
            if self.start:  # the line that goes on here began before, unless it just ended
                file.seek(self.start - 1)
                _skip_line(file)
            if file.tell() >= self.stop:
                return b""
            lines = [file.read(self.stop - file.tell())]
            if file.tell() < self.stop:
                raise InputError(
                    f"{self.path} became shorter while it was read, so nothing was published; run again once it is "
                    "whole."
                )
            if not lines[0].endswith(b"\n"):
                lines += [file.readline(_LONGEST_LINE).removesuffix(b"\n"), b"\n"]
        return b"".join(lines)


def _skip_line(file: io.BufferedReader) -> None:
    while (piece := file.readline(_BUFFER)) and not piece.endswith(b"\n"):
        pass


def _until_damage(path: Path, size: int) -> Iterator[bytes | Reject]:
    """Blocks of whole lines, and at damage a Reject."""
    number = 0
    try:
        with _opened(path) as stream:
            for block in _blocks(stream, size, bounds.Unpacking(path.stat().st_size)):
                number += block.count(b"\n")
                yield block
    except _DAMAGE as error:
        reason = (
            f"the file cannot be read any further after line {number}: {' '.join(str(error).split())[:200]}"
        )
        yield metadata.refused(reason, path.name, path.name)


def _blocks(stream: io.BufferedReader, size: int, unpacking: bounds.Unpacking) -> Iterator[bytes]:
    """Whole lines, about so many bytes at once; of one that is too long, no more than its beginning."""
    block, whole_lines, lines = bytearray(), 0, 0  # how many of its bytes are whole lines, and of how many
    try:
        while piece := stream.read1(_BUFFER):
            unpacking.count(piece)
            lines += piece.count(b"\n")
            if (at := piece.rfind(b"\n")) >= 0:
                whole_lines = len(block) + at + 1
            block += piece
            if whole_lines and (len(block) >= size or lines >= _LINES):
                yield bytes(block[:whole_lines])
                del block[:whole_lines]
                whole_lines = lines = 0
            elif not whole_lines:
                del block[_LONGEST_LINE:]
    except _DAMAGE:
        yield bytes(block[:whole_lines])
        raise
    if block:
        yield bytes(block) if block.endswith(b"\n") else bytes(block) + b"\n"


def _record(line: bytes, origin: str) -> Raw | Reject:
    if len(line) >= _LONGEST_LINE:
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
def _opened(path: Path) -> Iterator[io.BufferedReader]:
    """The file's lines, unpacked if need be."""
    packing = _packing(path)
    with path.open("rb") as file:
        if packing == "gzip":
            with gzip.open(file) as unpacked:
                yield io.BufferedReader(unpacked, _BUFFER)
        elif packing == "zip":
            with zipfile.ZipFile(_Archive(file)) as archive, archive.open(_member(archive)) as unpacked:
                yield io.BufferedReader(unpacked, _BUFFER)  # type: ignore[arg-type]
        else:
            yield file


def _packing(path: Path) -> str:
    """How a file is packed, told by its first bytes, whatever its name: 'gzip', 'zip', or '' for not at all."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zip" if magic == b"PK\x03\x04" else ""


class _Archive(io.BufferedReader):
    """A zip that is not read where its list of files would fill the memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        """As that of a file.

        Raises:
            bounds.TooLarge: the list is longer than any of a snapshot.
        """
        if size is not None and size > _LIST_AT_MOST:
            raise bounds.TooLarge(f"its list of files is longer than {_LIST_AT_MOST:,} bytes")
        return super().read(size)


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The snapshot in an archive: the largest file of it.

    Raises:
        zipfile.BadZipFile: there is none, or it is packed in a way that zipfile unpacks without a bound to its memory.
    """
    members = [member for member in archive.infolist() if not member.is_dir()]
    if not members:
        raise zipfile.BadZipFile("it holds no file")
    snapshot = max(members, key=lambda member: member.file_size)
    if snapshot.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise zipfile.BadZipFile("it is packed with another method than deflate; pack it anew")
    return snapshot
