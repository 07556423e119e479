"""Embeddings: texts to vectors, behind one small protocol, cached by model and text.

The default is fitted on the corpus (see `fit_encoder`). It needs no download, no GPU and no torch, and does thousands
of papers a second. To stay comparable from run to run it is fitted again only when the corpus has grown by half.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from etl import fit_encoder
from etl.encode import MEASURES, Encoder, words
from etl.store import Store, VectorCache

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
        self._counts = CountVectorizer(vocabulary=list(encoder.terms), analyzer=words, dtype=np.float32)

    @property
    def model(self) -> str:
        """Name and fingerprint."""
        return self.encoder.model

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, d) of n texts."""
        encoder = self.encoder
        weights = fit_encoder.weigh(self._counts.transform(texts), encoder.idf, encoder.length)
        vectors = encoder.views(np.asarray(weights @ encoder.projection, np.float32))
        vectors[np.diff(weights.indptr) == 0] = 0  # no word is known
        return vectors

    def readings(self, papers: pd.DataFrame) -> list[NDArray[np.float32]]:
        """Papers (m) by their odd sentences in the latent view, and by their even ones in the view of word vectors:
        two readers who share neither the words nor the way of seeing them.
        """
        odd, even = zip(*map(fit_encoder.halves, papers.title, papers.abstract), strict=True)
        view = fit_encoder.DIMENSIONS
        return [self.encode(odd)[:, view : 2 * view], self.encode(even)[:, :view]]


def from_terms(terms: pa.Table) -> Encoder:
    """The encoder that a snapshot publishes."""
    projection = np.stack(terms["projection"].to_numpy()).astype(np.float32)
    names, idf = terms["term"].to_pylist(), terms["idf"].to_numpy()
    return Encoder.from_rows(terms["model"][0].as_py(), names, idf, projection)


def to_terms(encoder: Encoder) -> pa.Table:
    """The encoder as rows of `encoder_terms`."""
    rows = np.vstack([encoder.projection, encoder.centre]).astype(np.float32)
    offsets = np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int32)
    return pa.table(
        {
            "model": [encoder.model] * len(rows),
            "term": [*encoder.terms, MEASURES],
            "idf": np.append(encoder.idf, np.float32(encoder.length)),
            "projection": pa.ListArray.from_arrays(offsets, rows.ravel()),
        }
    )


def weighted_text(papers: pd.DataFrame) -> list[str]:
    """What of each paper is embedded."""
    return [
        fit_encoder.weighted(title, abstract)
        for title, abstract in zip(papers.title, papers.abstract, strict=True)
    ]


def encoder_for(store: Store, papers: int, fitted_on: int, seed: int) -> tuple[Encoder, int]:
    """The published encoder while it fits the corpus, else one fitted anew; with the papers it was fitted on."""
    published = store.encoder_terms()
    ours = len(published) and published["model"][0].as_py().startswith(fit_encoder.NAME)
    if ours and fitted_on <= papers <= fitted_on * REFIT_AT_GROWTH:
        return from_terms(published), fitted_on
    # Every k-th paper in the order of ids: a sample that memory holds and that load order does not change.
    step = -(-papers // FIT_AT_MOST)
    corpus = pd.concat((batch[["title", "abstract"]] for batch in store.texts()), ignore_index=True)[::step]
    encoder = fit_encoder.fit(corpus.title.tolist(), corpus.abstract.tolist(), seed)
    store.replace_encoder(to_terms(encoder))
    return encoder, papers


def embed_corpus(
    store: Store, embedder: Embedder, cache: VectorCache, advance: Callable[[int], None]
) -> NDArray[np.float32]:
    """Vectors (papers, d) in the order of paper ids."""
    parts: list[NDArray[np.float32]] = []
    for batch in store.texts():
        parts.append(embed(batch, embedder, cache))
        advance(len(batch))
    return np.concatenate(parts)


def embed(papers: pd.DataFrame, embedder: Embedder, cache: VectorCache) -> NDArray[np.float32]:
    """Vectors (n, d) of papers; only texts that the cache does not know are encoded."""
    hashes = papers.text_hash.tolist()
    known = cache.get(embedder.model, hashes)
    fresh = papers[~papers.text_hash.isin(list(known))].drop_duplicates("text_hash")
    if len(fresh):
        vectors = embedder.encode(weighted_text(fresh))
        cache.put(embedder.model, fresh.text_hash.tolist(), vectors)
        known |= dict(zip(fresh.text_hash, vectors, strict=True))
    return np.stack([known[text_hash] for text_hash in hashes]).astype(np.float32)
