"""Reference files: BibTeX, RIS, and the field-tagged text of Web of Science, as records of their own field names.

What a record means is told by `exports`. RIS and tagged text are cut into records here before rispy reads them, since
it drops a record that has no end.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names
from bibtexparser.model import (
    Block,
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    Entry,
    ParsingFailedBlock,
)
from pylatexenc.latex2text import LatexNodes2Text
from rispy.config import TAG_KEY_MAPPING, WOK_LIST_TYPE_TAGS, WOK_TAG_KEY_MAPPING

from etl.records import Reject, shorten

Fields = dict[str, Any]

ENTRY_TYPE = "ENTRYTYPE"  # the key that marks a record as BibTeX's; its field names are lower case
_LATEX = re.compile(r"[\\{}~$]")


def read_bibtex(text: str, name: str) -> Iterator[Fields | Reject]:
    """The entries of a .bib file, LaTeX turned into text, formulas kept, authors as a list of names.

    Args:
        text: of the file.
        name: of the file.
    """
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # what it warns of becomes a reject
    for block in parse_string(text).blocks:
        entry: Block | None = block
        if isinstance(block, (DuplicateBlockKeyBlock, DuplicateFieldKeyBlock)):
            entry = (
                block.ignore_error_block
            )  # a key or a field given twice, as in joined files: the entry is fine
        if isinstance(entry, Entry):
            yield _bibtex_fields(entry)
        elif isinstance(block, ParsingFailedBlock):
            yield Reject(name, "the entry is not BibTeX", shorten(block.raw or ""))


def _bibtex_fields(entry: Entry) -> Fields:
    given: dict[str, str] = {}
    for field in entry.fields:
        given.setdefault(field.key.lower(), str(field.value))
    fields: Fields = {key: _plain(value) for key, value in given.items() if key != "author"}
    fields[ENTRY_TYPE] = entry.entry_type.lower()
    if "author" in given:
        people = split_multiple_persons_names(given["author"])
        fields["author"] = [_person(person) for person in people if person.strip() != "others"]
    return fields


def _person(name: str) -> str:
    """A name in the order in which it is spoken: 'van der Berg, Jan' and 'Jan van der Berg' are one."""
    if "{" not in name:
        name = parse_single_name_into_parts(name, strict=False).merge_first_name_first
    return _plain(name)


def _plain(text: str) -> str:
    if not _LATEX.search(text):
        return text  # most abstracts: decoding takes milliseconds
    whole = re.sub(r"(?<!\\)%", r"\\%", text)  # a percent sign that nobody escaped is no comment here
    try:
        plain = str(_decoder().latex_to_text(whole)).replace("\xa0", " ")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return text
    # pylatexenc takes the sign of that name for the accent that looks like it.
    return plain.replace("\u02c6", "^") if "\\textasciicircum" in text else plain


@cache
def _decoder() -> LatexNodes2Text:
    return LatexNodes2Text(math_mode="verbatim", keep_braced_groups=False)


def read_ris(text: str, name: str) -> Iterator[Fields | Reject]:
    """The references of a .ris file by RIS's own tags; of those that repeat (AU, KW, UR ...) a list."""
    parser = rispy.RisParser(mapping=_by_tag(TAG_KEY_MAPPING))
    yield from _tagged(text, name, parser, re.compile(r"TY  -"), re.compile(r"ER  -"), "ER  - ")


def read_wos(text: str, name: str) -> Iterator[Fields | Reject]:
    """The records of Web of Science's field-tagged text by its own tags; of those that repeat (AU, AF ...) a list."""
    parser = rispy.WokParser(
        mapping=_by_tag(WOK_TAG_KEY_MAPPING) | {"UK": "UK"}, list_tags=WOK_LIST_TYPE_TAGS
    )
    head = re.compile(r"(FN|VR) ")
    yield from _tagged(text, name, parser, re.compile(r"PT "), re.compile(r"ER\s*$"), "ER", head)


def _by_tag(tags: Mapping[str, str]) -> dict[str, str]:
    return {tag: tag for tag in tags}


def _tagged(
    text: str,
    name: str,
    parser: rispy.RisParser,
    start: re.Pattern[str],
    end: re.Pattern[str],
    closing: str,
    head: re.Pattern[str] | None = None,
) -> Iterator[Fields | Reject]:
    """Records from lines: each from its start to its end, the next start, or the end of the file."""
    record: list[str] = []
    stray: list[str] = []
    for line in [*text.lstrip("\ufeff").splitlines(), None]:
        begins = line is not None and start.match(line) is not None
        ends = line is not None and end.match(line) is not None
        if record and (begins or ends or line is None):
            yield from parser.parse_lines(iter([*record, closing]))
            record = []
        if stray and (begins or line is None):
            yield Reject(name, "the text stands outside of any record", shorten("\n".join(stray)))
            stray = []
        if line is None or ends:
            continue
        if begins or record:
            record.append(line)
        elif line.strip() and line.strip() != "EF" and not (head and head.match(line)):
            stray.append(line)
