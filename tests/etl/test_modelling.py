"""When topics are fitted anew, when new papers join them, and what a run publishes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etl import contract, modelling, pipeline
from etl.errors import InputError
from etl.modelling import Wish, drifted, reason_to_fit
from etl.report import Report
from etl.settings import LLM_ENDPOINT_VARIABLE, LLM_MODEL_VARIABLE, Settings
from etl.sources.file import FileSource
from tests.embeddings_server import EmbeddingsServer
from tests.llm_server import LlmServer

FITTED = {
    "version": modelling.VERSION,
    "granularity": "normal",
    "papers": 1_000,
    "cosine": 0.5,
    "embedder": "m",
}
SUBJECTS = (
    "lattice quark meson gluon boson parity hadron lepton",
    "neuron synapse cortex spike axon retina dendrite soma",
)

Rows = Callable[[Path, str], list[tuple[Any, ...]]]


@pytest.mark.parametrize(
    ("wish", "fitted", "papers", "reason"),
    [
        (Wish(), None, 1_000, "there were no topics yet"),
        (Wish(), FITTED, 1_199, None),
        (Wish(), FITTED, 1_200, "the papers were 1,000 at the last fit and are 1,200 now"),
        (Wish(refit=True), FITTED, 1_000, "it was asked for"),
        (Wish("25"), FITTED, 1_000, "'25' topics are wanted, no longer 'normal'"),
        (Wish(), {**FITTED, "version": "0"}, 1_000, "topics are fitted in another way now"),
    ],
)
def test_topics_are_fitted_for_a_reason(
    wish: Wish, fitted: dict[str, Any] | None, papers: int, reason: str
) -> None:
    assert reason_to_fit(wish, fitted, papers, "m") == reason


def test_topics_of_another_model_are_fitted_anew() -> None:
    assert reason_to_fit(Wish(), FITTED, 1_000, "n") == "vectors come from n now, no longer from m"


def test_new_papers_that_fit_clearly_worse_are_a_drift() -> None:
    assert drifted(np.full(100, 0.45), FITTED) is None  # nine tenths of what it was
    assert drifted(np.full(99, 0.1), FITTED) is None  # too few to say so
    assert drifted(np.full(100, 0.44), FITTED) == (
        "100 new papers fit the topics less well (mean cosine 0.44) than the papers fitted (0.50)"
    )


def test_a_wish_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="'lots' is no number of topics"):
        Wish("lots")


def papers(first: int, last: int) -> list[dict[str, str]]:
    """Papers about one of two subjects in turn."""
    rng = np.random.default_rng(first)
    return [
        {
            "id": f"p{number:03}",
            "title": " ".join(rng.permutation(SUBJECTS[number % 2].split())[:4]),
            "abstract": ". ".join(
                " ".join(rng.permutation(SUBJECTS[number % 2].split())[:5]) for _ in range(4)
            ),
        }
        for number in range(first, last)
    ]


def test_new_papers_join_topics_until_they_are_a_fifth_more(
    write_jsonl: Any, tmp_path: Path, read: Rows, silent: Any
) -> None:
    data_dir = tmp_path / "data"

    def load(some: list[dict[str, str]], **wish: Any) -> Report:
        source = FileSource([str(write_jsonl(some, f"{some[0]['id']}-{len(some)}.jsonl"))])
        return pipeline.run(
            Settings(data_dir), source, contract.REAL, {}, progress=silent, wish=Wish("2", **wish)
        )

    topics = "SELECT topic_id, label, papers FROM topics WHERE topic_id >= 0 ORDER BY topic_id"
    assert load(papers(0, 60)).refitted
    ((_, one, _), (_, two, _)) = before = read(data_dir, topics)
    assert one != two
    assert [row[2] for row in before] == [30, 30]
    assert read(data_dir, "SELECT papers, reason FROM topic_fit") == [(60, "there were no topics yet")]

    joined = load(papers(60, 70))
    assert joined.refitted is False
    apart = (
        "SELECT sqrt((p.x - t.x) ** 2 + (p.y - t.y) ** 2) FROM papers p JOIN topics t USING (topic_id) "
        "WHERE paper_id >= 'p060'"
    )
    assert (
        max(distance for (distance,) in read(data_dir, apart)) < 0.5**0.5
    )  # the radius of half of the papers
    assert read(data_dir, topics) == [(topic_id, label, 35) for topic_id, label, _ in before]
    mixed = "SELECT count(DISTINCT topic_id) FROM papers GROUP BY CAST(paper_id[2:] AS INTEGER) % 2"
    assert read(data_dir, mixed) == [(1,), (1,)]

    assert load(papers(70, 72)).refitted  # 72 are a fifth more than 60
    assert [row[:2] for row in read(data_dir, topics)] == [row[:2] for row in before]
    assert read(data_dir, "SELECT count(*) FROM topic_lineage WHERE event = 'kept'") == [(2,)]
    assert read(data_dir, "SELECT min(topic_probability) > .5 FROM papers") == [(True,)]

    assert load(papers(0, 60)).refitted is False
    assert load(papers(0, 60), refit=True).refitted
    assert read(data_dir, "SELECT reason FROM topic_fit") == [("it was asked for",)]


def test_papers_without_words_in_common_are_published_without_topics(
    write_jsonl: Any, tmp_path: Path, read: Rows, silent: Any
) -> None:
    same = [{"id": f"p{number}", "title": f"Of the {number}"} for number in range(60)]
    source = FileSource([str(write_jsonl(same))])
    done = pipeline.run(Settings(tmp_path / "data"), source, contract.REAL, {}, progress=silent)
    assert done.note == "The papers share too few words for topics; load more of them, with abstracts."
    assert read(tmp_path / "data", "SELECT count(*), max(topic_id) FROM papers") == [(60, -1)]


def test_vectors_come_from_the_embedder_asked_for(
    write_jsonl: Any, tmp_path: Path, read: Rows, silent: Any
) -> None:
    def load(some: list[dict[str, str]], embedder: str | None) -> Report:
        source = FileSource([str(write_jsonl(some, f"{some[0]['id']}.jsonl"))])
        wish = Wish("2", embedder=embedder)
        return pipeline.run(Settings(data_dir), source, contract.REAL, {}, progress=silent, wish=wish)

    data_dir = tmp_path / "data"
    model = "SELECT embedder, reason FROM topic_fit"
    with EmbeddingsServer() as server:
        spec = f"openai:tiny@{server.endpoint}"
        assert load(papers(0, 60), spec).refitted
        assert sum(len(asked.content["input"]) for asked in server.asked) == 60
        assert "tiny" in read(data_dir, model)[0][0]
        assert load(papers(60, 65), spec).refitted is False
        assert sum(len(asked.content["input"]) for asked in server.asked) == 65  # only the new ones
    assert load(papers(65, 66), None).refitted
    assert read(data_dir, model)[0][1].startswith("vectors come from bm25-views")


def test_a_language_model_names_new_topics_only(
    write_jsonl: Any, tmp_path: Path, read: Rows, silent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir, asked = tmp_path / "data", []

    def says(shown: dict[str, Any]) -> str:
        asked.append(shown)
        about = shown["keywords"][0]
        return json.dumps({"label": f"{about} research", "description": f"Papers on {about}."})

    def load(some: list[dict[str, str]]) -> Report:
        source = FileSource([str(write_jsonl(some, f"{some[0]['id']}.jsonl"))])
        wish = Wish("2", refit=True, llm_labels=True)
        return pipeline.run(Settings(data_dir), source, contract.REAL, {}, progress=silent, wish=wish)

    with LlmServer(says) as server:
        monkeypatch.setenv(LLM_ENDPOINT_VARIABLE, server.endpoint)
        monkeypatch.setenv(LLM_MODEL_VARIABLE, "small")
        assert load(papers(0, 60)).note is None
        named = read(data_dir, "SELECT label, description FROM topics WHERE topic_id >= 0 ORDER BY topic_id")
        assert len(asked) == 2
        assert all(label.endswith(" research") and told.startswith("Papers on ") for label, told in named)
        assert all(title in [one["title"] for one in papers(0, 60)] for title in asked[0]["titles"])
        load(papers(60, 66))
    assert len(asked) == 2  # both topics stayed
    assert (
        read(data_dir, "SELECT label, description FROM topics WHERE topic_id >= 0 ORDER BY topic_id") == named
    )
