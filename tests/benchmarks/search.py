"""Prints how well search finds: `uv run python -m tests.benchmarks.search --data-dir DIR`, on papers of the real kind.

- own title: share of papers that are first for their own title, by words;
- own sentence: share of papers among the first ten for a sentence of their abstract, by words and meaning together;
- paraphrases: for fifty questions in other words than the papers', how many of the first ten are papers meant, by
  meaning alone and by words alone; and the share of questions that found one;
- milliseconds of each kind of search, as one waits for them and as the processor works.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from dashboard import queries
from dashboard.filters import BOTH, MEANING, WORDS, Filters
from dashboard.snapshot import Snapshot, connect
from etl.contract import read_pointer
from tests.benchmarks.paraphrases import PARAPHRASES

ASKED = 500  # papers, an even part of all
FIRST = 10
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
WORDS_AT_LEAST = 8  # of a sentence


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--papers", type=int, default=ASKED)
    asked = parser.parse_args()
    pointer = read_pointer(asked.data_dir)
    assert pointer is not None, "nothing is published there"
    snapshot = Snapshot(str(pointer.snapshot), "", pointer.published_at, "", connect(str(pointer.snapshot)))
    papers = snapshot.connection.execute(
        "SELECT paper_id, title, title_key, abstract FROM papers ORDER BY md5(paper_id) LIMIT $n",
        {"n": asked.papers},
    ).df()
    measure(snapshot, papers)


def measure(snapshot: Snapshot, papers: pd.DataFrame) -> None:
    """Print the table."""
    table = Table(
        "", "found", "bar", "median ms", "95 % ms", "median ms of processor", title=f"{len(papers)} papers"
    )
    clocks: list[tuple[float, float]] = []

    def first(text: str, way: str) -> pd.DataFrame:
        start = time.perf_counter(), time.process_time()
        found = snapshot.ask(queries.found, Filters(find=text, way=way), FIRST)
        clocks.append((1000 * (time.perf_counter() - start[0]), 1000 * (time.process_time() - start[1])))
        return found

    def row(name: str, found: str, bar: str) -> None:
        waited, worked = np.array(clocks).T
        times = (
            f"{value:.0f}" for value in (np.median(waited), np.quantile(waited, 0.95), np.median(worked))
        )
        table.add_row(name, found, bar, *times)
        clocks.clear()

    row("first for its own title, by words", f"{own_title(papers, first):.1%}", "99 %")
    row("in the first ten for its own sentence, by both", f"{own_sentence(papers, first):.1%}", "97 %")
    for way in (MEANING, WORDS):
        meant, any_meant = paraphrased(snapshot, way, first)
        row(f"meant, of the first ten for a paraphrase, by {way}", f"{meant:.0%}; one: {any_meant:.0%}", "")
    Console().print(table, "Bar: each under 100 ms.")


Search = Callable[[str, str], pd.DataFrame]


def own_title(papers: pd.DataFrame, first: Search) -> float:
    """Share of papers found first, or after one of the same title."""
    hits = []
    for paper in papers.itertuples():
        found = first(str(paper.title), WORDS)
        hits.append(len(found) > 0 and paper.title.lower() == found["title"][0].lower())
    return float(np.mean(hits))


def own_sentence(papers: pd.DataFrame, first: Search) -> float:
    """Share of papers found for the middle one of their abstract's sentences, those of a few words left out."""
    hits = []
    for paper in papers.dropna(subset="abstract").itertuples():
        sentences = [one for one in _SENTENCE.split(paper.abstract) if len(one.split()) >= WORDS_AT_LEAST]
        if sentences:
            found = first(sentences[len(sentences) // 2], BOTH)
            hits.append(paper.paper_id in set(found["paper_id"]))
    return float(np.mean(hits))


def paraphrased(snapshot: Snapshot, way: str, first: Search) -> tuple[float, float]:
    """Share of the first ten that are meant, and of the questions that found any that is."""
    shares = []
    for question, meant in PARAPHRASES:
        assert not re.search(meant, question, re.IGNORECASE), question
        texts = [_text(snapshot, paper_id) for paper_id in first(question, way)["paper_id"]]
        shares.append(sum(bool(re.search(meant, text, re.IGNORECASE)) for text in texts) / FIRST)
    return float(np.mean(shares)), float(np.mean(np.array(shares) > 0))


def _text(snapshot: Snapshot, paper_id: str) -> str:
    paper = snapshot.ask(queries.paper, paper_id).iloc[0]
    return f"{paper['title']} {paper['abstract']}"


if __name__ == "__main__":
    main()
