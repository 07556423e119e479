"""What share will a topic have in the next quarter? A forecast with its interval, and how good such forecasts were.

Six simple methods compete. At every past month (a rolling origin; Tashman, 2000) each forecasts the quarter that
followed, from what was known then. The one that did best so far makes the forecast, so the choice is itself part of
what is tested. A forecast is worth showing only where this did better than the last observed share.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from etl.trends.history import History
from etl.trends.tables import Floats

QUARTER = 3  # months ahead, and months of the last observed share
INTERVAL = 0.8  # of the targets lie within
HISTORY_AT_LEAST = 4  # months before the first origin
ORIGINS_AT_MOST = 24  # the latest ones: older errors say less of today's
ORIGINS_TO_CHOOSE = 8  # fewer do not tell the methods apart; until then the mean forecasts
ORIGINS_TO_SHOW = 3  # fewer do not tell whether forecasts are of use
ORIGINS_TO_CALIBRATE = 6  # the latest ones: intervals are as wide as topics move now
_LEVEL_HALF_LIFE = 2.0  # months
_TREND_HALF_LIFE = 6.0
_DAMPING = 0.8  # of the slope, month by month
_STEP_AT_MOST = 1.5  # on the logit scale: no forecast moves further
_MOVEMENT = 0.02  # variance of the log share in a quarter, before tests tell
_MOVEMENT_TESTS = 2  # and its weight, in tests
_LEVELS = (0.5, 0.995)  # nominal levels that calibration may end at


# ---- the methods: shares (..., t) of the next quarter, from papers (..., t, m) of corpus (..., m), oldest month first.
# Months before the first with papers are not known, so that histories of any length share an array. ----


def last_value(papers: Floats, corpus: Floats) -> Floats:
    """The last observed share: that of the last quarter."""
    return _share(papers, corpus, _ages(corpus) < QUARTER)


def drift(papers: Floats, corpus: Floats) -> Floats:
    """The last share, and the mean change from quarter to quarter once more."""
    known = corpus.shape[-1] - (corpus > 0).argmax(axis=-1)
    quarters = np.maximum(known // QUARTER, 1)[..., None]
    last = last_value(papers, corpus)
    first = _share(papers, corpus, _ages(corpus) // QUARTER == quarters - 1)
    step = (last - first) / np.maximum(quarters - 1, 1)
    return np.asarray(np.clip(last + step, 0, 1), np.float64)


def smoothed_level(papers: Floats, corpus: Floats) -> Floats:
    """The share over recent months, the weight of a month halved every two months."""
    return _share(papers, corpus, 0.5 ** (_ages(corpus) / _LEVEL_HALF_LIFE))


def damped_trend(papers: Floats, corpus: Floats) -> Floats:
    """A smoothed level and a slope on the logit scale that fades (Gardner and McKenzie, 1985).

    The slope is one scoring step of a logistic regression from no slope. It is drawn towards none, the more the less
    the slopes of all topics differ beyond their noise: an empirical Bayes estimate as of Efron and Morris (1975).
    """
    month = -_ages(corpus)
    weight = 0.5 ** (_ages(corpus) / _TREND_HALF_LIFE)
    weighted = weight * corpus
    total = weighted.sum(axis=-1, keepdims=True)
    level: Floats = (papers @ weight + 0.5) / (total + 1)
    # Months count from the centre of the corpus, where what a level expects has no slope: papers alone tell it.
    centre = (weighted @ month)[..., None] / np.maximum(total, 1e-12)
    away = weight * (month - centre)
    information = level * (1 - level) * (weighted * (month - centre) ** 2).sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (papers @ away[..., None])[..., 0] / information
        noise = level * (1 - level) * (corpus * away**2).sum(axis=-1, keepdims=True) / information**2
        beyond = (slope**2 / noise - 1).sum(axis=-1, keepdims=True)
        true_spread = np.maximum(0.0, beyond / (1 / noise).sum(axis=-1, keepdims=True))
        slope *= true_spread / (true_spread + noise)
    ahead = np.cumsum(_DAMPING ** np.arange(1, QUARTER + 1)).mean() - centre
    logit = special.logit(level) + np.clip(slope * ahead, -_STEP_AT_MOST, _STEP_AT_MOST)
    # A single month has no slope.
    return np.where((information > 0).all(axis=-1, keepdims=True), special.expit(logit), level)


def shrunken(papers: Floats, corpus: Floats) -> Floats:
    """The last share drawn towards the topic's share over all months, by how much topics move (empirical Bayes).

    Across topics the squared distance of the two, beyond sampling noise, tells how far a topic wanders in proportion
    to its share. Where topics only scatter, the long-run share remains; where they move, the last one.
    """
    last, long_run = last_value(papers, corpus), _share(papers, corpus, _ages(corpus) >= 0)
    apart = 1 / _papers(corpus[..., -QUARTER:]) - 1 / _papers(corpus)
    noise = np.maximum(long_run * (1 - long_run) * apart[..., None], 1e-12)
    movement = np.maximum(0.0, _movement((last - long_run) ** 2, noise, long_run, axis=-1))[..., None]
    weight = movement * long_run**2 / (movement * long_run**2 + noise)
    share: Floats = weight * last + (1 - weight) * long_run
    return share


def mean_of_all(papers: Floats, corpus: Floats) -> Floats:
    """The mean of all of these but drift, which errs most everywhere: combined forecasts err less (Clemen, 1989)."""
    combined: Floats = np.mean([METHODS[name](papers, corpus) for name in _COMBINED], axis=0)
    return combined


Method = Callable[[Floats, Floats], Floats]
METHODS: dict[str, Method] = {
    "last value": last_value,
    "drift": drift,
    "smoothed level": smoothed_level,
    "damped trend": damped_trend,
    "shrunken": shrunken,
    "mean": mean_of_all,
}
_COMBINED = ("last value", "smoothed level", "damped trend", "shrunken")
_NAMES = tuple(METHODS)
_LAST, _MEAN = _NAMES.index("last value"), _NAMES.index("mean")


def _ages(corpus: Floats) -> Floats:
    """Months (m) that have passed since each."""
    return np.arange(corpus.shape[-1], dtype=float)[::-1]


def _share(papers: Floats, corpus: Floats, weight: NDArray[Any]) -> Floats:
    """Share (..., t) over months that are weighted (..., m); 0 where they have no papers."""
    own, of_all = (papers @ weight[..., None])[..., 0], (corpus * weight).sum(axis=-1, keepdims=True)
    share: Floats = own / np.maximum(of_all, 1e-12)
    return share


def _papers(corpus: Floats) -> Floats:
    """Papers (...) of all months (..., m), 1 or more."""
    return np.asarray(np.maximum(corpus.sum(axis=-1), 1), np.float64)


def _movement(squares: Floats, noise: Floats, share: Floats, **over: Any) -> Floats:
    """Variance of the relative movement beyond noise, by moments, common to all that sums are over.

    Below 0 where noise is less.
    """
    size = (share**2 / noise).sum(**over)
    movement: Floats = (squares / noise - 1).sum(**over) / np.where(size > 0, size, np.inf)
    return movement


# ---- the back-test ----


@dataclass(frozen=True, slots=True)
class Backtest:
    """Forecasts at past origins (o), of topics (t): what was known only later stands in `actual` alone."""

    origins: NDArray[np.int64]  # (o): months known at each; the target are the three months after them
    actual: Floats  # (o, t): the share that came
    last: Floats  # (o, t): the last value's forecast
    share: Floats  # (o, t): the chosen method's
    low: Floats  # (o, t): ends of its 80 % interval
    high: Floats
    method: tuple[str, ...]  # (o): the chosen method
    noise: Floats  # (t): standard deviation of a quarter's share by sampling alone

    @property
    def topic_skill(self) -> Floats:
        """1 - mean absolute error / that of the last value, per topic (t); 0 where neither errs."""
        return _skill(self._errors(self.share).sum(axis=0), self._errors(self.last).sum(axis=0))

    @property
    def scaled_error(self) -> float:
        """Mean absolute error in units of sampling noise; about 0.8 is the best that can be had."""
        return self._scaled(self.share)

    @property
    def scaled_error_of_last(self) -> float:
        """The same for the last value."""
        return self._scaled(self.last)

    @property
    def coverage(self) -> float:
        """Part of the targets that lay within the interval, where earlier errors were there to set its width."""
        known = self.origins >= self.origins[0] + QUARTER if len(self.origins) else np.zeros(0, bool)
        inside = (self.low <= self.actual) & (self.actual <= self.high)
        return float(inside[known].mean()) if known.any() and inside.size else np.nan

    def until(self, origin: int) -> Backtest:
        """What was known of this back-test at an origin: its tests whose quarter had passed."""
        known = self.origins + QUARTER <= origin
        return Backtest(
            self.origins[known],
            self.actual[known],
            self.last[known],
            self.share[known],
            self.low[known],
            self.high[known],
            tuple(name for name, kept in zip(self.method, known, strict=True) if kept),
            self.noise,
        )

    def shown(self) -> NDArray[np.bool_]:
        """Where a forecast is worth showing (t): it beat the last value on this topic, and over all topics."""
        enough = len(self.origins) >= ORIGINS_TO_SHOW and self.scaled_error < self.scaled_error_of_last
        return (self.topic_skill > 0) & enough

    def _errors(self, forecast: Floats) -> Floats:
        return np.abs(forecast - self.actual)

    def _scaled(self, forecast: Floats) -> float:
        errors = self._errors(forecast) / self.noise
        return float(errors.mean()) if errors.size else np.nan


def _skill(errors: Floats, errors_of_last: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((errors == 0) & (errors_of_last == 0), 0.0, 1 - errors / errors_of_last)


@dataclass(frozen=True, slots=True)
class Forecasts:
    """The next quarter's share of each topic (t), and the back-test it rests on."""

    share: Floats
    low: Floats  # 80 % interval: where the share will be found, the quarter's sampling noise included
    high: Floats
    method: str
    backtest: Backtest


def next_quarter(papers: ArrayLike, corpus: ArrayLike) -> Forecasts:
    """Forecast the share of the three months after the last.

    The interval is for the share that will be counted, at as many papers as the last quarter had.

    Args:
        papers: a topic's papers in each complete month, shape (t, m); m of HISTORY_AT_LEAST or more.
        corpus: all papers in each month, shape (m).

    Raises:
        ValueError: there are fewer months.
    """
    k, n = np.asarray(papers, float), np.asarray(corpus, float)
    months = len(n)
    if months < HISTORY_AT_LEAST:
        raise ValueError(f"{months} months are too few to forecast from; give {HISTORY_AT_LEAST} or more")
    tested = np.arange(max(HISTORY_AT_LEAST, months - QUARTER + 1 - ORIGINS_AT_MOST), months - QUARTER + 1)
    actual = last_value(_as_of(tested + QUARTER, k), _as_of(tested + QUARTER, n))
    origins = np.append(tested, months)
    then, corpus_then = _as_of(origins, k), _as_of(origins, n)
    shares = _by_every_method(then, corpus_then)
    sizes, noise = _papers(corpus_then[:, -QUARTER:]), _noise(then, corpus_then, origins)

    known = np.searchsorted(tested + QUARTER, origins, side="right")  # how many tests
    errors = shares[:-1] - actual[:, None]
    chosen = np.array([_choose(errors[:tests] / own) for tests, own in zip(known, noise, strict=True)])
    share = shares[np.arange(len(origins)), chosen]

    movement, level = np.full(len(origins), _MOVEMENT), np.full(len(origins), INTERVAL)
    told = known > 0
    latest = known[told, None] - np.arange(1, ORIGINS_TO_CALIBRATE + 1)
    is_known, latest = latest >= 0, np.maximum(latest, 0)
    past = shares[latest, chosen[told, None]]
    movement[told], level[told] = _calibrated(past, actual[latest], sizes[latest], is_known)
    low, high = _interval(share, sizes[:, None], movement[:, None], level[:, None])

    backtest = Backtest(
        tested,
        actual,
        shares[:-1, _LAST],
        share[:-1],
        low[:-1],
        high[:-1],
        tuple(_NAMES[method] for method in chosen[:-1]),
        noise[-1],
    )
    return Forecasts(share[-1], low[-1], high[-1], _NAMES[chosen[-1]], backtest)


def _by_every_method(papers: Floats, corpus: Floats) -> Floats:
    """Forecasts (o, methods, t) by all METHODS; for their mean none is made a second time."""
    made = {name: method(papers, corpus) for name, method in METHODS.items() if method is not mean_of_all}
    made["mean"] = np.mean([made[name] for name in _COMBINED], axis=0)
    return np.stack([made[name] for name in METHODS], axis=1)


def _as_of(origins: NDArray[np.int64], counts: Floats) -> Floats:
    """Counts (..., m) as they were known at each origin, (o, ..., m): the months up to it at the end, 0 before them."""
    months = counts.shape[-1]
    padded = np.concatenate([np.zeros_like(counts), counts], axis=-1)
    ending = np.lib.stride_tricks.sliding_window_view(padded, months, axis=-1)
    return np.moveaxis(ending, -2, 0)[origins]


def _noise(papers: Floats, corpus: Floats, months: NDArray[np.int64]) -> Floats:
    """Sampling standard deviation (o, t) of a quarter's share, at the topic's share over all months known (o)."""
    share = (papers.sum(axis=-1) + 0.5) / (corpus.sum(axis=-1) + 1)[:, None]
    quarter = np.maximum(QUARTER * corpus.sum(axis=-1) / months, 1)
    return np.asarray(np.sqrt(share * (1 - share) / quarter[:, None]), np.float64)


def _choose(errors: Floats) -> int:
    """The method with the least mean absolute error so far, as it is judged, from scaled errors (o, methods, t)."""
    if len(errors) < ORIGINS_TO_CHOOSE:
        return _MEAN
    return int(np.abs(errors).mean(axis=(0, 2)).argmin())


def _calibrated(
    past: Floats, actual: Floats, sizes: Floats, is_known: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """How much topics move in proportion to their share (o), and the nominal level of intervals (o), by past tests (l).

    Movement is as large as past errors of the same method show. The level is the one at which its intervals would have
    covered 80 % of the past targets, half a paper either way counted as hit (split conformal prediction; Vovk et al.,
    2005). Few tests leave the movement itself in doubt, which widens the interval.

    Args:
        past: forecasts, shape (o, l, t).
        actual: the shares that came, likewise.
        sizes: papers of the quarter before each, shape (o, l).
        is_known: whether there is such a test, shape (o, l); one or more at each origin.
    """
    tests, at, told = is_known.sum(axis=1), sizes[..., None], is_known[..., None]
    centre = _inside(past, at)
    found = _movement((actual - centre) ** 2, centre * (1 - centre) / at, centre, axis=(1, 2), where=told)
    drawn = (tests * found + _MOVEMENT_TESTS * _MOVEMENT) / (tests + _MOVEMENT_TESTS)
    movement = np.maximum(0.0, drawn)
    nearest = actual + np.clip(centre - actual, -0.5 / at, 0.5 / at)
    a, b = _beta(centre, at, movement[:, None, None])
    rank = special.betainc(a, b, nearest, where=told, out=np.zeros_like(past))
    level = np.clip(_quantile(np.abs(2 * rank - 1), told, INTERVAL), *_LEVELS)
    # Targets of one quarter share their luck: a level that n quarters tell leaves room for another, as the
    # variance of a prediction from the mean of n does.
    return movement * (1 + 1 / tests), level


def _quantile(values: Floats, is_known: NDArray[np.bool_], part: float) -> Floats:
    """The quantile of what is known at each origin (o), as `np.quantile` has it, which would take one by one."""
    rows = np.where(is_known, values, np.inf).reshape(len(values), math.prod(values.shape[1:]))
    rows.sort(axis=1)
    place = part * ((rows < np.inf).sum(axis=1, keepdims=True) - 1)
    below, above = (np.take_along_axis(rows, end(place).astype(int), 1) for end in (np.floor, np.ceil))
    quantile: Floats = (below + place % 1 * (above - below))[:, 0]
    return quantile


def _interval(share: Floats, size: Floats, movement: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Ends of the interval (o, t) of the share to be counted among `size` papers; all else of shape (o, 1).

    A beta distribution around the forecast: its variance is sampling noise plus movement in proportion to the share.
    """
    a, b = _beta(_inside(share, size), size, movement)
    low = special.betaincinv(a, b, (1 - level) / 2) - 0.5 / size
    high = special.betaincinv(a, b, (1 + level) / 2) + 0.5 / size
    return np.clip(np.minimum(low, share), 0, 1), np.clip(np.maximum(high, share), 0, 1)


def _inside(share: Floats, size: Floats) -> Floats:
    """Shares off 0 and 1 by half a paper, where a beta distribution has no spread."""
    edge = np.minimum(0.5 / size, 0.5)
    return np.clip(share, edge, 1 - edge)


def _beta(share: Floats, size: Floats, movement: Floats) -> tuple[Floats, Floats]:
    """The beta distribution with this mean, and the variance of sampling `size` papers and of movement."""
    variance = share * (1 - share) / size + movement * share**2
    strength = np.maximum(share * (1 - share) / variance - 1, 0.05)
    return share * strength, (1 - share) * strength


# ---- the same for the table of months ----


def forecasts(months: pd.DataFrame) -> pd.DataFrame:
    """The next quarter of each topic, from the months as published (see `History.of`).

    No rows with fewer than HISTORY_AT_LEAST months. Columns are those of `contract.TOPIC_FORECASTS`.
    """
    past = History.of(months)
    if len(past.months) < HISTORY_AT_LEAST or not len(past.topic_ids):
        return pd.DataFrame()
    made = next_quarter(past.papers, past.corpus)
    first = past.months[-1] + pd.DateOffset(months=1)
    test = made.backtest
    tests = len(test.origins)
    return pd.DataFrame(
        {
            "topic_id": past.topic_ids,
            "quarter_start": first,
            "quarter_end": first + pd.DateOffset(months=QUARTER - 1),
            "share": made.share,
            "share_low": made.low,
            "share_high": made.high,
            "method": made.method,
            "skill": test.topic_skill if tests else np.nan,
            "corpus_skill": 1 - test.scaled_error / test.scaled_error_of_last if tests else np.nan,
            "coverage": test.coverage,
            "tests": tests,
            "shown": test.shown() if tests else False,
        }
    )
