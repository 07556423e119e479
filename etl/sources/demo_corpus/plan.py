"""What the demo plants: the calendar, how many papers each month has, and every topic's share in every month.

Movers move over the calendar's last months, the window that verdicts look at, by two- to fourfold on the log scale.
A riser and a faller mirror each other, so that together they take about as much of the corpus at the end as at the
start; topics of kind 'balance' take up what is left, so that every month sums to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from etl.sources.demo_corpus.draws import Stream, generator

MONTHS = 30
MOVEMENT = 12  # months that movers take, the last of the calendar: the window that verdicts look at

FLAT, RISING, FALLING, BURSTING = "flat", "rising", "falling", "bursting"
BORN, DIED, BALANCE = "born", "died", "balance"

# The latest calendar is 2023-07 to 2025-12; a seed moves it back by up to so many months.
_LATEST_START = (2023, 7)
_SHIFTS = 6
_GROWTH = (3.2, 3.8)  # papers of the last month / of the first
_WOBBLE = 0.04  # of the months between, as a standard deviation

# Change of the share over the window and its mean there: the smaller the change, the larger the share it takes to see
# it. Each pair is planted twice, once up and once down.
_MOVES = ((2.5, 0.060), (3.0, 0.052), (3.5, 0.048), (4.0, 0.045))
_BURST, _BURST_SHARE = 3.0, 0.013
_BURST_STARTS = ((4, 10), (19, 23))  # one before the window, one inside it; first months, the last excluded
_LIFE_SHARE = 0.026  # of topics that are born or die; one goes when another comes
_LIFE_MONTHS = ((14, 18), (18, 22))
_BALANCE_TOPICS = 2
_BALANCE_AT_LEAST = 0.045  # of all papers, both topics together
_FLAT_SPREAD = 2.6  # the largest flat share / the smallest

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Curve:
    """The planted course of a topic: its share in each month, and the movement if there is one.

    `change` is the share at the movement's end over the share at its start, None where one of them is zero; `first`
    and `last` are the movement's months, counted from 0.
    """

    kind: str
    shares: Floats
    change: float | None = None
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The calendar (m months), the papers of each month (m), and the curves of the topics (t)."""

    months: tuple[date, ...]
    papers: Counts
    curves: tuple[Curve, ...]

    @property
    def shares(self) -> Floats:
        """Shares (t, m)."""
        return np.array([curve.shares for curve in self.curves])

    @property
    def end(self) -> date:
        """The day after the last."""
        return next_month(self.months[-1])


def draw_plan(count: int, topics: int, seed: int) -> Plan:
    """The plan of a corpus of so many papers; which topic gets which curve is drawn from the seed."""
    rng = generator(seed, Stream.PLAN)
    months = _calendar(int(rng.integers(_SHIFTS)))
    papers = apportion(count, _growth(rng))
    curves = _curves(topics, rng)
    order = rng.permutation(topics)
    return Plan(months, papers, tuple(curves[place] for place in order))


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _calendar(shift: int) -> tuple[date, ...]:
    year, month = _LATEST_START
    first = year * 12 + month - 1 - shift
    return tuple(date(place // 12, place % 12 + 1, 1) for place in range(first, first + MONTHS))


def _growth(rng: np.random.Generator) -> Floats:
    """Relative sizes of the months: exponential growth by a drawn factor, the months between a little uneven."""
    wobble = rng.normal(0, _WOBBLE, MONTHS)
    wobble[[0, -1]] = 0
    sizes: Floats = np.exp(np.linspace(0, np.log(rng.uniform(*_GROWTH)), MONTHS) + wobble)
    return sizes


def apportion(count: int, sizes: Floats) -> Counts:
    """`count` split in proportion to sizes (n), by largest remainders: the parts sum to it exactly."""
    exact = count * sizes / sizes.sum()
    parts: Counts = np.floor(exact).astype(np.int64)
    largest = np.argsort(parts - exact, kind="stable")
    parts[largest[: count - int(parts.sum())]] += 1
    return parts


def _curves(topics: int, rng: np.random.Generator) -> list[Curve]:
    """The curves, sorted by kind: movers first, then short lives, and last what keeps the sum at one."""
    moving = [_mover(RISING, change, mean) for change, mean in _MOVES]
    moving += [_mover(FALLING, change, mean) for change, mean in _MOVES]
    moving += [_burst(int(rng.integers(*starts)), int(rng.integers(3, 5))) for starts in _BURST_STARTS]
    for months in _LIFE_MONTHS:
        month = int(rng.integers(*months))
        moving += [_life(BORN, month), _life(DIED, month)]
    taken = np.sum([curve.shares for curve in moving], axis=0)
    flat = np.geomspace(1, _FLAT_SPREAD, topics - len(moving) - _BALANCE_TOPICS)
    flat *= (1 - _BALANCE_AT_LEAST - taken.max()) / flat.sum()
    rest = (1 - taken - flat.sum()) / _BALANCE_TOPICS
    steady = [Curve(FLAT, np.full(MONTHS, share)) for share in flat.tolist()]
    return [*moving, *steady, *(Curve(BALANCE, rest) for _ in range(_BALANCE_TOPICS))]


def _mover(kind: str, change: float, mean: float) -> Curve:
    """A share that changes log-linearly over the window, where its mean is `mean`, and is constant before."""
    first = MONTHS - MOVEMENT
    passed = np.clip((np.arange(MONTHS) - first) / (MOVEMENT - 1), 0, 1)
    shares: Floats = np.power(change, passed if kind == RISING else 1 - passed)
    shares *= mean / shares[first:].mean()
    return Curve(kind, shares, change if kind == RISING else 1 / change, first, MONTHS - 1)


def _burst(first: int, length: int) -> Curve:
    shares = np.full(MONTHS, _BURST_SHARE)
    shares[first : first + length] *= _BURST
    return Curve(BURSTING, shares, _BURST, first, first + length - 1)


def _life(kind: str, month: int) -> Curve:
    """A topic that begins, or has ended, in this month."""
    begun = np.arange(MONTHS) >= month
    return Curve(kind, np.where(begun == (kind == BORN), _LIFE_SHARE, 0.0), None, month, month)
