"""Real abstracts with planted dates through the whole ETL: topics are found in real text, and what moves is known.

The labelled arXiv abstracts (25 categories) are dealt out over two years so that the share of each category keeps
still, or rises or falls in a straight line, while the corpus grows fourfold. Risers and fallers come in pairs of one
size, so that the others' shares stand still to the last digit.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl import trends
from etl.contract import FALLING, RISING
from tests.benchmarks.trends.corpora import Floats, Integers
from tests.benchmarks.trends.measures import Rate
from tests.benchmarks.trends.pipeline import published

MONTHS = pd.date_range("2023-01-01", periods=24, freq="MS")
WINDOWS = (24, 12)  # months; all that is planted, and what the ETL judges unless asked
CORPUS = np.round(np.linspace(110, 440, len(MONTHS))).astype(int)  # 6,600 papers
PAIRS = ((4.0, 3), (2.0, 3))  # change / 1, and how many pairs of a riser and a faller
# The largest category / the smallest, no more: a riser, which grows with the corpus, then has 320 of its 400 papers.
_SIZES = (1.0, 1.2)
_IS_IT = 0.5  # of a found topic's papers that one category must make up
_STILL, _MOVES = 1.1, 2.0  # a topic whose papers were planted to change by less stands still, by more moves


@dataclass(frozen=True)
class Plan:
    """What is planted: a change (end / start) for each category (c), and the shares (c, months)."""

    change: Floats
    shares: Floats


def plan(categories: int, rng: np.random.Generator) -> Plan:
    """Changes for so many categories in random order, each with a size of its own."""
    up = np.concatenate([np.full(pairs, change) for change, pairs in PAIRS])
    flat = categories - 2 * len(up)
    sizes = rng.uniform(*_SIZES, len(up)), rng.uniform(*_SIZES, flat)
    order = rng.permutation(categories)
    change = np.concatenate([up, 1 / up, np.ones(flat)])[order]
    size = np.concatenate([sizes[0], sizes[0], sizes[1]])[order]
    passed = np.linspace(0, 1, len(MONTHS))
    course = 1 + (change[:, None] - 1) * passed
    shares = size[:, None] * course / course.mean(axis=1, keepdims=True)
    return Plan(change, shares / shares.sum(axis=0))


def dealt(papers: pd.DataFrame, planned: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """Papers with a date each, drawn without replacement: as many of a category in a month as the plan's shares say.

    Args:
        papers: id, title, abstract, category.
        planned: in the order of the categories' names.
    """
    counts = np.array([rng.multinomial(n, planned.shares[:, month]) for month, n in enumerate(CORPUS)]).T
    chosen = []
    for of_category, (_, rows) in zip(counts, papers.groupby("category"), strict=True):
        month = np.repeat(MONTHS, of_category)
        day = pd.to_timedelta(rng.integers(0, 28, len(month)), unit="D")
        chosen.append(rows.sample(len(month), random_state=rng).assign(published_on=month + day))
    corpus = pd.concat(chosen).sort_values("published_on", ignore_index=True)
    # A file covers the days that its dates span: the first and the last month count only if they are whole.
    corpus.loc[corpus.index[0], "published_on"] = MONTHS[0]
    corpus.loc[corpus.index[-1], "published_on"] = MONTHS[-1] + pd.offsets.MonthEnd()
    return corpus


def measure(draws: int, seed: int) -> dict[str, Rate]:
    """Rates over so many corpora; ends with a sentence where the abstracts are missing."""
    shared = Path(os.environ.get("PAPERTIDE_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))
    path = shared / "arxiv_labelled_10k.parquet"
    if not path.is_file():
        sys.exit(f"There is no {path}; PAPERTIDE_TEST_DATA names a folder that has it.")
    read = pd.read_parquet(path, columns=["title", "abstract", "primary_category"])
    papers = read.rename(columns={"primary_category": "category"}).assign(
        id=[f"p{n}" for n in range(len(read))]
    )
    found = [_run(papers, np.random.default_rng([seed, draw])) for draw in range(draws)]
    names = dict.fromkeys(name for rates in found for name in rates)
    return {name: Rate.of([rates.get(name, np.nan) for rates in found]) for name in names}


def _run(papers: pd.DataFrame, rng: np.random.Generator) -> dict[str, float]:
    planned = plan(papers.category.nunique(), rng)
    corpus = dealt(papers, planned, rng)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "abstracts.parquet"
        corpus.drop(columns="category").to_parquet(path)
        with published(["--source", "file", "--input", str(path)]) as connection:
            assigned = connection.execute(
                "SELECT paper_id AS id, topic_id FROM papers WHERE topic_id >= 0"
            ).df()
            months = connection.execute("SELECT * FROM topic_source_months").df()
    categories = sorted(papers.category.unique())
    mixed = pd.crosstab(*(corpus.merge(assigned, on="id")[name] for name in ("topic_id", "category")))
    mixed = mixed.reindex(columns=categories, fill_value=0)
    rates = {}
    for window in WINDOWS:
        signals = trends.signals(months, mixed.index.tolist(), window).signal.to_numpy()
        for name, rate in _scored(mixed.to_numpy(), signals, planned, window).items():
            rates[f"{window} months judged: {name}"] = rate
    return rates


def _scored(mixed: Integers, signals: NDArray[np.str_], planned: Plan, window: int) -> dict[str, float]:
    """What became of the plan, from the papers of each category in each topic (t, c) and the topics' verdicts (t)."""
    said = np.select([signals == RISING, signals == FALLING], [1, -1], 0)
    flagged = said != 0
    category = mixed.argmax(axis=1)
    own = mixed.max(axis=1) >= _IS_IT * mixed.sum(axis=1)
    truth = np.sign(np.log(planned.change)).astype(int)
    rates = {
        "topics": float(len(mixed)),
        "categories with a topic of their own": len(set(category[own])) / len(truth),
    }
    for change, _ in PAIRS:
        for direction, word in ((1, "risers"), (-1, "fallers")):
            movers = np.flatnonzero(np.isclose(planned.change, change**direction))
            topics = [own & (category == mover) for mover in movers]
            hit = np.array([(said[of] == direction).any() for of in topics])
            wrong = np.array([(said[of] == -direction).any() for of in topics])
            rates[f"recall of {word} by {change:g}"] = _part(hit)
            rates[f"{word} by {change:g} called the opposite"] = _part(wrong)
    still = own & (truth[category] == 0)
    rates["flat topics flagged"] = _part(flagged[still])
    rates["reports that are false"] = (
        (said != truth[category])[own & flagged].mean() if (own & flagged).any() else 0.0
    )
    # A topic that takes in papers of a mover moves with them: what its own papers were planted to do.
    course = mixed / (planned.shares @ CORPUS) @ planned.shares
    moved = course[:, -1] / course[:, -window]
    apart = np.where(np.abs(np.log(moved)) < np.log(_STILL), 0, np.sign(np.log(moved)))
    far = np.abs(np.log(moved)) >= np.log(_MOVES)
    rates["recall of topics whose papers change twofold"] = _part((said == apart)[far])
    rates["topics whose papers stand still flagged"] = _part(flagged[apart == 0])
    rates["reports that are false of the topic's papers"] = (
        (said != apart)[flagged].mean() if flagged.any() else 0.0
    )
    return rates


def _part(those: NDArray[np.bool_]) -> float:
    """How many of those that are asked of; NaN of none."""
    return float(those.mean()) if len(those) else float("nan")
