# ruff: noqa: PLC0415 - peers are imported where they run, since most are not installed
"""Compares what could cluster papers, on one encoder's vectors: `uv run python -m tests.benchmarks.clusters`.

On the labelled abstracts (from PAPERTIDE_TEST_DATA), by the default encoder fitted once on all, so that only the
clustering differs: agreement with the labels, with outliers as one cluster; agreement of a second clustering of 95 % of
the papers with the first; seconds. Papertide does without the peers; those that are not installed are left out, and
said to be:

    uv sync --group bench && uv pip install --no-config umap-learn hdbscan evoc leidenalg
    uv run --no-sync python -m tests.benchmarks.clusters
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from etl import embed, fit_encoder
from etl.clusters import AnchoredTopics, leading, nearest, neighbourhood
from etl.granularity import Granularity
from tests.benchmarks.topics import DATA, labelled_10k

TOPICS = 25
NEIGHBOURS = 15
SMALLEST = 20  # papers of a topic, for those that ask

Cluster = Callable[
    [np.ndarray, sparse.csr_matrix, int], np.ndarray
]  # vectors, counts of words, seed -> topic


def anchored(vectors: np.ndarray, counts: sparse.csr_matrix, seed: int) -> np.ndarray:
    return AnchoredTopics(counts, Granularity()).fit(vectors).labels_


def k_means(vectors: np.ndarray, counts: sparse.csr_matrix, seed: int) -> np.ndarray:
    smooth = leading(neighbourhood(vectors) @ vectors)
    return KMeans(TOPICS, n_init=3, random_state=seed).fit_predict(smooth)


def hdbscan_alone(vectors: np.ndarray, counts: sparse.csr_matrix, seed: int) -> np.ndarray:
    return HDBSCAN(min_cluster_size=SMALLEST, copy=False).fit_predict(
        leading(neighbourhood(vectors) @ vectors)
    )


def umap_and_hdbscan(vectors: np.ndarray, counts: sparse.csr_matrix, seed: int) -> np.ndarray:
    """Exact neighbours and 100 epochs instead of UMAP's own."""
    from umap import UMAP

    places, cosines = nearest(vectors, vectors, NEIGHBOURS)
    model = UMAP(
        n_neighbors=NEIGHBOURS,
        n_components=5,
        min_dist=0.0,
        metric="cosine",
        n_epochs=100,
        random_state=seed,
        precomputed_knn=(places.astype(np.int64), 1 - cosines, None),
    )
    return HDBSCAN(min_cluster_size=SMALLEST, copy=False).fit_predict(model.fit_transform(vectors))


def evoc(vectors: np.ndarray, counts: sparse.csr_matrix, seed: int) -> np.ndarray:
    from evoc import EVoC

    return np.asarray(EVoC(base_min_cluster_size=SMALLEST, random_state=seed).fit_predict(vectors))


def leiden(vectors: np.ndarray, counts: sparse.csr_matrix, seed: int) -> np.ndarray:
    """Modularity on the graph of neighbours, each pair once."""
    import igraph
    import leidenalg

    places, _ = nearest(vectors, vectors, NEIGHBOURS)
    pairs = np.stack([np.repeat(np.arange(len(vectors)), NEIGHBOURS), places.ravel()], axis=1)
    graph = igraph.Graph(n=len(vectors), edges=pairs.tolist()).simplify()
    found = leidenalg.find_partition(graph, leidenalg.ModularityVertexPartition, seed=seed)
    return np.asarray(found.membership)


CLUSTERS: dict[str, Cluster] = {
    "anchored means (ours)": anchored,
    "k-means, smoothed": k_means,
    "HDBSCAN, smoothed": hdbscan_alone,
    "UMAP + HDBSCAN": umap_and_hdbscan,
    "EVoC": evoc,
    "Leiden": leiden,
}


def main() -> None:
    """Measure and print."""
    if not DATA.is_dir():
        print(f"skipped: no real data at {DATA}; set PAPERTIDE_TEST_DATA")
        return
    papers = labelled_10k()
    truth = pd.factorize(papers.truth)[0]
    encoder = fit_encoder.fit(papers.title.tolist(), papers.abstract.tolist(), 42)
    texts = embed.weighted_text(papers)
    vectors = embed.LatentSemantic(encoder).encode(texts)
    _, counts = fit_encoder.count_words(texts)
    some = np.sort(np.random.default_rng(1).permutation(len(papers))[: len(papers) * 95 // 100])
    for name, cluster in CLUSTERS.items():
        start = perf_counter()
        try:
            topic = cluster(vectors, counts, 42)
        except ImportError as missing:
            print(f"{name:<22} skipped: {missing.name} is not installed")
            continue
        seconds = perf_counter() - start
        again = cluster(vectors[some], counts[some], 1)
        print(
            f"{name:<22} {topic.max() + 1:>4} topics, {(topic < 0).mean():>5.1%} outliers, NMI "
            f"{normalized_mutual_info_score(truth, topic):.3f}, ARI {adjusted_rand_score(truth, topic):.3f}, refit on "
            f"95 % {adjusted_rand_score(topic[some], again):.3f}, {seconds:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
