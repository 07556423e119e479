"""What search needs in the snapshot: which word stands in which paper, and what each paper says as a short vector.

Vectors are the published text encoder's, so that a reader's query can be compared with them (see `encode`), whatever
embedder the topics come from. They are turned to their leading directions and rounded to whole numbers: a third of the
dimensions, a twelfth of the bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from etl.store import Store, VectorCache

DIMENSIONS = 128  # of the published vectors
SAMPLE = 5_000  # papers that say which directions lead

Floats = NDArray[np.float32]


def index(store: Store, cache: Path, advance: Callable[[int], None]) -> None:
    """Make the snapshot searchable. Vectors of papers whose text did not change are kept from the last snapshot.

    Args:
        store: with papers, topics and the text encoder in place.
        cache: the file of vectors.
        advance: told of papers that got a vector.
    """
    store.prepare_search()
    if model := store.encoder_model():
        _add_vectors(store, cache, model, advance)
    store.write_postings()


def _add_vectors(store: Store, cache: Path, model: str, advance: Callable[[int], None]) -> None:
    if not store.want_vectors(model):
        return
    from etl import embed  # noqa: PLC0415 - takes seconds to load, and a run that finds nothing new does without

    embedder = embed.LatentSemantic(embed.from_terms(store.encoder_terms()))
    axes = store.search_axes(model)
    if axes is None:
        axes = leading(embedder.encode(embed.weighted_text(store.sample(SAMPLE))))
        store.replace_search_axes(model, axes)
    cached = (store.topic_fit() or {}).get("embedder") == model  # else the cache is another embedder's
    with VectorCache(cache) as known:
        for batch in store.wanting_vectors():
            vectors = (
                embed.embed(batch, embedder, known) if cached else embedder.encode(embed.weighted_text(batch))
            )
            store.keep_vectors(batch.paper_id, model, rounded(vectors @ axes.T))
            advance(len(batch))


def leading(vectors: Floats) -> Floats:
    """The directions (k, d) along which vectors (n, d) are longest, k at most DIMENSIONS; not centred, so that cosines
    stay what they are.
    """
    _, axes = np.linalg.eigh((vectors.T @ vectors).astype(float))
    found = axes[:, ::-1].T[:DIMENSIONS]
    sign = np.sign(found[np.arange(len(found)), np.abs(found).argmax(axis=1)])
    return np.asarray(found * sign[:, None], np.float32)  # the same way whatever the machine


def rounded(vectors: Floats) -> NDArray[np.int8]:
    """Vectors (n, k) as whole numbers from -127 to 127, each in a unit of its own, since only directions count."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    return np.asarray(np.rint(vectors * (127 / np.maximum(largest, 1e-9))), np.int8)
