"""Clusters of papers: k-means without chance, anchored at words, refined by the words papers and their neighbours use.

Ordinary k-means finds another of its many optima from every random start, so that topics change from run to run.
Here nothing is drawn. Topics are added one by one, each at the word whose papers, taken together, are least well served
by the topics so far, and all topics settle after each step (global k-means; Likas, Vlassis and Verbeek, 2003). A word's
centre averages dozens of papers and hardly moves when papers come or go; hence topics hardly do. The gain of
the next topic says when there are enough of them.

The result is an estimator as BERTopic expects one: `fit(vectors)` and `labels_`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from etl.contract import OUTLIER
from etl.encode import normalised
from etl.granularity import MOST, Granularity

NEIGHBOURS = 15
LEADING = 64  # directions of the smoothed vectors that are clustered
_ANCHOR_SHARE = (0.004, 0.1)  # of papers that use a word which may anchor a topic: no rarity, no commonplace
_ANCHOR_PAPERS = 5
_ANCHORS_AT_LEAST, _ANCHORS = 100, 3_000
_JUDGED_ON = 10_000  # papers on which the gain of an anchor is computed
_SETTLE, _SETTLE_AT_LAST, _REFINE = 3, 30, 15  # rounds at most
_WORD_PRIOR = 0.1  # pseudo-count of each word in each topic
_BLOCK = 1_024  # rows of a similarity matrix held at once

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class AnchoredTopics:
    """Clusters papers by their vectors (n, d), all of length one, and by their words.

    After `fit`, labels_ (n) numbers topics from 0, the largest first.
    """

    def __init__(self, counts: sparse.csr_matrix, granularity: Granularity) -> None:
        """Counts (n, v): how often each paper uses each word."""
        self._counts = counts
        self._granularity = granularity
        self.labels_: Ints = np.empty(0, np.int64)

    def fit(self, vectors: Floats, _: object = None) -> AnchoredTopics:
        """Find the topics."""
        near = neighbourhood(vectors)
        smooth = leading(near @ vectors)
        topic = anchored_means(smooth, word_centres(smooth, self._counts), self._granularity)
        topic = refine(topic, self._counts, near)
        order = np.argsort(-np.bincount(topic), kind="stable")
        self.labels_ = np.argsort(order)[topic]
        return self

    def predict(self, vectors: Floats) -> Ints:
        """BERTopic asks for this name; assignment of other papers is `topics.assign`."""
        raise NotImplementedError


def neighbourhood(vectors: Floats) -> sparse.csr_matrix:
    """The mean over each paper's nearest papers, itself among them, as a matrix (n, n)."""
    count = min(NEIGHBOURS, len(vectors))
    places, _ = nearest(vectors, vectors, count)
    share = np.full(places.size, 1 / count, np.float32)
    return sparse.csr_matrix(
        (share, places.ravel(), np.arange(0, places.size + 1, count)), shape=(len(vectors), len(vectors))
    )


def nearest(queries: Floats, vectors: Floats, count: int) -> tuple[NDArray[np.int32], Floats]:
    """The `count` nearest vectors of each query, by exact cosine: places (q, count) and cosines, nearest first."""
    places = np.empty((len(queries), count), np.int32)
    cosines = np.empty((len(queries), count), np.float32)
    for start in range(0, len(queries), _BLOCK):
        rows = slice(start, start + _BLOCK)
        similarity = queries[rows] @ vectors.T
        top = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
        value = np.take_along_axis(similarity, top, axis=1)
        order = np.argsort(-value, axis=1, kind="stable")
        places[rows] = np.take_along_axis(top, order, axis=1)
        cosines[rows] = np.take_along_axis(value, order, axis=1)
    return places, cosines


def leading(vectors: Floats) -> Floats:
    """Vectors (n, q) of length one: the centred vectors (n, d) in their q leading directions."""
    unit = normalised(vectors)
    centred = unit - unit.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return normalised(centred @ directions[:, : -LEADING - 1 : -1])


def word_centres(vectors: Floats, counts: sparse.csr_matrix) -> Floats:
    """For each word that may anchor a topic the mean of the papers (n, q) that use it, of length one: (words, q)."""
    papers = np.bincount(counts.indices, minlength=counts.shape[1])
    low, high = (share * len(vectors) for share in _ANCHOR_SHARE)
    known = papers >= max(low, _ANCHOR_PAPERS)
    usable = np.flatnonzero(known & (papers <= high))
    if (
        len(usable) < _ANCHORS_AT_LEAST
    ):  # a corpus so small, or of so few words, that its commonplaces must do
        usable = np.flatnonzero(known)
    usable = usable[np.argsort(-papers[usable], kind="stable")[:_ANCHORS]]
    uses = (counts[:, usable] > 0).astype(np.float32)
    centres = normalised(np.asarray(uses.T @ vectors, np.float32))
    # A corpus whose words are all rare or all common has one topic: everything.
    return centres if len(centres) else normalised(vectors.mean(axis=0, keepdims=True))


def anchored_means(vectors: Floats, anchors: Floats, granularity: Granularity) -> Ints:
    """Topic (n) of each vector: topics join at the anchor that helps most, until none helps enough."""
    judged = vectors[:: -(-len(vectors) // _JUDGED_ON)]
    similarity = np.ascontiguousarray(anchors @ judged.T)
    served = np.zeros(len(judged), np.float32)
    centres = np.empty((0, vectors.shape[1]), np.float32)
    most = min(granularity.topics or MOST, len(anchors))
    while len(centres) < most:
        gain = np.array([np.maximum(row - served, 0).sum() for row in similarity]) / len(judged)
        best = int(gain.argmax())
        if granularity.topics is None and len(centres) and gain[best] < granularity.gain:
            break
        centres = settle(vectors, np.vstack([centres, anchors[best]]), _SETTLE)
        served = (judged @ centres.T).max(axis=1).clip(0)
    centres = settle(vectors, centres, _SETTLE_AT_LAST)
    return np.asarray((vectors @ centres.T).argmax(axis=1))


def settle(vectors: Floats, centres: Floats, rounds: int) -> Floats:
    """Spherical k-means from given centres (Dhillon and Modha, 2001); a centre that loses its papers stays."""
    before: Ints | None = None
    for _ in range(rounds):
        topic = (vectors @ centres.T).argmax(axis=1)
        if before is not None and np.array_equal(topic, before):
            break
        total = members(topic, len(centres)).T @ vectors
        held = np.bincount(topic, minlength=len(centres)) > 0
        centres = np.where(held[:, None], normalised(np.asarray(total)), centres)
        before = topic
    return centres


def members(topic: Ints, topics: int) -> sparse.csr_matrix:
    """Who belongs where, as a matrix (n, topics) of ones; outliers belong nowhere."""
    inside = np.flatnonzero(topic != OUTLIER)
    ones = np.ones(len(inside), np.float32)
    return sparse.csr_matrix((ones, (inside, topic[inside])), shape=(len(topic), topics))


def refine(topic: Ints, counts: sparse.csr_matrix, near: sparse.csr_matrix) -> Ints:
    """Let words correct the topics (n): naive Bayes on a paper's words and its neighbours', repeated until it agrees
    with itself (classification EM; Celeux and Govaert, 1992). No number is left unused.
    """
    topic = np.unique(topic, return_inverse=True)[1]
    for _ in range(_REFINE):
        score = word_scores(topic, counts, near)
        better = score.argmax(axis=1)
        if np.array_equal(better, topic):
            break
        topic = np.unique(better, return_inverse=True)[1]
    return topic


def word_scores(topic: Ints, counts: sparse.csr_matrix, near: sparse.csr_matrix) -> NDArray[np.float64]:
    """Log-likelihood (n, topics) of a paper's words and its neighbours' mean words under each topic, with its share."""
    belongs = members(topic, int(topic.max()) + 1)
    # (counts + near @ counts).T @ belongs, without ever forming the neighbours' words.
    used = np.asarray((counts.T @ (belongs + near.T @ belongs)).todense(), float) + _WORD_PRIOR
    own = np.asarray(counts @ np.log(used / used.sum(axis=0)))
    share = np.log(np.bincount(topic) / len(topic))
    return np.asarray(own + near @ own + share)
