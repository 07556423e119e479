"""From arrays to published tables: what a fit and the monthly counts mean in the terms of the contract."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl import identity, labels
from etl.contract import OUTLIER, OUTLIER_LABEL, TOPIC_LINEAGE
from etl.places import lay_out

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
    paper_id: pd.Series,
    topic_id: NDArray[np.int64],
    probability: NDArray[np.float64],
    places: NDArray[np.float32] | None = None,
) -> pd.DataFrame:
    """Rows of assigned papers (n), with their places (n, 2) on the map, if there is one."""
    x, y = (None, None) if places is None else places.T
    return pd.DataFrame(
        {"paper_id": paper_id, "topic_id": topic_id, "topic_probability": probability, "x": x, "y": y}
    ).astype({"x": "float32", "y": "float32"})


def with_topics(
    fit: TopicFit,
    corpus: pd.DataFrame,
    vectors: NDArray[np.float32],
    before: pd.DataFrame,
    next_id: int,
    run_id: str,
) -> Tables:
    """Tables of a new fit. A topic that continues an old one keeps its id, label and description, and stays near its
    place on the map.

    Args:
        fit: topics of the n papers.
        corpus: paper_id, title and topic_id (as the model gave it before) of the same papers.
        vectors: of the papers (n, d).
        before: the model's topics before the fit: topic_id, label, area, description, x and y.
        next_id: the smallest id that no topic ever had.
        run_id: the run that fitted.
    """
    topic, former = fit.assigned.topic, corpus.topic_id.to_numpy(np.int64)
    cosine = identity.likeness(former, vectors, fit.centres)
    ids, events = identity.match(former, topic, next_id, len(fit.centres), cosine)
    known = before.set_index("topic_id").reindex(ids)  # NULL for topics that are new
    names = _labels(fit, known.label.tolist())
    kept_places = known[["x", "y"]].to_numpy(np.float32) if known.x.notna().any() else None
    places = lay_out(vectors, topic, fit.centres, kept_places)
    titles = corpus.title.to_numpy()
    topics = pd.DataFrame(
        {
            "topic_id": ids,
            "label": names,
            "keywords": [list(words) for words in fit.described.keywords],
            "words": [list(words) for words in fit.words],
            "description": [
                told if isinstance(told, str) else _description(words, titles[near].tolist())
                for told, words, near in zip(
                    known.description, fit.described.keywords, fit.typical, strict=True
                )
            ],
            "area": _areas(fit, former, before, taken=names),
            "nearest": [ids[near].tolist() for near in fit.nearest],
            "typical": [corpus.paper_id.to_numpy()[near].tolist() for near in fit.typical],
            "centre": list(fit.centres),
            "x": places.topics[:, 0],
            "y": places.topics[:, 1],
        }
    )
    return Tables(
        assignments(corpus.paper_id, np.append(ids, OUTLIER)[topic], fit.assigned.probability, places.papers),
        pd.concat([_outlier_row(), topics], ignore_index=True),
        _lineage(events, run_id),
    )


def _labels(fit: TopicFit, kept: Sequence[str | None]) -> list[str]:
    """Labels of the topics: those they keep, and for the new ones the best phrases that are free."""
    stay = [label for label in kept if isinstance(label, str)]
    new = [
        candidates
        for candidates, label in zip(fit.described.label_candidates, kept, strict=True)
        if not isinstance(label, str)
    ]
    fresh = iter(labels.distinct_labels(new, taken={OUTLIER_LABEL, *stay}))
    return [label if isinstance(label, str) else next(fresh) for label in kept]


def _areas(fit: TopicFit, former: NDArray[np.int64], before: pd.DataFrame, taken: Sequence[str]) -> list[str]:
    """The area of each topic; one that has the papers of a former area keeps its name."""
    from etl.labels.areas import kept_names  # noqa: PLC0415

    area, candidates = fit.described.areas, fit.described.area_candidates
    was = dict(zip(before.topic_id, before.area, strict=True)) | {OUTLIER: None}
    names = kept_names(
        [was.get(one) for one in former.tolist()],
        np.append(area, OUTLIER)[fit.assigned.topic],
        len(candidates),
    )
    new = [phrases for phrases, name in zip(candidates, names, strict=True) if name is None]
    fresh = iter(labels.distinct_labels(new, taken={OUTLIER_LABEL, *taken, *filter(None, names)}))
    named = [name or next(fresh) for name in names]
    return [named[number] for number in area]


def _description(keywords: Sequence[str], typical: Sequence[str]) -> str | None:
    """What a topic is about in a sentence: its strongest keywords, and the title that stands for it best."""
    if not len(keywords):
        return None
    about = f"Papers on {labels.enumerated(keywords[:3])}"
    return f"{about}, such as “{typical[0].rstrip('.')}”." if len(typical) else f"{about}."


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
        corpus: paper_id, topic_id, topic_probability, x and y (as the model gave them before) of the n papers, in the
            order of the assignments.
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
    for column in ("topic_id", "topic_probability", "x", "y"):
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
        "description": None,
        "x": None,
        "y": None,
    }
    return pd.DataFrame([row]).astype({"x": "float32", "y": "float32"})


def _lineage(events: list[identity.Event], run_id: str) -> pd.DataFrame:
    rows = [(run_id, event.topic_id, event.event, event.from_topic_id, event.overlap) for event in events]
    lineage = pd.DataFrame(rows, columns=[column.name for column in TOPIC_LINEAGE.columns])
    return lineage.astype({"from_topic_id": "Int64", "overlap": "float64"})
