"""The single words of a topic: telling, used together, and of one topic alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from etl.clusters import members
from etl.contract import OUTLIER
from etl.encode import TOKEN_PATTERN

WORDS = 10
_CANDIDATES = 40  # telling words among which those that stand together are sought
_SMALLEST = 1e-12


def words(texts: Sequence[str], topic: NDArray[np.int64]) -> list[tuple[str, ...]]:
    """At most ten words of each topic 0 to k - 1.

    A word belongs to the topic in which it is most over-represented, weighed by how often it occurs there; of a
    topic's own words those are taken, one by one, that occur in the same papers as the ones taken before.
    """
    size = int(topic.max(initial=OUTLIER)) + 1
    vectorizer = CountVectorizer(
        stop_words="english", token_pattern=TOKEN_PATTERN, min_df=5 if len(texts) >= 1_000 else 1, binary=True
    )
    uses = vectorizer.fit_transform(texts).astype(np.float32).tocsc()
    terms = vectorizer.get_feature_names_out()
    telling = np.asarray(
        (uses.T @ members(topic, size)).todense(), float
    )  # (v, k) papers of a topic with the word
    telling *= np.log1p(
        telling
        / np.maximum(np.bincount(topic[topic != OUTLIER], minlength=size), 1)
        / (np.asarray(uses.sum(axis=0)).ravel()[:, None] / len(texts))
    )
    home = telling.argmax(axis=1)
    found = []
    for number in range(size):
        own = np.flatnonzero(home == number)
        candidates = own[np.argsort(-telling[own, number], kind="stable")[:_CANDIDATES]]
        found.append(tuple(terms[candidates[_together(npmi(uses[:, candidates]))]].tolist()))
    return found


def npmi(uses: sparse.csc_matrix) -> NDArray[np.float64]:
    """Normalised pointwise mutual information (w, w) of words by the documents (n, w) that hold them (Bouma, 2009)."""
    documents = uses.shape[0]
    both = np.asarray((uses.T @ uses).todense(), float) / documents
    alone = np.diag(both)
    information = np.log(np.maximum(both, _SMALLEST) / np.maximum(np.outer(alone, alone), _SMALLEST))
    return np.asarray(information / -np.log(np.clip(both, _SMALLEST, 1 - _SMALLEST)))


def _together(association: NDArray[np.float64]) -> list[int]:
    """Places of the first word, and of those that go best with the words taken before."""
    taken: list[int] = list(range(min(1, len(association))))
    while len(taken) < min(WORDS, len(association)):
        fit = association[:, taken].mean(axis=1)
        fit[taken] = -np.inf
        taken.append(int(fit.argmax()))
    return taken
