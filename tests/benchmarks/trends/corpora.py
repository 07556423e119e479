"""Corpora whose trends we planted: monthly counts of topics, drawn from shares that are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FLAT, RISE, LINEAR, FALL = "flat", "rise", "linear rise", "fall"
STEP, BURST, BIRTH, DEATH = "step", "burst", "birth", "death"
SEASONAL, SEASONAL_RISE, SPLIT, MERGE = "seasonal", "seasonal rise", "split", "merge"
STANDING_STILL = (FLAT, SEASONAL)  # nothing rises or falls over whole years

BURST_MONTHS = 4
_SEASON = 0.4  # swing of the share around its mean


@dataclass(frozen=True)
class Topic:
    """What is planted: a kind, its mean share over the calendar, and by how much it changes, end / start."""

    kind: str
    share: float
    change: float = 1.0
    starts: int = 0  # month of a step, burst, birth, death, split or merge

    def course(self, months: int) -> Floats:
        """Its share in each month."""
        passed = np.arange(months) / (months - 1)
        after = np.arange(months) >= self.starts
        season = 1 + _SEASON * np.sin(2 * np.pi * np.arange(months) / 12)
        course = {
            FLAT: np.ones(months),
            RISE: self.change**passed,
            FALL: self.change**-passed,
            LINEAR: 1 + (self.change - 1) * passed,
            STEP: np.where(after, self.change, 1.0),
            BURST: np.where(after & (np.arange(months) < self.starts + BURST_MONTHS), self.change, 1.0),
            BIRTH: after.astype(float),
            DEATH: 1.0 - after,
            SEASONAL: season,
            SEASONAL_RISE: season * self.change**passed,
            SPLIT: np.where(after, 0.5, 1.0),  # half of its papers go to a topic that is born
            MERGE: np.where(after, 2.0, 1.0),  # it takes in a topic of its own size
        }[self.kind]
        return np.asarray(self.share * course / course.mean(), np.float64)

    @property
    def direction(self) -> int:
        """1 where the share ends higher than it began, -1 where lower, 0 where it stands still or comes back."""
        up, down = (RISE, SEASONAL_RISE, LINEAR, STEP, BIRTH, MERGE), (FALL, DEATH, SPLIT)
        return 1 if self.kind in up else -1 if self.kind in down else 0


@dataclass(frozen=True)
class Scenario:
    """A kind of corpus. One more topic takes the papers that are left, and is not judged."""

    name: str
    topics: tuple[Topic, ...]
    months: int = 24
    papers: tuple[int, int] = (120, 480)  # in the first and in the last month
    phi: float = 1.0  # variance / that of a multinomial
    errors: float = 0.0  # part of the papers that get a topic at random, in proportion to the topics' sizes
    weekdays: float = 0.0  # by how much topics lean to a weekday of their own, of which months have 4 or 5
    joins: float = 1.0  # papers from half-way on, when a source of the same mix joins / without it
    second: float = (
        0.0  # papers of a second source, which joins half-way and has another mix / those of the first
    )
    judged: int | None = None  # months to judge, the last ones; those before are only known

    @property
    def corpus(self) -> Integers:
        """Papers of each month."""
        sizes = np.linspace(*self.papers, self.months)
        sizes[self.months // 2 :] *= self.joins
        return np.round(sizes).astype(np.int64)

    @property
    def shares(self) -> Floats:
        """Planted shares (topics + 1, months), as the papers are assigned.

        Raises:
            ValueError: the topics leave nothing for the last one.
        """
        shares = np.array([topic.course(self.months) for topic in self.topics])
        rest = 1 - shares.sum(axis=0)
        if rest.min() <= 0:
            raise ValueError(f"the topics of {self.name!r} need more than all papers")
        shares = np.vstack([shares, rest])
        shares = (1 - self.errors) * shares + self.errors * shares.mean(axis=1, keepdims=True)
        if self.weekdays:
            days = np.random.default_rng(0).integers(4, 6, size=(7, self.months))
            own = days[np.arange(len(shares)) % 7] / days.mean(axis=0)
            shares = shares * (1 + self.weekdays * (own - 1))
        return np.asarray(shares / shares.sum(axis=0), np.float64)

    def draw(self, rng: np.random.Generator) -> Integers:
        """Papers (topics, months), without those of the last topic."""
        shares = self.shares
        if self.phi > 1:  # Dirichlet-multinomial: n - phi over phi - 1 makes the variance phi times as large
            weight = (self.corpus - self.phi) / (self.phi - 1)
            drawn = rng.gamma(shares * weight)
            shares = drawn / drawn.sum(axis=0)
        counts = [rng.multinomial(papers, shares[:, month]) for month, papers in enumerate(self.corpus)]
        return np.array(counts, np.int64).T[:-1]

    @property
    def corpus_by_source(self) -> Integers:
        """Papers of each source in each month, shape (s, months)."""
        later = np.where(np.arange(self.months) >= self.months // 2, self.second * self.corpus, 0)
        return np.array([self.corpus, np.round(later)] if self.second else [self.corpus], np.int64)

    def draw_by_source(self, rng: np.random.Generator) -> Integers:
        """Papers (s, topics, months): in the second source, topics have each other's shares and move as they do."""
        drawn = [self.draw(rng)]
        if self.second:
            courses = np.array([topic.course(self.months) for topic in self.topics])
            means = courses.mean(axis=1, keepdims=True)
            others = courses / means * np.roll(means, len(means) // 2, axis=0)
            shares = np.vstack([others, 1 - others.sum(axis=0)])
            counts = [rng.multinomial(n, shares[:, m]) for m, n in enumerate(self.corpus_by_source[1])]
            drawn.append(np.array(counts, np.int64).T[:-1])
        return np.array(drawn)


def _movers(fourfold: float, twofold: float, flat: float = 0.01) -> tuple[Topic, ...]:
    risers = [Topic(RISE, fourfold, 4.0)] * 5 + [Topic(RISE, twofold, 2.0)] * 5
    return (*risers, *[Topic(FLAT, flat)] * 40)


def _among_flat(*topics: Topic, flat: int = 30) -> tuple[Topic, ...]:
    return (*topics, *[Topic(FLAT, 0.01)] * flat)


def _doubled(scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    return tuple(
        replace(scenario, name=f"{scenario.name}{suffix}", phi=phi)
        for phi, suffix in ((1.0, ""), (2.0, ", variance doubled"))
        for scenario in scenarios
    )


LARGE = Scenario("fourfold at 2 %, twofold at 5 %", _movers(0.02, 0.05))
SMALL = Scenario("fourfold at 1 %, twofold at 2 %", _movers(0.01, 0.02))
BARS = _doubled((LARGE, SMALL))

_NO_MOVER = tuple(Topic(FLAT, share) for share in (*[0.002] * 20, *[0.01] * 20, *[0.05] * 4, *[0.1] * 2))
_SEASONS = _among_flat(*[Topic(SEASONAL, 0.03)] * 5)
STILL = (
    *_doubled([Scenario("nothing moves", _NO_MOVER)]),
    Scenario("nothing moves, no growth", _NO_MOVER, papers=(300, 300)),
    Scenario("nothing moves, growth of 5", _NO_MOVER, papers=(100, 500)),
    Scenario("nothing moves, 50 papers a month", _NO_MOVER, papers=(50, 50)),
    Scenario("nothing moves, 5,000 papers a month", _NO_MOVER, papers=(5_000, 5_000)),
    Scenario("nothing moves, a source joins", _NO_MOVER, joins=2.0),
    Scenario("nothing moves, topics lean to weekdays", _NO_MOVER, weekdays=0.5),
    Scenario("nothing moves, one paper in ten in a wrong topic", _NO_MOVER, errors=0.1),
    Scenario("nothing moves, a source of another mix joins", _NO_MOVER, second=1.0),
    Scenario("nothing moves but seasons", _SEASONS),
    Scenario("nothing moves but seasons, one year of three judged", _SEASONS, months=36, judged=12),
    Scenario("nothing moves but seasons, half a year of three judged", _SEASONS, months=36, judged=6),
)
SHAPES = (
    Scenario("seasons with a rise", _among_flat(*[Topic(SEASONAL_RISE, 0.03, 4.0)] * 5, *_SEASONS[:5])),
    Scenario("a source of another mix joins", _movers(0.02, 0.05), second=1.0),
    Scenario("linear rises", _among_flat(*[Topic(LINEAR, 0.02, 4.0)] * 5, *[Topic(LINEAR, 0.04, 2.0)] * 4)),
    Scenario("rises and falls", _among_flat(*[Topic(RISE, 0.02, 4.0)] * 5, *[Topic(FALL, 0.02, 4.0)] * 5)),
    Scenario("one topic moves", _among_flat(Topic(RISE, 0.02, 4.0))),
    Scenario(
        "births and deaths",
        _among_flat(*[Topic(BIRTH, 0.01, starts=12)] * 5, *[Topic(DEATH, 0.01, starts=12)] * 5),
    ),
    Scenario(
        "splits and merges",
        _among_flat(
            *[Topic(SPLIT, 0.03, 0.5, 12), Topic(BIRTH, 0.01, starts=12)] * 4,
            *[Topic(MERGE, 0.03, 2.0, 12)] * 4,
        ),
    ),
    Scenario("one paper in ten in a wrong topic", _movers(0.02, 0.05), errors=0.1),
    Scenario("5,000 papers a month", _movers(0.02, 0.05), papers=(2_000, 8_000)),
    Scenario("50 papers a month", _movers(0.02, 0.05), papers=(20, 80)),
)


def steps(starts: int, phi: float = 1.0) -> Scenario:
    """Topics of 2 % whose share quadruples from one month to the next."""
    topics = _among_flat(*[Topic(STEP, 0.02, 4.0, starts)] * 5)
    return Scenario(f"fourfold step in month {starts + 1}", topics, phi=phi)


def bursts(starts: int, papers: int = 6, phi: float = 1.0) -> Scenario:
    """Topics of so many papers a month, which triple for a while."""
    base = papers / np.linspace(120, 480, 24)[starts]
    mean = base * (24 + 2 * BURST_MONTHS) / 24
    topics = _among_flat(*[Topic(BURST, mean, 3.0, starts)] * 3)
    return Scenario(f"burst of {papers} papers, tripled in month {starts + 1}", topics, phi=phi)
