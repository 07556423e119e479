"""Embeddings: texts to vectors, behind one small protocol, cached by model and text.

The default is fitted on the corpus: tf-idf and truncated SVD. It needs no download, no GPU and no torch, and does
thousands of papers a second. To stay comparable from run to run it is fitted again only when the corpus has grown
by half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer

from etl.encode import TOKEN_PATTERN, Encoder, normalised
from etl.store import Store, VectorCache

DIMENSIONS = 128
FIT_AT_MOST = 50_000  # papers the encoder is fitted on; more change it little
REFIT_AT_GROWTH = 1.5


class Embedder(Protocol):
    """Turns texts into vectors of length one. `model` names it with its version, and is part of the cache key."""

    @property
    def model(self) -> str: ...  # noqa: D102

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, d) of n texts."""


class LatentSemantic:
    """The default Embedder: an `Encoder` applied to many texts at once."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._counts = CountVectorizer(
            vocabulary=list(encoder.terms), token_pattern=TOKEN_PATTERN, dtype=np.float32
        )

    @property
    def model(self) -> str:
        """Name and fingerprint."""
        return self.encoder.model

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, d) of n texts."""
        weights = self._counts.transform(texts)
        weights.data = 1 + np.log(weights.data)
        weights = weights.multiply(self.encoder.idf).tocsr()
        return normalised(np.asarray(weights @ self.encoder.projection, np.float32))


def fit(texts: Sequence[str], seed: int) -> Encoder:
    """Fit tf-idf and SVD on texts; the result does not depend on anything but texts and seed."""
    rare = 3 if len(texts) >= 1_000 else 2
    counter = CountVectorizer(
        stop_words="english", token_pattern=TOKEN_PATTERN, min_df=rare, max_df=0.3, max_features=30_000
    )
    counts = counter.fit_transform(texts).astype(np.float32)
    terms = counter.get_feature_names_out()
    documents = np.asarray((counts > 0).sum(axis=0)).ravel()
    idf = (np.log((1 + len(texts)) / (1 + documents)) + 1).astype(np.float32)
    weights = counts.copy()
    weights.data = 1 + np.log(weights.data)
    weights = weights.multiply(idf).tocsr()
    length = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    weights = weights.multiply(1 / np.maximum(length, 1e-9)[:, None]).tocsr()
    dimensions = min(DIMENSIONS, len(terms) - 1, len(texts) - 1)
    svd = TruncatedSVD(dimensions, n_iter=3, random_state=seed).fit(weights)
    projection = np.ascontiguousarray(svd.components_.T, np.float32)
    # Rounded, so that the fingerprint does not hang on the last bit of another machine's arithmetic.
    digest = hashlib.sha256("\n".join(terms).encode() + np.round(projection, 3).tobytes()).hexdigest()[:12]
    return Encoder(f"lsa-{dimensions}-{digest}", tuple(terms), idf, projection)


def from_terms(terms: pa.Table) -> Encoder:
    """The encoder that a snapshot publishes."""
    projection = np.stack(terms["projection"].to_numpy()).astype(np.float32)
    return Encoder(
        terms["model"][0].as_py(), tuple(terms["term"].to_pylist()), terms["idf"].to_numpy(), projection
    )


def to_terms(encoder: Encoder) -> pa.Table:
    """The encoder as rows of `encoder_terms`."""
    size = encoder.projection.shape[1]
    offsets = np.arange(0, encoder.projection.size + 1, size, dtype=np.int32)
    return pa.table(
        {
            "model": [encoder.model] * len(encoder.terms),
            "term": list(encoder.terms),
            "idf": encoder.idf,
            "projection": pa.ListArray.from_arrays(offsets, encoder.projection.ravel()),
        }
    )


def weighted_text(papers: pd.DataFrame) -> list[str]:
    """What of a paper is embedded: the title counts twice, since it says most in fewest words."""
    return [
        f"{title}. {title}. {abstract}" for title, abstract in zip(papers.title, papers.abstract, strict=True)
    ]


def encoder_for(store: Store, papers: int, fitted_on: int, seed: int) -> tuple[Encoder, int]:
    """The published encoder while it fits the corpus, else one fitted anew; with the papers it was fitted on."""
    if fitted_on and fitted_on <= papers <= fitted_on * REFIT_AT_GROWTH:
        return from_terms(store.encoder_terms()), fitted_on
    # Every k-th paper in the order of ids: a sample that memory holds and that load order does not change.
    step = -(-papers // FIT_AT_MOST)
    texts: list[str] = []
    for batch in store.texts():
        texts += weighted_text(batch)
    encoder = fit(texts[::step], seed)
    store.replace_encoder(to_terms(encoder))
    return encoder, papers


def embed_corpus(
    store: Store, embedder: Embedder, cache: VectorCache, advance: Callable[[int], None]
) -> NDArray[np.float32]:
    """Vectors (papers, d) in the order of paper ids; only texts that the cache does not know are encoded."""
    parts: list[NDArray[np.float32]] = []
    for batch in store.texts():
        hashes = batch.text_hash.tolist()
        known = cache.get(embedder.model, hashes)
        new = ~batch.text_hash.isin(list(known))
        fresh = batch[new].drop_duplicates("text_hash")
        if len(fresh):
            vectors = embedder.encode(weighted_text(fresh))
            cache.put(embedder.model, fresh.text_hash.tolist(), vectors)
            known |= dict(zip(fresh.text_hash, vectors, strict=True))
        parts.append(np.stack([known[text_hash] for text_hash in hashes]).astype(np.float32))
        advance(len(batch))
    return np.concatenate(parts)
