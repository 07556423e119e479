"""Many records at once, as columns: what `records` makes of each of them, where they are plain.

Nearly all values are ASCII and need no more than white space folded. Arrow does that to a column in the time that
Python takes to look at a few of its values. Whether a value is that plain is told for sure; a record with one that is
not goes the ordinary way, by itself. Both ways end in the same tables: tests/etl/test_columns.py holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial, reduce
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.fields import (
    ABSTRACT_LENGTH,
    AUTHORS_KEPT,
    EARLIEST,
    NAME_LENGTH,
    RAW_LENGTH,
    REMARK_LENGTH,
    TITLE_LENGTH,
    WORDS_KEPT,
)
from etl.records import Raw, Reject

# Patterns are RE2's. They look at bytes, since a text that was read may not even be UTF-8.
_ARXIV_ID = rb"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$"
_DOI = rb"^10\.\d[\d.]*/[!-~]*[A-Za-z0-9]$"  # what may trail one is none of it


@dataclass(frozen=True, slots=True)
class Columns:
    """Records of a part of a source, whose places count from 0.

    Attributes:
        fields: a row a record; columns of texts, days (date32) or lists of texts, by our field names. Records have ids
            of their own: id, arxiv_id (bare) and url are among them, and the title.
        places: of each row (int64), its record's place.
        others: by place, the records that the source could not put into columns.
        source: of all of them.
        record: gives the record at a place by itself, for validation to look closer.
    """

    fields: pa.Table
    places: pa.Array
    others: Mapping[int, Raw | Reject]
    source: str
    record: Callable[[int], Raw | Reject]


class Checked(NamedTuple):
    """A column as its rule in `fields` gives it, where that is sure (boolean); elsewhere the value means nothing."""

    values: pa.Array
    sure: pa.Array


Rule = Callable[[pa.Array, date], Checked]


def matches(texts: pa.Array, pattern: bytes) -> pa.Array:
    """Where a pattern is found; NULL for NULL."""
    return pc.match_substring_regex(texts.cast(pa.binary()), pattern)


class Bytes(NamedTuple):
    """The bytes of all texts in a row, and where each text begins and the last ends.

    What NumPy can tell of them takes it a fraction of a pattern's time.
    """

    values: NDArray[np.uint8]
    offsets: NDArray[np.int32]

    @classmethod
    def of(cls, texts: pa.Array) -> Bytes:
        """Those of a column."""
        _, offsets, values = texts.buffers()
        if values is None:
            return cls(np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int32))
        ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
        return cls(np.frombuffer(values, np.uint8)[ends[0] : ends[-1]], ends - ends[0])

    def are(self, characters: str) -> NDArray[np.bool_]:
        """Which bytes are one of a few characters."""
        return reduce(np.logical_or, (self.values == ord(character) for character in characters))

    def unprintable(self) -> NDArray[np.bool_]:
        """Which are no printable ASCII; a line break is none."""
        # What is below a space wraps around, and so is far above a tilde.
        return self.values - ord(" ") > ord("~") - ord(" ")

    def unfolded(self) -> NDArray[np.bool_]:
        """Which are line breaks, or spaces at an end of a text or before another one."""
        space, found = self.are(" "), self.are("\n")
        found[:-1] |= space[:-1] & space[1:]  # of two texts too, and then the first has it at its end
        begins, ends = self.offsets[:-1], self.offsets[1:]
        filled = begins < ends
        for at in (begins[filled], ends[filled] - 1):
            found[at] |= space[at]
        return found

    def texts_with(self, found: NDArray[np.bool_]) -> pa.Array:
        """Which texts have bytes that were found (boolean)."""
        having = np.zeros(len(self.offsets) - 1, bool)
        having[np.searchsorted(self.offsets, np.flatnonzero(found), side="right") - 1] = True
        return pa.array(having)


def folded(texts: pa.Array) -> pa.Array:
    """ASCII texts with white space (of spaces and line breaks) folded into single spaces, and none at the ends."""
    if not Bytes.of(texts).unfolded().any():
        return texts
    return pc.ascii_trim_whitespace(pc.replace_substring_regex(texts, "[ \n]{2,}|\n", " "))


def without(lists: pa.Array, wrong: pa.Array) -> pa.Array:
    """Which lists have no wrong element; `wrong` is of all elements in a row. NULL is wrong, but no list is right."""
    at = pc.list_parent_indices(lists).filter(pc.fill_null(wrong, True))
    return pc.invert(pc.is_in(pa.array(np.arange(len(lists)), at.type), at.unique()))


# ---- the rules, as in `fields` ----


def _known(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)


def _plain(texts: pa.Array, length: int) -> pa.Array:
    short, given = pc.less_equal(pc.binary_length(texts), length), Bytes.of(texts)
    strange = given.texts_with(given.unprintable() & ~given.are("\n"))
    return pc.fill_null(pc.and_not(short, strange), True)


def _line(texts: pa.Array, _: date, length: int = NAME_LENGTH) -> Checked:
    return Checked(_known(folded(texts)), _plain(texts, length))


def _title(texts: pa.Array, today: date) -> Checked:
    values, plain = _line(texts, today, TITLE_LENGTH)
    return Checked(values, pc.and_(plain, pc.is_valid(values)))


def _abstract(texts: pa.Array, _: date) -> Checked:
    return Checked(_known(pc.ascii_trim_whitespace(texts)), _plain(texts, ABSTRACT_LENGTH))


def _doi(texts: pa.Array, _: date) -> Checked:
    usual = pc.and_(_plain(texts, NAME_LENGTH), matches(texts, _DOI))
    return Checked(pc.ascii_lower(texts), pc.fill_null(usual, True))


def _day(days: pa.Array, today: date) -> Checked:
    possible = pc.and_(pc.greater_equal(days, EARLIEST), pc.less_equal(days, today))
    return Checked(days, pc.fill_null(possible, True))


def _words(lists: pa.Array, _: date) -> Checked:
    given = Bytes.of(texts := lists.flatten())
    return _listed(lists, texts, given.texts_with(given.unprintable() | given.are(" ")), WORDS_KEPT)


def _names(lists: pa.Array, _: date) -> Checked:
    given = Bytes.of(texts := lists.flatten())
    # With a comma, it may have to be turned round.
    wrong = given.unprintable() | given.unfolded() | given.are(",")
    return _listed(lists, texts, given.texts_with(wrong), AUTHORS_KEPT)


def _listed(lists: pa.Array, texts: pa.Array, wrong: pa.Array, kept: int) -> Checked:
    """Lists of texts of which none is wrong, empty or too long; NULL for those without elements."""
    lengths, sizes = pc.binary_length(texts), pc.list_value_length(lists)
    unfit = pc.or_(wrong, pc.or_(pc.equal(lengths, 0), pc.greater(lengths, NAME_LENGTH)))
    sure = pc.and_(without(lists, unfit), pc.fill_null(pc.less_equal(sizes, kept), True))
    return Checked(pc.if_else(pc.greater(sizes, 0), lists, pa.scalar(None, lists.type)), sure)


_RULES: Mapping[str, Rule] = {
    "id": _line,
    "arxiv_id": _line,
    "doi": _doi,
    "title": _title,
    "abstract": _abstract,
    "authors": _names,
    "published_on": _day,
    "updated_on": _day,
    "categories": _words,
    "remark": partial(_line, length=REMARK_LENGTH),
    "journal_ref": partial(_line, length=REMARK_LENGTH),
    "url": partial(_line, length=RAW_LENGTH),
}


def validated(fields: pa.Table, today: date) -> tuple[dict[str, pa.Array], pa.Array]:
    """The columns as validation gives them, and in which rows that is sure (boolean)."""
    checked = {name: _RULES[name](fields[name].combine_chunks(), today) for name in fields.column_names}
    values = {name: column.values for name, column in checked.items()}
    bare = pc.fill_null(matches(values["arxiv_id"], _ARXIV_ID), False)
    named = pc.and_(bare, pc.and_(pc.is_valid(values["id"]), pc.is_valid(values["url"])))
    return values, reduce(pc.and_, (column.sure for column in checked.values()), named)


def title_key(titles: pa.Array) -> pa.Array:
    """As `fields.title_key`, of titles that are sure."""
    keys = pc.replace_substring_regex(pc.ascii_lower(titles), "[^a-z0-9]+", "")
    return pc.if_else(pc.equal(keys, ""), pc.ascii_lower(titles), keys)


def name_key(names: pa.Array) -> pa.Array:
    """As `fields.name_key`, of names that are sure."""
    keys = folded(pc.replace_substring_regex(pc.ascii_lower(names), "[^a-z0-9 ]+", ""))
    return pc.if_else(pc.equal(keys, ""), pc.ascii_lower(names), keys)
