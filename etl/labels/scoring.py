"""How well a phrase names a topic, and the choice of ten that say different things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from etl.labels import grammar, spelling
from etl.labels.counts import Counts

KEYWORDS = 10
CANDIDATES = 8  # labels offered for a topic
_POOL = 60  # phrases among which keywords and labels are chosen
_RELEVANCE = 0.6  # weight of a phrase's own score in MMR; the rest is for being unlike those chosen
_TITLE = 0.6  # weight of titles (and keywords) in a phrase's share; the rest is for abstracts
_SWALLOWED_FROM = 0.65  # part of a phrase's papers that also hold a longer phrase around it
_WORDS_WORTH = (0.0, 0.15, 1.0, 1.0, 0.8)  # worth of a label by its number of words: 'graphs' says little
_NEARLY = 0.5  # of a single word's score that lets a phrase of several go first
_ELSEWHERE = 0.5  # worth of a label that names another topic better

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Scores (k, p) of phrases as keywords of topics, and as their labels."""

    keyword: Floats
    label: Floats


def scores(counts: Counts, members: sparse.csr_matrix) -> Scores:
    """Score every phrase for every topic; `members` (n, k) is 1 where a paper belongs to a topic.

    A keyword's score is its c-TF-IDF (Grootendorst, 2022, as BERTopic weighs it with BM25 and square roots, but on
    papers that hold a phrase instead of its uses) times how much of its use the topic has. A label must also stand in
    the topic's titles, hold a few words, and name no other topic better.
    """
    papers = np.maximum(np.asarray(members.sum(axis=0)).ravel(), 1)[:, None]
    text = np.asarray((members.T @ counts.in_text).todense(), float)
    head = np.asarray((members.T @ counts.in_title.maximum(counts.as_keyword)).todense(), float)
    share, title_share = text / papers, head / papers
    usual = (np.asarray(counts.in_text.sum(axis=0)).ravel() + 1) / counts.in_text.shape[0]
    purity = np.log1p(share / usual) / np.log1p(len(papers))
    keyword = c_tf_idf(text) * purity

    mixed = _TITLE * title_share + (1 - _TITLE) * share
    label = mixed * np.log(np.maximum(share / usual, 1)) * np.array([worth(p) for p in counts.phrases])
    label[head < np.maximum(2, 0.005 * papers)] = 0
    best = label.max(axis=0, initial=0)
    label *= np.where(label < best, _ELSEWHERE, 1)
    return Scores(keyword, label)


def c_tf_idf(counts: Floats) -> Floats:
    """Class-based tf-idf (k, p) of counts (k, p), as BERTopic's with `bm25_weighting` and `reduce_frequent_words`."""
    total = counts.sum(axis=0)
    average = counts.sum() / max(len(counts), 1)
    idf = np.log1p((average - total + 0.5) / (total + 0.5))
    tf = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.sqrt(tf) * idf, float)


def worth(phrase: str) -> float:
    """What a phrase is worth as a label by its form alone: less with one telling word, and least as a single word."""
    words = phrase.split()
    value = _WORDS_WORTH[min(len(words), len(_WORDS_WORTH) - 1)]
    commonplaces = sum(grammar.is_commonplace(word.lower()) for word in words)
    return value * (0.8 if commonplaces == len(words) - 1 and len(words) > 1 else 1)


def choose_keywords(counts: Counts, score: Floats, papers: sparse.csr_matrix) -> tuple[int, ...]:
    """Ten phrases by maximal marginal relevance (Carbonell and Goldstein, 1998): strong ones, unlike each other.

    Two phrases are alike by the words they share, and by the papers of the topic they share.
    """
    pool = _strongest(score)
    pool = pool[~_swallowed(counts, pool, papers)]
    if not len(pool):
        return ()
    alike = np.maximum(_shared_words([counts.phrases[p] for p in pool]), _shared_papers(papers[:, pool]))
    relevance = score[pool] / score[pool].max()
    chosen = [0]
    while len(chosen) < min(KEYWORDS, len(pool)):
        gain = _RELEVANCE * relevance - (1 - _RELEVANCE) * alike[:, chosen].max(axis=1)
        gain[chosen] = -np.inf
        gain[alike[:, chosen].max(axis=1) >= 1] -= 1  # says nothing new
        chosen.append(int(gain.argmax()))
    return tuple(int(pool[place]) for place in chosen)


def choose_labels(counts: Counts, score: Floats, papers: sparse.csr_matrix) -> tuple[str, ...]:
    """The phrases that name a topic best, the best first. A phrase of several words may pass a single one.

    `papers` (n, p) are those of the topic, with the phrases they hold.
    """
    pool = _strongest(score)
    pool = pool[~_swallowed(counts, pool, papers)][:CANDIDATES]
    phrases = [counts.phrases[p] for p in pool]
    several = next((place for place, phrase in enumerate(phrases) if " " in phrase), 0)
    if phrases and score[pool[several]] >= _NEARLY * score[pool[0]]:
        phrases.insert(0, phrases.pop(several))
    if phrases and " " not in phrases[0]:  # it says little alone
        unlike = [other for other in phrases[1:] if not _alike(phrases[0], other)]
        phrases[:0] = [f"{phrases[0]} and {other}" for other in unlike[:1]]
    return tuple(phrases)


def pairs(phrases: Sequence[str], counts: Counts, score: Floats) -> list[str]:
    """The first of the phrases with another: the one of the best score (p), else the next of the phrases."""
    strongest = [counts.phrases[p] for p in np.argsort(-score, kind="stable")[:CANDIDATES] if score[p] > 0]
    first = phrases[0].split(" and ")[0]
    other = [phrase for phrase in (*strongest, *phrases[1:]) if not _alike(first, phrase)]
    return [f"{first} and {phrase}" for phrase in other[:1]]


def _alike(one: str, other: str) -> bool:
    """Whether two phrases share a word, so that naming both would be odd."""
    return bool(set(spelling.key(one).split()) & set(spelling.key(other).split()))


def _strongest(score: Floats) -> NDArray[np.int64]:
    order = np.argsort(-score, kind="stable")[:_POOL]
    return order[score[order] > 0]


def _swallowed(counts: Counts, pool: NDArray[np.int64], papers: sparse.csr_matrix) -> NDArray[np.bool_]:
    """Phrases that mostly stand within a longer one of the pool: 'spiking neural' in 'spiking neural networks'."""
    keys = [f" {spelling.key(counts.phrases[p])} " for p in pool]
    inside = np.array([[key != other and key in other for other in keys] for key in keys], bool)
    both = np.asarray((papers[:, pool].T @ papers[:, pool]).todense())
    within = inside & (both >= _SWALLOWED_FROM * np.diag(both)[:, None])
    return np.asarray(within.any(axis=1), bool)


def _shared_words(phrases: Sequence[str]) -> Floats:
    """Part of the shorter phrase's words that the other holds too (m, m)."""
    words = [set(spelling.key(phrase).split()) for phrase in phrases]
    return np.array([[len(a & b) / min(len(a), len(b)) for b in words] for a in words])


def _shared_papers(papers: sparse.csr_matrix) -> Floats:
    """Jaccard overlap (m, m) of the papers (n, m) that hold phrases."""
    shared = np.asarray((papers.T @ papers).todense(), float)
    alone = np.diag(shared)
    overlap: Floats = shared / np.maximum(alone[:, None] + alone[None, :] - shared, 1)
    return overlap
