"""Which topic a paper belongs to, once the topics stand: the nearest centre, with a probability. NumPy only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etl.contract import OUTLIER

UNSURE_BELOW = 0.1  # a paper whose topic is less likely than this belongs to none
_BLOCK = 50_000  # papers compared with the centres at once

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Confidence:
    """Log-odds of an assignment: intercept + slope times the margin by which its topic is nearer than the next."""

    intercept: float
    slope: float

    def of(self, margin: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities (n) of assignments with these margins (n)."""
        return np.asarray(1 / (1 + np.exp(-(self.intercept + self.slope * margin))), np.float64)


@dataclass(frozen=True, slots=True)
class Assigned:
    """Topics (n) of papers, -1 for outliers; their probability, 0 for outliers; the cosine to the topic's centre."""

    topic: Ints
    probability: NDArray[np.float64]
    cosine: NDArray[np.float64]


def assign(vectors: Floats, centres: Floats, sure: Confidence, given: Ints | None = None) -> Assigned:
    """Assign papers with vectors (n, d) to topics with centres (k, d), all of length one.

    Args:
        vectors: zero for a paper none of whose words is known; it is an outlier.
        centres: the topics' centres; without any, every paper is an outlier.
        sure: how a margin translates into a probability.
        given: topics (n) that a fit gave, -1 where the nearest is to be taken.
    """
    topic = np.full(len(vectors), OUTLIER, np.int64)
    margin, cosine = np.full(len(vectors), -np.inf), np.zeros(len(vectors))
    for rows in _blocks(len(vectors)) if len(centres) else ():
        every = vectors[rows] @ centres.T
        nearest = every.argmax(axis=1)
        topic[rows] = nearest if given is None else np.where(given[rows] == OUTLIER, nearest, given[rows])
        cosine[rows], margin[rows] = _margins(every, topic[rows])
    probability = sure.of(margin)
    outside = ~vectors.any(axis=1) | (probability < UNSURE_BELOW)
    return Assigned(np.where(outside, OUTLIER, topic), np.where(outside, 0.0, probability), cosine)


def _margins(cosine: Floats, topic: Ints) -> tuple[Floats, Floats]:
    """Cosine (n) to the own topic, and by how much it exceeds that to any other; of a single topic, the cosine."""
    rows = np.arange(len(topic))
    own = cosine[rows, topic]
    if cosine.shape[1] == 1:
        return own, own
    others = cosine.copy()
    others[rows, topic] = -np.inf
    return own, np.asarray(own - others.max(axis=1))


def margins(vectors: Floats, centres: Floats, topic: Ints) -> Floats:
    """By how much each paper (n) is nearer to its topic than to any other."""
    return np.concatenate(
        [_margins(vectors[rows] @ centres.T, topic[rows])[1] for rows in _blocks(len(vectors))]
    )


def _blocks(papers: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, papers, _BLOCK))
