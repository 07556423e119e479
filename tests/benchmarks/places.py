"""Prints how good, how steady and how fast the map of topics and papers is: `uv run python -m tests.benchmarks.places`.

On 10,000 labelled abstracts of arXiv (from PAPERTIDE_TEST_DATA), with the default encoder and k-means topics:

- neighbours: share of a paper's 15 nearest, by vectors, that are among its 50 nearest on the map;
- own topic: share of papers whose nearest topic on the map is their own;
- movement: how far papers move, in widths of the map, between a fit on 95 % of them and one on all with places carried;
- seconds and memory for 100,000 papers: the same vectors, each ten times with noise.

A plane by principal components of the same vectors stands beside it.
"""

from __future__ import annotations

import os
import sys
import tracemalloc
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from etl import embed, fit_encoder
from etl.clusters import nearest
from etl.encode import normalised
from etl.places import lay_out

DATA = Path(os.environ.get("PAPERTIDE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
TOPICS = 25
LARGE = 100_000
NEAR, SHOWN = 15, 50


def main() -> None:
    """Measure and print."""
    path = DATA / "arxiv_labelled_10k.parquet"
    if not path.exists():
        sys.exit(f"{path} is absent; set PAPERTIDE_TEST_DATA to a folder that has it.")
    vectors = embedded(pd.read_parquet(path))
    topic = KMeans(TOPICS, n_init=2, random_state=0).fit_predict(vectors).astype(np.int64)
    found = lay_out(vectors, topic, centres(vectors, topic))
    plane = PCA(2, random_state=0).fit_transform(vectors)
    plane_topics = np.stack([plane[topic == number].mean(axis=0) for number in range(TOPICS)])

    table = Table("", "map", "principal plane", title=f"{len(vectors):,} papers, {TOPICS} topics")
    table.add_row("neighbours kept", *shares(kept(vectors, found.papers), kept(vectors, plane)))
    table.add_row(
        "nearest topic is own",
        *shares(own(found.papers, found.topics, topic), own(plane, plane_topics, topic)),
    )
    table.add_row("movement of papers", f"{movement(vectors, topic):.2%} of the width", "")
    seconds, megabytes = cost(vectors, topic)
    table.add_row(f"{LARGE:,} papers", f"{seconds:.1f} s, {megabytes:.0f} MB beside the vectors", "")
    Console().print(table, "Bar: 10 s on one core.")


def embedded(papers: pd.DataFrame) -> np.ndarray:
    """Vectors (n, d) by the default encoder."""
    encoder = fit_encoder.fit(papers.title.tolist(), papers.abstract.tolist(), seed=42)
    return embed.LatentSemantic(encoder).encode(embed.weighted_text(papers))


def centres(vectors: np.ndarray, topic: np.ndarray) -> np.ndarray:
    """Centres (k, d) of the topics."""
    return np.stack([vectors[topic == number].mean(axis=0) for number in range(TOPICS)])


def kept(vectors: np.ndarray, positions: np.ndarray) -> float:
    """Share of the nearest by vectors that are near on the map."""
    truly = nearest(vectors, vectors, NEAR + 1)[0]
    shown = (
        NearestNeighbors(n_neighbors=SHOWN + 1).fit(positions).kneighbors(return_distance=False)[:, :SHOWN]
    )
    return float(
        np.mean(
            [np.isin(near[near != i][:NEAR], shown[i]).mean() for i, near in enumerate(truly)],
        )
    )


def own(positions: np.ndarray, topics: np.ndarray, topic: np.ndarray) -> float:
    """Share of papers whose nearest topic is their own."""
    away = np.linalg.norm(positions[:, None] - topics, axis=2)
    return float((away.argmin(axis=1) == topic).mean())


def movement(vectors: np.ndarray, topic: np.ndarray) -> float:
    """Mean distance that papers move when 5 % more come, in widths of the map."""
    some = np.random.default_rng(0).random(len(vectors)) < 0.95
    before = lay_out(vectors[some], topic[some], centres(vectors[some], topic[some]))
    after = lay_out(vectors, topic, centres(vectors, topic), before.topics)
    width = np.ptp(after.papers, axis=0).max()
    return float(np.linalg.norm(after.papers[some] - before.papers, axis=1).mean() / width)


def cost(vectors: np.ndarray, topic: np.ndarray) -> tuple[float, float]:
    """Seconds and further megabytes for many papers."""
    times = LARGE // len(vectors)
    noise = np.random.default_rng(0).standard_normal((len(vectors) * times, vectors.shape[1]), np.float32)
    noise *= 0.02
    noise += np.tile(vectors, (times, 1))
    many = normalised(noise)
    del noise
    given = np.tile(topic, times), centres(vectors, topic)
    start = perf_counter()
    lay_out(many, *given)
    seconds = perf_counter() - start
    tracemalloc.start()
    lay_out(many, *given)
    _, peak = tracemalloc.get_traced_memory()
    return seconds, peak / 2**20


def shares(*values: float) -> list[str]:
    """As percentages."""
    return [f"{value:.1%}" for value in values]


if __name__ == "__main__":
    main()
