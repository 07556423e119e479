"""What the pages of a Parquet file say they hold, read from their headers, without unpacking any.

A reader makes room for a page as its header tells it to, whatever the footer has summed up. Headers are structs in
Thrift's compact protocol: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift and
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet

_HEADER_AT_MOST = 1_000_000  # bytes; a true one has some hundred
_DEPTH_AT_MOST = 20
_DATA_PAGES = {5: 2, 8: 4}  # fields of a header: of a page of version 1 and of 2, with that of its encoding
DICTIONARY = frozenset({2, 8})  # encodings: values are numbers of those in a dictionary
SHARED_BEGINNINGS = 7  # a value is told by how much of the one before it begins with
_BOOLEANS, _BYTE, _INTEGERS, _I32, _DOUBLE, _BINARY = (1, 2), 3, (4, 5, 6), 5, 7, 8  # kinds of values
_LISTS, _MAP, _STRUCT = (9, 10), 11, 12


class Page(NamedTuple):
    """What a page says it holds, and of which column of which row group it is."""

    group: int
    column: str
    texts: bool  # whether its values are, or bytes of any length
    unpacked: int  # bytes
    values: int  # those of a dictionary do not count
    of_column: int  # values, of its column in its row group, as the footer has them
    encodings: tuple[int, ...]


class Unreadable(ValueError):
    """What stands in the place of a page's header is none; its text says so."""


def pages(file: pyarrow.parquet.ParquetFile, path: Path) -> Iterator[Page]:
    """The pages of every column, as a reader comes by them.

    Raises:
        Unreadable: one has no header.
    """
    metadata = file.metadata
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for group in range(metadata.num_row_groups):
            rows = metadata.row_group(group)
            for number in range(metadata.num_columns):
                yield from _pages_of(rows.column(number), group, content)


def _pages_of(chunk: pyarrow.parquet.ColumnChunkMetaData, group: int, content: mmap.mmap) -> Iterator[Page]:
    texts = chunk.physical_type == "BYTE_ARRAY"
    at = min(chunk.dictionary_page_offset or chunk.data_page_offset, chunk.data_page_offset)
    values = 0
    while values < chunk.num_values:
        header = _Header(content, at)
        fields = header.struct()
        unpacked, packed = fields.get(2, -1), fields.get(3, -1)
        if min(unpacked, packed) < 0:
            raise Unreadable("a page has no size")
        data = [(fields[kind], encoding) for kind, encoding in _DATA_PAGES.items() if kind in fields]
        page = Page(
            group,
            chunk.path_in_schema,
            texts,
            unpacked,
            max((told.get(1, 0) for told, _ in data), default=0),
            chunk.num_values,
            tuple(told.get(encoding, 0) for told, encoding in data),
        )
        yield page
        values += page.values
        at = header.at + packed


class _Header:
    """A struct within a file; `at` is the place after what was read of it."""

    def __init__(self, content: mmap.mmap, at: int) -> None:
        self._content = content
        self._end = min(len(content), at + _HEADER_AT_MOST)
        self.at = at

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Its fields that are integers of 32 bits or structs, by their numbers; of two of a number the last counts."""
        if depth > _DEPTH_AT_MOST:
            raise Unreadable("the header of a page is nested too deep")
        fields: dict[int, Any] = {}
        number = 0
        while kind := (head := self._byte()) & 0xF:
            step = head >> 4
            number = (number + step if step else self._integer()) & 0xFFFF
            value = kind if kind in _BOOLEANS else self._value(kind, depth)
            if kind in (_I32, _STRUCT):
                fields[number] = value
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        """A value of a kind; nothing of those that are only passed by."""
        if kind in _INTEGERS:
            return self._integer()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in _LISTS:
            head = self._byte()
            size = head >> 4
            self._pass(size if size < 0xF else self._varint(), head & 0xF, depth=depth)
        elif kind == _MAP:
            if size := self._varint():
                kinds = self._byte()
                self._pass(size, kinds >> 4, kinds & 0xF, depth=depth)
        elif kind == _BINARY:
            length = self._varint()
            self.at += length
        elif kind == _DOUBLE:
            self.at += 8
        elif kind == _BYTE or kind in _BOOLEANS:  # in a list, a boolean takes a byte
            self.at += 1
        else:
            raise Unreadable("a page has no header")
        return None

    def _pass(self, times: int, *kinds: int, depth: int) -> None:
        if depth > _DEPTH_AT_MOST:
            raise Unreadable("the header of a page is nested too deep")
        for _ in range(times):
            for kind in kinds:
                self._value(kind, depth + 1)
            if self.at > self._end:
                break

    def _integer(self) -> int:
        """An integer of at most 32 bits, as readers cut it."""
        number = self._varint() & 0xFFFFFFFF
        return (number >> 1) ^ -(number & 1)

    def _varint(self) -> int:
        number = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
        raise Unreadable("a page has no header")

    def _byte(self) -> int:
        if not 0 <= self.at < self._end:
            raise Unreadable("a page has no header")
        byte = self._content[self.at]
        self.at += 1
        return byte
