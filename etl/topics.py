"""Topics by BERTopic. The only module that imports it.

BERTopic counts and weighs the words of each topic; the clusters it does so for are those of `clusters`, found on our
vectors as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from bertopic import BERTopic
from bertopic.dimensionality import BaseDimensionalityReduction
from bertopic.vectorizers import ClassTfidfTransformer
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from etl import coherence, labels
from etl.assignment import Assigned, Confidence, assign, margins
from etl.clusters import AnchoredTopics, members
from etl.confidence import calibrate
from etl.contract import OUTLIER
from etl.encode import normalised
from etl.fit_encoder import count_words
from etl.granularity import Granularity

FIT_AT_MOST = 30_000  # papers the topics are fitted on; the others go to the nearest topic
TYPICAL = 10  # papers named as a topic's most typical ones
NEAREST = 5  # topics named as a topic's neighbours
_PHRASE_WORDS = 3
_BREAK = re.compile(r"[^\w\s-]+|(?<!\w)-+|-+(?!\w)")  # punctuation, and dashes that join no word
_SCORED_TERMS = 30
_CASE_FROM = 10_000  # texts that tell the usual case of a word
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
    keywords: list[tuple[str, ...]]  # (k)
    words: list[tuple[str, ...]]  # (k): single words, each of one topic alone
    areas: list[str]  # (k)
    nearest: list[list[int]]  # (k): the topics nearest to it, the nearest first
    typical: list[list[int]]  # (k): places of its most typical papers, the most typical first


def fit(
    texts: Sequence[str],
    vectors: Vectors,
    readings: Readings,
    granularity: Granularity | None = None,
    months: Sequence[str] | None = None,
    seed: int = _SEED,
) -> TopicFit:
    """Fit topics on texts (n) and their vectors (n, d) of length one.

    Equal input and seed give equal topics. Above FIT_AT_MOST papers those of a sample are fitted that has the same part
    of every month (n; without them the sample is even), and each other paper goes to the nearest topic.
    """
    chosen = sample(len(texts), months)
    fitted_texts = [texts[i] for i in chosen.tolist()]
    _, counts = count_words(fitted_texts)
    model = _bertopic(AnchoredTopics(counts, granularity or Granularity()), len(fitted_texts))
    numbers, _ = model.fit_transform(fitted_texts, embeddings=vectors[chosen])
    fitted = np.asarray(numbers, np.int64)  # numbered by BERTopic, the largest first
    centres = normalised(np.asarray(members(fitted, int(fitted.max()) + 1).T @ vectors[chosen], np.float32))

    given = np.full(len(texts), OUTLIER, np.int64)
    given[chosen] = fitted
    judged = vectors[readings.places]
    topic = given[readings.places]
    topic = np.where(topic == OUTLIER, (judged @ centres.T).argmax(axis=1), topic)
    sure = calibrate(margins(judged, centres, topic), topic, readings.parts, seed)
    assigned = assign(vectors, centres, sure, given)
    keywords, words, areas = _describe(model, fitted_texts, centres, fitted)
    typical = _typical(assigned, len(centres))
    return TopicFit(assigned, centres, sure, keywords, words, areas, _neighbours(centres), typical)


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


def _bertopic(clusters: AnchoredTopics, papers: int) -> BERTopic:
    return _WithoutExamples(
        embedding_model=None,
        # Any language but 'english' keeps BERTopic from stripping hyphens ('text-to-image') before it counts words.
        language="multilingual",
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=clusters,
        vectorizer_model=CountVectorizer(
            analyzer=phrases,
            min_df=5 if papers >= 1_000 else 1,
            max_features=50_000,
        ),
        ctfidf_model=ClassTfidfTransformer(bm25_weighting=True, reduce_frequent_words=True),
        top_n_words=_SCORED_TERMS,
        calculate_probabilities=False,
    )


def phrases(text: str) -> list[str]:
    """Words and phrases of up to three words that stand together in the text, as terms of c-TF-IDF.

    A phrase crosses neither punctuation nor a stop word: 'learning from feedback (RLHF)' gives no 'feedback rlhf'.
    """
    found = []
    for segment in _BREAK.split(text.lower()):
        words = segment.split()
        for start, word in enumerate(words):
            for end in range(start + 1, min(start + _PHRASE_WORDS, len(words)) + 1):
                if words[end - 1] in ENGLISH_STOP_WORDS or not any(map(str.isalpha, words[end - 1])):
                    break
                if end > start + 1 or len(word) > 1:
                    found.append(" ".join(words[start:end]))
    return found


def _describe(
    model: BERTopic, texts: Sequence[str], centres: Vectors, topic: Ints
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]], list[str]]:
    """Keywords, single words and area of each topic."""
    case = labels.usual_case(texts[:_CASE_FROM])
    keywords = [labels.keywords(model.get_topic(number), case) for number in range(len(centres))]
    return keywords, coherence.words(texts, topic), _areas(model, centres, case)


def _areas(model: BERTopic, centres: Vectors, case: dict[str, str]) -> list[str]:
    """Group topics (k) whose centres are close (Ward), and name each group by its strongest terms."""
    size = len(centres)
    if size < 4:
        return ["All topics"] * size
    wanted = int(np.clip(round(size / 5), 2, 12))
    group = fcluster(linkage(centres, "ward"), wanted, "maxclust") - 1
    scores = model.c_tf_idf_.toarray()[-size:]  # BERTopic puts the outliers' row first
    terms = model.vectorizer_model.get_feature_names_out()
    names = []
    for number in range(group.max() + 1):
        total = scores[group == number].sum(axis=0)
        strongest = np.argsort(-total, kind="stable")[:_SCORED_TERMS]
        names.append(labels.keywords([(terms[i], float(total[i])) for i in strongest], case))
    area_labels = labels.distinct_labels(names)
    return [area_labels[number] for number in group]
