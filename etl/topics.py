"""Topics by BERTopic. The only module that imports it.

BERTopic weighs the words of each topic; the clusters it does so for are those of `clusters`, found on our vectors as
they are, and phrases for labels and keywords are found by `labels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from bertopic import BERTopic
from bertopic.dimensionality import BaseDimensionalityReduction
from bertopic.vectorizers import ClassTfidfTransformer
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from etl.assignment import Assigned, Confidence, assign, margins
from etl.clusters import AnchoredTopics, members
from etl.confidence import calibrate
from etl.contract import OUTLIER
from etl.encode import normalised
from etl.fit_encoder import count_words, weighted
from etl.granularity import Granularity
from etl.labels.descriptions import Descriptions, describe

FIT_AT_MOST = 30_000  # papers the topics are fitted on; the others go to the nearest topic
TYPICAL = 10  # papers named as a topic's most typical ones
NEAREST = 5  # topics named as a topic's neighbours
WORDS = 10  # single words named as a topic's own
_MANY = 1_000  # papers; among fewer, a rare word may be a topic's own
_RARE = 5  # papers that use a word, of many, below which it is nobody's
_SEED = 42

Vectors = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Readings:
    """Places (m) of some papers, and other vectors (m, e) of them, each from a part of their text.

    By these `confidence` judges how likely assignments are.
    """

    places: Ints
    parts: list[Vectors]


@dataclass(frozen=True, slots=True)
class TopicFit:
    """Topics 0 to k - 1, the largest first, and the assignment of n papers to them."""

    assigned: Assigned  # (n)
    centres: Vectors  # (k, d), of length one
    sure: Confidence
    described: Descriptions  # (k)
    words: list[tuple[str, ...]]  # (k): at most ten single words, each of one topic alone
    nearest: list[list[int]]  # (k): the topics nearest to it, the nearest first
    typical: list[list[int]]  # (k): places of its most typical papers, the most typical first


def fit(
    papers: pd.DataFrame,
    vectors: Vectors,
    readings: Readings,
    granularity: Granularity | None = None,
    seed: int = _SEED,
) -> TopicFit:
    """Fit topics on papers and their vectors (n, d) of length one.

    Equal input and seed give equal topics. Above FIT_AT_MOST papers those of a sample are fitted that has the same part
    of every month, and each other paper goes to the nearest topic.

    Args:
        papers: title and abstract of the n papers; keywords (lists, or None) and month, where known.
        vectors: of the papers.
        readings: by which probabilities are judged.
        granularity: how many topics.
        seed: of what is drawn to judge probabilities; topics themselves are not drawn.
    """
    chosen = sample(len(papers), papers.month.tolist() if "month" in papers and papers.month.any() else None)
    some = papers.iloc[chosen]
    counter, counts = count_words(list(map(weighted, some.title, some.abstract)))
    model = _bertopic(AnchoredTopics(counts, granularity or Granularity()))
    numbers, _ = model.fit_transform(_word_lists(counter, counts), embeddings=vectors[chosen])
    fitted = np.asarray(numbers, np.int64)  # numbered by BERTopic, the largest first
    size = int(fitted.max()) + 1
    centres = normalised(np.asarray(members(fitted, size).T @ vectors[chosen], np.float32))

    given = np.full(len(papers), OUTLIER, np.int64)
    given[chosen] = fitted
    judged = vectors[readings.places]
    topic = given[readings.places]
    topic = np.where(topic == OUTLIER, (judged @ centres.T).argmax(axis=1), topic)
    sure = calibrate(margins(judged, centres, topic), topic, readings.parts, seed)
    assigned = assign(vectors, centres, sure, given)
    keywords = some.keywords.tolist() if "keywords" in some else None
    described = describe(some.title.tolist(), some.abstract.tolist(), fitted, keywords, centres)
    typical = _typical(assigned, size)
    return TopicFit(assigned, centres, sure, described, _words(model, size), _neighbours(centres), typical)


def sample(papers: int, months: Sequence[str] | None) -> Ints:
    """Places of at most FIT_AT_MOST papers: every k-th of each month, in the order given."""
    order = np.argsort(np.asarray(months), kind="stable") if months is not None else np.arange(papers)
    wanted = min(papers, FIT_AT_MOST)
    return np.sort(order[np.arange(wanted) * papers // wanted]) if wanted else order


def _neighbours(centres: Vectors) -> list[list[int]]:
    cosine = centres @ centres.T
    np.fill_diagonal(cosine, -np.inf)
    order = np.argsort(-cosine, axis=1, kind="stable")[:, : min(NEAREST, len(centres) - 1)]
    return [row.tolist() for row in order]


def _typical(assigned: Assigned, topics: int) -> list[list[int]]:
    """Places of the papers nearest to the centre of each topic."""
    nearest_first = np.argsort(-assigned.cosine, kind="stable")
    topic = assigned.topic[nearest_first]
    return [nearest_first[topic == number][:TYPICAL].tolist() for number in range(topics)]


class _WithoutExamples(BERTopic):  # type: ignore[misc]  # bertopic has no types
    """BERTopic that picks no representative texts: nobody reads them here, and it would count every text again."""

    def _save_representative_docs(self, documents: object) -> None:
        pass


def _word_lists(counter: CountVectorizer, counts: sparse.csr_matrix) -> list[str]:
    """The words (n) that each text uses, each once: what counts is how many papers use a word, not how often."""
    terms = counter.get_feature_names_out()
    known = counts.tocsc()
    rare = np.diff(known.indptr) < (_RARE if counts.shape[0] >= _MANY else 1)
    kept = counts[:, ~rare].tocsr()
    terms = terms[~rare]
    return [" ".join(terms[kept.indices[start:end]]) for start, end in pairwise(kept.indptr)]


def _bertopic(clusters: AnchoredTopics) -> BERTopic:
    return _WithoutExamples(
        embedding_model=None,
        # Any language but 'english' keeps BERTopic from stripping letters with accents before it counts words.
        language="multilingual",
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=clusters,
        vectorizer_model=CountVectorizer(analyzer=str.split),
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        calculate_probabilities=False,
    )


def _words(model: BERTopic, size: int) -> list[tuple[str, ...]]:
    """The strongest words of each topic by c-TF-IDF; a word belongs only to the topic where it is strongest."""
    scores = model.c_tf_idf_.toarray()[-size:]  # BERTopic puts the outliers' row first
    terms = model.vectorizer_model.get_feature_names_out()
    home = scores.argmax(axis=0)
    found = []
    for number, row in enumerate(scores):
        own = np.flatnonzero((home == number) & (row > 0))
        found.append(tuple(terms[own[np.argsort(-row[own], kind="stable")[:WORDS]]].tolist()))
    return found
