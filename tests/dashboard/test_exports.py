"""Papers as files: what stands in them, what a spreadsheet and TeX make of it, and that we read them again."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from dashboard import exports, queries
from dashboard.bibtex import bibtex, tex
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from etl.records import Paper, paper_from
from etl.sources.file import FileSource
from tests.dashboard import corpus

HOSTILE_TITLE = r"50% of {BERT} & \input{x} ~ a_b^c #1 with $k$-means, $\write18{rm}$ for $5 and $6"


@pytest.fixture(scope="module")
def small_papers(small: Snapshot) -> pd.DataFrame:
    return small.ask(queries.whole_papers, Filters(sort="oldest"), 100)


def row(**given: Any) -> pd.DataFrame:
    """One paper as a query gives it."""
    nothing = dict.fromkeys(exports.FIELDS)
    paper = {**nothing, "paper_id": "x", "key": "anon2025x", "title": "T", "authors_count": float("nan")}
    return pd.DataFrame([{**paper, "published_on": pd.NaT, "listed_on": pd.NaT, **given}])


def read_again(folder: Path, name: str, content: bytes) -> list[Paper]:
    """The papers that the source of files finds in a file."""
    path = folder / name
    path.write_bytes(content)
    papers = [paper_from(raw, date(2025, 12, 31)) for raw in FileSource([str(path)]).records()]
    assert all(isinstance(paper, Paper) for paper in papers), papers
    return papers  # type: ignore[return-value]


def names(paper: Paper) -> list[str]:
    return [author.name for author in paper.authors or ()]


def known(value: Any, otherwise: Any) -> Any:
    """A cell, a list for an array, and something else where it is unknown."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return value if isinstance(value, str | list) else otherwise


# ---- keys ----


def test_keys_are_family_year_and_first_telling_word(small_papers: pd.DataFrame) -> None:
    # Titles without another: "Paper c1" is of Eve. Nia's d2 has no day of publication; a5 has no author.
    keys = dict(zip(small_papers["paper_id"], small_papers["key"], strict=True))
    assert keys["a1"] == "ada2025graph"  # Graph attention
    assert keys["a2"] == "ada2025graph-2"  # Graph pooling, of Ada too, loaded in the same run
    assert keys["a3"] == "bo2025speech"  # Speech for all
    assert keys["a4"] == "cy2025odd"
    assert keys["a5"] == "anon2025paper"
    assert keys["c1"] == "eve2025paper"
    assert keys["d2"] == "niandpaper"
    assert len(set(keys.values())) == len(small_papers) == 15


def test_a_key_is_the_same_in_every_file(small: Snapshot, small_papers: pd.DataFrame) -> None:
    alone = small.ask(queries.whole_papers, Filters(text="pooling"), 10)
    assert alone[["paper_id", "key"]].to_numpy().tolist() == [["a2", "ada2025graph-2"]]
    searched = small.ask(queries.whole_papers, Filters(), 10, ["b1", "a2", "gone"])
    assert searched["paper_id"].tolist() == ["b1", "a2"]
    assert searched["key"].tolist() == ["ada2025paper", "ada2025graph-2"]


# ---- what stands in the files ----


def test_a_csv_has_every_column_and_nothing_a_spreadsheet_would_run(small_papers: pd.DataFrame) -> None:
    found = list(csv.DictReader(io.StringIO(exports.csv(small_papers).decode("utf-8-sig"))))
    assert list(found[0]) == list(exports.FIELDS)
    by_id = {paper["paper_id"]: paper for paper in found}
    assert by_id["a2"]["authors"] == "Ada; Ada; Cy"
    assert by_id["a4"]["authors"] == "Cy; Dee"  # Eve and Zoe are hidden
    assert by_id["a4"]["authors_count"] == "4"
    assert by_id["a1"]["upvotes"] == "10"
    assert by_id["a5"]["upvotes"] == ""
    assert (by_id["a1"]["published_on"], by_id["d1"]["published_on"]) == ("2025-01-06", "")
    assert by_id["a2"]["url"] == ""  # javascript: is no address
    (dangerous,) = csv.DictReader(io.StringIO(exports.csv(row(title='=HYPERLINK("x")')).decode("utf-8-sig")))
    assert dangerous["title"] == '\'=HYPERLINK("x")'


def test_a_line_of_json_has_what_is_known_and_null_for_the_rest(small_papers: pd.DataFrame) -> None:
    papers = {
        paper["paper_id"]: paper for paper in map(json.loads, exports.json_lines(small_papers).splitlines())
    }
    assert len(papers) == 15
    assert list(papers["a1"]) == list(exports.FIELDS)
    assert papers["a1"]["authors"] == ["Ada", "Bo"]
    assert papers["a1"]["published_on"] == "2025-01-06"
    assert papers["a1"]["observed_at"] == "2025-01-26T12:00:00"  # the last look: day 20 at noon
    assert papers["a1"]["upvotes"] == 10
    assert papers["a5"]["authors"] is None
    assert papers["a5"]["upvotes"] is None
    assert papers["d1"]["published_on"] is None


def test_with_an_age_the_files_have_the_counts_read_then(small: Snapshot) -> None:
    week = small.ask(queries.whole_papers, Filters(age="week", organization="Alpha", sort="oldest"), 10)
    # a1 had 8 upvotes on day 7, a6 50 on day 9.
    assert [(paper["paper_id"], paper["upvotes"]) for paper in week.to_dict("records")] == [
        ("a1", 8),
        ("a6", 50),
    ]


def test_an_entry_of_bibtex_reads_as_people_write_them() -> None:
    paper = row(
        key="lovelace2025notes",
        title="Notes on BERT and é",
        authors=["Ada Lovelace", "Research and Development"],
        authors_count=3.0,
        published_on=pd.Timestamp("2025-01-06"),
        arxiv_id="2501.00001",
        categories=["cs.CL", "cs.LG"],
        keywords=["a", "b"],
        doi="10.1000/a_b",
        url="https://example.org/~ada?q={x}",
    )
    assert bibtex(paper).decode() == (
        "@misc{lovelace2025notes,\n"
        "\ttitle = {Notes on {BERT} and {\\'e}},\n"
        "\tauthor = {Ada Lovelace and {Research and Development} and others},\n"
        "\tyear = {2025},\n"
        "\tmonth = jan,\n"
        "\tday = {6},\n"
        "\teprint = {2501.00001},\n"
        "\tarchivePrefix = {arXiv},\n"
        "\tprimaryClass = {cs.CL},\n"
        "\tdoi = {10.1000/a_b},\n"
        "\turl = {https://example.org/%7Eada?q=%7Bx%7D},\n"
        "\tkeywords = {a, b}\n"
        "}\n"
    )


def test_a_formula_stays_one_only_where_it_does_nothing_but_draw() -> None:
    (title,) = re.findall(r"title = (.*),?\n", bibtex(row(title=HOSTILE_TITLE)).decode())
    assert "$k$-means" in title
    assert r"\input" not in title
    assert r"\write18" not in title
    assert r"\$5 and \$6".replace("\\$", "{\\$}") in title
    assert title.count("{") == title.count("}")  # BibTeX counts them whatever stands before
    assert tex("naïve {x}") == r"na{\"\i}ve {\ensuremath{\lbrace}}x{\ensuremath{\rbrace}}"


# ---- and back ----


def test_our_own_reader_finds_the_same_papers_in_bibtex(small_papers: pd.DataFrame, tmp_path: Path) -> None:
    again = read_again(tmp_path, "papers.bib", bibtex(small_papers))
    assert [paper.title for paper in again] == small_papers["title"].tolist()  # the hostile one among them
    for paper, given in zip(again, small_papers.to_dict("records"), strict=True):
        assert names(paper) == known(given["authors"], [])
        assert paper.published_on == (
            None if pd.isna(given["published_on"]) else given["published_on"].date()
        )
        assert paper.abstract == known(given["abstract"], None)
        assert paper.url == known(given["url"], None)


@pytest.mark.parametrize(
    "title",
    [
        HOSTILE_TITLE,
        "Über π, ∞ and 王 \N{EN DASH} “quoted” … × ½",
        'A "quoted" @misc{x, y',
        r"$\alpha_{1}$-LoRA and {open",
    ],
)
def test_a_title_of_any_signs_comes_back(tmp_path: Path, title: str) -> None:
    paper = row(
        title=title,
        abstract=title,
        authors=["Émile Zola", "Jan van der Berg", "OpenAI", "O'Brien, Ada"],
        authors_count=4.0,
        arxiv_id="2501.00001",
        doi="10.1000/a_b",
        keywords=["x, y", "z"],
    )
    (again,) = read_again(tmp_path, "papers.bib", bibtex(paper))
    assert again.title == title
    assert again.abstract == title
    assert names(again) == ["Émile Zola", "Jan van der Berg", "OpenAI", "Ada O'Brien"]
    assert (again.arxiv_id, again.doi, list(again.keywords or ())) == (
        "2501.00001",
        "10.1000/a_b",
        ["x, y", "z"],
    )


def test_our_own_reader_finds_the_same_papers_in_json_lines(
    small_papers: pd.DataFrame, tmp_path: Path
) -> None:
    again = read_again(tmp_path, "papers.jsonl", exports.json_lines(small_papers))
    for paper, given in zip(again, small_papers.to_dict("records"), strict=True):
        assert paper.title == given["title"]
        assert names(paper) == known(given["authors"], [])
        assert paper.authors_count == (None if pd.isna(given["authors_count"]) else given["authors_count"])
        assert paper.organization == known(given["organization"], None)


def test_a_later_run_leaves_the_keys_of_what_was_there(tmp_path: Path) -> None:
    papers = [
        corpus.Row("a0", "2025-01-02", None, 0, ("Ada",), title="The graph"),
        corpus.Row("z9", "2025-01-08", None, 0, ("Ada",), title="On graphs"),
        corpus.Row("z8", "2025-01-08", None, 0, ("Ada",), title="Graph, a second"),
    ]
    path = corpus.publish_corpus(
        tmp_path, papers, corpus.SMALL_TOPICS, {"file": (date(2025, 1, 1), date(2025, 2, 1))}
    )
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE papers SET run_id = '20260101T000000-later' WHERE paper_id = 'a0'")
        keys = queries.whole_papers(connection, Filters(), 5).set_index("paper_id")["key"].to_dict()
    assert keys == {"z8": "ada2025graph", "a0": "ada2025graph-2", "z9": "ada2025graphs"}


def test_what_writes_bibtex_loads_only_for_a_file() -> None:
    script = "import sys, dashboard.exports; print({'bibtexparser', 'pylatexenc'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "set()"
