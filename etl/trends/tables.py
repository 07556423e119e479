"""Tables of counts as arrays, with an axis for each column that tells what was counted.

The dashboard makes them anew for any filter, and pandas takes milliseconds to pivot or to sort a few hundred rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Strata:
    """Counts by source: `papers` (s, t, m), `corpus` and `covered` (s, m), and what the axes stand for, in order."""

    sources: list[str]
    topic_ids: NDArray[np.int64]
    months: pd.DatetimeIndex
    papers: Floats
    corpus: Floats
    covered: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: pd.DataFrame, topic_ids: Sequence[int] | None = None, *, when: str = "month") -> Strata:
        """The arrays of a table; where a topic has no row it has no papers.

        Args:
            rows: columns of `contract.TOPIC_SOURCE_MONTHS`; without `source`, those of `contract.TOPIC_MONTHS`, which
                are then one source.
            topic_ids: the topics wanted, in this order; by default all there are.
            when: the column of the month, or of another period.
        """
        by_source = "source" in rows.columns
        sources, source = _axis(rows["source"]) if by_source else (np.array([""]), np.intp(0))
        (topics, topic), (months, month) = _axis(rows["topic_id"]), _axis(rows[when])
        shape = (len(sources), len(topics), len(months))
        cell = (source * len(topics) + topic) * len(months) + month
        counted = np.bincount(cell, rows["papers"].to_numpy(), math.prod(shape))
        papers: Floats = counted.astype(float).reshape(shape)  # those of no rows are integers
        # Every topic has these of its source's month.
        corpus, covered = np.zeros((len(sources), len(months))), np.zeros((len(sources), len(months)), bool)
        corpus[source, month] = rows["corpus_papers"].to_numpy()
        covered[source, month] = rows["covered"].to_numpy() if by_source else ~rows["partial"].to_numpy(bool)
        if topic_ids is not None:
            # One without rows is at -1, after the last of those that have any.
            none = np.zeros((len(sources), 1, len(months)))
            place_of = {each: place for place, each in enumerate(topics.tolist())}
            papers = np.hstack([papers, none])[:, [place_of.get(each, -1) for each in topic_ids]]
            topics = np.asarray(topic_ids)
        return cls(
            sources.tolist(), topics.astype(np.int64), pd.DatetimeIndex(months), papers, corpus, covered
        )


def _axis(column: pd.Series) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """The values of a column in order, and at which of them each row is."""
    places, values = pd.factorize(column.to_numpy(), sort=True)
    return values, places
