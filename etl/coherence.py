"""The single words of a topic: telling, and of one topic alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from etl.clusters import members
from etl.contract import OUTLIER
from etl.encode import TOKEN_PATTERN

WORDS = 10


def words(texts: Sequence[str], topic: NDArray[np.int64]) -> list[tuple[str, ...]]:
    """At most ten words of each topic 0 to k - 1, by class-based tf-idf (Grootendorst, 2022).

    What counts is the papers that use a word, not how often they do; and a word belongs only to the topic where it is
    strongest.
    """
    size = int(topic.max(initial=OUTLIER)) + 1
    vectorizer = CountVectorizer(
        stop_words="english", token_pattern=TOKEN_PATTERN, min_df=5 if len(texts) >= 1_000 else 1, binary=True
    )
    uses = vectorizer.fit_transform(texts).astype(np.float32).tocsc()
    terms = vectorizer.get_feature_names_out()
    papers = np.asarray(
        (uses.T @ members(topic, size)).todense(), float
    )  # (v, k) papers of a topic with the word
    share = papers / np.maximum(np.bincount(topic[topic != OUTLIER], minlength=size), 1)
    usual = np.asarray(uses.sum(axis=0)).ravel()[:, None] / len(texts)
    strength = share * np.log(
        np.maximum(share / usual, 1)
    )  # a word no commoner here than anywhere tells nothing
    home = strength.argmax(axis=1)
    found = []
    for number in range(size):
        own = np.flatnonzero((home == number) & (strength[:, number] > 0))
        strongest = own[np.argsort(-strength[own, number], kind="stable")[:WORDS]]
        found.append(tuple(terms[strongest].tolist()))
    return found
