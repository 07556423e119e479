"""Exports of Scopus, Web of Science, OpenAlex and reference managers, as the file source reads them.

The records are invented; their columns, tags and quirks are the exports' own.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from etl.errors import InputError
from etl.records import Paper, Raw, Reject, paper_from
from etl.sources.exports import fields_of
from etl.sources.file import FileSource

TODAY = date(2026, 5, 20)


def read(path: Path) -> tuple[list[dict[str, Any]], list[Reject]]:
    items = list(FileSource([str(path)]).records())
    rejects = [item for item in items if isinstance(item, Reject)]
    return [dict(item.fields) for item in items if isinstance(item, Raw)], rejects


def paper(fields: dict[str, Any]) -> Paper:
    valid = paper_from(Raw(fields, "file"), TODAY)
    assert isinstance(valid, Paper), valid
    return valid


def file(tmp_path: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding=encoding, newline="")
    return path


# ---- Scopus ----

SCOPUS_COLUMNS = (
    "Authors,Author full names,Author(s) ID,Title,Year,Source title,Volume,Issue,Art. No.,Page start,Page end,"
    "Cited by,DOI,Link,Affiliations,Authors with affiliations,Abstract,Author Keywords,Index Keywords,References,"
    "Document Type,Publication Stage,Open Access,Source,EID"
)


def test_a_scopus_export(tmp_path: Path) -> None:
    rows = (
        '"Sandberg, A.; King, M.L., Jr.","Sandberg, Anna (57000000001); King, Martin Luther, Jr. (57000000002)",'
        '"57000000001; 57000000002","Pebbles: a count","2024","Journal of Beaches","12","3","","45","67","9",'
        '"10.1000/Beach.2024.1","https://www.scopus.com/inward/record.uri?eid=2-s2.0-1","Tide Lab, Oslo, Norway",'
        '"Sandberg A., Tide Lab","We count, and ""count"" again.","counting; pebbles","Beaches; Sand","",'
        '"Article","Final","","Scopus","2-s2.0-85100000001"\n'
        '"[No author name available]","","","A shell","2023","","","","101","","","","","","","",'
        '"[No abstract available]","","Shells; Sand","","Note","Final","","Scopus","2-s2.0-85100000002"\n'
    )
    records, rejects = read(file(tmp_path, "scopus.csv", f"{SCOPUS_COLUMNS}\n{rows}", "utf-8-sig"))
    assert rejects == []
    assert records[0] == {
        "id": "2-s2.0-85100000001",
        "doi": "10.1000/Beach.2024.1",
        "title": "Pebbles: a count",
        "abstract": 'We count, and "count" again.',
        "authors": ["Anna Sandberg", "Martin Luther King Jr."],
        "keywords": ["counting", "pebbles"],
        "journal_ref": "Journal of Beaches 12(3), 45-67 (2024)",
        "url": "https://www.scopus.com/inward/record.uri?eid=2-s2.0-1",
    }
    assert records[1] == {"id": "2-s2.0-85100000002", "title": "A shell", "keywords": ["Shells", "Sand"]}
    first = paper(records[0])
    assert first.published_on is None  # a year is no day
    assert first.upvotes is None  # citations are no upvotes
    assert first.team_size == 2


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ("Sandberg, A.; Noether, E.", ["A. Sandberg", "E. Noether"]),
        ("Sandberg A., van der Berg J.-P.", ["Sandberg A.", "van der Berg J.-P."]),  # before 2023
        ("Tide Consortium", ["Tide Consortium"]),
        (None, []),
    ],
)
def test_authors_of_scopus_without_full_names(authors: str | None, names: list[str]) -> None:
    fields = fields_of({"EID": "1", "Source title": "J", "Title": "T", "Authors": authors}) or {}
    assert fields.get("authors", []) == names


# ---- Web of Science ----

WOS = {
    "PT": "J",
    "AU": "Sandberg, A; Noether, E",
    "AF": "Sandberg, Anna; Noether, Emmy",
    "TI": 'The "pebble" problem',
    "SO": "JOURNAL OF BEACHES",
    "DE": "counting; pebbles",
    "ID": "SAND",
    "AB": "We count.",
    "PD": "JUN 15",
    "PY": "2024",
    "VL": "12",
    "AR": "101",
    "DI": "10.1000/beach.1",
    "EA": "MAY 2024",
    "WC": "Computer Science, Artificial Intelligence; Geology",
    "UT": "WOS:000000000000001",
}


def wos_table(*records: dict[str, str]) -> str:
    lines = ["\t".join([*WOS, ""]), *("\t".join([*({**WOS, **each}.values()), ""]) for each in records)]
    return "".join(f"{line}\r\n" for line in lines)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("savedrecs.txt", "utf-8-sig"), ("savedrecs.txt", "utf-16"), ("savedrecs.tsv", "utf-8")],
)
def test_a_table_of_web_of_science(tmp_path: Path, name: str, encoding: str) -> None:
    text = wos_table(
        {}, {"TI": "Untimely", "PD": "", "AF": "", "DE": ""}, {"TI": "Timeless", "PD": "", "EA": ""}
    )
    records, rejects = read(file(tmp_path, name, text, encoding))
    assert rejects == []
    assert records[0] == {
        "id": "WOS:000000000000001",
        "doi": "10.1000/beach.1",
        "title": 'The "pebble" problem',
        "abstract": "We count.",
        "authors": ["Anna Sandberg", "Emmy Noether"],
        "published_on": "2024-06-15",
        "keywords": ["counting", "pebbles"],
        "categories": ["Computer Science, Artificial Intelligence", "Geology"],
        "journal_ref": "JOURNAL OF BEACHES 12, 101 (2024)",
    }
    assert paper(records[0]).published_on == date(2024, 6, 15)
    early = records[1]
    assert (early["published_on"], early["authors"], early["keywords"]) == (
        "2024-05",
        ["A Sandberg", "E Noether"],
        ["SAND"],
    )
    assert "published_on" not in records[2]


def test_tagged_text_of_web_of_science(tmp_path: Path) -> None:
    text = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Sandberg, A
   Noether, E
AF Sandberg, Anna
   Noether, Emmy
TI The pebble
   problem
AB We count
   and count.
PD JAN-FEB
PY 2024
UT WOS:000000000000001
ER

PT J
TI Without an end
PY 2023
EF
"""
    records, rejects = read(file(tmp_path, "savedrecs.txt", text, "utf-8-sig"))
    assert rejects == []
    assert records == [
        {
            "id": "WOS:000000000000001",
            "title": "The pebble problem",
            "abstract": "We count and count.",
            "authors": ["Anna Sandberg", "Emmy Noether"],
            "published_on": "2024-01",
        },
        {"title": "Without an end"},
    ]


# ---- OpenAlex ----

WORK = {
    "id": "https://openalex.org/W4300000001",
    "doi": "https://doi.org/10.48550/arxiv.2405.12345",
    "title": "The pebble problem",
    "display_name": "The pebble problem",
    "publication_year": 2024,
    "publication_date": "2024-05-17",
    "ids": {"openalex": "https://openalex.org/W4300000001"},
    "primary_location": {
        "landing_page_url": "http://arxiv.org/abs/2405.12345",
        "source": {"id": "https://openalex.org/S1", "display_name": "arXiv (Cornell University)"},
    },
    "locations": [{"landing_page_url": "http://arxiv.org/abs/2405.12345"}, None],
    "authorships": [
        {
            "author_position": "first",
            "author": {"id": "https://openalex.org/A1", "display_name": "Anna Sandberg"},
            "institutions": [{"display_name": "Tide Lab"}, {"display_name": "Oslo"}],
        },
        {"author": {"display_name": None}, "raw_author_name": "E. Noether", "institutions": []},
    ],
    "cited_by_count": 12,
    "biblio": {"volume": None, "issue": None, "first_page": None, "last_page": None},
    "primary_topic": {"display_name": "Beach Geology"},
    "topics": [{"id": "https://openalex.org/T1", "display_name": "Beach Geology", "score": 0.9}],
    "keywords": [{"id": "https://openalex.org/keywords/pebble", "display_name": "Pebble", "score": 0.5}],
    "abstract_inverted_index": {"We": [0, 3], "count,": [1], "and": [2], "count": [4], "again.": [5]},
}


def test_a_work_of_openalex(tmp_path: Path) -> None:
    path = file(tmp_path, "works.jsonl", json.dumps(WORK) + "\n")
    (fields,), rejects = read(path)
    assert rejects == []
    assert fields == {
        "id": "W4300000001",
        "doi": "10.48550/arxiv.2405.12345",
        "arxiv_id": "2405.12345",
        "title": "The pebble problem",
        "abstract": "We count, and We count again.",
        "authors": ["Anna Sandberg", "E. Noether"],
        "published_on": "2024-05-17",
        "organization": "Tide Lab",
        "keywords": ["Pebble"],
        "categories": ["Beach Geology"],
        "journal_ref": "arXiv (Cornell University) (2024)",
        "url": "http://arxiv.org/abs/2405.12345",
    }
    assert paper(fields).bare_arxiv_id == "2405.12345"


def test_an_answer_of_openalex_is_its_results(tmp_path: Path) -> None:
    answer = {"meta": {"count": 2}, "results": [WORK, {**WORK, "id": "https://openalex.org/W2"}, 7]}
    for indent in (None, 1):
        records, rejects = read(file(tmp_path, "page.json", json.dumps(answer, indent=indent)))
        assert [record["id"] for record in records] == ["W4300000001", "W2"]
        assert [reject.reason for reject in rejects] == ["the record is a int, not an object"]


def test_what_openalex_does_not_know(tmp_path: Path) -> None:
    bare = {
        "id": "https://openalex.org/W2",
        "doi": None,
        "display_name": "A shell",
        "publication_date": "2023-01-01",
    }
    truncated = {
        **bare,
        "authorships": WORK["authorships"],
        "is_authors_truncated": True,
        "authors_count": 2_000,
    }
    assert fields_of(bare) == {"id": "W2", "title": "A shell"}  # 1 January stands for a year
    assert (fields_of(truncated) or {})["authors_count"] == 2_000
    nobody = {**bare, "authorships": [{"author": {}, "institutions": None}]}
    assert paper(fields_of(nobody) or {}).authors is None


def test_a_record_of_other_types_is_a_reject(tmp_path: Path) -> None:
    works = [{**WORK, "authorships": 7}, {**WORK, "abstract_inverted_index": {"We": 0}}, WORK]
    records, rejects = read(file(tmp_path, "works.jsonl", "".join(json.dumps(work) + "\n" for work in works)))
    assert len(records) == 1
    assert [reject.reason[:31] for reject in rejects] == ["fields have unexpected types: '"] * 2
    assert rejects[0].source == "file: works.jsonl, record 1"


# ---- RIS ----


def test_a_ris_file(tmp_path: Path) -> None:
    text = """TY  - JOUR
AU  - Sandberg, Anna
AU  - King, Martin Luther, Jr.
TI  - The pebble
problem
JO  - Journal of Beaches
VL  - 12
IS  - 3
SP  - 45
EP  - 67
DA  - 2024/05/17/
PY  - 2024
DO  - https://doi.org/10.1000/beach.1
KW  - counting
KW  - pebbles
AB  - We count.
UR  - https://example.org/1
ER  -

TY  - CONF
T1  - Without an end
A1  - Noether, Emmy
Y1  - 2023/04//
N2  - A proof.
TY  - RPRT
TI  - arXiv's
PY  - 2024
DA  - June 2
UR  - https://arxiv.org/abs/2406.00001
"""
    records, rejects = read(file(tmp_path, "refs.ris", text.replace("\n", "\r\n")))
    assert rejects == []
    assert records == [
        {
            "doi": "10.1000/beach.1",
            "title": "The pebble problem",
            "abstract": "We count.",
            "authors": ["Anna Sandberg", "Martin Luther King Jr."],
            "published_on": "2024-05-17",
            "keywords": ["counting", "pebbles"],
            "journal_ref": "Journal of Beaches 12(3), 45-67 (2024)",
            "url": "https://example.org/1",
        },
        {
            "title": "Without an end",
            "abstract": "A proof.",
            "authors": ["Emmy Noether"],
            "published_on": "2023-04",
        },
        {
            "arxiv_id": "2406.00001",
            "title": "arXiv's",
            "published_on": "2024-06-02",
            "url": "https://arxiv.org/abs/2406.00001",
        },
    ]


def test_text_outside_of_records_is_a_reject(tmp_path: Path) -> None:
    text = "Exported today\n\nTY  - JOUR\nTI  - A\nER  - \nand more\n"
    records, rejects = read(file(tmp_path, "refs.ris", text))
    assert records == [{"title": "A"}]
    assert [(reject.reason, reject.raw) for reject in rejects] == [
        ("the text stands outside of any record", "Exported today"),
        ("the text stands outside of any record", "and more"),
    ]


# ---- BibTeX ----


def test_a_bib_file(tmp_path: Path) -> None:
    text = r"""% made by hand
@string{job = "Journal of {B}eaches"}
@article{sandberg2024,
  title = {The {Pebble} Pr{\"o}blem with $x^2$ \& 5% of~Sand},
  author = {Sandberg, Anna and Emmy Noether and van der Berg, Jr, Jan and {The Tide \& Co.} and others},
  journal = job, volume = 12, number = {3}, pages = {45--67}, year = 2024, month = jun,
  doi = {10.1000/beach.1}, keywords = {counting, pebbles}, abstract = {We count 100% of it.}}
@misc{b, title = "Preprint", Year = {2024}, month = "17~May", eprint = {2405.12345}, archivePrefix = {arXiv}}
@online{c, title = {Dated}, date = {2023-04-05}, url = {https://doi.org/10.1000/c}}
@article{d, title = {By Scholar}, journal = {arXiv preprint arXiv:2401.00001}, year = {2024}}
@comment{nothing}
"""
    records, rejects = read(file(tmp_path, "refs.bib", text))
    assert rejects == []
    assert records == [
        {
            "doi": "10.1000/beach.1",
            "title": "The Pebble Pröblem with $x^2$ & 5% of Sand",
            "abstract": "We count 100% of it.",
            "authors": ["Anna Sandberg", "Emmy Noether", "Jan van der Berg Jr", "The Tide & Co."],
            "published_on": "2024-06",
            "keywords": ["counting", "pebbles"],
            "journal_ref": "Journal of Beaches 12(3), 45--67 (2024)",
        },
        {"arxiv_id": "2405.12345", "title": "Preprint", "published_on": "2024-05-17"},
        {
            "doi": "10.1000/c",
            "title": "Dated",
            "published_on": "2023-04-05",
            "url": "https://doi.org/10.1000/c",
        },
        {
            "arxiv_id": "2401.00001",
            "title": "By Scholar",
            "journal_ref": "arXiv preprint arXiv:2401.00001 (2024)",
        },
    ]


def test_what_is_wrong_with_one_entry_does_not_touch_the_others(tmp_path: Path) -> None:
    text = """@article{a, title = {One}}
@article{a, title = {Two, under the same key}}
@article{b, title = {Three}, title = {again}}
@misc{c, title = {never closed
@article{d, title = {Four}, eprint = {1234}, archiveprefix = {hal}}
"""
    records, rejects = read(file(tmp_path, "refs.bib", text))
    assert [record["title"] for record in records] == ["One", "Two, under the same key", "Three", "Four"]
    assert "arxiv_id" not in records[3]
    assert [reject.reason for reject in rejects] == ["the entry is not BibTeX"]
    assert "never closed" in rejects[0].raw


def test_latex_that_cannot_be_decoded_stays(tmp_path: Path) -> None:
    deep = "{" * 2_000 + "x" + "}" * 2_000  # deeper than Python's stack
    (record,), _ = read(file(tmp_path, "x.bib", f"@misc{{a, title = {{{deep}}}}}"))
    assert record["title"] == deep


# ---- dates, and what a .txt is ----


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        ("2024", "5", "2024-05"),
        ("2024", "May 7", "2024-05-07"),
        ("2024", "17 5", None),  # which of the two is the month?
        ("2024", "SPR", None),
        ("2024", "", None),
        ("", "May", None),
        ("in press", "May", None),
    ],
)
def test_months_of_years(year: str, month: str, day: str | None) -> None:
    fields = fields_of({"ENTRYTYPE": "misc", "title": "T", "year": year, "month": month}) or {}
    assert fields.get("published_on") == day


def test_a_txt_is_read_if_it_begins_like_an_export(tmp_path: Path) -> None:
    file(tmp_path, "notes.txt", "PT is a tag\nTI too\n")
    file(tmp_path, "ris.txt", "TY  - JOUR\nTI  - A\nER  -\n")
    assert [record["title"] for record in read(tmp_path)[0]] == ["A"]
    with pytest.raises(InputError, match="holds no file of a kind Papertide reads"):
        FileSource([str(tmp_path / "notes.txt")])


def test_a_table_with_tabs_of_ones_own(tmp_path: Path) -> None:
    path = file(tmp_path, "mine.tsv", 'title\tabstract\n"A ""quoted"" title"\tText\nB\tText\tmore\n')
    records, rejects = read(path)
    assert [record["title"] for record in records] == ['A "quoted" title']
    assert [reject.reason for reject in rejects] == ["the row has more cells than the header"]
