"""How far trends can be trusted, on planted corpora: `uv run python -m tests.benchmarks.trends`.

Prints one table of rules and kinds of corpora, then changes, bands, speed and the bars; exits with 1 where a bar is
missed. A rate holds its bar when it is within two standard errors of it. `--json FILE` writes the same as JSON.
`--etl` runs demo corpora of 10,000 papers through the whole ETL instead; `--abstracts` real abstracts with dates of our
own, and says beside what the found topics give what a taught classifier and the categories themselves would: the first
column falls short of the last by what the topics miss, and the last of 100 % by what so few papers cannot tell. Either
takes minutes, `--abstracts` one and a half a draw.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from etl import trends
from tests.benchmarks.trends import abstracts, corpora, measures, pipeline
from tests.benchmarks.trends.measures import Judged, Rate, Timed
from tests.benchmarks.trends.peers import RULES

SECONDS_AT_MOST = 1.0
_STARTS = (6, 9, 12, 15, 18)  # months, counted from 0, of steps and bursts
_OURS = "Papertide"
_WIDTH = 150


@dataclass(frozen=True)
class Bar:
    """What was promised, and what was measured."""

    name: str
    measured: Rate
    least: float = -np.inf
    most: float = np.inf

    @property
    def holds(self) -> bool:
        """Within two standard errors."""
        slack = 2 * self.measured.error
        return self.least - slack <= self.measured.value <= self.most + slack


@dataclass(frozen=True)
class Measured:
    """Everything that was measured, each by its name."""

    rules: dict[str, dict[str, Judged]]  # by kind of corpus and rule
    changes: dict[str, dict[str, Timed]]  # by movement and rule
    bands: dict[
        str, tuple[Rate, Rate]
    ]  # by kind of corpus: with 5 papers or more expected in a cell, and with fewer
    forecasts: dict[str, measures.Foresight]  # by kind of corpus
    seconds: float  # verdicts, bands and changes of 200 topics by 120 months


def measure(count: int, peers_count: int, seed: int) -> Measured:
    """Measure on `count` corpora of each kind; what others do on `peers_count`, because some of it is slow."""
    kinds = (*corpora.BARS, *corpora.STILL, *corpora.SHAPES)
    rules = {
        kind.name: {
            name: measures.judge(kind, rule, count if name == _OURS else peers_count, seed)
            for name, rule in RULES.items()
        }
        for kind in kinds
    }
    movements = {
        f"{what}{suffix}": [make(start, phi=phi) for start in _STARTS]
        for phi, suffix in ((1.0, ""), (2.0, ", variance doubled"))
        for what, make in (
            ("fourfold step at 2 %", corpora.steps),
            ("burst, 6 papers tripled", corpora.bursts),
        )
    }
    each = max(1, count // len(_STARTS))
    changes = {
        name: {rule: measures.watch(pooled, watch, each, seed) for rule, watch in measures.WATCHES.items()}
        for name, pooled in movements.items()
    }
    bands = {kind.name: measures.coverage(kind, count, seed) for kind in (*corpora.BARS, *corpora.STILL[:6])}
    return Measured(rules, changes, bands, foresights(peers_count, seed), _seconds())


def foresights(count: int, seed: int) -> dict[str, measures.Foresight]:
    """Forecasts on `count` corpora of each kind of one source, where topics move and where none does."""
    kinds = (*corpora.BARS, *corpora.STILL[:2], *corpora.SHAPES)
    return {kind.name: measures.foresee(kind, count, seed) for kind in kinds if not kind.second}


def _seconds() -> float:
    rng = np.random.default_rng(0)
    corpus = np.linspace(500, 5_000, 120).astype(np.int64)
    shares = rng.dirichlet(np.ones(201))
    papers = np.array([rng.multinomial(n, shares) for n in corpus]).T[:200]
    trends.verdicts(papers[:5], corpus)  # imports
    start = time.perf_counter()
    trends.verdicts(papers, corpus)
    phi, _ = trends.scatter(papers, corpus)
    trends.wilson(papers, np.broadcast_to(corpus, papers.shape), phi[:, None])
    trends.changes(papers, corpus)
    return time.perf_counter() - start


def bars(measured: Measured) -> Iterator[Bar]:
    """The promises."""
    large, small, large_doubled, small_doubled = (measured.rules[kind.name][_OURS] for kind in corpora.BARS)
    for name, judged in zip(
        [kind.name for kind in corpora.BARS], (large, small, large_doubled, small_doubled), strict=True
    ):
        yield Bar(f"false discoveries: {name}", judged.false_discoveries, most=0.05)
        yield Bar(f"flat topics flagged: {name}", judged.false_alarms, most=0.05)
    for judged, mover, least in (
        (large, "rise x4 at 2.0%", 0.97),
        (small, "rise x4 at 1.0%", 0.60),
        (large, "rise x2 at 5.0%", 0.88),
        (small, "rise x2 at 2.0%", 0.32),
    ):
        yield Bar(f"recall: {mover}", judged.recall[mover], least=least)
    for kind in corpora.STILL:
        judged = measured.rules[kind.name][_OURS]
        yield Bar(f"any topic flagged: {kind.name}", judged.false_discoveries, most=0.05)
    burst, step = (
        measured.changes[name][_OURS] for name in ("burst, 6 papers tripled", "fourfold step at 2 %")
    )
    yield Bar("median delay of a burst, months", Rate(burst.delay, 0.0), most=2)
    yield Bar("change points within a month", step.placed, least=0.80)
    for name, timed in measured.changes.items():
        yield Bar(f"false alarms in all months together: {name}", timed[_OURS].false_alarms, most=0.05)
    for name, (many, few) in measured.bands.items():
        if not np.isnan(many.value):
            yield Bar(f"coverage, 5 papers or more: {name}", many, 0.93, 0.97)
        if not np.isnan(few.value):
            yield Bar(f"coverage, fewer: {name}", few, least=0.90)
    yield Bar("seconds for 200 topics by 120 months", Rate(measured.seconds, 0.0), most=SECONDS_AT_MOST)


def tables(measured: Measured) -> Iterator[Table]:
    """For the terminal."""
    table = Table("corpus", "rule", "false discoveries", "flat flagged", "recall", title="Rules")
    for kind, by_rule in measured.rules.items():
        for rule, judged in by_rule.items():
            recall = ", ".join(f"{name} {_percent(rate)}" for name, rate in judged.recall.items())
            table.add_row(
                kind, rule, _percent(judged.false_discoveries), _percent(judged.false_alarms), recall
            )
        table.add_section()
    yield table
    table = Table("movement", "rule", "median delay", "seen", "placed", "false alarms", title="Changes")
    for name, watched in measured.changes.items():
        for rule, timed in watched.items():
            rates = (_percent(rate) for rate in (timed.seen, timed.placed, timed.false_alarms))
            table.add_row(name, rule, f"{timed.delay:g}", *rates)
    yield table
    table = Table("corpus", "5 papers or more", "fewer", title="Coverage of 95 % bands")
    for name, (many, few) in measured.bands.items():
        table.add_row(name, _percent(many), _percent(few))
    yield table
    title = "Forecasts of the next quarter"
    table = Table("corpus", "error / last value's", "within the 80 % interval", "shown", title=title)
    for name, seen in measured.forecasts.items():
        table.add_row(name, *(_percent(rate) for rate in (seen.error, seen.inside, seen.shown)))
    yield table


def _by_sorting(title: str, sortings: dict[str, dict[str, Rate]]) -> Table:
    """One column for each way to sort papers into topics."""
    table = Table("", *sortings, title=title)
    for name in next(iter(sortings.values())):
        rates = [rates[name] for rates in sortings.values()]
        table.add_row(name, *(f"{rate.value:.1f}" if name == "topics" else _percent(rate) for rate in rates))
    return table


def _percent(rate: Rate) -> str:
    return "" if np.isnan(rate.value) else f"{100 * rate.value:.1f}±{200 * rate.error:.1f} %"


def as_json(measured: Measured, settings: dict[str, int]) -> str:
    """Rates as [value, standard error], rounded; what has no value is null."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            if value.keys() == {"value", "error"}:
                return (
                    None if np.isnan(value["value"]) else [round(value["value"], 4), round(value["error"], 4)]
                )
            return {name: plain(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [plain(inner) for inner in value]
        return None if isinstance(value, float) and not np.isfinite(value) else value

    judged = [{**asdict(bar), "holds": bool(bar.holds)} for bar in bars(measured)]
    return json.dumps(plain({"settings": settings, **asdict(measured), "bars": judged}), indent=1) + "\n"


def main() -> None:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpora", type=int, default=400, help="of each kind")
    parser.add_argument("--peers", type=int, default=40, help="corpora of each kind that other rules judge")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--etl", action="store_true", help="demo corpora through the whole ETL")
    parser.add_argument("--demos", type=int, default=10, help="with --etl: how many")
    parser.add_argument("--abstracts", action="store_true", help="real abstracts through the whole ETL")
    parser.add_argument("--draws", type=int, default=12, help="with --abstracts: how many corpora")
    asked = parser.parse_args()
    console = Console(width=_WIDTH)
    if asked.etl:
        for name, rate in pipeline.measure(asked.demos).items():
            console.print(f"{name}: {_percent(rate)}")
        return
    if asked.abstracts:
        for span, sortings in abstracts.measure(asked.draws, asked.seed).items():
            console.print(_by_sorting(str(span), sortings))
        return
    measured = measure(asked.corpora, asked.peers, asked.seed)
    console.print(*tables(measured))
    judged = list(bars(measured))
    for bar in judged:
        between = f"{bar.least:g} to {bar.most:g}".replace("-inf to", "at most").replace(
            " to inf", " at least"
        )
        error = f"±{2 * bar.measured.error:.3f}" if bar.measured.error else ""
        console.print(
            f"{'holds ' if bar.holds else 'MISSED'} {bar.name}: {bar.measured.value:.3f}{error} ({between})"
        )
    if asked.json:
        settings = {"corpora": asked.corpora, "peers": asked.peers, "seed": asked.seed}
        asked.json.write_text(as_json(measured, settings), encoding="utf-8")
    if not all(bar.holds for bar in judged):
        sys.exit(1)


if __name__ == "__main__":
    main()
