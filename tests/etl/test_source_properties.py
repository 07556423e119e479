"""Every parser of the sources, on files that nobody thought of: it never crashes, and every record that was written
comes out, as a record or as a reject.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from etl.errors import InputError
from etl.records import Paper, Raw, RawSighting, Reject, Sighting, validated
from etl.sources import exports, formats, hf
from etl.sources.file import FileSource, our_fields
from etl.sources.listing import ListingSource
from etl.sources.observations import ObservationSource

TODAY = date(2026, 5, 20)
FIXED = settings(
    derandomize=True,  # the same files on every machine
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
WORDS = st.text(st.sampled_from("abcxyz ÄéΩ中"), min_size=1, max_size=40).filter(str.strip)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
KNOWN = sorted(
    {
        *("paper", "title", "summary", "authors", "publishedAt", "upvotes", "numComments", "organization"),
        *("id", "doi", "abstract_inverted_index", "authorships", "locations", "primary_location", "biblio"),
        *("topics", "keywords", "primary_topic", "publication_date", "meta", "results", "observed_at"),
        *(
            "EID",
            "Source title",
            "Title",
            "Authors",
            "Author full names",
            "Author Keywords",
            "Volume",
            "Year",
        ),
        *("PT", "TI", "AF", "AU", "PY", "PD", "EA", "DE", "WC", "SO", "TY", "DA", "UR", "KW", "DO"),
        *("ENTRYTYPE", "author", "year", "month", "date", "eprint", "arxiv_id", "comments"),
    }
)
RECORDS = st.dictionaries(st.sampled_from(KNOWN) | TEXT, VALUES, max_size=8)
ENDINGS = [ending for ending in formats.READERS if not ending.endswith((".parquet", ".gz"))]


def outcomes(items: Iterator[Raw | Reject]) -> list[Paper | Sighting | Reject]:
    """What becomes of the records of a source when they are validated."""
    return [item if isinstance(item, Reject) else validated(item, TODAY) for item in items]


def from_file(path: Path, content: bytes) -> list[Paper | Sighting | Reject]:
    path.write_bytes(content)
    return outcomes(FileSource([str(path)]).records())


# ---- bytes that are no file of the kind ----


@pytest.mark.parametrize("ending", list(formats.READERS))
@given(content=st.binary(max_size=300))
@FIXED
def test_any_bytes_under_any_ending(tmp_path: Path, ending: str, content: bytes) -> None:
    for item in from_file(tmp_path / f"x{ending}", content):
        assert isinstance(item, (Paper, Reject))


PIECES = {
    ".json": ["[", "]", "{", "}", ",", ":", '"title"', '"a"', "1", "\n", '"meta"', '"results"', "NaN"],
    ".jsonl": ["{", "}", '"title"', ":", '"a"', ",", "\n", "[", "]", "null", "1e999"],
    ".csv": ["title", "EID", "Source title", ",", '"', "\n", "\r", "a", "\0", "=1"],
    ".tsv": ["PT", "TI", "\t", '"', "\n", "J", "a", "PY"],
    ".bib": ["@article{k", "@string{s=", "@comment{", "title", "author", "=", "{", "}", ",", '"', "\n", "#", "and", "$",
             "\\'e", "\\", "%", "@", "~", "a"],
    ".ris": ["TY  - ", "ER  - ", "TI  - ", "AU  - ", "UR  - ", "DA  - ", "\n", ",", "a", "2024", "  ", ";", "KW"],
    ".txt": ["PT J\n", "FN x\n", "TI a\n", "AU ", "ER\n", "EF", "   ", "\n", "PY 2024\n", "a", "ZZ b\n"],
}  # fmt: skip


@pytest.mark.parametrize("ending", list(PIECES))
@given(data=st.data())
@FIXED
def test_pieces_of_a_format_in_any_order(tmp_path: Path, ending: str, data: st.DataObject) -> None:
    text = "".join(data.draw(st.lists(st.sampled_from(PIECES[ending]), max_size=30)))
    if ending == ".txt":
        text = "PT J\n" + text
    for item in from_file(tmp_path / f"x{ending}", text.encode()):
        assert isinstance(item, (Paper, Reject))


# ---- records of any fields ----


@given(record=RECORDS)
@FIXED
def test_any_record_is_understood_or_refused(tmp_path: Path, record: dict[str, Any]) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps(record))
    results = record.get("results")
    expected = len(results) if "meta" in record and isinstance(results, list) else 1
    found = outcomes(FileSource([str(tmp_path / "x.jsonl")]).records())
    assert len(found) >= min(expected, 1)
    sightings = outcomes(ObservationSource([str(tmp_path / "x.jsonl")]).records())
    assert all(isinstance(item, (Sighting, Reject)) for item in sightings)


@given(entry=VALUES | RECORDS | st.fixed_dictionaries({"paper": RECORDS | VALUES}))
@FIXED
def test_any_entry_of_daily_papers_is_a_record_or_a_reject(entry: Any) -> None:
    item = hf.raw(entry, date(2024, 5, 27), "2024-05-27, entry 1", datetime(2024, 5, 27))
    (found,) = outcomes(iter([item]))
    assert isinstance(found, (Paper, Reject))


@given(record=RECORDS)
@FIXED
def test_columns_are_matched_whatever_they_hold(record: dict[str, Any]) -> None:
    assert set(our_fields(record)) <= {"id", *Paper._fields}
    found = validated(RawSighting(our_fields(record), "observations"), TODAY)
    assert isinstance(found, (Sighting, Reject))


# ---- records that were written come out ----


@given(titles=st.lists(WORDS, max_size=6))
@FIXED
def test_every_row_comes_out_of_tables(tmp_path: Path, titles: list[str]) -> None:
    expected = [" ".join(title.split()) for title in titles]
    for ending, dialect in ((".csv", csv.excel), (".tsv", csv.excel_tab)):
        stream = io.StringIO()
        writer = csv.writer(stream, dialect)
        writer.writerows([["title", "abstract"], *([title, "x"] for title in titles)])
        assert _titles(from_file(tmp_path / f"x{ending}", stream.getvalue().encode())) == expected
    lines = "".join(json.dumps({"title": title}) + "\n" for title in titles)
    assert _titles(from_file(tmp_path / "x.jsonl", lines.encode())) == expected
    assert _titles(from_file(tmp_path / "x.jsonl.gz", gzip.compress(lines.encode()))) == expected
    wos = "".join(f"J\t{title}\n" for title in titles)
    assert _titles(from_file(tmp_path / "x.txt", f"PT\tTI\n{wos}".encode())) == expected


@given(titles=st.lists(WORDS, min_size=1, max_size=6), ended=st.booleans())
@example(titles=["a", "a"], ended=False)
@FIXED
def test_every_reference_comes_out_of_reference_files(tmp_path: Path, titles: list[str], ended: bool) -> None:
    expected = [" ".join(title.split()) for title in titles]
    end = "ER  - \n" * ended
    ris = "".join(f"TY  - JOUR\nTI  - {title}\n{end}" for title in titles)
    assert _titles(from_file(tmp_path / "x.ris", ris.encode())) == expected
    end = "ER\n\n" * ended
    wos = "FN x\n" + "".join(f"PT J\nTI {title}\n{end}" for title in titles)
    assert _titles(from_file(tmp_path / "x.txt", wos.encode())) == expected
    same_key = "".join(f"@misc{{key, title = {{{title}}}, year = 2024}}\n" for title in titles)
    assert _titles(from_file(tmp_path / "x.bib", same_key.encode())) == expected


@given(damage=st.integers(0, 120), count=st.integers(1, 4))
@FIXED
def test_a_reference_file_cut_short_loses_nothing_in_silence(tmp_path: Path, damage: int, count: int) -> None:
    bib = "".join(f"@misc{{k{number}, title = {{a title}}}}\n" for number in range(count))[:damage]
    found = from_file(tmp_path / "x.bib", bib.encode())
    assert len(found) == bib.count("@misc{")
    assert sum(isinstance(item, Paper) for item in found) == bib.count("}}")
    ris = "".join(f"TY  - JOUR\nTI  - a title {number}\nER  - \n" for number in range(count))[:damage]
    found = from_file(tmp_path / "x.ris", ris.encode())
    tail = ris.rpartition("ER  - \n")[2]
    stray = bool(tail.strip()) and not tail.startswith("TY  -")  # the beginning of a first tag
    assert len(found) == ris.count("TY  -") + stray


def _titles(found: list[Any]) -> list[str]:
    assert all(isinstance(item, Paper) for item in found), found
    return [item.title for item in found]


# ---- the listing page ----


@given(content=st.binary(max_size=300), ending=st.sampled_from([".txt", ".html"]))
@FIXED
def test_any_bytes_as_a_page(tmp_path: Path, content: bytes, ending: str) -> None:
    path = tmp_path / f"page{ending}"
    path.write_bytes(content)
    assert outcomes(ListingSource([str(path)], date(2024, 3, 3)).records())


LINES = ["Daily Papers", "byAK", "·", "Feb 29", "Mar 3, 2023 4", "Feb 31, 2024", "• 5 authors", "7", "", "", "A title",
         "acme Acme", "A sentence that ends.", "x" * 120, "Dec 31"]  # fmt: skip
TAGS = ["<p>", "</p>", "<div>", "</div>", "<a href='/papers/2403.00001'>", "</a>", "<li>", "<time>", "<img alt=x>",
        "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</main>", "<h3>", "&nbsp;", "<br>"]  # fmt: skip


@given(
    lines=st.lists(st.sampled_from(LINES), max_size=25), page_date=st.sampled_from([None, date(2024, 3, 3)])
)
@FIXED
def test_lines_of_a_page_in_any_order(tmp_path: Path, lines: list[str], page_date: date | None) -> None:
    path = tmp_path / "page.txt"
    path.write_text("\n".join(lines))
    found: list[Any] = []
    try:
        found = outcomes(ListingSource([str(path)], page_date).records())
    except InputError:
        assert page_date is None  # the page leaves a year out and does not imply it
    assert all(isinstance(item, (Paper, Reject)) for item in found)


@given(pieces=st.lists(st.sampled_from([*LINES, *TAGS]), max_size=40))
@FIXED
def test_pieces_of_html_in_any_order(tmp_path: Path, pieces: list[str]) -> None:
    path = tmp_path / "page.html"
    path.write_text(" ".join(pieces))
    found = outcomes(ListingSource([str(path)], date(2024, 3, 3)).records())
    assert all(isinstance(item, (Paper, Reject)) for item in found)


ENTRY = st.fixed_dictionaries(
    {
        "title": WORDS.map(lambda text: f"On {' '.join(text.split())}"),
        "abstract": st.lists(WORDS, min_size=1, max_size=3).map(
            lambda parts: "\n\n".join(f"We show {' '.join(part.split())}." for part in parts)
        ),
        "authors": st.none() | st.integers(1, 300),
        "day": st.sampled_from([("Feb 1", date(2024, 2, 1)), ("Dec 9, 2023", date(2023, 12, 9))]),
        "comments": st.none() | st.integers(0, 5_000),
        "foot": st.booleans(),
    }
)


@given(entries=st.lists(ENTRY, min_size=1, max_size=6))
@FIXED
def test_every_entry_of_a_page_comes_out_as_it_was(tmp_path: Path, entries: list[dict[str, Any]]) -> None:
    text = "Daily Papers\n\nbyAK and the research community\n\nMar 3\n\n"
    expected = []
    for entry in entries:
        byline = f"  • {entry['authors']} authors\n" if entry["authors"] else ""
        count = "" if entry["comments"] is None else f" {entry['comments']:,}"
        foot = f"{byline}·\n{entry['day'][0]}{count}\n\n" if entry["foot"] else ""
        text += f"{entry['title']}\n\n{entry['abstract']}\n\n{foot}"
        told = (entry["authors"], entry["day"][1], entry["comments"]) if entry["foot"] else (None, None, None)
        expected.append((entry["title"], entry["abstract"], *told))
    path = tmp_path / "page.txt"
    path.write_text(text, encoding="utf-8")
    found = outcomes(ListingSource([str(path)], date(2024, 3, 3)).records())
    fields = ("title", "abstract", "authors_count", "published_on", "comments")
    assert [tuple(getattr(item, field) for field in fields) for item in found] == expected


@given(record=RECORDS)
@FIXED
def test_exports_name_only_what_they_know(record: dict[str, Any]) -> None:
    try:
        fields = exports.fields_of(record)
    except (AttributeError, LookupError, TypeError, ValueError):
        return  # a reject, see the file source
    assert fields is None or all(value is not None and value != [] for value in fields.values())
