"""A topic keeps its id from run to run: old and new topics are matched by the papers they share, and their vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etl.contract import OUTLIER

KEPT_AT_LEAST = 0.25  # Jaccard overlap from which two topics may be the same
ALIKE_AT_LEAST, ALIKE_SHARE_AT_LEAST = 0.9, 0.1  # or cosine of their centres, with an overlap
WORTH_OF_COSINE = 0.2  # beside an overlap of 1, when several pairs are possible
PART_AT_LEAST = 0.5  # part of a topic's papers that makes it a piece of another


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a topic; `overlap` is the Jaccard overlap of the papers of both."""

    topic_id: int
    event: str
    from_topic_id: int | None
    overlap: float | None


def likeness(
    before: NDArray[np.int64], vectors: NDArray[np.float32], centres: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Cosines (o, k) of the o old topics, by ascending id, and new centres (k, d).

    An old topic's centre is the mean of what its papers' vectors (n, d) are today, so another encoder does no harm.
    """
    old_ids = np.unique(before[before != OUTLIER])
    old = (
        np.stack([vectors[before == topic].mean(axis=0) for topic in old_ids])
        if len(old_ids)
        else centres[:0]
    )
    length = np.maximum(np.linalg.norm(old, axis=1, keepdims=True), 1e-9)
    return np.asarray(old / length @ centres.T, np.float64)


def match(
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    next_id: int,
    topics: int | None = None,
    cosine: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int64], list[Event]]:
    """Give each new topic its id: that of the old topic it continues, else one never used.

    Pairs are chosen together so that the overlap of all of them, and the likeness of their centres, is largest (Kuhn,
    1955, as SciPy does it). A pair that shares few papers is one topic only if the centres are nearly the same.

    Args:
        before: published topic id (n) of each paper; -1 for outliers and for papers not there before.
        after: new topic number (n) of each paper, 0 to k - 1; -1 for outliers.
        next_id: the smallest id that no topic ever had.
        topics: how many new topics there are, if the last may have no paper.
        cosine: of old and new centres (o, k), as `likeness` gives them; without it, papers alone decide.

    Returns:
        The id (k) of each new topic, and what happened to every topic, old and new.
    """
    # Imported here: it takes most of a second, and a run that finds nothing new does without.
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    old_ids = np.unique(before[before != OUTLIER])
    size = topics or int(after.max(initial=OUTLIER)) + 1
    shared = np.zeros((len(old_ids), size))
    both = (before != OUTLIER) & (after != OUTLIER)
    np.add.at(shared, (np.searchsorted(old_ids, before[both]), after[both]), 1)

    old_papers = np.array([np.sum(before == topic) for topic in old_ids])
    # Papers that are new to the corpus cannot speak for or against a match.
    new_papers = np.bincount(after[both], minlength=size)[:size]
    union = old_papers[:, None] + new_papers[None, :] - shared
    overlap = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)

    ids = np.full(size, OUTLIER, np.int64)
    events: list[Event] = []
    near = np.zeros_like(overlap) if cosine is None else cosine
    possible = (overlap >= KEPT_AT_LEAST) | (near >= ALIKE_AT_LEAST) & (overlap >= ALIKE_SHARE_AT_LEAST)
    worth = np.where(possible, overlap + WORTH_OF_COSINE * near, 0)
    for old, new in zip(*linear_sum_assignment(worth, maximize=True), strict=True):
        if possible[old, new]:
            ids[new] = old_ids[old]
            events.append(Event(int(old_ids[old]), "kept", int(old_ids[old]), float(overlap[old, new])))

    for new in np.flatnonzero(ids == OUTLIER):
        ids[new] = next_id
        events.append(_beginning(next_id, shared[:, new], new_papers[new], old_ids, overlap[:, new]))
        next_id += 1
    for old in np.flatnonzero(~np.isin(old_ids, ids)):
        events.append(_end(int(old_ids[old]), shared[old], old_papers[old], ids, overlap[old]))
    return ids, events


def _beginning(
    topic_id: int,
    shared: NDArray[np.float64],
    papers: int,
    old_ids: NDArray[np.int64],
    overlap: NDArray[np.float64],
) -> Event:
    """A new topic split off from an old one if most of its known papers come from there; else it was born."""
    if papers and shared.max(initial=0) >= PART_AT_LEAST * papers:
        parent = int(shared.argmax())
        return Event(topic_id, "split", int(old_ids[parent]), float(overlap[parent]))
    return Event(topic_id, "born", None, None)


def _end(
    topic_id: int,
    shared: NDArray[np.float64],
    papers: int,
    ids: NDArray[np.int64],
    overlap: NDArray[np.float64],
) -> Event:
    """An old topic merged into a new one if most of its papers went there; else it retired."""
    if shared.max(initial=0) >= PART_AT_LEAST * papers:
        heir = int(shared.argmax())
        return Event(int(ids[heir]), "merged", topic_id, float(overlap[heir]))
    return Event(topic_id, "retired", topic_id, None)
