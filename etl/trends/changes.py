"""When did a share change, and how long did it last? Change points and bursts, from levels that the shares keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from etl.trends.bands import scatter
from etl.trends.signals import window
from etl.trends.tables import Floats, Strata

FALSE_ALARMS = 0.05  # of a topic whose share never changes, in all periods together
BURST, RISE, FALL = "burst", "rise", "fall"

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Levels:
    """Periods (m) in which each topic (t) kept one share; what was known then, and what is known now."""

    papers: Floats  # cumulated, shape (t, m + 1)
    corpus: Floats  # cumulated, shape (m + 1)
    begins: Integers  # (t, m): where the level began that period j is on, judged by the periods up to j

    def starts(self, topic: int) -> list[int]:
        """Where the topic's levels begin, judged by all periods; the first begins at 0."""
        starts, end = [], self.begins.shape[1]
        while end > 0:
            end = int(self.begins[topic, end - 1])
            starts.append(end)
        return starts[::-1]

    def share(self, topic: int, start: int, end: int) -> float:
        """The topic's share of all papers in the periods from `start` to before `end`."""
        papers = self.papers[topic, end] - self.papers[topic, start]
        return float(papers / (self.corpus[end] - self.corpus[start]))

    @property
    def raised(self) -> NDArray[np.bool_]:
        """Shape (t, m): true where the periods up to this one show a level higher than the one before it."""
        t, m = self.begins.shape
        rows, ends = np.arange(t)[:, None], np.arange(1, m + 1)
        start = self.begins
        before = self.begins[rows, np.maximum(start - 1, 0)]
        now = (self.papers[rows, ends] - self.papers[rows, start]) / (self.corpus[ends] - self.corpus[start])
        papers, corpus = (
            self.papers[rows, start] - self.papers[rows, before],
            self.corpus[start] - self.corpus[before],
        )
        return (start > 0) & (now > papers / np.maximum(corpus, 1))


def levels(papers: ArrayLike, corpus: ArrayLike) -> Levels:
    """Cut the periods of each topic into levels of constant share, at the least cost.

    Optimal partitioning (Jackson et al., 2005): the cost of a level is minus its binomial log-likelihood, and each
    further level costs a penalty, in proportion to how much the topic's counts scatter (see `scatter`). The best
    partition of the first j periods falls out for every j, which is what somebody would have seen who looked then. The
    penalty holds false alarms at 5 % over all those looks: Bonferroni over m looks, each with log2(m) independent
    places for a change, which simulation confirms for 12 to 120 periods (tests/benchmarks/trends).

    Args:
        papers: a topic's papers in each period, shape (t, m).
        corpus: all papers in each period, shape (m); periods without papers are part of the level they fall in.
    """
    k, n = np.asarray(papers, float), np.asarray(corpus, float)
    topics, periods = k.shape
    cumulated = np.concatenate([np.zeros((topics, 1)), k.cumsum(axis=1)], axis=1)
    corpus_cumulated = np.concatenate([[0.0], n.cumsum()])
    penalty = _penalty(k, n)[:, None]
    cost = np.concatenate([-penalty, np.zeros((topics, periods))], axis=1)
    begins = np.zeros((topics, periods), np.int64)
    for end in range(1, periods + 1):
        inside = cumulated[:, end : end + 1] - cumulated[:, :end]
        total = np.maximum(corpus_cumulated[end] - corpus_cumulated[:end], 1)
        share = inside / total
        likelihood = special.xlogy(inside, share) + special.xlogy(total - inside, 1 - share)
        costs = cost[:, :end] - likelihood + penalty
        begins[:, end - 1] = costs.argmin(axis=1)
        cost[:, end] = costs.min(axis=1)
    return Levels(cumulated, corpus_cumulated, begins)


def _penalty(k: Floats, n: Floats) -> Floats:
    periods = len(n)
    if periods < 2:
        return np.ones(len(k))
    phi, _ = scatter(k, n)
    tests = periods * np.log2(periods)
    return np.asarray(phi * special.ndtri(FALSE_ALARMS / 2 / tests) ** 2 / 2, np.float64)


@dataclass(frozen=True, slots=True)
class Change:
    """A topic comes to another level."""

    topic: int  # its place among the topics
    kind: str  # BURST: above the levels before and after; RISE: above the one before, and lasting; FALL: below it
    start: int  # first period of the level
    end: int  # the period after its last
    known: int  # the first period by which the papers up to then show it
    share_before: float
    share: float
    open: bool  # the level lasts to the end of what is known


def changes(papers: ArrayLike, corpus: ArrayLike) -> list[Change]:
    """Every change of level, topic by topic in the order of time; arguments as in `levels`."""
    found = levels(papers, corpus)
    moved = np.flatnonzero(found.begins[:, -1:].any(axis=1))
    return [change for topic in moved for change in _changes_of(found, int(topic))]


def _changes_of(found: Levels, topic: int) -> Iterator[Change]:
    edges = [*found.starts(topic), found.begins.shape[1]]
    shares = [found.share(topic, start, end) for start, end in pairwise(edges)]
    for place in range(1, len(shares)):
        start, end, share, before = edges[place], edges[place + 1], shares[place], shares[place - 1]
        is_open = place == len(shares) - 1
        rose = share > before
        burst = rose and not is_open and shares[place + 1] < share
        kind = BURST if burst else RISE if rose else FALL
        # A change seen early may move by a period when more is known.
        told = found.begins[topic, start:] >= max(start - 1, 1)
        yield Change(topic, kind, start, end, start + int(np.argmax(told)), before, share, is_open)


# ---- the same for tables of months ----


def topic_changes(months: pd.DataFrame, topic_ids: Sequence[int]) -> pd.DataFrame:
    """Changes of each topic's share over the complete months up to the last, with the columns of `topic_changes`.

    Months are read as in `signals`; a partial month is never part of a level, and a gap begins the story anew.
    """
    table = Strata.of(months, topic_ids)
    complete = window(~table.covered[0], None)
    found = changes(table.papers[0, :, complete], table.corpus[0, complete])
    month = table.months[complete].to_numpy("datetime64[us]")
    start, end, known = np.array([(each.start, each.end, each.known) for each in found], int).reshape(-1, 3).T
    is_open = np.array([each.open for each in found], bool)
    return pd.DataFrame(
        {
            "topic_id": table.topic_ids[[each.topic for each in found]],
            "kind": [each.kind for each in found],
            "started_on": month[start],
            "ended_on": np.where(is_open, np.datetime64("NaT"), month[end - 1]),
            "known_on": month[known],
            "months": end - start,
            "share_before": [each.share_before for each in found],
            "share": [each.share for each in found],
        }
    )
