"""Lines of arXiv's snapshot, many at once: what `metadata.fields` makes of each, as columns.

Arrow's parser is as strict as can be: a value of another type than arXiv's is an error, and then all lines go one by
one. So do lines with TeX accents, authors that arXiv has not split, and whatever else needs more than a look. One
difference is left: values that no record takes may here be what Python's parser gives up on, nested a thousand times
or numbers of thousands of digits.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from numpy.typing import NDArray

from etl.columns import Bytes, folded, matches, without
from etl.sources.arxiv import metadata

_TEXT = pa.string()
_SCHEMA = pa.schema(
    [
        ("id", _TEXT),
        ("doi", _TEXT),
        ("title", _TEXT),
        ("abstract", _TEXT),
        ("authors", _TEXT),
        ("authors_parsed", pa.list_(pa.list_(_TEXT))),
        ("versions", pa.list_(pa.struct([("created", _TEXT)]))),
        ("categories", _TEXT),
        ("comments", _TEXT),
        ("journal-ref", _TEXT),
    ]
)
_ID = rb"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$"
_ACCENT = rb"\\([\"'`^~=.]|[uvHcdbkr][\s{]|(ss|ae|AE|oe|OE|aa|AA|o|O|l|L|i|j)([^A-Za-z]|$))"  # or what looks like one
_MOMENT = r"^[A-Z][a-z]{2}, (\d{1,2} [A-Z][a-z]{2} \d{4}) \d{2}:\d{2}:\d{2} GMT$"


def line_ends(lines: bytes, at_most: int) -> NDArray[np.int64] | None:
    """Where the lines end, if each is an object with a line break and there are no more than so many, else None."""
    text = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(text == ord("\n"))
    if not 0 < len(ends) <= at_most or ends[0] == 0 or ends[-1] != len(text) - 1:
        return None
    # Only where an object ends can a line end in '}' and the next begin with '{'.
    begins = text[np.concatenate([[0], ends[:-1] + 1])]
    return ends if (begins == ord("{")).all() and (text[ends - 1] == ord("}")).all() else None


def read(lines: bytes, count: int) -> tuple[pa.Table, pa.Array] | None:
    """The fields of lines, a row a line, and in which rows they are sure (boolean); None where there is no telling.

    Args:
        lines: such that `line_ends` finds their ends.
        count: of them.
    """
    try:
        table = pj.read_json(
            pa.BufferReader(lines),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(lines)),
            parse_options=pj.ParseOptions(explicit_schema=_SCHEMA, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != count:
        return None
    return _fields({name: table[name].combine_chunks() for name in _SCHEMA.names})


def _fields(given: dict[str, pa.Array]) -> tuple[pa.Table, pa.Array]:
    """As `metadata.fields`, and in which rows that is sure."""
    names, names_sure = _names(given["authors_parsed"])
    first, last = _days(given["versions"])
    found = {
        "id": given["id"],
        "arxiv_id": given["id"],
        "doi": given["doi"],
        "title": given["title"],
        "abstract": _paragraphs(given["abstract"]),
        "authors": names,
        "published_on": first,
        "updated_on": last,
        "categories": pc.split_pattern(pc.ascii_trim_whitespace(given["categories"]), " "),
        "remark": given["comments"],
        "journal_ref": given["journal-ref"],
        "url": pc.binary_join_element_wise("https://arxiv.org/abs", given["id"], "/"),
    }
    sure = [
        matches(given["id"], _ID),
        pc.invert(matches(given["title"], _ACCENT)),
        pc.fill_null(pc.invert(matches(given["abstract"], _ACCENT)), True),
        pc.or_(names_sure, pc.and_(pc.is_null(given["authors_parsed"]), pc.is_null(given["authors"]))),
        pc.is_valid(first),
        pc.is_valid(last),
    ]
    return pa.table(found), pc.fill_null(reduce(pc.and_kleene, sure), False)


def _paragraphs(texts: pa.Array) -> pa.Array:
    """As `metadata._paragraphs` does it."""
    texts = pc.ascii_trim_whitespace(texts)
    if not Bytes.of(texts).are("\n").any():
        return texts
    for old, new in (("\n  ", "\r"), ("\n", " "), ("\r", "\n")):
        texts = pc.replace_substring(texts, old, new)
    return texts


def _names(teams: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Names as `metadata._name` has them, and in which rows that is sure: there is one, and none has TeX in it."""
    people = teams.flatten()
    keyname, forenames, suffix = (_part(people, number) for number in range(3))
    joined = pc.binary_join_element_wise(forenames, keyname, suffix, " ")
    spaced = pc.replace_substring_regex(joined, r"\.([A-Za-z])", r". \1")
    names = folded(pc.replace_substring(spaced, ". -", ".-"))
    given = Bytes.of(joined)
    wrong = pc.or_(given.texts_with(given.unprintable() | given.are("\\~")), pc.equal(names, ""))
    sizes = pc.fill_null(pc.list_value_length(teams), 0)
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes.to_numpy())]), pa.int32())
    return pa.ListArray.from_arrays(offsets, names), pc.and_(without(teams, wrong), pc.greater(sizes, 0))


def _part(people: pa.Array, number: int) -> pa.Array:
    """An element of each list; NULL where the list is too short."""
    places = people.offsets.to_numpy()
    there = np.diff(places) > number
    at = pa.array(np.where(there, places[:-1] + number, 0), mask=~there | people.is_null().to_numpy(False))
    return people.values.take(at)


def _days(versions: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The days of the first version and of the last (date32); NULL where they are written in another way."""
    moments = pc.struct_field(versions.values, "created")
    places = versions.offsets.to_numpy()
    none = (np.diff(places) < 1) | versions.is_null().to_numpy(False)
    first, last = (pa.array(at, mask=none) for at in (places[:-1], places[1:] - 1))
    return _day(moments.take(first)), _day(moments.take(last))


def _day(moments: pa.Array) -> pa.Array:
    """As `metadata.raw` reads them; of the moments of a few thousand lines, a few hundred days are left."""
    usual = matches(moments, _MOMENT.encode())
    texts = pc.if_else(usual, pc.replace_substring_regex(moments, _MOMENT, r"\1"), pa.scalar(None, _TEXT))
    distinct = texts.dictionary_encode()
    days = [metadata.day_of(text) for text in distinct.dictionary.to_pylist()]
    return pa.array(days, pa.date32()).take(distinct.indices)
