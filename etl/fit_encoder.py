"""Fits the default text encoder on a corpus: which words count, and how they are projected.

No labels, no download, no GPU. Three views of a text are computed from its BM25 weights:

- word vectors: the sum of the vectors that Papertide brings along (see `vectors`), the same for every corpus, so that
  words rare in this one have a meaning too;
- latent semantic analysis: the leading singular vectors of the corpus;
- agreement: of both, the directions in which the odd and the even sentences of an abstract agree, most consistent
  first. Two halves of one paper share its topic and little else, so their covariance is signal and their difference is
  noise; the directions solve a generalised eigenproblem, as in within-class covariance normalisation (Hatch et al.,
  2006) with each paper a class of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import eigh
from scipy.sparse.linalg import svds
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from etl.encode import Encoder, saturated, words
from etl.errors import NoWords
from etl.vectors import word_vectors

NAME = "bm25-views-3"  # of this way of encoding; change the number when the same corpus gives another encoder
LATENT = 128  # singular vectors that the agreement is sought among
DIMENSIONS = 128  # of each fitted view
TERMS = 30_000
MANY = 1_000  # texts; among fewer, a topic may be half of them
COMMON, COMMON_AMONG_FEW = 0.3, 0.6  # part of the texts above which a word says nothing
TITLE_WEIGHT = 3  # a title says most in fewest words
SPLIT_AT_MOST = 20_000  # papers whose halves are compared
_NOISE_FLOOR = 0.3  # part of the mean noise added to every direction, so that no chance agreement stands out
_SENTENCE = re.compile(r"(?<=[.!?])\s+")

Floats = NDArray[np.float32]


def fit(titles: Sequence[str], abstracts: Sequence[str], seed: int) -> Encoder:
    """Fit an encoder on papers (n); nothing but the papers, their order and the seed matters."""
    texts = [weighted(title, abstract) for title, abstract in zip(titles, abstracts, strict=True)]
    vocabulary, counts = count_words(texts)
    terms = tuple(vocabulary.get_feature_names_out().tolist())
    papers = len(texts)
    documents = np.bincount(counts.indices, minlength=len(terms))
    idf = np.log1p((papers - documents + 0.5) / (documents + 0.5)).astype(np.float32)
    length = float(np.sum(counts.data)) / papers or 1.0

    weights = weigh(counts, idf, length)
    rank = max(1, min(LATENT, len(terms) - 1, len(texts) - 1))
    latent = _latent(weights, rank, seed)
    general = word_vectors(terms)

    some = slice(0, SPLIT_AT_MOST)
    odd, even = (
        weigh(vocabulary.transform(part), idf, length)
        for part in zip(*map(halves, titles[some], abstracts[some]), strict=True)
    )
    # Both kinds of direction weigh alike.
    alike = np.linalg.norm(weights @ latent) / (np.linalg.norm(weights @ general) + 1e-9)
    both = np.hstack([latent, general * alike])
    agreeing = both @ _agreement(odd @ both, even @ both)
    # As a view, word vectors need no idf: their length tells already how telling a word is.
    projection = np.hstack([general / idf[:, None], _padded(latent), _padded(agreeing)])
    centre = np.asarray(weights.mean(axis=0), np.float32).ravel() @ projection
    return Encoder(_name(terms, projection), terms, idf, projection, centre.astype(np.float32), length)


def weighted(title: str, abstract: str) -> str:
    """What of a paper is embedded: its title several times, and its abstract."""
    return f"{title}. " * TITLE_WEIGHT + abstract


def weigh(counts: sparse.csr_matrix, idf: Floats, length: float) -> sparse.csr_matrix:
    """BM25 weights (n, v) of counts (n, v), each row of length one."""
    known = np.asarray(counts.sum(axis=1), np.float32).ravel()
    excess = np.repeat(known / np.float32(length), np.diff(counts.indptr))
    data = saturated(counts.data.astype(np.float32), excess) * idf[counts.indices]
    weights = sparse.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)
    norm = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    weights.data /= np.repeat(np.maximum(norm, 1e-9), np.diff(weights.indptr)).astype(np.float32)
    return weights


def count_words(texts: Sequence[str]) -> tuple[CountVectorizer, sparse.csr_matrix]:
    """Counts (n, v) of the telling words of texts, and who counted them.

    Raises:
        NoWords: the texts have none that two of them share, or only such as most of them use.
    """
    many = len(texts) >= MANY
    counter = CountVectorizer(
        analyzer=_telling_words,
        min_df=3 if many else 2,
        max_df=COMMON if many else COMMON_AMONG_FEW,
        max_features=TERMS,
        dtype=np.float32,
    )
    try:
        return counter, counter.fit_transform(texts)
    except ValueError as error:
        raise NoWords from error


def _telling_words(text: str) -> list[str]:
    return [word for word in words(text) if word not in ENGLISH_STOP_WORDS]


def halves(title: str, abstract: str) -> tuple[str, str]:
    """The odd sentences of a paper, its title first, and the even ones."""
    sentences = _SENTENCE.split(abstract)
    return " ".join([f"{title}.", *sentences[0::2]]), " ".join(sentences[1::2])


def _latent(weights: sparse.csr_matrix, rank: int, seed: int) -> Floats:
    """Leading right singular vectors (v, rank), the strongest first, fading out towards the last.

    Lanczos' method, to full precision: what a randomised SVD leaves to chance moves a tenth of the papers later.
    Fading (the soft threshold of singular values) keeps a direction from coming or going with a few papers.
    """
    start = np.random.default_rng(seed).standard_normal(min(weights.shape))
    _, value, latent = svds(weights, k=rank, v0=start, tol=1e-4)
    order = np.argsort(-value)
    strength = np.asarray(value[order], float) ** 2
    return np.asarray(latent[order].T, np.float32) * _faded(strength)


def _faded(strength: NDArray[np.float64]) -> Floats:
    if len(strength) < LATENT:  # a corpus so small keeps every direction that it has
        return np.ones(len(strength), np.float32)
    return np.asarray(1 - strength.min() / np.maximum(strength, 1e-12), np.float32)


def _agreement(first: Floats, second: Floats) -> Floats:
    """Directions (d, q) in which both halves (n, d) agree beyond their noise, scaled by how well they do."""
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    signal = (first.T @ second + second.T @ first) / 2
    difference = first - second
    noise = difference.T @ difference / 2
    floor = max(_NOISE_FLOOR * float(np.trace(noise)) / len(noise), 1e-9)
    ratio, directions = eigh(signal.astype(float), noise.astype(float) + floor * np.eye(len(noise)))
    best = np.argsort(-ratio, kind="stable")[:DIMENSIONS]
    strength = ratio[best].clip(0)
    return np.asarray(directions[:, best] * np.sqrt((strength - strength.min()).clip(0)), np.float32)


def _padded(projection: Floats) -> Floats:
    """The first DIMENSIONS columns, with zeros where a small corpus has fewer; each column points the way its largest
    entry does, so that the sign does not depend on the machine.
    """
    kept = projection[:, :DIMENSIONS]
    sign = np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(kept.shape[1])])
    return np.pad(kept * np.where(sign == 0, 1, sign), ((0, 0), (0, DIMENSIONS - kept.shape[1])))


def _name(terms: Sequence[str], projection: Floats) -> str:
    # Rounded, so that the fingerprint does not hang on the last bit of another machine's arithmetic.
    content = "\n".join(terms).encode() + np.round(projection, 3).tobytes()
    return f"{NAME}-{hashlib.sha256(content).hexdigest()[:12]}"
