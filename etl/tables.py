"""From arrays to published tables: what a fit and the monthly counts mean in the terms of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from etl import identity, labels
from etl.contract import OUTLIER, OUTLIER_LABEL, TOPIC_LINEAGE

if TYPE_CHECKING:  # importing it for real takes seconds
    from etl.topics import TopicFit

Assigned = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]  # assignments, topics, lineage


def without_topics(papers: int) -> Assigned:
    """Tables of a corpus that has no topics: every paper is an outlier."""
    nobody = pd.DataFrame({"paper_id": pd.Series(dtype="str"), "topic_id": [], "topic_probability": []})
    lineage = pd.DataFrame(columns=[column.name for column in TOPIC_LINEAGE.columns])
    return nobody, _outlier_row(papers), lineage


def with_topics(
    fit: TopicFit, corpus: pd.DataFrame, labels_before: Mapping[int, str], next_id: int, run_id: str
) -> Assigned:
    """Tables of a new fit. A topic that continues an old one keeps its id and its label.

    Args:
        fit: topics of the n papers.
        corpus: paper_id and topic_id (as published before) of the same papers.
        labels_before: label of each topic published before.
        next_id: the smallest id that no topic ever had.
        run_id: the run that fitted.
    """
    ids, events = identity.match(corpus.topic_id.to_numpy(np.int64), fit.topic, next_id)
    assigned = np.where(fit.topic == OUTLIER, OUTLIER, ids[fit.topic] if len(ids) else OUTLIER)
    assignments = pd.DataFrame(
        {"paper_id": corpus.paper_id, "topic_id": assigned, "topic_probability": fit.probability}
    )
    kept = {topic_id: labels_before[topic_id] for topic_id in ids.tolist() if topic_id in labels_before}
    new = [words for topic_id, words in zip(ids.tolist(), fit.keywords, strict=True) if topic_id not in kept]
    fresh = iter(labels.distinct_labels(new, taken={OUTLIER_LABEL, *kept.values()}))
    topics = pd.DataFrame(
        {
            "topic_id": ids,
            "label": [kept.get(topic_id) or next(fresh) for topic_id in ids.tolist()],
            "keywords": [list(words) for words in fit.keywords],
            "words": [list(words) for words in fit.words],
            "papers": np.bincount(fit.topic[fit.topic != OUTLIER], minlength=len(ids)),
            "area": fit.areas,
        }
    )
    outliers = int(np.sum(fit.topic == OUTLIER))
    return (
        assignments,
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
    }
    return pd.DataFrame([row])


def _lineage(events: list[identity.Event], run_id: str) -> pd.DataFrame:
    rows = [(run_id, event.topic_id, event.event, event.from_topic_id, event.overlap) for event in events]
    lineage = pd.DataFrame(rows, columns=[column.name for column in TOPIC_LINEAGE.columns])
    return lineage.astype({"from_topic_id": "Int64", "overlap": "float64"})
