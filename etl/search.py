"""What search needs in the snapshot: which word stands in which paper, and what each paper says as a short vector.

Vectors are the published text encoder's, so that a reader's query can be compared with them (see `encode`), whatever
embedder the topics come from. Of its views of a text only the general one is kept, rounded to whole numbers: a third of
the dimensions, a twelfth of the bytes, and better for a query, which is short and in words of its own, than all three
(of fifty questions in other words than the papers', 90 % found one that was meant, against 76 %).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from etl.encode import general_view
from etl.store import Store, VectorCache

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
    cached = (store.topic_fit() or {}).get("embedder") == model  # else the cache is another embedder's
    with VectorCache(cache) as known:
        for batch in store.wanting_vectors():
            vectors = (
                embed.embed(batch, embedder, known) if cached else embedder.encode(embed.weighted_text(batch))
            )
            store.keep_vectors(batch.paper_id, model, rounded(general_view(vectors)))
            advance(len(batch))


def rounded(vectors: Floats) -> NDArray[np.int8]:
    """Vectors (n, k) as whole numbers from -127 to 127, each in a unit of its own, since only directions count."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    return np.asarray(np.rint(vectors * (127 / np.maximum(largest, 1e-9))), np.int8)
