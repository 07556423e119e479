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

RECORD_AT_MOST = 20_000_000  # bytes of a record, or of a line
DEPTH_AT_MOST = 500
TEXT_AT_MOST = 200_000_000  # bytes of a file that is read as a whole
UNPACKED_FREELY = 100_000_000  # bytes
UNPACKED_TIMES = 100  # more than this often the size of the file is a bomb; dull papers come to 20
_VALUES_AT_MOST = 50_000_000  # bytes of the values of a column that are made at once

_IN_TEXT = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)  # of a JSON text, up to its end
_BRACKETS = re.compile(rb"[\[\]{}]")


class TooLarge(ValueError):
    """The file holds more than papers would; its text says what."""


class Bounded:
    """A stream of bytes that refuses to go on where too much of it came of one record, or of a small file.

    Whoever reads calls `next_record` after each record.
    """

    def __init__(self, stream: IO[bytes], size: int) -> None:
        """`size` is that of the file in bytes, packed or not."""
        self._stream = stream
        self._unpacked_at_most = max(UNPACKED_FREELY, UNPACKED_TIMES * size)
        self._read = self._of_record = 0
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
        self._read += len(piece)
        self._of_record += len(piece)
        if self._read > self._unpacked_at_most:
            raise TooLarge(
                f"it unpacks to more than {UNPACKED_TIMES} times its size, which no file of papers does"
            )
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
    """Raise TooLarge for a file that says it unpacks to far more than it is."""
    size, metadata = path.stat().st_size, file.metadata
    unpacked = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if metadata.num_rows > size or unpacked > max(UNPACKED_FREELY, UNPACKED_TIMES * size):
        raise TooLarge(
            f"its {size:,} bytes claim {metadata.num_rows:,} rows and {unpacked:,} bytes, which no file of papers does"
        )


def texts_of(schema: pyarrow.Schema) -> list[str]:
    """The columns of texts: their values may be stored once and stand in millions of rows."""
    return [
        field.name
        for field in schema
        if pyarrow.types.is_string(field.type)
        or pyarrow.types.is_large_string(field.type)
        or pyarrow.types.is_binary(field.type)
    ]


def rows_at_once(batch: pyarrow.RecordBatch) -> int:
    """How many rows of a batch may be made at once, by its longest text."""
    longest = 1
    for column in batch.columns:
        values = column.dictionary if pyarrow.types.is_dictionary(column.type) else None
        if values is not None and len(values):
            longest = max(longest, pyarrow.compute.max(pyarrow.compute.binary_length(values)).as_py() or 1)
    return int(max(1, min(len(batch), _VALUES_AT_MOST // longest)))
