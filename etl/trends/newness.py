"""What is new? Topics that were born lately, that speed up, or that simply grow, ranked by how surely they grew.

The score is the lower end of the growth's 95 % interval: a topic with a score of 2 had, so the data leave 2.5 % doubt,
at least twice the share in the last quarter that it had in the year before. Few papers widen the interval and so lower
the score: a topic of three papers does not outrank one of thirty because its ratio happens to be larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from etl.trends.bands import dispersion
from etl.trends.discoveries import benjamini_hochberg
from etl.trends.history import History
from etl.trends.signals import FALSE_DISCOVERIES
from etl.trends.tables import Floats

BORN, ACCELERATING, GROWING, OTHER = "born", "accelerating", "growing", "other"

RECENT = 3  # months that are compared
BEFORE = 12  # with at most so many before them
MONTHS_AT_LEAST = 6  # in all
_TRACE = 0.1  # born: the share before was at most this part of the share since
_MISSED_AT_LEAST = 5.0  # papers that the topic would have had before, at its share since
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Newness:
    """What is new about each topic (t); q-values hold false discoveries over all topics (Benjamini-Hochberg)."""

    kind: NDArray[np.str_]
    growth: Floats  # share of the last quarter / of the year before; infinite where there was none
    low: Floats  # 95 % interval of it; the lower end is the score
    high: Floats
    q_value: Floats  # of the growth, one-sided
    acceleration: (
        Floats  # growth from the second to the last third of the year / from the first to the second
    )
    acceleration_q: Floats  # one-sided
    born: NDArray[np.int64]  # place of the first month of its life, -1 where its birth is not seen


def judge_newness(papers: ArrayLike, corpus: ArrayLike) -> Newness:
    """Judge what is new.

    A topic is *born* if its papers fit a life that began within the last year; *accelerating* if its growth itself
    grew; *growing* if its last quarter stands out from the year before.

    Args:
        papers: a topic's papers in each complete month, shape (t, m), m of MONTHS_AT_LEAST or more.
        corpus: all papers in each month, shape (m), none of them 0.

    Raises:
        ValueError: there are fewer months.
    """
    k, n = np.asarray(papers, float), np.asarray(corpus, float)
    if len(n) < MONTHS_AT_LEAST:
        raise ValueError(f"{len(n)} months are too few to tell what is new; give {MONTHS_AT_LEAST} or more")
    year_k, year_n = k[:, -(BEFORE + RECENT) :], n[-(BEFORE + RECENT) :]
    growth, low, high, p_value = _growth(year_k, year_n)
    acceleration, acceleration_p = _acceleration(k[:, -BEFORE:], n[-BEFORE:])
    born, born_p = _births(k, n)
    q_value, acceleration_q, born_q = (_q_values(p) for p in (p_value, acceleration_p, born_p))
    lately = (born >= len(n) - BEFORE) & (born_q <= FALSE_DISCOVERIES)
    kind = np.select(
        [
            lately,
            (acceleration_q <= FALSE_DISCOVERIES) & (growth > 1),
            q_value <= FALSE_DISCOVERIES,
        ],
        [BORN, ACCELERATING, GROWING],
        OTHER,
    )
    seen = np.where(born_q <= FALSE_DISCOVERIES, born, -1)
    return Newness(kind, growth, low, high, q_value, acceleration, acceleration_q, seen)


def _scatter(k: Floats, n: Floats, share: Floats) -> Floats:
    """How much more than a binomial each topic (t) scatters about fitted shares (t, m)."""
    variance = np.maximum(n * share * (1 - share), 1e-12)
    phi, _ = dispersion(((k - n * share) ** 2 / variance).sum(axis=1), len(n) - 2)
    return phi


def _in_parts(k: Floats, n: Floats, parts: list[slice]) -> Floats:
    """Shares (t, m) that are constant within each part of the months."""
    share = np.zeros(k.shape)
    for part in parts:
        share[:, part] = (k[:, part].sum(axis=1) / n[part].sum())[:, None]
    return share


def _growth(k: Floats, n: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Ratio of shares, last quarter / before, with its exact interval and the p-value of no growth.

    Given all papers of the topic, those of the last quarter are binomial, so the interval of Clopper and Pearson
    (1934) for that part gives one for the ratio. Overdispersed topics count as if of fewer papers.
    """
    phi = _scatter(k, n, _in_parts(k, n, [slice(None, -RECENT), slice(-RECENT, None)]))
    recent, before = k[:, -RECENT:].sum(axis=1), k[:, :-RECENT].sum(axis=1)
    recent_n, before_n = n[-RECENT:].sum(), n[:-RECENT].sum()
    odds = before_n / recent_n  # turns the odds of being recent into a ratio of shares
    a, b = recent / phi, before / phi
    tail = (1 - _CONFIDENCE) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = recent / before * odds
        lower = np.where(a > 0, special.betaincinv(a, b + 1, tail), 0.0)
        upper = np.where(b > 0, special.betaincinv(a + 1, b, 1 - tail), 1.0)
        low, high = lower / (1 - lower) * odds, upper / (1 - upper) * odds
    # No growth: recent papers are a part recent_n / n of all; the mid-p value (Lancaster, 1961).
    part = recent_n / (recent_n + before_n)
    reached = np.where(a > 0, special.betainc(np.maximum(a, 1e-9), b + 1, part), 1.0)
    exceeded = special.betainc(a + 1, np.maximum(b, 1e-9), part)
    p_value = np.where(b > 0, (reached + exceeded) / 2, reached / 2)
    return growth, low, high, np.where(recent + before > 0, p_value, np.nan)


def _acceleration(k: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Growth over the last two thirds of the months / over the first two, and the p-value of no acceleration."""
    k, n = k[:, len(n) % 3 :], n[len(n) % 3 :]
    third = len(n) // 3
    ends = [slice(len(n) - third * (place + 1), len(n) - third * place) for place in (2, 1, 0)]
    counts: Floats = np.array([k[:, part].sum(axis=1) + 0.5 for part in ends], float)
    logs = np.log(counts / np.array([[n[part].sum() + 1] for part in ends]))
    curve = logs[2] - 2 * logs[1] + logs[0]
    error = np.sqrt(_scatter(k, n, _in_parts(k, n, ends)) * (1 / counts[0] + 4 / counts[1] + 1 / counts[2]))
    return np.exp(curve), np.asarray(special.ndtr(-curve / error), np.float64)


def _births(k: Floats, n: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The month in which each topic's life most likely began, and the p-value of its having had one share throughout.

    The split of the months that two constant shares fit best; -1 and 1 unless the share before was a trace of the
    share since, though the topic would have been seen. The likelihood ratio is judged as of one degree of freedom,
    times the number of splits (Bonferroni).
    """
    k_before, n_before = np.cumsum(k, axis=1)[:, :-1], np.cumsum(n)[:-1]
    k_since, n_since = k.sum(axis=1, keepdims=True) - k_before, n.sum() - n_before
    fit = _log_likelihood(k_before, n_before) + _log_likelihood(k_since, n_since)
    best = fit.argmax(axis=1)
    rows = np.arange(len(k))
    before = k_before[rows, best] / n_before[best]
    since = k_since[rows, best] / n_since[best]
    is_since = np.arange(len(n)) > best[:, None]
    phi = _scatter(k, n, np.where(is_since, since[:, None], before[:, None]))
    ratio = 2 * (fit[rows, best] - _log_likelihood(k.sum(axis=1), n.sum())) / phi
    p_value = np.minimum(special.chdtrc(1, np.maximum(ratio, 0)) * (len(n) - 1), 1)
    is_birth = (before <= _TRACE * since) & (since * n_before[best] >= _MISSED_AT_LEAST)
    # All topics were searched, so all count in the correction.
    return np.where(is_birth, best + 1, -1), np.where(is_birth, p_value, 1.0)


def _log_likelihood(k: Floats, n: Floats) -> Floats:
    """Of a constant share at its best estimate, up to what does not depend on the split."""
    likelihood = np.asarray(special.xlogy(k, k / n) + special.xlogy(n - k, 1 - k / n), np.float64)
    return likelihood


def _q_values(p_value: Floats) -> Floats:
    q_value = np.full(len(p_value), np.nan)
    tested = ~np.isnan(p_value)
    if tested.any():
        q_value[tested] = benjamini_hochberg(p_value[tested])
    return q_value


# ---- the same for the table of months ----


def emergence(months: pd.DataFrame) -> pd.DataFrame:
    """What is new about each topic, from the months as published (see `History.of`), the newest first.

    Rank 1 is the topic that surely grew most. No rows with fewer than MONTHS_AT_LEAST months. Columns are those of
    `contract.TOPIC_NEWNESS`.
    """
    past = History.of(months)
    if len(past.months) < MONTHS_AT_LEAST or not len(past.topic_ids):
        return pd.DataFrame()
    new = judge_newness(past.papers, past.corpus)
    month = past.months.to_numpy()
    rows = {
        "topic_id": past.topic_ids,
        "kind": new.kind,
        "score": new.low,
        "growth": new.growth,
        "growth_low": new.low,
        "growth_high": new.high,
        "q_value": new.q_value,
        "acceleration": new.acceleration,
        "acceleration_q": new.acceleration_q,
        "born_on": np.where(new.born >= 0, month[new.born], np.datetime64("NaT")),
    }
    newest = np.lexsort([past.topic_ids, -new.low])
    ranked = {name: values[newest] for name, values in rows.items()}
    return pd.DataFrame({**ranked, "rank": np.arange(1, len(newest) + 1)})
