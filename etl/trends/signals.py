"""Is a topic rising, falling or steady? The verdict on shares, with its effect and false discoveries controlled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from etl.contract import FALLING, INSUFFICIENT, RISING, STEADY
from etl.trends.discoveries import benjamini_hochberg
from etl.trends.regression import YEAR, Counts, Fit, Slopes, slopes
from etl.trends.tables import Floats, Strata

WINDOW_MONTHS = 12
MONTHS_AT_LEAST = 6  # fewer complete months say too little of a slope
MONTHS_AT_MOST = 120  # a window that somebody asks for
PAPERS_AT_LEAST = 20  # of a topic in the window
FALSE_DISCOVERIES = 0.05
STEADY_WITHIN = 1.5  # steady: the 95 % interval of the change lies within 1/1.5 to 1.5
SEASON_STANDS = 0.05  # p-value of a yearly harmonic, up to which a topic has a season
SEASON_IS_SURE = 0.001
SEASONS_FROM = 48  # months: what is older says little of today's seasons


def window(partial: ArrayLike, months: int | None = WINDOW_MONTHS) -> slice:
    """The window of months, oldest first: at most `months` complete ones in a row, ending at the last complete one.

    With None, as many as there are.
    """
    complete = ~np.asarray(partial, bool)
    if not complete.any():
        return slice(0, 0)
    end = int(np.flatnonzero(complete)[-1]) + 1
    gaps = np.flatnonzero(~complete[:end])
    start = int(gaps[-1]) + 1 if len(gaps) else 0
    return slice(start if months is None else max(start, end - months), end)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What can be said of each topic (t) over the window."""

    signal: NDArray[np.str_]
    slopes: Slopes
    q_value: Floats
    papers: NDArray[np.int64]


def verdicts(
    papers: ArrayLike,
    corpus: ArrayLike,
    covered: ArrayLike | None = None,
    window_months: int | None = None,
) -> Verdicts:
    """Rising, falling, steady, or insufficient: what cannot be told.

    A topic moves if its slope stands with false discoveries held at 5 % over all topics (see `adaptive_q_values`). It
    is steady only if the 95 % interval of its change lies within 1/1.5 to 1.5. Sources are never compared with each
    other (see `slopes`). A season is told from a trend where two whole years are known (see `_slopes`).

    Args:
        papers: a topic's papers in each month, shape (t, m), or (s, t, m) by source.
        corpus: all papers in each month, shape (m), or (s, m) by source.
        covered: whether a source covers all of a month, shape (s, m); by default it does. Other months do not count.
        window_months: how many months, the last ones, are judged; those before them only tell seasons. None for all.
    """
    known = Counts.of(papers, corpus, covered)
    judged = known if window_months is None else known.last(window_months)
    total = judged.papers.sum(axis=(0, 2)).astype(np.int64)
    nan = np.full(len(total), np.nan)
    fit = Slopes(nan, nan, nan, nan, nan, nan)
    by_month = judged.corpus.sum(axis=0)
    enough = (total >= PAPERS_AT_LEAST) & (total < by_month.sum())
    if len(by_month) >= MONTHS_AT_LEAST and (by_month > 0).all() and enough.any():
        # Only the topics that are judged are tested, so only they count in the correction.
        fit = _spread(_slopes(judged.on(enough), known.on(enough)), enough)
    q_value = nan.copy()
    tested = ~np.isnan(fit.p_value)
    if tested.any():
        q_value[tested] = adaptive_q_values(fit.p_value[tested])
    moves = q_value <= FALSE_DISCOVERIES
    steady = (fit.low >= 1 / STEADY_WITHIN) & (fit.high <= STEADY_WITHIN)
    signal = np.select(
        [moves & (fit.change > 1), moves & (fit.change < 1), steady], [RISING, FALLING, STEADY], INSUFFICIENT
    )
    return Verdicts(signal, fit, q_value, total)


def _slopes(judged: Counts, known: Counts) -> Slopes:
    """Slopes of the months judged; those of topics with a season are the slopes beside it.

    A topic has a season if a yearly harmonic stands at 5 % in what is known of it. Where it stands at 0.1 %, the slope
    beside it decides. In between, where chance may have made the season, the slope must stand without it too: the
    choice of a model on the counts it is fitted to would else find trends of its own. Over less than a year season and
    trend cannot be told apart, so nothing is said of such a topic.
    """
    plain = slopes(judged.papers, judged.corpus)
    of_season = _p_of_no_season(known)
    seasonal = of_season <= SEASON_STANDS
    if not seasonal.any():
        return plain
    if judged.corpus.shape[1] < YEAR:
        nan = np.full(len(seasonal), np.nan)
        return _where(seasonal, Slopes(nan, nan, nan, nan, nan, nan), plain)
    fit = Fit(judged, season=True)
    beside = fit.p_of_no_slope()
    p_value = np.where(of_season <= SEASON_IS_SURE, beside, np.maximum(plain.p_value, beside))
    return _where(seasonal, Slopes(*fit.change(), p_value), plain)


def _p_of_no_season(known: Counts) -> Floats:
    """P-value, per topic (t), of a share that does not swing with the year; 1 where less than two years are known."""
    recent = known.last(SEASONS_FROM)
    if recent.corpus.shape[1] < 2 * YEAR:
        return np.ones(known.papers.shape[1])
    return Fit(recent, season=True).p_of_no_season()


def _where(those: NDArray[np.bool_], ours: Slopes, others: Slopes) -> Slopes:
    return Slopes(
        *(np.where(those, getattr(ours, each.name), getattr(others, each.name)) for each in fields(Slopes))
    )


def adaptive_q_values(p_values: Floats) -> Floats:
    """P-values (t) adjusted so that those up to 5 % hold false discoveries at 5 %, whatever the number that move.

    The two stages of Benjamini, Krieger and Yekutieli (2006): a first Benjamini-Hochberg, at a slightly lower level,
    tells how many topics at most stand still, and only those count in the second.
    """
    first = benjamini_hochberg(p_values) * (1 + FALSE_DISCOVERIES)
    moving = int((first <= FALSE_DISCOVERIES).sum())
    return np.minimum(1, first * max(1, len(p_values) - moving) / len(p_values))


def _spread(fit: Slopes, where: NDArray[np.bool_]) -> Slopes:
    """Results of some topics at their places among all, NaN elsewhere."""

    def place(values: Floats) -> Floats:
        out = np.full(len(where), np.nan)
        out[where] = values
        return out

    return Slopes(*(place(getattr(fit, field.name)) for field in fields(Slopes)))


# ---- the same for tables of months, as the ETL publishes them and the dashboard makes them for any filter ----


def signals(
    months: pd.DataFrame, topic_ids: Sequence[int], window_months: int = WINDOW_MONTHS
) -> pd.DataFrame:
    """The verdict on each topic over the last complete months; outliers are no topic and get none.

    A month is complete here if any source covers all of it, and each source counts in those that it covers. Without a
    dated paper there are no months, and nothing can be told of any topic.

    Args:
        months: columns of `contract.TOPIC_SOURCE_MONTHS`; those of `contract.TOPIC_MONTHS` are taken as one source.
        topic_ids: whom to judge.
        window_months: how many months at most.

    Returns:
        Columns of `contract.TOPIC_SIGNALS`; `papers` are all of the window, of every source.
    """
    by_source = Strata.of(months, topic_ids)
    complete = by_source.covered.any(axis=0)
    known, chosen = window(~complete, None), window(~complete, window_months)
    judged = verdicts(
        by_source.papers[..., known],
        by_source.corpus[:, known],
        by_source.covered[:, known],
        chosen.stop - chosen.start,
    )
    judged_months = by_source.months[chosen]
    return pd.DataFrame(
        {
            "topic_id": by_source.topic_ids,
            "signal": judged.signal,
            "change": judged.slopes.change,
            "change_low": judged.slopes.low,
            "change_high": judged.slopes.high,
            "share_start": judged.slopes.start,
            "share_end": judged.slopes.end,
            "p_value": judged.slopes.p_value,
            "q_value": judged.q_value,
            "papers": by_source.papers[..., chosen].sum(axis=(0, 2)).astype(np.int64),
            "window_start": judged_months[0] if len(judged_months) else None,
            "window_end": judged_months[-1] if len(judged_months) else None,
        }
    )
