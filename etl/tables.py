"""From arrays to published tables: what a fit and the monthly counts mean in the terms of the contract."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl import identity, labels
from etl.contract import OUTLIER, OUTLIER_LABEL, TOPIC_LINEAGE

if TYPE_CHECKING:  # importing it for real takes seconds
    from etl.topics import TopicFit

NEAREST = 5  # neighbours of a pinned topic that comes back


@dataclass(frozen=True, slots=True)
class Tables:
    """What a fit publishes: assignments of papers, topics, and events of their lives."""

    assignments: pd.DataFrame
    topics: pd.DataFrame
    lineage: pd.DataFrame


def without_topics(corpus: pd.DataFrame, run_id: str) -> Tables:
    """Tables of a corpus that has no topics: every paper is an outlier, and the topics there were have retired."""
    _, events = identity.match(corpus.topic_id.to_numpy(np.int64), np.full(len(corpus), OUTLIER), 0)
    return Tables(
        assignments(corpus.paper_id, np.full(len(corpus), OUTLIER), np.zeros(len(corpus))),
        _outlier_row(),
        _lineage(events, run_id),
    )


def assignments(
    paper_id: pd.Series, topic_id: NDArray[np.int64], probability: NDArray[np.float64]
) -> pd.DataFrame:
    """Rows of assigned papers (n)."""
    return pd.DataFrame({"paper_id": paper_id, "topic_id": topic_id, "topic_probability": probability})


def with_topics(
    fit: TopicFit, corpus: pd.DataFrame, labels_before: Mapping[int, str], next_id: int, run_id: str
) -> Tables:
    """Tables of a new fit. A topic that continues an old one keeps its id and its label.

    Args:
        fit: topics of the n papers.
        corpus: paper_id and topic_id (as published before) of the same papers.
        labels_before: label of each topic published before.
        next_id: the smallest id that no topic ever had.
        run_id: the run that fitted.
    """
    topic = fit.assigned.topic
    ids, events = identity.match(corpus.topic_id.to_numpy(np.int64), topic, next_id, len(fit.centres))
    kept = {topic_id: labels_before[topic_id] for topic_id in ids.tolist() if topic_id in labels_before}
    new = [words for topic_id, words in zip(ids.tolist(), fit.keywords, strict=True) if topic_id not in kept]
    fresh = iter(labels.distinct_labels(new, taken={OUTLIER_LABEL, *kept.values()}))
    paper_ids = corpus.paper_id.to_numpy()
    topics = pd.DataFrame(
        {
            "topic_id": ids,
            "label": [kept.get(topic_id) or next(fresh) for topic_id in ids.tolist()],
            "keywords": [list(words) for words in fit.keywords],
            "words": [list(words) for words in fit.words],
            "area": fit.areas,
            "nearest": [ids[near].tolist() for near in fit.nearest],
            "typical": [paper_ids[places].tolist() for places in fit.typical],
            "centre": list(fit.centres),
        }
    )
    return Tables(
        assignments(corpus.paper_id, np.append(ids, OUTLIER)[topic], fit.assigned.probability),
        pd.concat([_outlier_row(), topics], ignore_index=True),
        _lineage(events, run_id),
    )


def with_pinned(
    published: Tables,
    corpus: pd.DataFrame,
    before: pd.DataFrame,
    pinned: Collection[int],
    vectors: NDArray[np.float32],
) -> Tables:
    """The tables of a new fit, with the pinned topics that none of its topics continues, and the papers they had.

    A topic that was made of nothing but such papers goes.

    Args:
        published: tables of the fit.
        corpus: paper_id, topic_id and topic_probability (as the model gave them before) of the n papers, in the order
            of the assignments.
        before: the model's topics before the fit.
        pinned: ids of topics to keep.
        vectors: of the papers (n, d).
    """
    gone = before[before.topic_id.isin(list(pinned)) & ~before.topic_id.isin(published.topics.topic_id)]
    if gone.empty:
        return published
    back = corpus.topic_id.isin(gone.topic_id).to_numpy()
    assigned = published.assignments.reset_index(drop=True)
    touched = set(assigned.topic_id[back])
    for column in ("topic_id", "topic_probability"):
        assigned[column] = np.where(back, corpus[column], assigned[column])
    emptied = touched - set(assigned.topic_id) - {OUTLIER}
    topics = published.topics[~published.topics.topic_id.isin(emptied)]
    restored = _restored(gone, corpus.topic_id.to_numpy(), topics[topics.topic_id != OUTLIER], vectors)
    topics = pd.concat([topics, restored], ignore_index=True)
    ids = set(topics.topic_id)
    topics["nearest"] = [[other for other in near if other in ids] for near in topics.nearest]
    return Tables(assigned, _distinct(topics, set(gone.topic_id)), _kept(published.lineage, gone, emptied))


def _restored(
    gone: pd.DataFrame, topic: NDArray[np.int64], others: pd.DataFrame, vectors: NDArray[np.float32]
) -> pd.DataFrame:
    """The rows of topics that come back, with centres among today's vectors, and neighbours among today's topics."""
    centres = [_centre(vectors[topic == topic_id]) for topic_id in gone.topic_id]
    rows = gone.to_dict("records")
    ids, areas = others.topic_id.to_numpy(), others.area.to_numpy()
    for row, centre in zip(rows, centres, strict=True):
        row |= {"centre": centre, "nearest": []}
        if len(ids):
            order = np.argsort(-(np.stack(others.centre.tolist()) @ centre), kind="stable")[:NEAREST]
            row |= {"nearest": ids[order].tolist(), "area": areas[order[0]]}
    return pd.DataFrame(rows)


def _centre(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of vectors (n, d), of length one; zero, which nothing is near to, without any."""
    total = vectors.sum(axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), np.finfo(np.float32).tiny), np.float32)


def _distinct(topics: pd.DataFrame, keep: Collection[int]) -> pd.DataFrame:
    """Labels that stand once: a topic with the label of one that is to keep it takes another."""
    own = topics.topic_id.isin(list(keep))
    clash = ~own & topics.label.isin(topics.label[own])
    fresh = labels.distinct_labels(topics.keywords[clash].tolist(), taken=set(topics.label))
    topics.loc[clash, "label"] = fresh
    return topics


def _kept(lineage: pd.DataFrame, gone: pd.DataFrame, emptied: Collection[int]) -> pd.DataFrame:
    """The lineage, where topics that come back were kept, and those that are emptied never were."""
    ended = lineage.event.isin(["merged", "retired"]) & lineage.from_topic_id.isin(gone.topic_id)
    run_id = lineage.run_id.iloc[0] if len(lineage) else ""
    kept = [identity.Event(int(topic), "kept", int(topic), 1.0) for topic in gone.topic_id]
    left = lineage[~ended & ~lineage.topic_id.isin(list(emptied))]
    return pd.concat([left, _lineage(kept, run_id)], ignore_index=True)


def _outlier_row() -> pd.DataFrame:
    row = {
        "topic_id": OUTLIER,
        "label": OUTLIER_LABEL,
        "keywords": [],
        "words": [],
        "area": OUTLIER_LABEL,
        "nearest": [],
        "typical": [],
        "centre": None,
    }
    return pd.DataFrame([row])


def _lineage(events: list[identity.Event], run_id: str) -> pd.DataFrame:
    rows = [(run_id, event.topic_id, event.event, event.from_topic_id, event.overlap) for event in events]
    lineage = pd.DataFrame(rows, columns=[column.name for column in TOPIC_LINEAGE.columns])
    return lineage.astype({"from_topic_id": "Int64", "overlap": "float64"})
