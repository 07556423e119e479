"""What a run does about topics: nothing, assign the papers that are new, or fit anew. Each with its reason.

Topics are fitted when there are none, when the wish or the method changed, when asked to, and when the corpus has moved
on: its papers are a fifth more than at the fit, or the new ones fit the topics clearly worse than those fitted did.
Between two fits every topic stays as it is, and new papers go to the nearest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl import tables, trends
from etl.contract import OUTLIER
from etl.granularity import Granularity
from etl.store import Store, VectorCache

if TYPE_CHECKING:  # importing them for real takes seconds
    from etl.embed import Embedder, LatentSemantic
    from etl.places import Landmarks

PAPERS_AT_LEAST = 50  # fewer make no topics
REFIT_AT_GROWTH = 1.2  # papers now, of those at the fit
DRIFTED_BELOW = 0.9  # mean cosine of new papers to their topics, of that at the fit
DRIFT_TELLS_FROM = 100  # new papers; fewer say nothing of drift
JUDGED_ON = 5_000  # papers that are sorted again to know how likely assignments are
LANDMARKS = 20_000  # papers among which those that join are placed on the map
SEED = 42
NO_TOPICS = "none"  # instead of how many
VERSION = "4"  # change it when the same papers would get other topics

Vectors = NDArray[np.float32]
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """How topics are wanted: how many, whether fitted anew whatever changed, and the months to judge them over."""

    granularity: str = "normal"
    refit: bool = False
    trend_window: int | None = None
    embedder: str | None = None  # as `embedders.open_embedder` understands it; None for the default
    llm_labels: bool = False  # new topics are named by the language model that is set up

    @property
    def trend_months(self) -> int:
        """Length of the window that topics are judged over, in months."""
        return trends.WINDOW_MONTHS if self.trend_window is None else self.trend_window

    @property
    def none(self) -> bool:
        """Whether there shall be no topics."""
        return self.granularity == NO_TOPICS

    def __post_init__(self) -> None:
        if not self.none:
            Granularity.read(self.granularity)  # raises InputError where it is no number of topics


def chosen_embedder(wish: Wish) -> Embedder | None:
    """The embedder asked for; None for the default, which is fitted on the corpus.

    Raises:
        InputError: it cannot be opened.
    """
    if wish.embedder is None:
        return None
    from etl.embedders import open_embedder  # noqa: PLC0415

    return open_embedder(wish.embedder)


def reason_to_fit(wish: Wish, fitted: dict[str, Any] | None, papers: int, model: str) -> str | None:
    """Why topics must be fitted before the new papers were looked at; None where nothing speaks for it.

    Args:
        wish: how topics are wanted.
        fitted: the fit that the topics come from.
        papers: how many there are now.
        model: the model that vectors come from now.
    """
    if fitted is None:
        return "there were no topics yet"
    grown = papers >= fitted["papers"] * REFIT_AT_GROWTH
    was = fitted["granularity"]
    reasons = (
        (wish.refit, "it was asked for"),
        (fitted["version"] != VERSION, "topics are fitted in another way now"),
        (was != wish.granularity, f"'{wish.granularity}' topics are wanted, no longer '{was}'"),
        (fitted["embedder"] != model, f"vectors come from {model} now, no longer from {fitted['embedder']}"),
        (grown, f"the papers were {fitted['papers']:,} at the last fit and are {papers:,} now"),
    )
    return next((reason for holds, reason in reasons if holds), None)


def drifted(cosine: NDArray[np.float64], fitted: dict[str, Any]) -> str | None:
    """Why topics must be fitted after a look at the new papers' cosines (n) to their topics; else None."""
    if len(cosine) < DRIFT_TELLS_FROM or cosine.mean() >= fitted["cosine"] * DRIFTED_BELOW:
        return None
    return (
        f"{len(cosine):,} new papers fit the topics less well (mean cosine {cosine.mean():.2f}) than the papers "
        f"fitted ({fitted['cosine']:.2f})"
    )


def assign_new(
    store: Store,
    cache: Path,
    run_id: str,
    fitted: dict[str, Any],
    advance: Advance,
    chosen: Embedder | None = None,
) -> str | None:
    """Give the papers that a run added to the nearest topics; or say why topics must be fitted instead."""
    # Imported here, as below: they take seconds to load, and a run that finds nothing new does without them.
    from etl import embed  # noqa: PLC0415
    from etl.assignment import Confidence, assign  # noqa: PLC0415
    from etl.places import join  # noqa: PLC0415

    embedder = chosen or embed.LatentSemantic(embed.from_terms(store.encoder_terms()))
    topics = store.fitted_topics()
    topics = topics[topics.topic_id != OUTLIER]
    ids, centres = topics.topic_id.to_numpy(np.int64), np.array(topics.centre.tolist(), np.float32)
    sure = Confidence(fitted["intercept"], fitted["slope"])
    found = []
    with VectorCache(cache) as vectors_known:
        landmarks = _landmarks(store, topics, embedder.model, vectors_known)
        for batch in store.texts(added_by=run_id):
            vectors = embed.embed(batch, embedder, vectors_known)
            given = assign(vectors, centres, sure)
            found.append((batch.paper_id, given, join(vectors, given.topic, landmarks)))
            advance(len(batch))
    told = np.concatenate([np.empty(0), *(one.cosine[one.topic != OUTLIER] for _, one, _ in found)])
    if reason := drifted(told, fitted):
        return reason
    for paper_id, one, places in found:
        store.assign(
            tables.assignments(paper_id, np.append(ids, OUTLIER)[one.topic], one.probability, places)
        )
    return None


def _landmarks(store: Store, topics: pd.DataFrame, model: str, cache: VectorCache) -> Landmarks:
    """What papers that join are placed by: papers with a place and a cached vector, and the topics' places."""
    from etl.places import Landmarks  # noqa: PLC0415

    placed = store.placed(LANDMARKS)
    vectors = cache.get(model, placed.text_hash.tolist())
    placed = placed[placed.text_hash.isin(list(vectors))]
    return Landmarks(
        np.array([vectors[text_hash] for text_hash in placed.text_hash], np.float32),
        np.searchsorted(topics.topic_id, placed.topic_id),
        placed[["x", "y"]].to_numpy(np.float32),
        topics[["x", "y"]].to_numpy(np.float32),
    )


@dataclass(frozen=True, slots=True)
class Embedded:
    """The corpus as vectors (n, d) in the order of paper ids."""

    vectors: Vectors
    model: str  # that they come from
    default: LatentSemantic  # which other readings come from, and what is published for readers' queries
    fitted_on: int  # papers the default was fitted on


def embed_corpus(
    store: Store, cache: Path, papers: int, fitted_on: int, advance: Advance, chosen: Embedder | None = None
) -> Embedded:
    """Embed every paper: by the embedder chosen, else by the published encoder as long as it fits the corpus."""
    from etl import embed  # noqa: PLC0415

    encoder, fitted_on = embed.encoder_for(store, papers, fitted_on, SEED)
    default = embed.LatentSemantic(encoder)
    embedder = chosen or default
    with VectorCache(cache) as known:
        vectors = embed.embed_corpus(store, embedder, known, advance)
    return Embedded(vectors, embedder.model, default, fitted_on)


def fit(
    store: Store,
    embedded: Embedded,
    wish: Wish,
    reason: str,
    run_id: str,
    pinned: frozenset[int] = frozenset(),
) -> str | None:
    """Fit topics on the whole corpus; those that continue a former one keep its id and label, pinned ones stay.

    Returns a note on topics that the language model was to name and did not.
    """
    from etl import topics  # noqa: PLC0415

    corpus = pd.concat(store.texts(), ignore_index=True)
    places = np.unique(np.linspace(0, len(corpus) - 1, min(JUDGED_ON, len(corpus))).astype(np.int64))
    readings = topics.Readings(places, embedded.default.readings(corpus.iloc[places]))
    found = topics.fit(corpus, embedded.vectors, readings, Granularity.read(wish.granularity), SEED)
    before = store.fitted_topics()
    published = tables.with_topics(found, corpus, embedded.vectors, before, store.next_topic_id(), run_id)
    published = tables.with_pinned(published, corpus, before, pinned, embedded.vectors)
    note = _named_by_model(published.topics, corpus, before) if wish.llm_labels else None
    inside = found.assigned.topic != OUTLIER
    row = {
        "run_id": run_id,
        "reason": reason,
        "papers": len(corpus),
        "version": VERSION,
        "granularity": wish.granularity,
        "embedder": embedded.model,
        "cosine": float(found.assigned.cosine[inside].mean()) if inside.any() else 0.0,
        "intercept": found.sure.intercept,
        "slope": found.sure.slope,
    }
    store.replace_topics(published.topics, published.lineage, row)
    store.assign(published.assignments)
    return note


def _named_by_model(topics: pd.DataFrame, corpus: pd.DataFrame, before: pd.DataFrame) -> str | None:
    """Let the language model name the topics that are new, in place; returns a note on those it did not name."""
    from etl import llm_labels  # noqa: PLC0415
    from etl.settings import LlmSettings  # noqa: PLC0415

    title = corpus.set_index("paper_id").title
    kept = {*before.topic_id, OUTLIER}
    shown = [
        llm_labels.Topic(label, keywords, title[typical].tolist(), topic_id in kept)
        for topic_id, label, keywords, typical in zip(
            topics.topic_id, topics.label, topics.keywords, topics.typical, strict=True
        )
    ]
    named = llm_labels.name_topics(LlmSettings.read(), shown)
    topics["label"] = named.labels
    topics["description"] = [
        told or ours for told, ours in zip(named.descriptions, topics.description, strict=True)
    ]
    return named.note


def without_topics(store: Store, run_id: str) -> None:
    """No topics: every paper is an outlier."""
    published = tables.without_topics(store.in_topics(), run_id)
    store.replace_topics(published.topics, published.lineage, None)
    store.assign(published.assignments)
