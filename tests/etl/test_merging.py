"""One paper from many sources: who meets whom, which source wins a field, and what moves when two papers become one."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from etl.errors import PapertideError
from etl.records import Paper, Raw, Reject, paper_from
from etl.sources import demo
from etl.sources.demo import Demo
from etl.sources.file import FileSource
from etl.staging import validate
from etl.store import Store

TODAY = date(2026, 5, 20)
Load = Callable[..., Path]
Rows = list[tuple[Any, ...]]

# One paper as three sources know it: arXiv by its id, a list by that id and a link, a file by its DOI.
ARXIV = Raw(
    {
        "id": "2405.00001",
        "title": "On Rings, revised",
        "abstract": "The whole abstract.",
        "authors": ["Emmy Noether", "Ada Lovelace"],
        "doi": "10.1000/Rings",
        "published_on": "2024-05-01",
        "categories": "math.RA cs.LG",
    },
    "arxiv",
)
LISTED = Raw(
    {
        "id": "arxiv:2405.00001",
        "title": "On Rings",
        "abstract": "The abst…",
        "authors": [{"name": "E. Noether"}],
        "listed_on": "2024-05-03",
        "organization": "Göttingen",
        "upvotes": 7,
        "observed_at": "2024-05-04",
    },
    "hf",
)
FILED = Raw(
    {
        "id": "ref-12",
        "title": "On rings",
        "doi": "https://doi.org/10.1000/RINGS",
        "journal_ref": "Math. Ann. 1",
        "organization": "Somewhere",
        "upvotes": 9,
        "observed_at": "2024-06-04",
    },
    "file",
)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Builds a snapshot of records on top of the one before, if any; returns its path."""
    numbers = itertools.count(1)

    def run(*records: Raw, onto: Path | None = None, revising: str = "") -> Path:
        number = next(numbers)
        path = tmp_path / f"{number}.duckdb"
        with Store(path, onto) as store:
            for _ in store.stage(validate(records, TODAY)):
                pass
            store.merge(f"run {number}", revising)
        return path

    return run


def read(snapshot: Path, query: str) -> Rows:
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        return connection.execute(query).fetchall()


def giver(*fields: str) -> str:
    return ", ".join(f"coalesce(field_sources['{field}'], source)" for field in fields)


FIELDS = (
    "title",
    "abstract",
    "doi",
    "published_on",
    "listed_on",
    "organization",
    "journal_ref",
    "categories",
)
CONTENT = f"SELECT {', '.join(FIELDS)}, authors_count, upvotes, {giver(*FIELDS, 'authors')} FROM papers"
LOOKS = "SELECT observed_at, upvotes FROM upvote_observations ORDER BY ALL"
NAMES = "SELECT position, name FROM authors ORDER BY position"


def test_three_sources_make_one_paper_with_all_that_they_know(load: Load) -> None:
    snapshot = load(FILED, LISTED, ARXIV)
    assert read(snapshot, "SELECT paper_id, arxiv_id FROM papers") == [("ref-12", "2405.00001")]
    assert read(snapshot, CONTENT) == [
        (
            "On Rings, revised",
            "The whole abstract.",
            "10.1000/rings",
            date(2024, 5, 1),
            date(2024, 5, 3),
            "Göttingen",
            "Math. Ann. 1",
            ["math.RA", "cs.LG"],
            2,
            9,
            *("arxiv", "arxiv", "arxiv", "arxiv", "hf", "hf", "file", "arxiv", "arxiv"),
        )
    ]
    assert read(snapshot, NAMES) == [(1, "Emmy Noether"), (2, "Ada Lovelace")]
    assert read(snapshot, LOOKS) == [(datetime(2024, 5, 4), 7), (datetime(2024, 6, 4), 9)]
    assert read(snapshot, "SELECT source, source_id, arxiv_id, doi FROM paper_sources ORDER BY source") == [
        ("arxiv", "2405.00001", "2405.00001", "10.1000/rings"),
        ("file", "ref-12", None, "10.1000/rings"),
        ("hf", "arxiv:2405.00001", "2405.00001", None),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations([ARXIV, LISTED, FILED])))
@pytest.mark.parametrize("at_once", [True, False])
def test_the_order_of_loading_decides_the_id_only(load: Load, order: tuple[Raw, ...], at_once: bool) -> None:
    snapshot = load(*order) if at_once else None
    for record in () if at_once else order:
        snapshot = load(record, onto=snapshot)
    assert snapshot
    together = load(FILED, LISTED, ARXIV)
    for query in (CONTENT, NAMES, LOOKS):
        assert read(snapshot, query) == read(together, query)
    # Without arXiv's record between them, a list and a file have nothing in common until it comes.
    assert read(snapshot, "SELECT paper_id FROM papers") == [(order[0].fields["id"],)]


def test_of_two_published_papers_the_older_keeps_its_id_and_takes_what_hangs_on_the_other(load: Load) -> None:
    apart = load(FILED, onto=load(LISTED))
    assert read(apart, "SELECT paper_id FROM papers") == [("arxiv:2405.00001",), ("ref-12",)]
    joined = load(ARXIV, onto=apart)
    assert read(joined, "SELECT paper_id, run_id FROM papers") == [("arxiv:2405.00001", "run 1")]
    for table in ("upvote_observations", "authors", "paper_sources", "upvote_readings"):
        assert read(joined, f"SELECT DISTINCT paper_id FROM {table}") == [("arxiv:2405.00001",)]
    assert read(joined, LOOKS) == [(datetime(2024, 5, 4), 7), (datetime(2024, 6, 4), 9)]
    assert read(joined, "SELECT upvotes FROM papers") == [(9,)]


def test_of_two_papers_of_one_run_the_one_published_first_keeps_its_id(load: Load) -> None:
    late = Raw({"id": "a", "title": "T", "arxiv_id": "2405.00002", "published_on": "2024-05-09"}, "file")
    early = Raw({"id": "b", "title": "T", "doi": "10.1/t", "published_on": "2024-05-08"}, "hf")
    both = Raw({"id": "c", "title": "T", "doi": "10.1/t", "arxiv_id": "2405.00002"}, "file")
    for order in ((early, late), (late, early)):
        joined = load(both, onto=load(*order))
        assert read(joined, "SELECT paper_id FROM papers") == [("b",)]


def test_the_authors_of_the_paper_that_goes_may_win(load: Load) -> None:
    by_hand = Raw({"id": "a", "title": "T", "arxiv_id": "2405.00002", "authors": ["Someone"]}, "file")
    listed = Raw({"id": "b", "title": "T", "doi": "10.1/t", "authors": ["Ada", "Bo"]}, "hf")
    both = Raw({"id": "c", "title": "T", "doi": "10.1/t", "arxiv_id": "2405.00002"}, "file")
    joined = load(both, onto=load(listed, onto=load(by_hand)))
    assert read(joined, "SELECT paper_id, name FROM authors ORDER BY position") == [("a", "Ada"), ("a", "Bo")]


def test_an_unknown_value_never_takes_the_place_of_a_known_one(load: Load) -> None:
    bare = Raw({"id": "2405.00001", "title": "On Rings, again"}, "arxiv")
    for snapshot in (load(LISTED, bare), load(bare, LISTED), load(bare, onto=load(LISTED))):
        assert read(snapshot, "SELECT title, abstract, organization FROM papers") == [
            ("On Rings, again", "The abst…", "Göttingen")
        ]


def test_the_latest_record_of_one_source_wins(load: Load) -> None:
    early, late = (Raw({"id": "7", "title": "T", "repository_stars": n}, "file") for n in (3, 0))
    stars = "SELECT repository_stars FROM papers"
    assert read(load(early, late), stars) == [(0,)]
    first = load(early)
    assert read(load(late, onto=first), stars) == [(0,)]
    assert read(load(early, late, onto=load(early, late)), stars) == [(0,)]  # loaded again, nothing changes


def test_another_title_under_the_same_id_is_another_paper_unless_an_arxiv_id_or_a_doi_proves_otherwise(
    load: Load,
) -> None:
    first = Raw({"id": "7", "title": "First", "doi": "10.1000/x"}, "file")
    proven = Raw({"id": "7", "title": "First, revised", "doi": "10.1000/X"}, "other")
    unproven = Raw({"id": "7", "title": "Second", "doi": "10.1000/y"}, "other")
    snapshot = load(first, proven, unproven)
    assert read(snapshot, "SELECT paper_id, doi FROM papers") == [("7", "10.1000/x")]
    again = load(unproven, onto=snapshot)
    assert read(again, "SELECT count(*) FROM papers") == [(1,)]


def test_who_is_refused_for_his_id_is_told_the_title_that_has_it(load: Load, tmp_path: Path) -> None:
    records = [Raw({"id": "7", "title": title}, "file") for title in ("First", "Second", "FIRST.")]
    snapshot = load(*records)
    with Store(tmp_path / "again.duckdb", snapshot) as store:
        list(store.stage(validate(records[1:2], TODAY)))
        store.merge("later")
        assert store.first_refusal() == 'id 7 already belongs to another title, "FIRST."'
    assert read(snapshot, "SELECT reason FROM rejects") == [
        ('id 7 already belongs to another title, "First"',)
    ]


def test_a_record_whose_id_another_paper_has_may_be_a_third_by_its_doi(load: Load) -> None:
    papers = load(Raw({"id": "7", "title": "X"}, "a"), Raw({"id": "9", "title": "Y", "doi": "10.1/y"}, "a"))
    snapshot = load(Raw({"id": "7", "title": "Y", "doi": "10.1/y", "remark": "12 pages"}, "b"), onto=papers)
    assert read(snapshot, "SELECT paper_id, title, remark FROM papers ORDER BY 1") == [
        ("7", "X", None),
        ("9", "Y", "12 pages"),
    ]


def test_two_arxiv_papers_stay_two_though_they_name_one_doi(load: Load) -> None:
    one, two = (Raw({"id": f"2405.0000{n}", "title": f"Part {n}", "doi": "10.1/w"}, "arxiv") for n in (1, 2))
    work = Raw({"id": "w", "title": "Work", "doi": "10.1/w", "journal_ref": "J. 1"}, "file")
    for snapshot in (load(one, two, work), load(work, two, one), load(two, work, onto=load(one))):
        found = read(snapshot, "SELECT arxiv_id, journal_ref FROM papers ORDER BY arxiv_id")
        assert found == [("2405.00001", "J. 1"), ("2405.00002", None)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"arxiv_id": "2405.00001v1"}, {"url": "https://arxiv.org/abs/2405.00001v3"}),
        ({"arxiv_id": "math.GT/0309136"}, {"arxiv_id": "math/0309136"}),
        ({"doi": "10.48550/arXiv.2405.00001"}, {"arxiv_id": "2405.00001"}),
        ({"doi": "doi:10.1000/ABC"}, {"doi": "http://dx.doi.org/10.1000/abc"}),
    ],
)
def test_ids_meet_however_they_are_written(load: Load, one: dict[str, Any], other: dict[str, Any]) -> None:
    snapshot = load(
        Raw({"id": "a", "title": "A", **one}, "file"), Raw({"id": "b", "title": "B", **other}, "file")
    )
    assert read(snapshot, "SELECT paper_id FROM papers") == [("a",)]


@pytest.mark.parametrize("text", ["n/a", "none", "10.", "to appear"])
def test_what_is_no_doi_joins_nobody(load: Load, text: str) -> None:
    snapshot = load(*(Raw({"title": title, "doi": text}, "file") for title in "AB"))
    assert read(snapshot, "SELECT title, doi FROM papers ORDER BY 1") == [("A", None), ("B", None)]


def test_a_source_that_is_asked_live_may_retitle_its_own_papers(load: Load) -> None:
    old, new = (Raw({"id": "p1", "title": title}, "hf") for title in ("Old", "New"))
    assert read(load(new, onto=load(old), revising="hf"), "SELECT title FROM papers") == [("New",)]
    assert read(load(new, onto=load(old)), "SELECT title FROM papers") == [("Old",)]


def test_a_record_of_a_paper_that_was_merged_is_known_by_its_own_id_and_title(load: Load) -> None:
    merged = load(FILED, onto=load(ARXIV))
    later = Raw({"id": "ref-12", "title": "On rings", "remark": "read"}, "file")
    assert read(load(later, onto=merged), "SELECT paper_id, remark FROM papers") == [("2405.00001", "read")]


def test_a_snapshot_from_before_papers_had_several_sources_is_carried_forward(load: Load) -> None:
    snapshot = load(FILED)
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("DROP TABLE paper_sources; ALTER TABLE authors DROP COLUMN name_key")
        for column in ("field_sources", "doi", "categories", "journal_ref", "remark", "updated_on"):
            connection.execute(f"ALTER TABLE papers DROP COLUMN {column}")
        connection.execute(
            "INSERT INTO authors (paper_id, position, name) VALUES ('ref-12', 1, 'Curie, Marie')"
        )
    carried = load(Raw({"id": "ref-12", "title": "On Rings", "doi": "10.1/r"}, "file"), onto=snapshot)
    assert read(carried, "SELECT paper_id, title, doi FROM papers") == [("ref-12", "On Rings", "10.1/r")]
    assert read(carried, "SELECT name, name_key FROM authors") == [("Curie, Marie", "marie curie")]
    assert read(carried, "SELECT source, source_id, run_id FROM paper_sources") == [
        ("file", "ref-12", "run 1")
    ]


def test_many_records_of_few_papers_merge_in_slices(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.store.loading._SLICE", 3)
    records = [
        Raw({"id": f"{source}-{n}", "title": f"T{n}", "doi": f"10.1/{n}", "remark": f"{source} {n}"}, source)
        for source in ("file", "hf")
        for n in range(10)
    ]
    snapshot = load(*records)
    assert read(snapshot, "SELECT paper_id, remark FROM papers ORDER BY paper_id") == [
        (f"file-{n}", f"hf {n}") for n in range(10)
    ]


@pytest.mark.slow
def test_the_sample_of_arxiv_and_the_recorded_lists_share_1379_papers(shared_data: Path, load: Load) -> None:
    sample = pq.read_table(
        shared_data / "arxiv_daily_sample.parquet", columns=["arxiv_id", "title", "authors"]
    )
    known = [Raw({**row, "id": row["arxiv_id"]}, "arxiv") for row in sample.to_pylist()]
    listed = list(_usable(FileSource([str(shared_data / "hf_api")]).records()))
    ids = {raw.fields["id"] for raw in listed}
    arxiv_first = load(*listed, onto=load(*known))
    lists_first = load(*known, onto=load(*listed))
    for snapshot in (arxiv_first, lists_first):
        assert read(snapshot, "SELECT count(*) FROM papers") == [(24_301 + len(ids) - 1_379,)]
        sources = "SELECT count(DISTINCT source) FROM paper_sources GROUP BY paper_id"
        assert read(snapshot, sources).count((2,)) == 1_379
    content = f"SELECT arxiv_id, title, abstract, organization, {giver('title', 'listed_on')} FROM papers ORDER BY ALL"
    assert read(arxiv_first, content) == read(lists_first, content)


def _usable(records: Iterable[Raw | Reject]) -> Iterable[Raw]:
    for record in records:
        if isinstance(record, Raw) and isinstance(paper_from(record, TODAY), Paper):
            yield record


def test_parts_staged_by_other_processes_are_the_same_records(tmp_path: Path) -> None:
    corpus = Demo(400, 3)
    spans = (range(start, start + 10) for start in range(0, 30, 10))  # 30 months, a chunk each
    with Store(tmp_path / "parts.duckdb", None) as store:
        read_in_parts = list(
            store.stage_parts((partial(demo._records_of, 400, 3, span) for span in spans), TODAY)
        )
        store.merge("run")
    with Store(tmp_path / "whole.duckdb", None) as store:
        list(store.stage(validate(corpus.records(), TODAY)))
        store.merge("run")
    assert sum(read_in_parts) == 400
    for table in ("papers", "authors", "upvote_observations", "paper_sources"):
        rows = f"FROM {table} ORDER BY ALL"
        whole, parts = (read(tmp_path / f"{name}.duckdb", rows) for name in ("whole", "parts"))
        assert whole == parts
        assert len(whole) >= 400


def test_a_process_that_is_ended_from_outside_is_told_of_in_a_sentence(tmp_path: Path) -> None:
    with (
        Store(tmp_path / "x.duckdb", None) as store,
        pytest.raises(PapertideError, match="was ended from outside, so nothing was published; see that"),
    ):
        list(store.stage_parts([partial(os._exit, 1)], TODAY))
