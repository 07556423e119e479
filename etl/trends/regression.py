"""How fast does a share move? A logistic slope for each topic, each source at a level of its own.

Each source covers its own months and writes on its own mix of topics, so pooling them turns a source that joins, or
grows faster, into a trend of topics. Here a source is a stratum: it is compared with itself only. With one source this
is the plain logistic slope.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from etl.trends.bands import CONFIDENCE, dispersion
from etl.trends.tables import Floats

YEAR = 12  # months
_ITERATIONS = 50
_STEP_AT_MOST = 2.0  # on the logit scale, in one iteration
_EXPECTED_AT_LEAST = 0.05  # papers a month: a paper where none was expected is no proof of scatter
_RIDGE = 1e-10  # of a column's information: it keeps columns that a short window cannot tell apart invertible


@dataclass(frozen=True, slots=True)
class Counts:
    """Papers of a source on a topic in a month (s, t, m), and all of its papers (s, m); 0 where it does not cover."""

    papers: Floats
    corpus: Floats

    @classmethod
    def of(cls, papers: ArrayLike, corpus: ArrayLike, covered: ArrayLike | None = None) -> Counts:
        """Counts of several sources, or of one, without the axis of sources.

        Args:
            papers: shape (s, t, m), or (t, m).
            corpus: shape (s, m), or (m).
            covered: whether a source covers all of a month, as `corpus`; by default it does. Other months do not count.
        """
        n = np.atleast_2d(np.asarray(corpus, float))
        k = np.asarray(papers, float)
        k = k[None] if k.ndim == 2 else k
        known = np.ones(n.shape, bool) if covered is None else np.atleast_2d(np.asarray(covered, bool))
        return cls(k * known[:, None], n * known)

    def last(self, months: int) -> Counts:
        """The last so many months."""
        start = max(0, self.corpus.shape[1] - months)
        return Counts(self.papers[..., start:], self.corpus[:, start:])

    def on(self, topics: NDArray[np.bool_]) -> Counts:
        """Some topics, out of the same papers."""
        return Counts(self.papers[:, topics], self.corpus)


@dataclass(frozen=True, slots=True)
class Slopes:
    """Linear change of the share on the logit scale, per topic (t); NaN where it was not fitted."""

    change: Floats  # fitted share in the last month / in the first, at the window's mix of sources
    low: Floats  # 95 % interval of it
    high: Floats
    start: Floats  # fitted share in the first month
    end: Floats  # in the last
    p_value: Floats  # two-sided, of no change


def slopes(papers: ArrayLike, corpus: ArrayLike, covered: ArrayLike | None = None) -> Slopes:
    """Fit one logistic slope over time to the shares of each topic, the same for all sources.

    Levels are a source's own, and are estimated from its own months, so joining moves nothing; sources weigh by their
    information, as tables do in the estimate of Mantel and Haenszel (1959). Arguments as in `Counts.of`, with 3 months
    or more.
    """
    counts = Counts.of(papers, corpus, covered)
    fit = Fit(counts)
    change = fit.change()
    return Slopes(*change, p_of_no_slope(counts, fit.phi, fit.freedom))


class Fit:
    """A logistic regression of each topic (t) on levels, a slope and, if wanted, a yearly harmonic.

    Iteratively reweighted least squares with Firth's correction (Firth, 1993; Heinze and Schemper, 2002), which keeps
    the fit finite where a topic starts from nothing. Overdispersion widens the intervals (see `dispersion`): what the
    model does not have, a burst or a season, counts as scatter.
    """

    def __init__(self, counts: Counts, *, season: bool = False) -> None:
        sources, months = np.nonzero(counts.corpus)
        self.sources = len(np.unique(sources))
        self.n = counts.corpus[sources, months]
        self.k = counts.papers[sources, :, months].T
        self.x = np.linspace(-0.5, 0.5, counts.corpus.shape[1])
        levels = (sources[:, None] == np.unique(sources)).astype(float)
        angle = 2 * np.pi * months / YEAR
        swing = [np.cos(angle), np.sin(angle)] if season else []
        self.design = np.column_stack([levels, self.x[months], *swing])
        self._products = (self.design[:, :, None] * self.design[:, None]).reshape(len(self.n), -1)
        share = (self.k @ levels + 0.5) / (self.n @ levels + 1)
        others = np.zeros((len(self.k), self.design.shape[1] - self.sources))
        self.estimate = np.hstack([special.logit(share), others])
        self._run()
        self.phi, self.freedom = self._lack_of_fit()

    def _run(self) -> None:
        for _ in range(_ITERATIONS):
            fitted, weight, inverse = self._information()
            leverage = weight * (inverse.reshape(len(inverse), -1) @ self._products.T)
            score = (self.k - self.n * fitted + leverage * (0.5 - fitted)) @ self.design
            step = (inverse @ score[..., None])[..., 0]
            self.estimate = self.estimate + np.clip(step, -_STEP_AT_MOST, _STEP_AT_MOST)
            if np.abs(step).max(initial=0) < 1e-8:
                break
        self.fitted, _, self.inverse = self._information()

    def _information(self) -> tuple[Floats, Floats, Floats]:
        """Fitted shares and weights (t, r), and the inverse of the Fisher information (t, p, p)."""
        fitted = np.asarray(special.expit(self.estimate @ self.design.T), np.float64)
        weight = self.n * fitted * (1 - fitted)
        columns = self.design.shape[1]
        information = (weight @ self._products).reshape(-1, columns, columns)
        diagonal = np.maximum(np.diagonal(information, axis1=1, axis2=2), 1e-300)
        information = information + _RIDGE * diagonal[:, :, None] * np.eye(columns)
        return fitted, weight, np.linalg.inv(information)

    def _lack_of_fit(self) -> tuple[Floats, Floats]:
        """Dispersion about the fitted lines, and its degrees of freedom."""
        expected = np.maximum(self.n * self.fitted, _EXPECTED_AT_LEAST)
        residual = (self.k - self.n * self.fitted) ** 2 / (expected * (1 - self.fitted))
        freedom = max(0, len(self.n) - self.design.shape[1])
        return dispersion(residual.sum(axis=1), freedom, (1 / expected).mean(axis=1))

    def change(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Change with its interval, and shares at the start and the end, as in `Slopes`, all without a season."""
        levels, slope = self.estimate[:, : self.sources], self.estimate[:, self.sources, None]
        mix = self.n @ self.design[:, : self.sources] / self.n.sum()
        first, last = (special.expit(levels + slope * x) for x in (self.x[0], self.x[-1]))
        start, end = first @ mix, last @ mix
        # Delta method: the gradient of log(end / start) in the levels and in the slope.
        at_start = mix * first * (1 - first) / start[:, None]
        at_end = mix * last * (1 - last) / end[:, None]
        gradient = np.zeros_like(self.estimate)
        gradient[:, : self.sources] = at_end - at_start
        gradient[:, self.sources] = (at_end * self.x[-1] - at_start * self.x[0]).sum(axis=1)
        variance = np.einsum("tp,tpq,tq->t", gradient, self.inverse, gradient)
        half = special.stdtrit(self.freedom, 0.5 + CONFIDENCE / 2) * np.sqrt(self.phi * variance)
        change = end / start
        return change, change * np.exp(-half), change * np.exp(half), start, end

    def p_of_no_slope(self) -> Floats:
        """Two-sided p-value of the slope by Wald's test, for a fit with a season (else see the function)."""
        slope, variance = self.estimate[:, self.sources], self.inverse[:, self.sources, self.sources]
        z = -np.abs(slope) / np.sqrt(self.phi * variance)
        return np.asarray(2 * special.stdtr(self.freedom, z), np.float64)

    def p_of_no_season(self) -> Floats:
        """P-value of the two columns of the harmonic together, by Wald's test."""
        swing, variance = self.estimate[:, -2:], self.inverse[:, -2:, -2:]
        wald = (swing[:, None] @ np.linalg.solve(variance, swing[..., None]))[:, 0, 0]
        return np.asarray(special.fdtrc(2, self.freedom, wald / 2 / self.phi), np.float64)


def p_of_no_slope(counts: Counts, phi: Floats, freedom: Floats) -> Floats:
    """Two-sided p-value of the conditional score test: where in time a topic's papers lie, given how many there are.

    With a constant share those of a source are drawn from its months without replacement, so that the mean and
    variance of their times are exact for any count; this is the uniformly most powerful unbiased test of a logistic
    slope (Cox, 1970), stratified by source. Skewness is allowed for by a Cornish-Fisher step. Pooled over topics,
    `phi` costs hardly any power.
    """
    x = np.linspace(-0.5, 0.5, counts.corpus.shape[1])
    n, papers = counts.corpus, counts.papers.sum(axis=2)
    corpus = np.maximum(n.sum(axis=1), 1)
    time = x - (n @ x / corpus)[:, None]
    variance, third = ((n * time**power).sum(axis=1) / corpus for power in (2, 3))
    # Without replacement: a topic that is nearly the whole corpus has nowhere to move.
    left = (corpus[:, None] - papers) / np.maximum(corpus - 1, 1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.einsum("stm,sm->t", counts.papers, time) / np.sqrt(phi * (variance @ (papers * left)))
        skewness = third @ papers / (variance @ papers) ** 1.5 * (2 * phi - 1) / np.sqrt(phi)
    z = np.sign(z) * np.maximum(0, np.sign(z) * (z - skewness * (z**2 - 1) / 6))
    return np.asarray(2 * special.stdtr(freedom, -np.abs(z)), np.float64)
