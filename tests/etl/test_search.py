"""What search needs in the snapshot: postings counted by hand, and vectors that follow their texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from etl import contract, embed, pipeline
from etl.encode import Encoder, words
from etl.report import Report
from etl.search import index, rounded
from etl.settings import Settings
from etl.sources.file import FileSource
from etl.store import Store

Rows = Callable[..., list[tuple[Any, ...]]]
ENCODER = Encoder(
    "by hand",
    ("graph", "node"),
    np.ones(2, np.float32),
    np.eye(2, 6, dtype=np.float32),
    np.zeros(6, np.float32),
    5.0,
)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def load(data_dir: Path, silent: Any, write_jsonl: Any) -> Callable[..., Report]:
    """Runs the file source on records."""

    def run(records: Sequence[dict[str, Any]]) -> Report:
        source = FileSource([str(write_jsonl(records))])
        return pipeline.run(Settings(data_dir, 10), source, contract.REAL, {}, progress=silent)

    return run


def test_a_posting_says_which_word_stands_in_which_paper_how_often(
    load: Callable[..., Report], data_dir: Path, read: Rows
) -> None:
    load(
        [
            {"id": "p1", "title": "Graph graph", "abstract": "A graph, nodes_and É2."},
            {"id": "p2", "title": "Nodes"},
        ]
    )
    counted = read(
        data_dir,
        "SELECT paper_id, term, count FROM search_postings JOIN search_terms USING (term_id) "
        "JOIN search_papers USING (number) ORDER BY ALL",
    )
    assert counted == [
        ("p1", "and", 1),
        ("p1", "graph", 7),  # three times two in the title, and one; "A" is no word
        ("p1", "nodes", 1),
        ("p1", "é2", 1),
        ("p2", "nodes", 3),
    ]
    assert read(data_dir, "SELECT term, papers FROM search_terms ORDER BY term_id") == [
        ("and", 1),
        ("graph", 1),
        ("nodes", 2),
        ("é2", 1),
    ]
    # Too few for topics are too few for an encoder.
    assert read(data_dir, "SELECT paper_id, words, model, vector FROM search_papers ORDER BY number") == [
        ("p1", 10, None, None),
        ("p2", 3, None, None),
    ]


@pytest.mark.parametrize("text", ["Don't stop: B2B_café x ΔΩ 数学 10,000", "ĳssel ﬁne Ⅻ", ""])
def test_words_are_those_of_the_encoder(
    load: Callable[..., Report], data_dir: Path, read: Rows, text: str
) -> None:
    load([{"id": "p1", "title": f"T1 {text}"}])
    assert read(data_dir, "SELECT term FROM search_terms ORDER BY term") == [
        (word,) for word in sorted(set(words(f"T1 {text}")))
    ]


def test_words_of_more_than_half_of_many_papers_find_nothing(
    load: Callable[..., Report], data_dir: Path, read: Rows
) -> None:
    # The numbers as words make each title another; 600 of 1,000 say "often", 500 say "half".
    load(
        [
            {
                "id": f"p{n}",
                "title": f"no{n}",
                "abstract": f"{'often' if n < 600 else ''} {'half' if n < 500 else ''}",
            }
            for n in range(1000)
        ]
    )
    found = read(
        data_dir,
        "SELECT term, papers, count(number) FROM search_terms LEFT JOIN search_postings USING (term_id) "
        "WHERE term IN ('often', 'half') GROUP BY ALL ORDER BY term",
    )
    assert found == [("half", 500, 500), ("often", 600, 0)]


def build(path: Path, previous: Path | None, texts: dict[str, str], encoder: Encoder = ENCODER) -> int:
    """Index papers of these titles as a run would; returns how many vectors were made."""
    made = []
    with Store(path, previous) as store:
        store._connection.execute("DELETE FROM papers")
        rows = [(paper, title, title, "file", -1, 0.0, "r") for paper, title in texts.items()]
        names = ["paper_id", "title_key", "title", "source", "topic_id", "topic_probability", "run_id"]
        store._insert("papers", pd.DataFrame(rows, columns=names))
        store.replace_encoder(embed.to_terms(encoder))
        index(store, path.parent / "embeddings.duckdb", made.append)
    return sum(made)


def vectors(path: Path) -> dict[str, list[int]]:
    with Store(path.with_suffix(".copy"), None) as store:
        store._connection.execute(f"ATTACH '{path}' AS built (READ_ONLY)")
        return dict(store._connection.execute("SELECT paper_id, vector FROM built.search_papers").fetchall())


def test_a_vector_is_the_general_view_in_whole_numbers(tmp_path: Path) -> None:
    built = tmp_path / "one.duckdb"
    assert build(built, None, {"a": "Graph", "b": "Graph of a node", "c": "Else"}) == 3
    assert vectors(built) == {"a": [127, 0], "b": [127, 127], "c": [0, 0]}


def test_vectors_of_the_same_text_are_kept_and_others_are_made(tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{name}.duckdb" for name in ("one", "two", "three"))
    build(first, None, {"a": "Graph", "b": "Node"})
    assert (
        build(second, first, {"a": "Graph", "b": "Graph", "c": "Node"}) == 2
    )  # another text, and a new paper
    assert vectors(second) == {"a": [127, 0], "b": [127, 0], "c": [0, 127]}
    other = Encoder(
        "another", ENCODER.terms, ENCODER.idf, -ENCODER.projection, ENCODER.centre, ENCODER.length
    )
    assert build(third, second, {"a": "Graph"}, other) == 1
    assert vectors(third) == {"a": [-127, 0]}


def test_rounding_keeps_directions() -> None:
    assert rounded(np.array([[0.5, -0.25], [0, 0], [3, 4]], np.float32)).tolist() == [
        [127, -64],
        [0, 0],
        [95, 127],
    ]
