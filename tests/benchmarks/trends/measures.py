"""What is measured on planted corpora: false discoveries and recall, delay and place of changes, bands, forecasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from etl import trends
from tests.benchmarks.trends import corpora, peers
from tests.benchmarks.trends.corpora import STANDING_STILL, Floats, Scenario
from tests.benchmarks.trends.peers import Integers, Rule

_EXPECTED = 5.0  # papers a cell, where bands have a bar of their own


@dataclass(frozen=True)
class Rate:
    """A rate with its standard error, over corpora, because topics of one corpus depend on each other."""

    value: float
    error: float

    @classmethod
    def of(cls, by_corpus: Sequence[float]) -> Rate:
        """The mean over corpora that have a value."""
        values = np.array([value for value in by_corpus if not np.isnan(value)])
        if not len(values):
            return cls(float("nan"), float("nan"))
        return cls(float(values.mean()), float(values.std() / np.sqrt(len(values))))


@dataclass(frozen=True)
class Judged:
    """How well a rule does on a kind of corpus."""

    false_discoveries: (
        Rate  # of what is flagged, the part that stands still or goes the other way; 0 without a flag
    )
    false_alarms: Rate  # of the topics that stand still, the part that is flagged
    recall: dict[str, Rate]  # of movers, by kind, change and share


def judge(scenario: Scenario, rule: Rule, count: int, seed: int) -> Judged:
    """Draw so many corpora and let the rule judge each."""
    rng = np.random.default_rng(seed)
    truth = np.array([topic.direction for topic in scenario.topics])
    still = np.array([topic.kind in STANDING_STILL for topic in scenario.topics])
    names = np.array([_name(topic) for topic in scenario.topics])
    discoveries, alarms, recall = [], [], defaultdict(list)
    for _ in range(count):
        said = _said(scenario, rule, scenario.draw_by_source(rng))
        flagged = said != 0
        discoveries.append((flagged & (said != truth)).sum() / max(1, flagged.sum()))
        alarms.append(flagged[still].mean())
        for name in dict.fromkeys(names[truth != 0]):
            recall[str(name)].append((said == truth)[names == name].mean())
    return Judged(
        Rate.of(discoveries), Rate.of(alarms), {name: Rate.of(found) for name, found in recall.items()}
    )


def _said(scenario: Scenario, rule: Rule, papers: Integers) -> Integers:
    """What a rule says of papers (s, t, m); the others' rules see the months judged, and all sources as one."""
    corpus = scenario.corpus_by_source
    if rule is peers.papertide:
        return peers.papertide(papers, corpus, scenario.judged)
    judged = slice(-(scenario.judged or scenario.months), None)
    return rule(papers.sum(axis=0)[:, judged], corpus.sum(axis=0)[judged])


def _name(topic: corpora.Topic) -> str:
    change = f" x{topic.change:g}" if topic.change != 1 else ""
    return f"{topic.kind}{change} at {topic.share:.1%}"


@dataclass(frozen=True)
class Timed:
    """How soon a rule sees a burst or step, looking after every month, and how well it places it in the end."""

    delay: (
        float  # median months from the first month of the movement to the first that shows it, 0 for at once
    )
    seen: Rate  # movements seen by the end
    placed: Rate  # those whose start is within one month of the planted one, judged by all months
    false_alarms: Rate  # of flat topics: a rise seen after any month


Watch = Callable[[Integers, Integers], tuple[Integers, list[list[int]]]]


def watch_levels(papers: Integers, corpus: Integers) -> tuple[Integers, list[list[int]]]:
    """Papertide: after each month the start of a raised level, -1 without one (t, m); and all starts by the end."""
    found = trends.levels(papers, corpus)
    starts = [found.starts(topic)[1:] for topic in range(len(papers))]
    return np.where(found.raised, found.begins, -1), starts


def watch_kleinberg(papers: Integers, corpus: Integers) -> tuple[Integers, list[list[int]]]:
    """pyBibX's rule, run anew after each month."""
    begins = np.full(papers.shape, -1)
    for end in range(2, len(corpus) + 1):
        states = peers.kleinberg_states(papers[:, :end], corpus[:end])
        calm = states[:, ::-1].argmin(axis=1)  # months since the last calm one
        begins[:, end - 1] = np.where(states[:, -1] == 1, np.where(states.all(axis=1), 0, end - calm), -1)
    states = np.pad(peers.kleinberg_states(papers, corpus), ((0, 0), (1, 0)))
    return begins, [np.flatnonzero(np.diff(row) == 1).tolist() for row in states]


WATCHES: dict[str, Watch] = {"Papertide": watch_levels, "pyBibX: Kleinberg's bursts": watch_kleinberg}


def watch(scenarios: Sequence[Scenario], rule: Watch, count: int, seed: int) -> Timed:
    """Pool the movements of these kinds of corpora, `count` corpora of each."""
    rng = np.random.default_rng(seed)
    delays: list[float] = []
    seen, placed, alarms = [], [], []
    for scenario in scenarios:
        still = np.array([topic.kind in STANDING_STILL for topic in scenario.topics])
        movers = np.flatnonzero(~still)
        for _ in range(count):
            begins, starts = rule(scenario.draw(rng), scenario.corpus)
            waits = [_wait(begins[topic], scenario.topics[topic].starts) for topic in movers]
            delays += waits
            seen.append(np.isfinite(waits).mean())
            near = [_is_near(starts[topic], scenario.topics[topic].starts) for topic in movers]
            placed.append(np.mean(near))
            alarms.append((begins[still] >= 0).any(axis=1).mean())
    return Timed(float(np.median(delays)), Rate.of(seen), Rate.of(placed), Rate.of(alarms))


def _wait(begins: Integers, planted: int) -> float:
    """Months until a level is seen that begins where the movement does, give or take one."""
    seen = begins[planted:] >= planted - 1
    return float(seen.argmax()) if seen.any() else float("inf")


def _is_near(starts: Sequence[int], planted: int) -> bool:
    return any(abs(start - planted) <= 1 for start in starts)


def coverage(scenario: Scenario, count: int, seed: int) -> tuple[Rate, Rate]:
    """How often a band holds the planted share: with 5 or more papers expected in the cell, and with fewer."""
    rng = np.random.default_rng(seed)
    shares: Floats = scenario.shares[:-1]
    many = shares * scenario.corpus >= _EXPECTED
    with_many, with_few = [], []
    for _ in range(count):
        papers = scenario.draw(rng)
        phi, _freedom = trends.scatter(papers, scenario.corpus)
        _, low, high = trends.wilson(papers, np.broadcast_to(scenario.corpus, papers.shape), phi[:, None])
        holds = (low <= shares) & (shares <= high)
        with_many.append(holds[many].mean() if many.any() else np.nan)
        with_few.append(holds[~many].mean() if (~many).any() else np.nan)
    return Rate.of(with_many), Rate.of(with_few)


@dataclass(frozen=True)
class Foresight:
    """How good the forecasts of the next quarter were, at all past origins."""

    error: Rate  # mean absolute error / that of the last value, both in units of sampling noise
    inside: Rate  # part of the targets within the 80 % interval
    shown: Rate  # part of the topics whose forecast is worth showing in the end


def foresee(scenario: Scenario, count: int, seed: int) -> Foresight:
    """Draw so many corpora and test the forecasts of each."""
    rng = np.random.default_rng(seed)
    tests = [trends.next_quarter(scenario.draw(rng), scenario.corpus).backtest for _ in range(count)]
    return Foresight(
        Rate.of([test.scaled_error / test.scaled_error_of_last for test in tests]),
        Rate.of([test.coverage for test in tests]),
        Rate.of([float(test.shown().mean()) for test in tests]),
    )
