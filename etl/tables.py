"""From arrays to published tables: what a fit and the monthly counts mean in the terms of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl import identity, labels
from etl.contract import OUTLIER, OUTLIER_LABEL, TOPIC_LINEAGE

if TYPE_CHECKING:  # importing it for real takes seconds
    from etl.topics import TopicFit


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
        _outlier_row(len(corpus)),
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
            "papers": np.bincount(topic[topic != OUTLIER], minlength=len(ids)),
            "area": fit.areas,
            "nearest": [ids[near].tolist() for near in fit.nearest],
            "typical": [paper_ids[places].tolist() for places in fit.typical],
            "centre": list(fit.centres),
        }
    )
    outliers = int(np.sum(topic == OUTLIER))
    return Tables(
        assignments(corpus.paper_id, np.append(ids, OUTLIER)[topic], fit.assigned.probability),
        pd.concat([_outlier_row(outliers), topics], ignore_index=True),
        _lineage(events, run_id),
    )


def _outlier_row(papers: int) -> pd.DataFrame:
    row = {
        "topic_id": OUTLIER,
        "label": OUTLIER_LABEL,
        "keywords": [],
        "words": [],
        "papers": papers,
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
