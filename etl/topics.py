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
from scipy.special import softmax
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from etl import coherence, labels
from etl.clusters import UNSURE_BELOW, AnchoredTopics, members
from etl.contract import OUTLIER
from etl.encode import normalised
from etl.fit_encoder import counter
from etl.granularity import Granularity

FIT_AT_MOST = 30_000  # papers the topics are fitted on; the others go to the nearest topic
_PHRASE_WORDS = 3
_BREAK = re.compile(r"[^\w\s-]+|(?<!\w)-+|-+(?!\w)")  # punctuation, and dashes that join no word
_SCORED_TERMS = 30
_CASE_FROM = 10_000  # texts that tell the usual case of a word
_SHARPNESS = np.geomspace(1, 100, 40)
_ROWS = 50_000  # papers assigned at once

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TopicFit:
    """Topics 0 to k - 1, the largest first, and the assignment of n papers to them."""

    topic: NDArray[np.int64]  # (n), -1 for outliers
    probability: NDArray[np.float64]  # (n), 0 for outliers
    keywords: list[tuple[str, ...]]  # (k)
    words: list[tuple[str, ...]]  # (k): single words that stand together and in no other topic
    areas: list[str]  # (k)


def fit(
    texts: Sequence[str],
    vectors: Vectors,
    granularity: Granularity | None = None,
    months: Sequence[str] | None = None,
) -> TopicFit:
    """Fit topics on texts (n) and their vectors (n, d) of length one.

    Nothing is drawn: equal input gives equal topics. Above FIT_AT_MOST papers those of a sample are fitted that has the
    same part of every month (n; without them the sample is even), and each other paper goes to the nearest topic.
    """
    chosen = sample(len(texts), months)
    fitted_texts = [texts[i] for i in chosen.tolist()]
    counts = counter(len(fitted_texts)).fit_transform(fitted_texts)
    clusters = AnchoredTopics(counts, granularity or Granularity())
    model = _bertopic(clusters, len(fitted_texts))
    assigned, _ = model.fit_transform(fitted_texts, embeddings=vectors[chosen])
    fitted = np.asarray(assigned, np.int64)  # numbered by BERTopic, the largest first

    topic = np.full(len(texts), OUTLIER, np.int64)
    probability = np.zeros(len(texts))
    topic[chosen], probability[chosen] = fitted, clusters.probability_
    rest = np.setdiff1d(np.arange(len(texts)), chosen, assume_unique=True)
    if len(rest):
        centres, sharpness = prototypes(vectors[chosen], fitted)
        topic[rest], probability[rest] = assign(vectors[rest], centres, sharpness)
    return TopicFit(topic, probability, *_describe(model, fitted_texts, vectors[chosen], fitted))


def sample(papers: int, months: Sequence[str] | None) -> NDArray[np.int64]:
    """Places of at most FIT_AT_MOST papers: every k-th of each month, in the order given."""
    order = np.argsort(np.asarray(months), kind="stable") if months is not None else np.arange(papers)
    wanted = min(papers, FIT_AT_MOST)
    return np.sort(order[np.arange(wanted) * papers // wanted]) if wanted else order


def prototypes(vectors: Vectors, topic: NDArray[np.int64]) -> tuple[Vectors, float]:
    """Centres (k, d) of topics, and the sharpness with which cosines to them foretell the topics best."""
    size = int(topic.max(initial=OUTLIER)) + 1
    centres = normalised(np.asarray(members(topic, size).T @ vectors, np.float32))
    inside = topic != OUTLIER
    cosine = vectors[inside] @ centres.T
    own = topic[inside][:, None]
    fits = [
        float(np.log(np.take_along_axis(softmax(k * cosine, axis=1), own, axis=1)).mean()) for k in _SHARPNESS
    ]
    return centres, float(_SHARPNESS[int(np.argmax(fits))])


def assign(
    vectors: Vectors, centres: Vectors, sharpness: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest topic of each paper (n, d) and its probability; papers that are too unsure become outliers."""
    topic = np.full(len(vectors), OUTLIER, np.int64)
    probability = np.zeros(len(vectors))
    for start in range(0, len(vectors) if len(centres) else 0, _ROWS):
        rows = slice(start, start + _ROWS)
        chance = softmax(sharpness * (vectors[rows] @ centres.T), axis=1)
        sure = chance.max(axis=1) >= UNSURE_BELOW
        topic[rows] = np.where(sure, chance.argmax(axis=1), OUTLIER)
        probability[rows] = np.where(sure, chance.max(axis=1), 0.0)
    return topic, probability


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
    model: BERTopic, texts: Sequence[str], vectors: Vectors, topic: NDArray[np.int64]
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]], list[str]]:
    """Keywords, single words and area of each topic."""
    size = int(topic.max(initial=OUTLIER)) + 1
    if not size:
        return [], [], []
    case = labels.usual_case(texts[:_CASE_FROM])
    keywords = [labels.keywords(model.get_topic(number), case) for number in range(size)]
    centres = normalised(np.stack([vectors[topic == number].mean(axis=0) for number in range(size)]))
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
