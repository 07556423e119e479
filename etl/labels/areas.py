"""Areas: the level above topics. How topics are grouped, what may name a group, and how names outlive a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.optimize import linear_sum_assignment

from etl.contract import OUTLIER

_ONE_BELOW = 4  # topics that make one area
_MOST = 15
_KEPT_FROM = 0.5  # part of an area's papers that must have been in a former one for the name to stay

Ints = NDArray[np.int64]


def wanted(topics: int) -> int:
    """How many areas: 1 below 4 topics, half as many as topics up to 15, then slowly on to 15 at 60."""
    if topics < _ONE_BELOW:
        return min(topics, 1)
    return (
        min(round(topics / 2), round(8 + (topics - 15) * 7 / 45), _MOST) if topics > 15 else round(topics / 2)
    )


def group(centres: NDArray[np.float32]) -> Ints:
    """The area (k) of each topic by its centre (k, d): Ward's clusters, numbered from 0 in the order of topics."""
    if len(centres) < _ONE_BELOW:
        return np.zeros(len(centres), np.int64)
    found = fcluster(linkage(centres, "ward"), wanted(len(centres)), "maxclust")
    _, first = np.unique(found, return_index=True)
    number = np.empty(found.max() + 1, np.int64)
    number[found[np.sort(first)]] = np.arange(len(first))
    return number[found]


def kept_names(before: Sequence[str | None], after: Ints, size: int) -> list[str | None]:
    """For each new area the name it keeps: that of the former area which most of its papers come from.

    Pairs are chosen together so that the papers they share are most (Kuhn, 1955, as SciPy does it).

    Args:
        before: name of the area (n) that each paper was in; None for outliers and papers that were not there.
        after: new area (n) of each paper, 0 to size - 1; -1 for outliers.
        size: how many new areas there are.
    """
    names = sorted({name for name in before if name is not None})
    place = {name: number for number, name in enumerate(names)}
    old = np.array([OUTLIER if name is None else place[name] for name in before], np.int64)
    both = (old != OUTLIER) & (after != OUTLIER)
    shared = np.zeros((len(names), size))
    np.add.at(shared, (old[both], after[both]), 1)
    known = np.bincount(after[both], minlength=size)
    kept: list[str | None] = [None] * size
    for name, area in zip(*linear_sum_assignment(shared, maximize=True), strict=True):
        if known[area] and shared[name, area] >= _KEPT_FROM * known[area]:
            kept[area] = names[name]
    return kept
