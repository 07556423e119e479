"""What was measured on planted trends: the results of the truth suite, as the release ships them.

`python -m tests.benchmarks.trends --json etl/trends/truth.json` writes them anew. A rate is a value and its standard
error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

OURS = "Papertide"
PLAIN = "binomial slope, Benjamini-Hochberg"  # as it is without a thought for overdispersion
MOVING = ("fourfold at 2 %, twofold at 5 %", "fourfold at 1 %, twofold at 2 %")
DOUBLED = ", variance doubled"


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to tell moving topics, ours or another's, on planted corpora; rates are from 0 to 1."""

    name: str
    flat_flagged: float  # part of topics of constant share that it flags
    false_discoveries: float  # part of what it flags that did not move
    recall: dict[str, float]  # part of the planted movers that it finds, by what was planted


@cache
def results() -> dict[str, Any]:
    """All results: settings, rules, changes, bands, forecasts, seconds and bars."""
    text = files("etl.trends").joinpath("truth.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def rules(corpora: str) -> list[Rule]:
    """The rules scored on a kind of planted corpora, ours first."""
    scored = results()["rules"][corpora]
    return [
        Rule(
            name,
            rates["false_alarms"][0],
            rates["false_discoveries"][0],
            {planted: rate[0] for planted, rate in rates["recall"].items()},
        )
        for name, rates in sorted(scored.items(), key=lambda item: item[0] != OURS)
    ]


def forecast_skill() -> dict[str, tuple[float, float]]:
    """By kind of corpus: error / that of repeating the last share, and part of the quarters in the 80 % interval."""
    return {
        corpora: (seen["error"][0], seen["inside"][0]) for corpora, seen in results()["forecasts"].items()
    }


def bars() -> tuple[int, int]:
    """How many of the bars set for the suite hold, and how many there are."""
    held = [bar["holds"] for bar in results()["bars"]]
    return sum(held), len(held)
