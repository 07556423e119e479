"""Topics by BERTopic. The only module that imports it.

BERTopic runs UMAP and HDBSCAN on our vectors. Both are given what saves time at equal quality: exact nearest
neighbours by matrix product (UMAP's own search compiles for most of a minute in every process), and a fixed seed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from bertopic import BERTopic
from bertopic.vectorizers import ClassTfidfTransformer
from hdbscan import HDBSCAN
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer
from umap import UMAP

from etl import labels
from etl.contract import OUTLIER
from etl.encode import normalised

NEIGHBOURS = 15
FIT_AT_MOST = (
    30_000  # papers the topics are fitted on; the others are assigned by their neighbours among these
)
_EPOCHS = 200
_PHRASE_WORDS = 3
_BREAK = re.compile(r"[^\w\s-]+|(?<!\w)-+|-+(?!\w)")  # punctuation, and dashes that join no word
_BLOCK = 1_024  # rows of a similarity matrix held at once
_SCORED_TERMS = 30
_CASE_FROM = 10_000  # texts that tell the usual case of a word

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TopicFit:
    """Topics 0 to k - 1, the largest first, and the assignment of n papers to them."""

    topic: NDArray[np.int64]  # (n), -1 for outliers
    probability: NDArray[np.float64]  # (n), 0 for outliers
    keywords: list[tuple[str, ...]]  # (k)
    areas: list[str]  # (k)


def fit(texts: Sequence[str], vectors: Vectors, seed: int) -> TopicFit:
    """Fit topics on texts (n) and their vectors (n, d) of length one.

    Equal input and seed give equal topics. Above FIT_AT_MOST papers a random sample is fitted, and each other paper
    goes where most of its nearest neighbours in the sample are, the outliers among them included.
    """
    sample = np.arange(len(texts))
    if len(texts) > FIT_AT_MOST:
        sample = np.sort(np.random.default_rng(seed).choice(len(texts), FIT_AT_MOST, replace=False))
    fitted_texts = [texts[i] for i in sample.tolist()]
    model = _bertopic(vectors[sample], seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # UMAP's remarks on seeds and given neighbours, both on purpose
        assigned, strength = model.fit_transform(fitted_texts, embeddings=vectors[sample])
    fitted = np.asarray(assigned, np.int64)

    topic = np.full(len(texts), OUTLIER, np.int64)
    probability = np.zeros(len(texts))
    topic[sample] = fitted
    probability[sample] = np.where(
        fitted == OUTLIER, 0.0, np.nan_to_num(np.asarray(strength, float)).clip(0, 1)
    )
    rest = np.setdiff1d(np.arange(len(texts)), sample, assume_unique=True)
    if len(rest):
        topic[rest], probability[rest] = _vote(vectors[rest], vectors[sample], fitted)
    return TopicFit(topic, probability, *_describe(model, fitted_texts, vectors[sample], fitted))


def _bertopic(vectors: Vectors, seed: int) -> BERTopic:
    papers = len(vectors)
    neighbours = min(NEIGHBOURS, papers - 1)
    return BERTopic(
        embedding_model=None,
        # Any language but 'english' keeps BERTopic from stripping hyphens ('text-to-image') before it counts words.
        language="multilingual",
        umap_model=UMAP(
            n_neighbors=neighbours,
            n_components=5,
            min_dist=0.0,
            metric="cosine",
            n_epochs=_EPOCHS,
            precomputed_knn=nearest(vectors, vectors, neighbours),
            random_state=seed,
        ),
        hdbscan_model=HDBSCAN(min_cluster_size=smallest_topic(papers), min_samples=5, core_dist_n_jobs=1),
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


def smallest_topic(papers: int) -> int:
    """Papers that make a topic: one in 200, at least 8."""
    return max(8, papers // 200)


def nearest(queries: Vectors, vectors: Vectors, count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The `count` nearest vectors of each query, by exact cosine: places (q, count) and distances, nearest first."""
    places = np.empty((len(queries), count), np.int32)
    distances = np.empty((len(queries), count), np.float32)
    for start in range(0, len(queries), _BLOCK):
        rows = slice(start, start + _BLOCK)
        similarity = queries[rows] @ vectors.T
        top = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
        value = np.take_along_axis(similarity, top, axis=1)
        order = np.argsort(-value, axis=1, kind="stable")
        places[rows] = np.take_along_axis(top, order, axis=1)
        distances[rows] = np.clip(1 - np.take_along_axis(value, order, axis=1), 0, 2)
    return places, distances


def _vote(
    queries: Vectors, fitted: Vectors, topic: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each query's commonest topic among its nearest fitted papers, and the share of them that have it."""
    places, _ = nearest(queries, fitted, min(NEIGHBOURS, len(fitted)))
    votes = topic[places]
    agree = (votes[:, :, None] == votes[:, None, :]).sum(axis=2)
    best = agree.argmax(axis=1)  # of equally common topics the one of the nearer paper
    rows = np.arange(len(queries))
    winner = votes[rows, best]
    return winner, np.where(winner == OUTLIER, 0.0, agree[rows, best] / places.shape[1])


def _describe(
    model: BERTopic, texts: Sequence[str], vectors: Vectors, topic: NDArray[np.int64]
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Keywords and area of each topic."""
    size = int(topic.max(initial=OUTLIER)) + 1
    if not size:
        return [], []
    case = labels.usual_case(texts[:_CASE_FROM])
    keywords = [labels.keywords(model.get_topic(number), case) for number in range(size)]
    centres = normalised(np.stack([vectors[topic == number].mean(axis=0) for number in range(size)]))
    return keywords, _areas(model, centres, case)


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
