"""Upvotes made comparable: among the papers of the same week, and against what the circumstances of a paper predict.

A count depends on when it is read, on the weekday and the month of listing, and on how many other papers were listed
that day. Counts are therefore compared only at the same age (`contract.AGES`), as a rank among the week's papers or as
what exceeds the prediction; and counts of one paper, read again and again, tell how long they take to settle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from etl.contract import AGES, SETTLED

PEERS_AT_LEAST = 5  # papers of a week; a rank among fewer says little
SETTLED_FROM = AGES[SETTLED].first_day  # days
SETTLED_PART = 0.95  # of the settled count
GROWTH_DAYS = 31  # how long counts are followed, in days
_APART_AT_MOST = 7.0  # days between two looks that say when a paper settled
_LOOKS_AT_LEAST = 5  # papers read at an age, for a quartile of theirs
_ITERATIONS = 100
_RIDGE = 1.0  # in upvotes: a weekday or month of a handful of papers stays near the others
_TOLERANCE = 1e-8

Floats = NDArray[np.float64]


# ---- among the papers of the same week ----


def percentiles(counts: ArrayLike, groups: ArrayLike) -> Floats:
    """Percentile of each count (n) within its group (n), 0 to 100; NaN in groups of fewer than PEERS_AT_LEAST.

    The mid-rank: the part of the group below, and half of those level with it, itself among them.
    """
    by_group = pd.Series(np.asarray(counts, float)).groupby(np.asarray(groups))
    size = by_group.transform("size").to_numpy(float)
    rank = by_group.rank().to_numpy(float)
    return np.where(size >= PEERS_AT_LEAST, 100 * (rank - 0.5) / size, np.nan)


# ---- against what circumstances predict ----


def expected(
    counts: ArrayLike, listed_on: ArrayLike, age_days: ArrayLike, competition: ArrayLike | None = None
) -> Floats:
    """Upvotes (n) that a paper's age, weekday, month and competition predict, so that they add up within each of these.

    A Poisson regression with log link, whose estimates hold for any distribution of counts with that mean (quasi-
    likelihood; McCullagh and Nelder, 1989, chapter 9). All that predicts is a matter of the day and the age, so the
    fit runs on the means of days and ages and costs the same for a million papers.

    Args:
        counts: upvotes read at one age of the contract.
        listed_on: day of listing, datetime64.
        age_days: days from listing to the reading.
        competition: papers listed on the same day; by default those given.
    """
    cells = pd.DataFrame(
        {
            "day": np.asarray(listed_on, "datetime64[D]").astype(np.int64),
            "age": np.asarray(age_days, float),
            "upvotes": np.asarray(counts, float),
        }
    )
    if cells.empty:
        return np.zeros(0)
    listed = cells.groupby("day").day.transform("size") if competition is None else np.asarray(competition)
    cells["competition"] = np.asarray(listed, float)
    by_cell = cells.groupby(["day", "age"], sort=True)
    means = by_cell.agg(
        upvotes=("upvotes", "mean"), papers=("upvotes", "size"), others=("competition", "max")
    )
    day, age = (means.index.get_level_values(name).to_numpy() for name in ("day", "age"))
    predictors = _predictors(day, age, means.others.to_numpy(float))
    fitted = _poisson(predictors, means.upvotes.to_numpy(float), means.papers.to_numpy(float))
    return np.asarray(fitted[by_cell.ngroup().to_numpy()], np.float64)


def _predictors(day: NDArray[np.int64], age: Floats, competition: Floats) -> Floats:
    """Columns: age and competition, centred on the log scale, and one for each weekday and month."""
    days = day.astype("datetime64[D]")
    weekday = (day + 3) % 7  # day 0, 1970-01-01, was a Thursday
    month = np.unique(days.astype("datetime64[M]"), return_inverse=True)[1]
    logs = [np.log1p(values) for values in (np.maximum(age, 0), competition)]
    return np.column_stack([*(log - log.mean() for log in logs), _dummies(weekday), _dummies(month)])


def _dummies(codes: NDArray[np.int64]) -> Floats:
    """A column of zeros and ones for each code that occurs."""
    found, place = np.unique(codes, return_inverse=True)
    return np.eye(len(found))[place]


def _poisson(predictors: Floats, means: Floats, papers: Floats) -> Floats:
    """Fitted means (c) of cells by Newton's method; a slight ridge on all but the level, which makes dummies unique."""
    x = np.column_stack([np.ones(len(means)), predictors])
    ridge = np.diag([0.0, *[_RIDGE] * predictors.shape[1]])
    level = np.log(max(float(means @ papers / papers.sum()), 1e-6))
    estimate = np.array([level, *np.zeros(predictors.shape[1])])
    for _ in range(_ITERATIONS):
        fitted = np.exp(np.clip(x @ estimate, -20, 20))
        score = x.T @ (papers * (means - fitted)) - ridge @ estimate
        information = (x * (papers * fitted)[:, None]).T @ x + ridge
        step = np.linalg.lstsq(information, score)[0]
        estimate = estimate + step * min(1.0, 2 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < _TOLERANCE:
            break
    return np.asarray(np.exp(np.clip(x @ estimate, -20, 20)), np.float64)


# ---- how counts settle ----


@dataclass(frozen=True, slots=True)
class Settling:
    """When each paper (p) had 95 % of its settled count, in days from the start of its day of listing.

    It happened after `low`, when the last lower count was read, and by `high`; `days` lies between on a straight line,
    and is NaN where the two are more than a week apart: counts grow fast first, so a long line would read too late.
    """

    paper: NDArray[np.int64]
    settled: Floats  # the settled count: the last one read, SETTLED_FROM days or more after listing
    low: Floats
    high: Floats
    days: Floats


def settling(paper: ArrayLike, age: ArrayLike, counts: ArrayLike) -> Settling:
    """Settling times of the papers that were read when settled, and have votes.

    Args:
        paper: whose counter, a number; shape (n), as age and counts; in any order.
        age: days from listing to the look, fractions included; negative ones do not count.
        counts: upvotes read.
    """
    looks = _looks(paper, age, counts)
    reached = looks[looks.counts >= SETTLED_PART * looks.settled]
    first = reached.groupby("paper").first()
    before = (
        looks.shift().where(looks.paper.eq(looks.paper.shift())).loc[reached.groupby("paper").head(1).index]
    )
    low, below = before.age.fillna(0).to_numpy(float), before.counts.fillna(0).to_numpy(float)
    high, above = first.age.to_numpy(float), first.counts.to_numpy(float)
    settled = first.settled.to_numpy(float)
    part = (SETTLED_PART * settled - below) / (above - below)
    days = np.where(high - low <= _APART_AT_MOST, low + part * (high - low), np.nan)
    return Settling(first.index.to_numpy(np.int64), settled, low, high, days)


def growth(paper: ArrayLike, age: ArrayLike, counts: ArrayLike) -> pd.DataFrame:
    """How large a part of its settled count a paper has at each age, from looks as `settling` takes them.

    Returns:
        One row for each full day of age that has _LOOKS_AT_LEAST papers: age_days, papers, and the quartiles
        part_low, part (the median) and part_high. Of several looks of a paper in a day the last counts.
    """
    looks = _looks(paper, age, counts)
    looks = looks.assign(age_days=np.floor(looks.age).astype(int), part=looks.counts / looks.settled)
    looks = looks[looks.age_days < GROWTH_DAYS].groupby(["age_days", "paper"]).last()
    by_age = looks.part.groupby("age_days")
    quartiles = {
        name: by_age.quantile(q) for name, q in (("part_low", 0.25), ("part", 0.5), ("part_high", 0.75))
    }
    rows = pd.DataFrame({"papers": by_age.size(), **quartiles})
    return rows[rows.papers >= _LOOKS_AT_LEAST].reset_index()


def _looks(paper: ArrayLike, age: ArrayLike, counts: ArrayLike) -> pd.DataFrame:
    """Looks in order with the settled count of their paper; papers without one, or without votes, are left out.

    A count that fell, as when an account is deleted, is taken as its highest so far: it had settled by then.
    """
    looks = pd.DataFrame(
        {"paper": np.asarray(paper), "age": np.asarray(age, float), "counts": np.asarray(counts, float)}
    )
    looks = looks[looks.age >= 0].sort_values(["paper", "age", "counts"], ignore_index=True)
    looks["counts"] = looks.groupby("paper").counts.cummax()
    last = looks.groupby("paper").agg(until=("age", "last"), settled=("counts", "last"))
    settled = last[(last.until >= SETTLED_FROM) & (last.settled > 0)].settled
    return (
        looks[looks.paper.isin(settled.index)]
        .assign(settled=lambda kept: kept.paper.map(settled))
        .reset_index(drop=True)
    )


# ---- the same for tables ----


def comparable(readings: pd.DataFrame) -> pd.DataFrame:
    """Percentile and excess of every reading, each source and age for itself.

    Args:
        readings: paper_id, source, age, age_days, upvotes, listed_on (the day of listing, else of publication), and
            listed_papers (papers of the source on that day).

    Returns:
        Columns of `contract.PAPER_UPVOTES`.
    """
    if readings.empty:
        return pd.DataFrame()
    day = pd.to_datetime(readings.listed_on)
    week = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    group = readings.assign(week=week).groupby(["source", "age", "week"]).ngroup()
    predicted = np.zeros(len(readings))
    for places in readings.reset_index(drop=True).groupby(["source", "age"]).indices.values():
        rows = readings.iloc[places]
        predicted[places] = expected(rows.upvotes, day.iloc[places], rows.age_days, rows.listed_papers)
    return pd.DataFrame(
        {
            "paper_id": readings.paper_id,
            "age": readings.age,
            "week": week,
            "peers": group.map(group.value_counts()),
            "percentile": percentiles(readings.upvotes, group),
            "expected": predicted,
            "excess": readings.upvotes - predicted,
        }
    )


def settling_times(looks: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The part of the settled count at each age (`contract.UPVOTE_GROWTH`), and when each paper settled.

    Args:
        looks: paper_id, age (days with fractions from the start of the day of listing) and upvotes.

    Returns:
        The two tables; the second has the columns of `contract.UPVOTE_SETTLING`.
    """
    if looks.empty:
        return pd.DataFrame(), pd.DataFrame()
    paper, paper_ids = pd.factorize(looks.paper_id)
    papers = settling(paper, looks.age, looks.upvotes)
    by_paper = pd.DataFrame(
        {
            "paper_id": np.asarray(paper_ids)[papers.paper],
            "upvotes": papers.settled.astype(int),
            "settled_after": papers.low,
            "settled_by": papers.high,
            "settled_days": papers.days,
        }
    )
    return growth(paper, looks.age, looks.upvotes), by_paper
