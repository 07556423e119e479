"""How much of a file a reader takes in at once, whatever a stranger has put into it.

A record of a paper is some thousand bytes long, and a compressed file some ten times as long unpacked. What is far
beyond that was made to fill a machine's memory or time, or is no file of papers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import IO, Self

import pyarrow.compute
import pyarrow.parquet

from etl.sources.pages import DICTIONARY, SHARED_BEGINNINGS, pages

RECORD_AT_MOST = 20_000_000  # bytes of a record, or of a line
DEPTH_AT_MOST = 500
TEXT_AT_MOST = 200_000_000  # bytes of a file, or of a page of Parquet, that is read as a whole
UNPACKED_FREELY = 100_000_000  # bytes
UNPACKED_TIMES = 100  # more than this often the size of the file is a bomb; dull papers come to 20
VALUES_FREELY = 1_000_000  # of a column of Parquet; of more, each takes a byte
_FIXED_AT_MOST = 100  # bytes of a value of Parquet; a UUID and the largest decimal have 16
_PAGE_TAKES = 1_000  # bytes, about, whatever it holds

_IN_TEXT = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)  # of a JSON text, up to its end
_BRACKETS = re.compile(rb"[\[\]{}]")


class TooLarge(ValueError):
    """The file holds more than papers would; its text says what."""


class Unpacking:
    """Counts what comes out of a file, packed or not, until it is too much for its size (bytes)."""

    def __init__(self, size: int) -> None:
        self._at_most = max(UNPACKED_FREELY, UNPACKED_TIMES * size)
        self._came = 0

    def count(self, piece: bytes) -> None:
        """Add what came.

        Raises:
            TooLarge: the file is a bomb.
        """
        self._came += len(piece)
        if self._came > self._at_most:
            raise TooLarge(
                f"it unpacks to more than {UNPACKED_TIMES} times its size, which no file of papers does"
            )


class Bounded:
    """A stream of bytes that refuses to go on where too much of it came of one record, or of a small file.

    Whoever reads calls `next_record` after each record.
    """

    def __init__(self, stream: IO[bytes], size: int) -> None:
        """`size` is that of the file in bytes, packed or not."""
        self._stream = stream
        self._unpacking = Unpacking(size)
        self._of_record = 0
        self._nesting = Nesting()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, size: int = -1, /) -> bytes:
        """As that of a stream.

        Raises:
            TooLarge: too much came.
        """
        piece = self._counted(self._stream.read(RECORD_AT_MOST + 1 if size < 0 else size))
        self._nesting.follow(piece)
        return piece

    def lines(self) -> Iterator[bytes]:
        """Lines; of one that is too long the beginning, and the rest is skipped.

        Raises:
            TooLarge: the file is a bomb.
        """
        while line := self._stream.readline(RECORD_AT_MOST + 1):
            self.next_record()
            self._counted(line[:-1])
            yield line
            while len(line) > RECORD_AT_MOST and not line.endswith(b"\n"):
                line = self._stream.readline(RECORD_AT_MOST + 1)
                self.next_record()
                self._counted(line[:-1])

    def next_record(self) -> None:
        """What comes now belongs to the next record."""
        self._of_record = 0

    def _counted(self, piece: bytes) -> bytes:
        self._unpacking.count(piece)
        self._of_record += len(piece)
        if self._of_record > RECORD_AT_MOST:
            raise TooLarge(f"a record is longer than {RECORD_AT_MOST:,} bytes")
        return piece


class Nesting:
    """How deep JSON is nested, as it comes in pieces: parsers keep the whole way down to each level."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_text = self._escaped = False

    def follow(self, piece: bytes) -> None:
        """Take in the next piece.

        Raises:
            TooLarge: it is nested too deep.
        """
        at = int(self._escaped)  # a character that the last piece escaped says nothing
        self._escaped = False
        while at < len(piece):
            if self._in_text:
                at = _IN_TEXT.match(piece, at).end()  # type: ignore[union-attr]
                self._in_text = at == len(piece) or piece[at : at + 1] != b'"'
                self._escaped = self._in_text and at < len(piece)
                at += 1
            else:
                text = piece.find(b'"', at)
                end = len(piece) if text < 0 else text
                self._deepen(piece[at:end])
                self._in_text, at = text >= 0, end + 1

    def _deepen(self, marks: bytes) -> None:
        opened, closed = (sum(map(marks.count, kind)) for kind in ((b"[", b"{"), (b"]", b"}")))
        if self._depth + opened > DEPTH_AT_MOST:  # at most: between them some may be closed
            steps = (1 if mark in b"[{" else -1 for mark in _BRACKETS.findall(marks))
            if max(accumulate(steps, initial=self._depth)) > DEPTH_AT_MOST:
                raise TooLarge(f"a record is nested deeper than {DEPTH_AT_MOST} levels")
        self._depth += opened - closed


class Lines:
    """The lines of a text, no more of them a record than allowed; whoever reads calls `next_record` after each."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._of_record = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        """The next line.

        Raises:
            TooLarge: too much came of one record.
        """
        line = self._stream.readline(RECORD_AT_MOST + 1)
        if not line:
            raise StopIteration
        self._of_record += len(line)
        if self._of_record > RECORD_AT_MOST:
            raise TooLarge(f"a record is longer than {RECORD_AT_MOST:,} characters")
        return line

    def next_record(self) -> None:
        """What comes now belongs to the next record."""
        self._of_record = 0


def refuse_long_text(path: Path) -> None:
    """Raise TooLarge for a file that is to be read as a whole and is too long for that."""
    if path.stat().st_size > TEXT_AT_MOST:
        raise TooLarge(f"it is longer than {TEXT_AT_MOST:,} bytes; cut it into several files")


def refuse_parquet_bomb(file: pyarrow.parquet.ParquetFile, path: Path) -> None:
    """Raise TooLarge for a file that says it unpacks to far more than it is, in its footer or in its pages' headers.

    A reader makes room for a page as its header says, so a footer that claims little is not enough.
    """
    size, metadata = path.stat().st_size, file.metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    unpacked_at_most = max(UNPACKED_FREELY, UNPACKED_TIMES * size)
    if metadata.num_rows > size or unpacked > unpacked_at_most:
        raise TooLarge(
            f"its {size:,} bytes claim {metadata.num_rows:,} rows and {unpacked:,} bytes, which no file of papers does"
        )
    columns = map(file.schema.column, range(len(file.schema)))
    if any((column.length or 0) > _FIXED_AT_MOST for column in columns):
        raise TooLarge(f"it has values of a fixed length of more than {_FIXED_AT_MOST} bytes")
    unpacked = 0
    for page in pages(file, path):
        if SHARED_BEGINNINGS in page.encodings:
            raise TooLarge(
                "its texts are encoded as DELTA_BYTE_ARRAY, which may unpack to any size; write it anew"
            )
        if page.unpacked > TEXT_AT_MOST:
            raise TooLarge(
                f"a page of it claims {page.unpacked:,} bytes; write it with pages of at most {TEXT_AT_MOST:,} bytes"
            )
        unpacked += max(page.unpacked, _PAGE_TAKES)
        if max(page.values, page.of_column) > max(VALUES_FREELY, size) or unpacked > unpacked_at_most:
            raise TooLarge(f"the pages in its {size:,} bytes claim more than any file of papers holds")


def dictionaries(file: pyarrow.parquet.ParquetFile, path: Path) -> list[list[str]]:
    """Of each row group the columns, within others too, whose texts are stored once and stand anywhere."""
    found: list[set[str]] = [set() for _ in range(file.num_row_groups)]
    for page in pages(file, path):
        if page.texts and not DICTIONARY.isdisjoint(page.encodings):
            found[page.group].add(page.column)
    return list(map(sorted, found))


def portions(batch: pyarrow.RecordBatch) -> Iterator[pyarrow.RecordBatch]:
    """A batch in parts, none of them longer than a record may be once all its values are made.

    Raises:
        TooLarge: too much came of one record.
    """
    if sum(map(_bytes_of, batch.columns)) <= RECORD_AT_MOST:
        yield batch
    elif (rows := len(batch)) == 1:
        raise TooLarge(f"a record is longer than {RECORD_AT_MOST:,} bytes")
    else:
        yield from portions(batch.slice(0, rows // 2))
        yield from portions(batch.slice(rows // 2))


def _bytes_of(values: pyarrow.Array) -> int:
    """Bytes of values once each is made on its own."""
    kind = values.type
    if pyarrow.types.is_dictionary(kind):
        lengths = pyarrow.compute.binary_length(values.dictionary).take(values.indices)
        return pyarrow.compute.sum(lengths).as_py() or 0
    if pyarrow.types.is_struct(kind):
        return sum(_bytes_of(values.field(number)) for number in range(kind.num_fields))
    if pyarrow.types.is_map(kind):  # which cannot be flattened
        first, end = values.offsets[0].as_py(), values.offsets[-1].as_py()
        return _bytes_of(values.keys[first:end]) + _bytes_of(values.items[first:end])
    if pyarrow.types.is_nested(kind):
        return _bytes_of(values.flatten())
    return int(values.nbytes)
