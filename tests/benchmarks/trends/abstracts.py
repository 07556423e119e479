"""Real abstracts with planted dates through the whole ETL: topics are found in real text, and what moves is known.

The labelled arXiv abstracts (25 categories) are dealt out over two years so that the share of each category keeps
still, or rises or falls in a straight line, while the corpus grows fourfold. Risers and fallers come in pairs of one
size, so that the others' shares stand still to the last digit.

What is missed may be missed by the topics or by the verdict. So the same verdict is asked of three sortings of the same
papers: as the ETL finds topics, as a classifier sorts that was taught the categories, and by the categories themselves.
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
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import ComplementNB

from etl import trends
from etl.contract import FALLING, RISING
from tests.benchmarks.trends.corpora import Floats, Integers
from tests.benchmarks.trends.measures import Rate
from tests.benchmarks.trends.pipeline import published

MONTHS = pd.date_range("2023-01-01", periods=24, freq="MS")
CORPUS = np.round(np.linspace(110, 440, len(MONTHS))).astype(int)  # 6,600 papers
PAIRS = ((4.0, 3), (2.0, 3))  # change / 1, and how many pairs of a riser and a faller
# The largest category / the smallest, no more: a riser, which grows with the corpus, then has 320 of its 400 papers.
_SIZES = (1.0, 1.2)
FOUND, TAUGHT, GIVEN = "found", "taught", "given"  # topics: the ETL's, a classifier's, the categories
_FOLDS = 5  # a paper is sorted by a classifier that was taught the other four fifths
_IS_IT = 0.5  # of a found topic's papers that one category must make up
_STILL, _MOVES = 1.1, 2.0  # a topic whose papers were planted to change by less stands still, by more moves


@dataclass(frozen=True)
class Span:
    """The last months over which shares move, those before stand still; and how many months are judged."""

    moving: int
    judged: int

    def __str__(self) -> str:
        return f"moving over {self.moving} months, {self.judged} judged"


# The ETL judges 12 months unless asked. Of a movement over 24 that leaves less: fourfold is then 1.56-fold.
SPANS = (Span(24, 24), Span(12, 12), Span(24, 12))


@dataclass(frozen=True)
class Plan:
    """What is planted: a change (end / start) for each category (c), and the shares (c, months)."""

    change: Floats
    shares: Floats


def plan(categories: int, moving: int, rng: np.random.Generator) -> Plan:
    """Changes over the last months for so many categories in random order, each with a size of its own."""
    up = np.concatenate([np.full(pairs, change) for change, pairs in PAIRS])
    flat = categories - 2 * len(up)
    sizes = rng.uniform(*_SIZES, len(up)), rng.uniform(*_SIZES, flat)
    order = rng.permutation(categories)
    change = np.concatenate([up, 1 / up, np.ones(flat)])[order]
    size = np.concatenate([sizes[0], sizes[0], sizes[1]])[order]
    passed = np.pad(np.linspace(0, 1, moving), (len(MONTHS) - moving, 0))
    course = 1 + (change[:, None] - 1) * passed
    shares = size[:, None] * course / (1 + change[:, None]) * 2  # halfway a category has its size
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


def measure(draws: int, seed: int) -> dict[Span, dict[str, dict[str, Rate]]]:
    """Rates of each way to sort, over so many corpora; ends with a sentence where the abstracts are missing."""
    shared = Path(os.environ.get("PAPERTIDE_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))
    path = shared / "arxiv_labelled_10k.parquet"
    if not path.is_file():
        sys.exit(f"There is no {path}; PAPERTIDE_TEST_DATA names a folder that has it.")
    read = pd.read_parquet(path, columns=["title", "abstract", "primary_category"])
    papers = read.rename(columns={"primary_category": "category"}).assign(
        id=[f"p{n}" for n in range(len(read))]
    )
    rates = {}
    for moving in dict.fromkeys(span.moving for span in SPANS):
        spans = [span for span in SPANS if span.moving == moving]
        scored = [_run(papers, spans, np.random.default_rng([seed, draw])) for draw in range(draws)]
        rates |= {span: _over_draws([of_draw[span] for of_draw in scored]) for span in spans}
    return {span: rates[span] for span in SPANS}


def _over_draws(draws: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, Rate]]:
    return {
        sorting: {name: Rate.of([draw[sorting][name] for draw in draws]) for name in rates}
        for sorting, rates in draws[0].items()
    }


def _run(
    papers: pd.DataFrame, spans: list[Span], rng: np.random.Generator
) -> dict[Span, dict[str, dict[str, float]]]:
    """Scores of each way to sort the papers of one corpus; the spans differ in the months judged only."""
    planned = plan(papers.category.nunique(), spans[0].moving, rng)
    corpus = dealt(papers, planned, rng)
    assigned, months = _found(corpus)
    topics = {
        FOUND: corpus.id.map(assigned),
        TAUGHT: pd.Series(_taught(corpus)),
        GIVEN: corpus.category,
    }
    mixed = {sorting: pd.crosstab(topic, corpus.category) for sorting, topic in topics.items()}
    scores = {}
    for span in spans:
        signals = {FOUND: trends.signals(months, mixed[FOUND].index.tolist(), span.judged).signal.to_numpy()}
        for sorting in (TAUGHT, GIVEN):
            counts = pd.crosstab(topics[sorting], corpus.published_on.dt.to_period("M"))
            signals[sorting] = trends.verdicts(counts, CORPUS, window_months=span.judged).signal
        scores[span] = {
            sorting: _scored(mixed[sorting].to_numpy(), signals[sorting], planned, span.judged)
            for sorting in topics
        }
    return scores


def _found(corpus: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """What a run of the ETL publishes: topic by id of a paper, without outliers, and `topic_source_months`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "abstracts.parquet"
        corpus.drop(columns="category").to_parquet(path)
        with published(["--source", "file", "--input", str(path)]) as connection:
            assigned = connection.execute("SELECT paper_id, topic_id FROM papers WHERE topic_id >= 0").df()
            months = connection.execute("SELECT * FROM topic_source_months").df()
    return assigned.set_index("paper_id").topic_id, months


def _taught(corpus: pd.DataFrame) -> NDArray[np.str_]:
    """The category (n) that a classifier gives each paper by its words: about what the text can tell of it."""
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2)
    weights = words.fit_transform(corpus.title + ". " + corpus.abstract)
    sorted_into: NDArray[np.str_] = cross_val_predict(
        ComplementNB(alpha=0.3), weights, corpus.category, cv=_FOLDS
    )
    return sorted_into


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
    # A topic that takes in papers of others moves as they do: what its own papers were planted to do.
    course = mixed / (planned.shares @ CORPUS) @ planned.shares
    moved = course[:, -1] / course[:, -window]
    planted = planned.shares[:, -1] / planned.shares[:, -window]
    for change, _ in PAIRS:
        found, left = [], []
        for direction, word in ((1, "risers"), (-1, "fallers")):
            movers = np.flatnonzero(np.isclose(planned.change, change**direction))
            topics = [own & (category == mover) for mover in movers]
            hit = np.array([(said[of] == direction).any() for of in topics])
            wrong = np.array([(said[of] == -direction).any() for of in topics])
            rates[f"recall of {word} by {change:g}"] = _part(hit)
            rates[f"{word} by {change:g} called the opposite"] = _part(wrong)
            has_one = np.array([of.any() for of in topics], bool)
            found.append(hit[has_one])
            left += [
                np.log(moved[of]).mean() / np.log(planted[mover])
                for of, mover in zip(topics, movers, strict=True)
                if of.any()
            ]
        # As demo corpora are scored: of a category without a topic nothing can be said.
        rates[f"recall of movers by {change:g} with a topic of their own"] = _part(np.concatenate(found))
        rates[f"change left in topics of movers by {change:g}"] = (
            float(np.mean(left)) if left else float("nan")
        )
    still = own & (truth[category] == 0)
    rates["flat topics flagged"] = _part(flagged[still])
    rates["reports that are false"] = (
        (said != truth[category])[own & flagged].mean() if (own & flagged).any() else 0.0
    )
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
