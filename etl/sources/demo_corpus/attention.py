"""When the demo's papers appear, and how readers take them: days, upvotes and comments as they are seen over time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from etl.sources.demo_corpus.draws import Stream, generator

_DAYS = np.timedelta64(1, "D")
_HOURS = np.timedelta64(1, "h")

# From Monday to Sunday: how many papers appear, and how well papers listed on the day do.
_PUBLISHED = np.array([1.0, 1.1, 1.05, 1.0, 0.85, 0.25, 0.3])
_LISTED = np.array([1.0, 1.3, 1.15, 1.0, 0.75, 0.0, 0.0])
_LAGS = np.array([0.3, 0.4, 0.2, 0.1])  # days from publication to listing, where the day is none of a weekend

_MEDIAN = 9.0  # final upvotes
_SPREAD = 1.05  # standard deviation of their logarithm
_APPEAL_SPREAD = 0.45  # of the topics' medians, likewise
_HITS, _HIT_TAIL = 0.03, 1.4  # share of papers that travel far, and the exponent of the tail they add
_UPVOTES_AT_MOST = 5_000
_SETTLING = (2.5, 5.0)  # days after which 63 % of the upvotes are there
_COMMENTS_AT_MOST = 0.35  # comments / upvotes

_FOLLOWED = 1 / 3
_LOOKS = np.array([1, 3, 7, 14, 28])  # days after listing at which followed papers are looked at
_LAST_LOOK = timedelta(days=1, hours=6)  # after the last day: everything is looked at once more


class Look(NamedTuple):
    """One look at a paper's counters."""

    observed_at: datetime
    upvotes: int
    comments: int


def appeal(topics: int, seed: int) -> NDArray[np.float64]:
    """How readers like each topic (t), as a factor; it has nothing to do with the topic's course."""
    factors: NDArray[np.float64] = generator(seed, Stream.APPEAL).lognormal(0, _APPEAL_SPREAD, topics)
    return factors


def days(
    count: int, first: date, until: date, end: date, rng: np.random.Generator
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Publication and listing days of so many papers of one month.

    Args:
        count: papers.
        first: the month's first day.
        until: the day after its last.
        end: the day after the corpus' last; what would be listed from then on is not listed (NaT).
        rng: where the draws come from.
    """
    month = np.arange(np.datetime64(first), np.datetime64(until))
    weights = _PUBLISHED[_weekday(month)]
    published = rng.choice(month, count, p=weights / weights.sum())
    candidates = published[:, None] + np.arange(len(_LAGS)).astype("m8[D]")
    odds = np.cumsum(_LAGS * (_LISTED[_weekday(candidates)] > 0), axis=1)
    lag = (rng.random(count)[:, None] * odds[:, -1:] >= odds).sum(axis=1)
    listed = published + lag * _DAYS
    listed[listed >= np.datetime64(end)] = np.datetime64("NaT")
    return published, listed


def looks(
    listed: NDArray[np.datetime64], liking: NDArray[np.float64], end: date, rng: np.random.Generator
) -> list[list[Look]]:
    """Every look at the papers' counters, the latest last; none for papers that are not listed.

    Upvotes come fast at first and settle within two weeks: after t days 1 - exp(-t / tau) of them are there. Comments
    are a paper's own fraction of them.

    Args:
        listed: day of listing (n), NaT where there is none.
        liking: appeal of each paper's topic (n).
        end: the day after the corpus' last.
        rng: where the draws come from.
    """
    count = len(listed)
    known = ~np.isnat(listed)
    day = np.where(known, listed, np.datetime64(end))
    final = _final_upvotes(liking * np.where(known, _LISTED[_weekday(day)], 1), rng)
    last = datetime(end.year, end.month, end.day) - timedelta(days=1) + _LAST_LOOK
    hours = _LOOKS * 24 + rng.integers(-6, 7, (count, len(_LOOKS)))
    at = np.hstack(
        [day.astype("M8[s]")[:, None] + hours * _HOURS, np.full((count, 1), np.datetime64(last, "s"))]
    )
    age = (at - day[:, None]) / _DAYS
    settled = 1 - np.exp(-age / rng.uniform(*_SETTLING, count)[:, None])
    upvotes = final[:, None] * settled
    comments = upvotes * (_COMMENTS_AT_MOST * rng.random(count)[:, None] ** 2)
    taken = (at < np.datetime64(last)) & (rng.random(count) < _FOLLOWED)[:, None]
    taken[:, -1] = True
    taken &= known[:, None]
    counters = (at, upvotes.astype(np.int64), comments.astype(np.int64), taken)
    papers = zip(*(column.tolist() for column in counters), strict=True)
    return [[Look(*look) for *look, take in zip(*paper, strict=True) if take] for paper in papers]


def _final_upvotes(liking: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Upvotes once they have settled (n), not yet whole numbers: log-normal, with the long tail of a few hits."""
    final = liking * rng.lognormal(np.log(_MEDIAN), _SPREAD, len(liking))
    hits = rng.random(len(liking)) < _HITS
    final *= np.where(hits, 2 * (1 + rng.pareto(_HIT_TAIL, len(liking))), 1)
    return np.minimum(final, _UPVOTES_AT_MOST)


def _weekday(day: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """0 for Monday to 6 for Sunday; 1970-01-01 was a Thursday."""
    return (day.astype("M8[D]").astype(np.int64) + 3) % 7
