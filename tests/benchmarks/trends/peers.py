"""How others tell that a topic moves, written anew from their published rules; each stands for the rule, not the tool.

A rule takes a topic's papers (t, m) and all papers (m) and says for each topic 1 (rises, bursts, is hot), -1 (falls)
or 0. None of the first seven looks at how many topics it judges.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from etl import trends
from etl.contract import FALLING, RISING

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Rule = Callable[[Integers, Integers], Integers]

_LEVEL = 0.05


def papertide(papers: Integers, corpus: Integers, months: int | None = None) -> Integers:
    """The verdict of `etl.trends`, which takes sources apart too, and looks back beyond the months judged."""
    signal = trends.verdicts(papers, corpus, window_months=months).signal
    return (signal == RISING).astype(np.int64) - (signal == FALLING)


def bertrend(papers: Integers, _corpus: Integers) -> Integers:
    """BERTrend (Boutaleb et al., 2024): popularity gathers documents, and decays while a topic is silent.

    Strong above the 75th percentile of the window's popularities, weak from the 10th on while popularity rises.
    """
    popularity = np.zeros(papers.shape)
    for month in range(papers.shape[1]):
        before = popularity[:, month - 1] if month else np.zeros(len(papers))
        silent = month - _last_seen(papers, month)
        decayed = before * np.exp(-0.01 * silent**2)
        popularity[:, month] = np.where(papers[:, month] > 0, before + papers[:, month], decayed)
    window = popularity[:, -12:]
    low, high = np.percentile(window[window > 1e-5], [10, 75])
    latest, slope = window[:, -1], window @ (np.arange(window.shape[1]) - (window.shape[1] - 1) / 2)
    return np.asarray((latest > high) | ((latest >= low) & (slope > 0)), np.int64)


def _last_seen(papers: Integers, month: int) -> Integers:
    seen = papers[:, : month + 1] > 0
    return np.where(seen.any(axis=1), month - seen[:, ::-1].argmax(axis=1), 0)


def kleinberg_states(papers: Integers, corpus: Integers, s: float = 2.0, gamma: float = 1.0) -> Integers:
    """pyBibX's bursts: Kleinberg's two states on a month's papers out of all (Kleinberg, 2003), shape (t, m).

    As pyBibX has it, a step up costs `gamma`, without Kleinberg's factor of the logarithm of the number of periods.
    """
    base = np.clip(papers.sum(axis=1, keepdims=True) / corpus.sum(), 1e-12, 0.499)
    rates = np.stack([base, s * base])
    costs = -(papers * np.log(rates) + (corpus - papers) * np.log(1 - rates))  # (2, t, m)
    return _viterbi(np.moveaxis(costs, 2, 0), np.full(len(papers), gamma), starts_low=False).T


def pybibx(papers: Integers, corpus: Integers) -> Integers:
    """A topic with a burst in any month."""
    return kleinberg_states(papers, corpus).any(axis=1).astype(np.int64)


def biblium_bursts(papers: Integers, _corpus: Integers) -> Integers:
    """biblium's bursts: Kleinberg's two states on the gaps between papers, whatever the corpus does.

    Papers of a period lie within its first hundredth, as biblium draws them; a step up costs the log of their number.
    """
    rng = np.random.default_rng(0)
    topics, months = papers.shape
    most = int(papers.sum(axis=1).max())
    times = np.full((topics, most), np.nan)
    for topic in range(topics):
        when = np.repeat(np.arange(months), papers[topic])
        times[topic, : len(when)] = np.sort(when + rng.uniform(0, 0.01, len(when)))
    total = np.maximum(papers.sum(axis=1), 2)
    gap = np.maximum(np.diff(times, axis=1), 1e-5)
    mean = np.nanmax(times, axis=1, initial=0) - np.nan_to_num(times[:, 0])
    rate = (total / np.maximum(mean, 1e-9))[:, None] * np.array([1.0, 2.0])  # (t, 2)
    costs = -np.log(rate)[:, :, None] + rate[:, :, None] * gap[:, None, :]
    costs = np.moveaxis(
        np.nan_to_num(costs), (2, 1), (0, 1)
    )  # (gaps, 2, t): past its last paper nothing costs
    return _viterbi(costs, np.log(total), starts_low=True).any(axis=0).astype(np.int64)


def _viterbi(costs: Floats, up: Floats, *, starts_low: bool) -> Integers:
    """The cheapest states (n, t) under costs (n, 2, t), where going up costs `up` (t) and going down nothing."""
    low, high = (np.zeros_like(up), up) if starts_low else (costs[0, 0], costs[0, 1] + up)
    back = []
    for cost in costs if starts_low else costs[1:]:
        from_high, stays_high = high < low, high <= low + up
        back.append((from_high, stays_high))
        low, high = np.minimum(low, high) + cost[0], np.minimum(low + up, high) + cost[1]
    state = (high < low).astype(np.int64)
    states = [state]
    for from_high, stays_high in reversed(back):
        state = np.where(state == 1, stays_high, from_high).astype(np.int64)
        states.append(state)
    ordered = np.array(states[::-1])
    return ordered[1:] if starts_low else ordered


def biblium_hot(papers: Integers, _corpus: Integers) -> Integers:
    """biblium's hot topics: 'growing' or better by the slope of counts over their mean, 'declining' below -0.1."""
    months = papers.shape[1]
    time = np.arange(months) - (months - 1) / 2
    growth = (papers @ time) / (time @ time) / (papers.mean(axis=1) + 1)
    return np.where(growth > 0, 1, np.where(growth < -0.1, -1, 0))


def mann_kendall(series: Floats) -> Integers:
    """Mann-Kendall at 5 % for each topic, with ties (Mann, 1945; Kendall, 1975), of series (t, m)."""
    months = series.shape[1]
    later, earlier = np.triu_indices(months, 1)[::-1]
    s = np.sign(series[:, later] - series[:, earlier]).sum(axis=1)
    ties = np.zeros(len(series))
    for place, row in enumerate(series):
        counts = np.unique(row, return_counts=True)[1]
        ties[place] = (counts * (counts - 1) * (2 * counts + 5)).sum()
    variance = (months * (months - 1) * (2 * months + 5) - ties) / 18
    z = np.divide(s - np.sign(s), np.sqrt(variance), out=np.zeros(len(series)), where=variance > 0)
    return np.where(2 * special.ndtr(-np.abs(z)) <= _LEVEL, np.sign(z), 0).astype(np.int64)


def mann_kendall_counts(papers: Integers, _corpus: Integers) -> Integers:
    """Mann-Kendall on counts."""
    return mann_kendall(papers.astype(float))


def mann_kendall_shares(papers: Integers, corpus: Integers) -> Integers:
    """Mann-Kendall on shares."""
    return mann_kendall(papers / np.maximum(corpus, 1))


def bertopic(papers: Integers, _corpus: Integers) -> Integers:
    """BERTopic's `normalize_frequency`: each topic's own line at length 1, read by its slope, at 5 %."""
    length = np.sqrt((papers**2).sum(axis=1, keepdims=True))
    lines = papers / np.maximum(length, 1)
    time = np.arange(papers.shape[1])
    fits = [stats.linregress(time, line) if line.any() else None for line in lines]
    return np.array([int(np.sign(fit.slope)) if fit and fit.pvalue <= _LEVEL else 0 for fit in fits])


def quasi_binomial(papers: Integers, corpus: Integers) -> Integers:
    """The plain logistic slope, each topic with its own dispersion, and Benjamini-Hochberg."""
    return _plain_slope(papers, corpus, dispersed=True)


def binomial(papers: Integers, corpus: Integers) -> Integers:
    """The plain logistic slope without dispersion, and Benjamini-Hochberg."""
    return _plain_slope(papers, corpus, dispersed=False)


def _plain_slope(papers: Integers, corpus: Integers, *, dispersed: bool) -> Integers:
    k, n = papers.astype(float), corpus.astype(float)
    x = np.linspace(-0.5, 0.5, len(n))
    share = (k.sum(axis=1) + 0.5) / (n.sum() + 1)
    intercept, slope = special.logit(share), np.zeros(len(k))
    for _ in range(50):
        p = special.expit(intercept[:, None] + slope[:, None] * x)
        weight = n * p * (1 - p)
        a, b, c = weight.sum(axis=1), weight @ x, weight @ x**2
        score, score_x, determinant = (k - n * p).sum(axis=1), (k - n * p) @ x, a * c - b**2
        intercept = intercept + np.clip((c * score - b * score_x) / determinant, -2, 2)
        slope = slope + np.clip((a * score_x - b * score) / determinant, -2, 2)
    pearson = ((k - n * p) ** 2 / np.maximum(n * p * (1 - p), 1e-9)).sum(axis=1) / (len(n) - 2)
    z = slope / np.sqrt(np.where(dispersed, pearson, 1) * a / determinant)
    p_value = 2 * special.stdtr(len(n) - 2, -np.abs(z)) if dispersed else 2 * special.ndtr(-np.abs(z))
    q_value = stats.false_discovery_control(np.nan_to_num(p_value, nan=1.0))
    return np.where(q_value <= _LEVEL, np.sign(slope), 0).astype(np.int64)


RULES: dict[str, Rule] = {
    "Papertide": papertide,
    "BERTrend: weak and strong signals": bertrend,
    "pyBibX: Kleinberg's bursts": pybibx,
    "biblium: Kleinberg's bursts": biblium_bursts,
    "biblium: hot topics": biblium_hot,
    "Mann-Kendall on counts": mann_kendall_counts,
    "BERTopic: normalised frequencies": bertopic,
    "Mann-Kendall on shares": mann_kendall_shares,
    "binomial slope, Benjamini-Hochberg": binomial,
    "quasi-binomial slope, Benjamini-Hochberg": quasi_binomial,
}
