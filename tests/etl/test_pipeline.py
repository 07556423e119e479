"""A run from records to published tables, on corpora small enough to check by eye."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from etl import contract, embed, pipeline
from etl.errors import CorpusMismatch, InputError, PapertideError
from etl.modelling import Wish
from etl.records import Paper, Raw, paper_from
from etl.report import Report
from etl.settings import Settings
from etl.sources.file import FileSource
from etl.store import Store, VectorCache

Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def load(tmp_path: Path, silent: Any) -> Callable[..., Report]:
    """Runs the file source into `tmp_path / data`."""

    def run(*inputs: Path, data_dir: Path = tmp_path / "data", keep: int = 10) -> Report:
        source = FileSource([str(path) for path in inputs])
        return pipeline.run(Settings(data_dir, keep), source, contract.REAL, {}, progress=silent)

    return run


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_what_a_record_says_is_what_is_published(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    record = {
        "id": "2405.19327",
        "title": " A  title ",
        "abstract": "Words.",
        "authors": ["Ada Lovelace", "Emmy Noether"],
        "published": "2024-05-24",
        "upvotes": 7,
        "comments": 0,
        "observed_at": "2024-06-01",
        "organization": "Göttingen",
        "keywords": ["rings"],
    }
    load(write_jsonl([record, {"title": "Bare"}]))
    columns = (
        "paper_id, source, arxiv_id, title, abstract, published_on, listed_on, authors_count, upvotes, comments, "
        "observed_at, organization, keywords, url, topic_id, topic_probability"
    )
    full, bare = read(data_dir, f"SELECT {columns} FROM papers ORDER BY paper_id")
    assert full == (
        "2405.19327",
        "file",
        "2405.19327",
        "A title",
        "Words.",
        date(2024, 5, 24),
        None,
        2,
        7,
        0,
        datetime(2024, 6, 1),
        "Göttingen",
        ["rings"],
        "https://arxiv.org/abs/2405.19327",
        -1,
        0.0,
    )
    assert bare[0].startswith("title:")
    assert bare[4:12] == (None,) * 8  # what is unknown is NULL, never 0
    authors = read(data_dir, "SELECT paper_id, position, name FROM authors ORDER BY position")
    assert authors == [("2405.19327", 1, "Ada Lovelace"), ("2405.19327", 2, "Emmy Noether")]


def test_hidden_authors_and_repeated_names_are_kept_as_given(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    team = [{"name": "Wei Li"}, {"name": "Ada Lovelace", "hidden": True}, {"name": "Wei Li", "hidden": False}]
    load(write_jsonl([{"title": "A", "authors": team}, {"title": "B", "authors": ["Wei Li"]}]))
    rows = read(
        data_dir,
        "SELECT title, position, name, hidden FROM authors JOIN papers USING (paper_id) ORDER BY ALL",
    )
    assert rows == [
        ("A", 1, "Wei Li", False),
        ("A", 2, "Ada Lovelace", True),
        ("A", 3, "Wei Li", False),
        ("B", 1, "Wei Li", False),
    ]
    assert read(data_dir, "SELECT authors_count FROM papers ORDER BY title") == [(3,), (1,)]


def test_who_submitted_a_paper_and_its_repository(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    columns = "SELECT submitter, repository, repository_stars FROM papers"
    load(write_jsonl([{"id": "a", "title": "A", "submitter": "Ada", "githubRepo": "https://github.com/a/b"}]))
    assert read(data_dir, columns) == [("Ada", "https://github.com/a/b", None)]
    load(write_jsonl([{"id": "a", "title": "A", "github_stars": 0}], "later.jsonl"))
    assert read(data_dir, columns) == [("Ada", "https://github.com/a/b", 0)]


def test_the_published_tables_are_those_of_the_contract(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    load(write_jsonl([{"title": "One", "date": "2024-05-24"}]))
    published = read(
        data_dir,
        "SELECT table_name, column_name FROM information_schema.columns ORDER BY table_name, ordinal_position",
    )
    promised = [(table.name, column.name) for table in contract.TABLES for column in table.columns]
    assert sorted(published) == sorted(promised)


def test_the_freshest_counters_win_and_every_observation_is_kept(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    def seen(day: int, upvotes: int | None, comments: int | None = None) -> dict[str, Any]:
        return {
            "id": "p",
            "title": "T",
            "upvotes": upvotes,
            "num_comments": comments,
            "observed_at": f"2026-01-{day:02}",
        }

    first = load(write_jsonl([seen(3, 9), seen(1, 2, 1), seen(3, 9), seen(4, None, 5)]))
    assert (first.records, first.papers_added, first.observations_added) == (4, 1, 3)
    assert read(data_dir, "SELECT upvotes, comments, observed_at FROM papers") == [
        (9, 5, datetime(2026, 1, 4))
    ]

    second = load(write_jsonl([seen(2, 4), seen(1, 2, 1)], "later.jsonl"))
    assert (second.papers_added, second.observations_added) == (0, 1)
    assert read(data_dir, "SELECT upvotes FROM papers") == [(9,)]
    history = read(data_dir, "SELECT day(observed_at), upvotes FROM upvote_observations ORDER BY observed_at")
    assert history == [(1, 2), (2, 4), (3, 9), (4, None)]


def test_loading_a_file_twice_adds_nothing_but_the_run(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    path = write_jsonl([{"id": "a", "title": "A", "upvotes": 1}, {"title": ""}, {"id": "a", "title": "B"}])
    load(path)
    again = load(path)
    assert (again.records, again.rejected, again.papers_added, again.observations_added) == (3, 2, 0, 0)
    counts = "SELECT (SELECT count(*) FROM papers), (SELECT count(*) FROM upvote_observations), \
              (SELECT count(*) FROM rejects), (SELECT count(*) FROM runs)"
    assert read(data_dir, counts) == [(1, 1, 2, 2)]


def test_one_id_with_two_titles_is_refused_within_and_across_runs(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    load(
        write_jsonl(
            [{"id": "7", "title": "First"}, {"id": "7", "title": "Second"}, {"id": "7", "title": "FIRST."}]
        )
    )
    load(write_jsonl([{"id": "7", "title": "Third"}, {"id": "8", "title": "Other"}], "later.jsonl"))
    assert read(data_dir, "SELECT paper_id FROM papers ORDER BY 1") == [("7",), ("8",)]
    reasons = read(data_dir, "SELECT reason, raw FROM rejects ORDER BY run_id")
    assert [reason.split(", ")[0] for reason, _ in reasons] == ["id 7 already belongs to another title"] * 2
    assert '"title":"Second"' in reasons[0][1]


def test_rejects_say_why_and_never_stop_the_run(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    done = load(write_jsonl([{"title": "Good"}, {"title": "Bad", "upvotes": -3}, 7]))
    assert (done.records, done.rejected, done.papers) == (3, 2, 1)
    reasons = read(data_dir, "SELECT reason FROM rejects ORDER BY reason")
    assert reasons == [("the record is a int, not an object",), ("upvotes is -3, below zero",)]


def test_a_run_of_nothing_but_bad_records_fails_and_publishes_nothing(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path
) -> None:
    with pytest.raises(InputError, match=r"None of the 2 records .* title is missing"):
        load(write_jsonl([{"abstract": "x"}, {"abstract": "y"}]))
    assert contract.read_pointer(data_dir) is None
    with pytest.raises(InputError, match="holds no records"):
        load(write_jsonl([], "empty.jsonl"))


def test_a_failed_run_stands_in_the_history_of_the_next(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    with pytest.raises(InputError):
        load(write_jsonl([{"abstract": "x"}], "bad.jsonl"))
    load(write_jsonl([{"title": "Good"}]))
    failed, published = read(data_dir, "SELECT status, records, error FROM runs ORDER BY started_at")
    assert failed[:2] == ("failed", 1)
    assert "None of the 1 records" in failed[2]
    assert published == ("published", 1, None)


def test_a_small_corpus_is_published_with_a_sentence(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    load(write_jsonl([{"title": f"Paper {i}", "date": f"2024-0{1 + i % 3}-15"} for i in range(9)]))
    assert read(data_dir, "SELECT note FROM snapshot") == [
        ("9 papers are too few for topics; load at least 50 to see some.",)
    ]
    assert read(data_dir, "SELECT topic_id, label, papers FROM topics") == [(-1, "No topic", 9)]
    assert read(data_dir, "SELECT count(*) FROM topic_signals") == [(0,)]


def test_topics_may_be_left_out(write_jsonl: Any, data_dir: Path, silent: Any, read: Rows) -> None:
    path = write_jsonl([{"title": f"Paper {i} on rings", "abstract": "Rings."} for i in range(60)])
    wish = Wish(granularity="none")
    pipeline.run(Settings(data_dir), FileSource([str(path)]), contract.REAL, {}, progress=silent, wish=wish)
    assert read(data_dir, "SELECT topic_id, papers FROM topics") == [(-1, 60)]
    assert read(data_dir, "SELECT note FROM snapshot") == [
        ("Topics were left out as the run asked (--topics none); run again without that to see some.",)
    ]


def test_months_by_hand(load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows) -> None:
    days = ["2024-01-20", "2024-01-31", "2024-02-10", "2024-04-01", "2024-05-31", None]
    load(write_jsonl([{"title": f"Paper {i}", "date": day, "upvotes": i} for i, day in enumerate(days)]))
    months = read(
        data_dir,
        "SELECT month, papers, corpus_papers, share, upvotes_median, partial FROM topic_months ORDER BY 1",
    )
    assert months == [
        (date(2024, 1, 1), 2, 2, 1.0, 0.5, True),  # the first record is of the 20th
        (date(2024, 2, 1), 1, 1, 1.0, 2.0, False),
        (date(2024, 3, 1), 0, 0, None, None, False),  # a month without papers is there, with zero
        (date(2024, 4, 1), 1, 1, 1.0, 3.0, False),
        (date(2024, 5, 1), 1, 1, 1.0, 4.0, False),  # whole: the last record is of the 31st
    ]


def entry(number: int, published: str) -> dict[str, Any]:
    paper = {
        "id": f"24{number:02}.0000{number}",
        "title": f"T{number}",
        "publishedAt": published,
        "authors": [],
    }
    return {"paper": paper, "numComments": 0}


def test_the_days_a_list_was_asked_for_are_covered(
    load: Callable[..., Report], tmp_path: Path, data_dir: Path, read: Rows
) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    for number, (listed, published) in enumerate(
        [("2024-02-01", "2024-01-30"), ("2024-03-29", "2024-03-20")]
    ):
        content = gzip.compress(json.dumps([entry(number, published)]).encode())
        (folder / f"{listed}.json.gz").write_bytes(content)
    load(folder)
    # Asked from 1 February to Friday 29 March, whose weekend has no list: March is whole. January never was asked for.
    assert read(data_dir, "SELECT source, covered_from, covered_until FROM coverage") == [
        ("hf", date(2024, 2, 1), date(2024, 4, 1))
    ]
    assert read(data_dir, "SELECT partial FROM topic_months ORDER BY month") == [(True,), (False,), (False,)]


def test_a_month_is_complete_only_when_every_source_covers_it(
    load: Callable[..., Report], write_jsonl: Any, tmp_path: Path, data_dir: Path, read: Rows
) -> None:
    load(write_jsonl([{"title": "A", "date": "2024-01-01"}, {"title": "B", "date": "2024-03-31"}]))
    listed = tmp_path / "2024-02-01.json"
    listed.write_text(json.dumps([entry(1, "2024-02-01")]))
    load(listed)
    assert read(data_dir, "SELECT DISTINCT partial FROM topic_months") == [(True,)]


def test_the_month_under_way_is_partial(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    today = pipeline.report.now().date()
    start = today.replace(day=1)
    load(write_jsonl([{"title": "A", "date": f"{start}"}, {"title": "B", "date": f"{today}"}]))
    assert read(data_dir, "SELECT partial FROM topic_months") == [(True,)]


def test_demo_and_real_papers_never_mix(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, silent: Any
) -> None:
    path = write_jsonl([{"title": "Real"}])
    load(path)
    with pytest.raises(CorpusMismatch, match=r"holds real papers, and demo papers never mix .* --data-dir\."):
        pipeline.run(Settings(data_dir), FileSource([str(path)]), contract.DEMO, {}, progress=silent)


def test_another_schema_version_is_refused_in_one_sentence(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path
) -> None:
    path = write_jsonl([{"title": "Real"}])
    load(path)
    pointer = data_dir / contract.POINTER_NAME
    before = json.loads(pointer.read_text())
    pointer.write_text(json.dumps({**before, "schema_version": contract.SCHEMA_VERSION + 1}))
    with duckdb.connect(str(data_dir / before["snapshot"])) as connection:
        connection.execute("UPDATE snapshot SET schema_version = schema_version + 1")
    with pytest.raises(PapertideError, match=r"schema version 2 .* run the ETL into another --data-dir\."):
        load(path)


def test_the_newest_snapshots_are_kept(load: Callable[..., Report], write_jsonl: Any, data_dir: Path) -> None:
    path = write_jsonl([{"title": "A"}])
    runs = [load(path, keep=2) for _ in range(3)]
    kept = sorted(file.stem for file in (data_dir / "snapshots").iterdir())
    assert runs[2].run_id in kept
    assert len(kept) == 2


def test_hostile_and_huge_records_pass_through(
    load: Callable[..., Report], write_jsonl: Any, data_dir: Path, read: Rows
) -> None:
    hostile = [
        "'); DROP TABLE papers; --",
        "\ud800 half a character",
        "nul \x00 inside",
        "\u202eright to left",
    ]
    load(write_jsonl([{"title": title, "abstract": "x" * 3_000_000} for title in hostile]))
    titles = {title for (title,) in read(data_dir, "SELECT title FROM papers")}
    assert titles == {"'); DROP TABLE papers; --", "? half a character", "nul inside", "\u202eright to left"}
    assert read(data_dir, "SELECT max(length(abstract)) FROM papers") == [(20_000,)]


class Counting:
    """An Embedder that remembers the texts it was given."""

    model = "counting-1"

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        return np.array([[len(text), 1.0] for text in texts], np.float32)


def test_only_new_texts_are_embedded(tmp_path: Path) -> None:
    def add(store: Store, *titles: str) -> None:
        raws = [Raw({"title": title}, "file") for title in titles]
        validated = [(raw, paper_from(raw, date(2026, 1, 1))) for raw in raws]
        list(store.stage((raw, paper) for raw, paper in validated if isinstance(paper, Paper)))
        store.merge("run")

    embedder = Counting()
    with VectorCache(tmp_path / "v.duckdb") as cache:
        with Store(tmp_path / "a.duckdb", None) as store:
            add(store, "one", "three")
            first = embed.embed_corpus(store, embedder, cache, lambda papers: None)
        with Store(tmp_path / "b.duckdb", tmp_path / "a.duckdb") as store:
            add(store, "two")
            second = embed.embed_corpus(store, embedder, cache, lambda papers: None)
            order = [title for batch in store.texts() for title in batch.title]
    assert sorted(embedder.encoded) == ["one. one. one. ", "three. three. three. ", "two. two. two. "]
    assert len(first) == 2
    assert second[:, 0].tolist() == [len(f"{title}. " * 3) for title in order]


def test_a_stop_that_duckdb_swallowed_is_one(tmp_path: Path, silent: Any) -> None:
    class Interrupted:
        name = "file"
        coverage: Mapping[str, tuple[date, date]] = {}

        def records(self) -> Iterator[Raw]:
            raise RuntimeError("Query interrupted")  # all that DuckDB says when a signal comes
            yield

    with pytest.raises(KeyboardInterrupt):
        pipeline.run(Settings(tmp_path), Interrupted(), contract.REAL, {}, progress=silent)
    (report,) = (json.loads(path.read_text()) for path in tmp_path.glob("runs/*.json"))
    assert (report["status"], report["error"]) == ("failed", "stopped by the user")
