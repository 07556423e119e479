"""What a record of a known export means: OpenAlex, Scopus, Web of Science, RIS and BibTeX, under our field names.

Each export is known by fields that only it has. Where an export puts the last name first, names are turned round, so
that a person is one author whatever the export. Citations are not upvotes, and a year is not a day: neither is taken
for the other.

See https://docs.openalex.org/api-entities/works/work-object,
https://webofscience.help.clarivate.com/en-us/Content/wos-core-collection/woscc-field-tags.htm (tags of Web of Science),
https://en.wikipedia.org/wiki/RIS_(file_format) and https://www.bibtex.com/format/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from etl.records import ARXIV_ID, is_missing
from etl.sources.bibliography import ENTRY_TYPE

Record = Mapping[str, Any]
Fields = dict[str, Any]

_MONTH = re.compile(r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?\b")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_NEW_YEAR = "-01-01"


def fields_of(record: Record) -> Fields | None:
    """A record of a known export under our field names; None where it is of none.

    Raises:
        AttributeError, TypeError, ValueError: fields have other types than in the export.
    """
    for is_of, read in _EXPORTS:
        if is_of(record):
            fields = read(record)
            return {name: value for name, value in fields.items() if not is_missing(value) and value != []}
    return None


# ---- OpenAlex ----


def _is_openalex(record: Record) -> bool:
    return "abstract_inverted_index" in record or str(record.get("id")).startswith("https://openalex.org/W")


def _openalex(work: Record) -> Fields:
    authors = [
        (each.get("author") or {}).get("display_name") or each.get("raw_author_name")
        for each in work.get("authorships") or ()
    ]
    published = work.get("publication_date")
    locations = [
        place.get("landing_page_url") for place in work.get("locations") or () if isinstance(place, Mapping)
    ]
    source = ((work.get("primary_location") or {}).get("source") or {}).get("display_name")
    biblio = work.get("biblio") or {}
    return {
        "id": str(work["id"]).removeprefix("https://openalex.org/") if work.get("id") else None,
        "doi": _doi(work.get("doi")),
        "arxiv_id": _arxiv_id(work.get("doi"), *locations),
        "title": work.get("title") or work.get("display_name"),
        "abstract": _from_inverted(work.get("abstract_inverted_index")),
        "authors": authors,
        # No more than 100 authors are listed.
        "authors_count": work.get("authors_count") if work.get("is_authors_truncated") else None,
        # Where the publisher names the year alone, the date says 1 January.
        "published_on": None if str(published).endswith(_NEW_YEAR) else published,
        "organization": _first_institution(work.get("authorships") or ()),
        "keywords": _names(work.get("keywords") or work.get("concepts") or ()),
        "categories": _names(
            work.get("topics") or ([work["primary_topic"]] if work.get("primary_topic") else [])
        ),
        "journal_ref": _journal(
            source,
            biblio.get("volume"),
            biblio.get("issue"),
            biblio.get("first_page"),
            biblio.get("last_page"),
            work.get("publication_year"),
        ),
        "url": (work.get("primary_location") or {}).get("landing_page_url") or work.get("doi"),
    }


def _from_inverted(index: Mapping[str, Iterable[int]] | None) -> str | None:
    """The text of an inverted index: from each word the places where it stands, counted from 0."""
    places = sorted((place, word) for word, found in (index or {}).items() for place in found)
    return " ".join(word for _, word in places) or None


def _first_institution(authorships: Iterable[Record]) -> str | None:
    """Where the first author works: the first institution of the first authorship."""
    for authorship in authorships:
        for institution in authorship.get("institutions") or ():
            return institution.get("display_name") if isinstance(institution, Mapping) else None
        return None
    return None


def _names(things: Iterable[Any]) -> list[Any]:
    return [
        thing.get("display_name") or thing.get("keyword") if isinstance(thing, Mapping) else thing
        for thing in things
    ]


# ---- Scopus ----


def _is_scopus(record: Record) -> bool:
    return "EID" in record and "Source title" in record


def _scopus(row: Record) -> Fields:
    # 'Curie, Marie (57190000000); Noether, Emmy (...)', else 'Curie, M.; Noether, E.'; before 2023 'Curie M., ...'
    full = re.sub(r"\s*\(\d+\)", "", str(row.get("Author full names") or ""))
    return {
        "id": row.get("EID"),
        "doi": _doi(row.get("DOI")),
        "arxiv_id": _arxiv_id(row.get("DOI"), row.get("Source title")),
        "title": row.get("Title"),
        "abstract": None if row.get("Abstract") == "[No abstract available]" else row.get("Abstract"),
        "authors": _people(full or _scopus_initials(row.get("Authors"))),
        "keywords": _words(row.get("Author Keywords")) or _words(row.get("Index Keywords")),
        "journal_ref": _journal(
            row.get("Source title"),
            row.get("Volume"),
            row.get("Issue"),
            row.get("Page start") or row.get("Art. No."),
            row.get("Page end"),
            row.get("Year"),
        ),
        "url": row.get("Link"),
    }


def _scopus_initials(authors: Any) -> str:
    """The column Authors; where it is the older one, 'Curie M., Noether E.', with semicolons."""
    text = "" if is_missing(authors) or str(authors) == "[No author name available]" else str(authors)
    return text if ";" in text else re.sub(r"(\.),\s+", r"\1; ", text)


# ---- Web of Science ----


def _is_wos(record: Record) -> bool:
    return "PT" in record and "TI" in record


def _wos(record: Record) -> Fields:
    authors = next((record[tag] for tag in ("AF", "AU") if not is_missing(record.get(tag))), None)
    return {
        "id": record.get("UT"),
        "doi": _doi(record.get("DI")),
        "arxiv_id": _arxiv_id(record.get("DI")),
        "title": record.get("TI"),
        "abstract": record.get("AB"),
        "authors": _people(authors),
        "published_on": _day(record.get("PY"), record.get("PD")) or _day(record.get("EA"), record.get("EA")),
        "keywords": _words(record.get("DE")) or _words(record.get("ID")),
        "categories": _words(record.get("WC")),
        "journal_ref": _journal(
            record.get("SO"),
            record.get("VL"),
            record.get("IS"),
            record.get("BP") or record.get("AR"),
            record.get("EP"),
            record.get("PY"),
        ),
    }


# ---- RIS ----


def _is_ris(record: Record) -> bool:
    return "TY" in record


def _ris(record: Record) -> Fields:
    links = [link for link in record.get("UR") or () if link]
    year = record.get("PY") or record.get("Y1")
    return {
        "doi": _doi(record.get("DO"), *links),
        "arxiv_id": _arxiv_id(record.get("DO"), *links),
        "title": record.get("TI") or record.get("T1"),
        "abstract": record.get("AB") or record.get("N2"),
        "authors": _people(record.get("AU") or record.get("A1")),
        "published_on": _day(record.get("DA"), "") or _day(year, record.get("DA")),
        "keywords": record.get("KW"),
        "journal_ref": _journal(
            record.get("JO") or record.get("JF") or record.get("T2"),
            record.get("VL"),
            record.get("IS"),
            record.get("SP"),
            record.get("EP"),
            year,
        ),
        "url": next(iter(links), None),
    }


# ---- BibTeX ----


def _is_bibtex(record: Record) -> bool:
    return ENTRY_TYPE in record


def _bibtex(entry: Record) -> Fields:
    eprint = entry.get("eprint")
    archive = str(entry.get("archiveprefix") or entry.get("eprinttype") or "arxiv").lower()
    venue = entry.get("journal") or entry.get("journaltitle") or entry.get("booktitle")
    return {
        "doi": _doi(entry.get("doi"), entry.get("url")),
        "arxiv_id": _arxiv_id(
            eprint if archive == "arxiv" else None,
            entry.get("doi"),
            entry.get("url"),
            venue,
            entry.get("note"),
        ),
        "title": entry.get("title"),
        "abstract": entry.get("abstract"),
        "authors": entry.get("author"),
        "published_on": _day(entry.get("date"), "")
        or _day(
            entry.get("year") or entry.get("date"), f"{entry.get('month') or ''} {entry.get('day') or ''}"
        ),
        "keywords": _words(entry.get("author_keywords") or entry.get("keywords")),
        "journal_ref": _journal(
            venue, entry.get("volume"), entry.get("number"), entry.get("pages"), None, entry.get("year")
        ),
        "url": entry.get("url"),
    }


_EXPORTS: tuple[tuple[Callable[[Record], bool], Callable[[Record], Fields]], ...] = (
    (_is_bibtex, _bibtex),
    (_is_openalex, _openalex),
    (_is_scopus, _scopus),
    (_is_wos, _wos),
    (_is_ris, _ris),
)


# ---- what they share ----


def _people(names: Any) -> list[str]:
    """Names in the order in which they are spoken, from a list or from text with semicolons."""
    given = names if isinstance(names, list) else str(names or "").split(";")
    return [_spoken(str(name)) for name in given if str(name).strip()]


def _spoken(name: str) -> str:
    """'Curie, Marie' is Marie Curie; 'King, Martin Luther, Jr.' has a suffix."""
    last, *rest = (part.strip() for part in name.split(","))
    first, *suffix = rest or [""]
    return " ".join(part for part in (first, last, *suffix) if part)


def _words(text: Any) -> list[str]:
    """Keywords with semicolons between them, else commas."""
    if isinstance(text, list):
        return text
    words = str(text or "")
    return [word.strip() for word in words.split(";" if ";" in words else ",") if word.strip()]


def _day(year: Any, rest: Any) -> str | None:
    """A day or a month as 'YYYY-MM-DD' or 'YYYY-MM', None where only a year is known.

    Args:
        year: holds four digits; where it is a whole date ('2024/05/17/', '2024-05'), that is the answer.
        rest: the month by name or number, and perhaps the day: 'JUN 15', '17 May', '05', 'JAN-FEB' (its first).
    """
    year, rest = str(year or ""), str(rest or "")
    if whole := _DATE.match(year.strip()):
        return "-".join(part.zfill(2) for part in whole.groups() if part)
    years = re.search(r"\b\d{4}\b", year)
    numbers = re.findall(r"\b\d{1,2}\b", rest)
    if named := _MONTH.search(rest):
        month = _MONTHS.index(named.group(1).lower()) + 1
    elif numbers and 1 <= int(numbers[0]) <= 12:
        month = int(numbers.pop(0))
    else:
        return None
    if not years:
        return None
    return f"{years.group()}-{month:02}" + (f"-{int(numbers[0]):02}" if numbers else "")


def _doi(*texts: Any) -> str | None:
    """The first DOI in texts or links, without 'https://doi.org/'."""
    found = (_DOI.search(str(text)) for text in texts if text)
    return next((match.group().rstrip(".,;") for match in found if match), None)


def _arxiv_id(*texts: Any) -> str | None:
    """The first arXiv id that stands alone, in a link, or after 'arXiv:'."""
    found = (ARXIV_ID.search(str(text)) for text in texts if text)
    return next((match.group(1) for match in found if match), None)


def _journal(venue: Any, volume: Any, issue: Any, first: Any, last: Any, year: Any) -> str | None:
    """Where it appeared: 'Journal 12(3), 45-67 (2024)', as far as known."""
    if is_missing(venue):
        return None
    volume, issue, first, last, year = (
        "" if is_missing(x) else str(x) for x in (volume, issue, first, last, year)
    )
    number = f" {volume}" * bool(volume) + f"({issue})" * bool(volume and issue)
    pages = f", {first}" * bool(first) + f"-{last}" * bool(first and last and last != first)
    return f"{venue}{number}{pages}" + f" ({year})" * bool(year)
