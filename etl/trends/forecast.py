"""What share will a topic have in the next quarter? A forecast with its interval, and how good such forecasts were.

Six simple methods compete. At every past month (a rolling origin; Tashman, 2000) each forecasts the quarter that
followed, from what was known then. The one that did best so far makes the forecast, so the choice is itself part of
what is tested. A forecast is worth showing only where this did better than the last observed share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from etl.trends.history import History

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

Floats = NDArray[np.float64]


# ---- the methods: shares (t) of the next quarter, from papers (t, m) of corpus (m), oldest month first ----


def last_value(papers: Floats, corpus: Floats) -> Floats:
    """The last observed share: that of the last quarter."""
    share: Floats = papers[:, -QUARTER:].sum(axis=1) / max(float(corpus[-QUARTER:].sum()), 1.0)
    return share


def drift(papers: Floats, corpus: Floats) -> Floats:
    """The last share, and the mean change from quarter to quarter once more."""
    quarters = len(corpus) // QUARTER
    last = last_value(papers, corpus)
    if quarters < 2:
        return last
    until = len(corpus) - QUARTER * (quarters - 1)
    return np.clip(last + (last - last_value(papers[:, :until], corpus[:until])) / (quarters - 1), 0, 1)


def smoothed_level(papers: Floats, corpus: Floats) -> Floats:
    """The share over recent months, the weight of a month halved every two months."""
    weight = _weights(len(corpus), _LEVEL_HALF_LIFE)
    share: Floats = papers @ weight / max(float(corpus @ weight), 1e-12)
    return share


def damped_trend(papers: Floats, corpus: Floats) -> Floats:
    """A smoothed level and a slope on the logit scale that fades (Gardner and McKenzie, 1985).

    The slope is one scoring step of a logistic regression from no slope. It is drawn towards none, the more the less
    the slopes of all topics differ beyond their noise: an empirical Bayes estimate as of Efron and Morris (1975).
    """
    month = np.arange(1 - len(corpus), 1, dtype=float)
    weight = _weights(len(corpus), _TREND_HALF_LIFE)
    weighted = weight * corpus
    total = float(weighted.sum())
    level: Floats = (papers @ weight + 0.5) / (total + 1)
    centre = float(weighted @ month) / max(total, 1e-12)
    away = weight * (month - centre)
    information: Floats = level * (1 - level) * (corpus @ (away * (month - centre)))
    if len(corpus) < QUARTER or not (information > 0).all():
        return level
    slope = (papers - level[:, None] * corpus) @ away / information
    noise = level * (1 - level) * (corpus @ away**2) / information**2
    true_spread = max(0.0, float(((slope**2 / noise).sum() - len(slope)) / (1 / noise).sum()))
    slope *= true_spread / (true_spread + noise)
    ahead = np.cumsum(_DAMPING ** np.arange(1, QUARTER + 1)).mean() - centre
    logit = special.logit(level) + np.clip(slope * ahead, -_STEP_AT_MOST, _STEP_AT_MOST)
    return np.asarray(special.expit(logit), np.float64)


def shrunken(papers: Floats, corpus: Floats) -> Floats:
    """The last share drawn towards the topic's share over all months, by how much topics move (empirical Bayes).

    Across topics the squared distance of the two, beyond sampling noise, tells how far a topic wanders in proportion
    to its share. Where topics only scatter, the long-run share remains; where they move, the last one.
    """
    last, long_run = last_value(papers, corpus), papers.sum(axis=1) / max(corpus.sum(), 1)
    apart = 1 / max(corpus[-QUARTER:].sum(), 1) - 1 / max(corpus.sum(), 1)
    noise = np.maximum(long_run * (1 - long_run) * apart, 1e-12)
    movement = max(0.0, _movement((last - long_run) ** 2, noise, long_run))
    weight = movement * long_run**2 / (movement * long_run**2 + noise)
    share: Floats = weight * last + (1 - weight) * long_run
    return share


def mean_of_all(papers: Floats, corpus: Floats) -> Floats:
    """The mean of all of these but drift, which errs most everywhere: combined forecasts err less (Clemen, 1989)."""
    methods = (last_value, smoothed_level, damped_trend, shrunken)
    combined: Floats = np.mean([method(papers, corpus) for method in methods], axis=0)
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
_NAMES = tuple(METHODS)
_LAST, _MEAN = _NAMES.index("last value"), _NAMES.index("mean")


def _weights(months: int, half_life: float) -> Floats:
    weights: Floats = 0.5 ** (np.arange(months)[::-1] / half_life)
    return weights


def _movement(squares: Floats, noise: Floats, share: Floats) -> float:
    """Variance of the relative movement beyond noise, common to all topics, by moments; below 0 where noise is less."""
    size = float((share**2 / noise).sum())
    return float((squares / noise - 1).sum()) / size if size > 0 else 0.0


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
    origins = np.arange(max(HISTORY_AT_LEAST, months - QUARTER + 1 - ORIGINS_AT_MOST), months + 1)
    shares = np.array([[method(k[:, :o], n[:o]) for method in METHODS.values()] for o in origins])
    tested = origins <= months - QUARTER
    actual = np.array([last_value(k[:, : o + QUARTER], n[: o + QUARTER]) for o in origins[tested]])
    actual = actual.reshape(-1, len(k))
    sizes = np.array([max(n[o - QUARTER : o].sum(), 1) for o in origins])
    errors = shares[tested] - actual[:, None]

    def at(place: int) -> tuple[int, Floats, Floats, Floats]:
        known = np.flatnonzero(origins[tested] + QUARTER <= origins[place])
        chosen = _choose(errors[known] / _noise(k[:, : origins[place]], n[: origins[place]]))
        latest = known[-ORIGINS_TO_CALIBRATE:]
        past = (shares[latest, chosen], actual[latest], sizes[latest])
        return chosen, shares[place, chosen], *_interval(shares[place, chosen], sizes[place], *past)

    made = [at(place) for place in range(len(origins))]
    past_share, past_low, past_high = (
        np.array([row[column] for row in made[: len(actual)]]).reshape(-1, len(k)) for column in (1, 2, 3)
    )
    methods = tuple(_NAMES[row[0]] for row in made[: len(actual)])
    backtest = Backtest(
        origins[tested], actual, shares[tested, _LAST], past_share, past_low, past_high, methods, _noise(k, n)
    )
    chosen, share, low, high = made[-1]
    return Forecasts(share, low, high, _NAMES[chosen], backtest)


def _noise(k: Floats, n: Floats) -> Floats:
    """Sampling standard deviation of a quarter's share, at the topic's share over all months."""
    share = (k.sum(axis=1) + 0.5) / (n.sum() + 1)
    return np.asarray(np.sqrt(share * (1 - share) / max(QUARTER * n.mean(), 1)), np.float64)


def _choose(errors: Floats) -> int:
    """The method with the least mean absolute error so far, as it is judged, from scaled errors (o, methods, t)."""
    if len(errors) < ORIGINS_TO_CHOOSE:
        return _MEAN
    return int(np.abs(errors).mean(axis=(0, 2)).argmin())


def _interval(
    share: Floats, size: float, past: Floats, actual: Floats, sizes: Floats
) -> tuple[Floats, Floats]:
    """Ends of the 80 % interval of the share to be counted among `size` papers.

    A beta distribution around the forecast: its variance is sampling noise plus movement in proportion to the share,
    as large as past errors (o, t) of the same method show. Its nominal level is the one at which it would have covered
    80 % of the past targets, half a paper either way counted as hit (split conformal prediction; Vovk et al., 2005).
    Few tests leave the movement itself in doubt, which widens the interval.
    """
    movement, level = _MOVEMENT, INTERVAL
    if len(past):
        at = sizes[:, None]
        centre = _inside(past, at)
        found = _movement((actual - centre) ** 2, centre * (1 - centre) / at, centre)
        tests = len(past)
        drawn = (tests * found + _MOVEMENT_TESTS * _MOVEMENT) / (tests + _MOVEMENT_TESTS)
        movement = max(0.0, drawn)
        nearest = actual + np.clip(centre - actual, -0.5 / at, 0.5 / at)
        rank = special.betainc(*_beta(centre, at, movement), nearest)
        level = float(np.clip(np.quantile(np.abs(2 * rank - 1), INTERVAL), *_LEVELS))
        # Targets of one quarter share their luck: a level that n quarters tell leaves room for another, as the
        # variance of a prediction from the mean of n does.
        movement *= 1 + 1 / tests
    a, b = _beta(_inside(share, size), size, movement)
    low = special.betaincinv(a, b, (1 - level) / 2) - 0.5 / size
    high = special.betaincinv(a, b, (1 + level) / 2) + 0.5 / size
    return np.clip(np.minimum(low, share), 0, 1), np.clip(np.maximum(high, share), 0, 1)


def _inside(share: Floats, size: Floats | float) -> Floats:
    """Shares off 0 and 1 by half a paper, where a beta distribution has no spread."""
    edge = np.minimum(0.5 / np.asarray(size, float), 0.5)
    return np.clip(share, edge, 1 - edge)


def _beta(share: Floats, size: Floats | float, movement: float) -> tuple[Floats, Floats]:
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
