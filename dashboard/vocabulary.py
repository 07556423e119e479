"""How the words of a topic shift: which of them come up among its papers, and which go.

Within a topic, a term is what a topic is within a corpus: some of the topic's papers have it, and more or fewer from
quarter to quarter. So the same statistics judge it, with false discoveries held at 5 % over all terms of the topic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard import queries
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from etl import trends
from etl.contract import FALLING, RISING

KEYWORDS = 8  # of the published ones, which are always shown
WORDS = 40  # of titles, which are shown if they move
PAPERS_AT_LEAST = 5  # of the topic with a word in the title
MOVING = 6  # terms shown each way at most
COLUMNS = 8  # periods shown at most
_WORD = re.compile(r"[^\W_]+")
_SPANS = ("quarter", "half-year", "year")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of a topic that are worth showing, rising ones first and falling ones last.

    `terms`: term, signal, change (ratio of fitted shares, last quarter / first), change_low, change_high (95 %),
    q_value, papers (in the quarters that were judged). `periods`: term, start (first day), period (its name), papers
    (with the term), topic_papers, share (NaN without papers), partial; every term has every period. `span` names the
    periods; `first` and `last` are the quarters that were judged, None without any.
    """

    terms: pd.DataFrame
    periods: pd.DataFrame
    span: str
    first: pd.Timestamp | None
    last: pd.Timestamp | None

    def moving(self, signal: str) -> list[str]:
        """The terms with this signal, the surest change first."""
        found = self.terms[self.terms["signal"] == signal]["term"].tolist()
        return found[::-1] if signal == FALLING else found


def vocabulary(snapshot: Snapshot, filters: Filters, topic: int, keywords: Iterable[str]) -> Vocabulary:
    """The topic's keywords, and the words of its titles that come or go, over the papers asked for."""
    keywords = list(keywords)[:KEYWORDS]
    wanted, quarters = by_quarter(snapshot, filters, topic, keywords)
    judged, first, last = _judged(quarters, wanted)
    terms = _shown(judged, set(keywords))
    span = _span(quarters["quarter"].nunique())
    return Vocabulary(terms, _periods(quarters, terms["term"].tolist(), span), span, first, last)


def by_quarter(
    snapshot: Snapshot, filters: Filters, topic: int, keywords: Iterable[str]
) -> tuple[tuple[str, ...], pd.DataFrame]:
    """The terms that may be shown, keywords first, and how many papers have each, as `queries.terms` gives them."""
    keywords = list(keywords)[:KEYWORDS]
    population = filters.population
    words = snapshot.read(queries.title_words, population, topic, PAPERS_AT_LEAST, WORDS)["word"]
    known = {word for keyword in keywords for word in _WORD.findall(keyword.lower())}
    wanted = (*keywords, *(word for word in words if word not in known))
    return wanted, snapshot.read(queries.terms, population, topic, wanted)


def _judged(
    quarters: pd.DataFrame, wanted: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.Timestamp | None, pd.Timestamp | None]:
    """The verdict on each term over the last unbroken run of complete quarters in which the topic has papers."""
    calendar = quarters.drop_duplicates("quarter").sort_values("quarter")
    run = trends.window(calendar["partial"].astype(bool) | (calendar["topic_papers"] == 0), None)
    months = calendar["quarter"].iloc[run]
    papers = quarters.pivot(index="term", columns="quarter", values="papers").reindex(list(wanted))[months]
    found = trends.verdicts(papers.fillna(0), calendar["topic_papers"].iloc[run])
    judged = pd.DataFrame(
        {
            "term": list(wanted),
            "signal": found.signal,
            "change": found.slopes.change,
            "change_low": found.slopes.low,
            "change_high": found.slopes.high,
            "q_value": found.q_value,
            "papers": found.papers,
        }
    )
    return judged, *((months.iloc[0], months.iloc[-1]) if len(months) else (None, None))


def _shown(judged: pd.DataFrame, keywords: set[str]) -> pd.DataFrame:
    """Rising terms, the keywords between by number of papers, and falling terms; the surest first, or last."""
    # As new topics are ranked: by the end of the interval that is nearer to no change.
    sure = judged["change_low"].where(judged["change"] >= 1, 1 / judged["change_high"])
    place = sure.groupby(judged["signal"]).rank(ascending=False, method="first")
    moves = judged["signal"].isin([RISING, FALLING])
    rows = judged.assign(sure=sure)[judged["term"].isin(keywords) | (moves & (place <= MOVING))]
    parts = [
        rows[rows["signal"] == RISING].sort_values("sure", ascending=False),
        rows[~rows["signal"].isin([RISING, FALLING])].sort_values("papers", ascending=False, kind="stable"),
        rows[rows["signal"] == FALLING].sort_values("sure"),
    ]
    return pd.concat(parts, ignore_index=True).drop(columns="sure")


def _span(quarters: int) -> str:
    """The shortest span of which there are not too many to show."""
    return next(
        (span for span, length in zip(_SPANS, (1, 2, 4), strict=True) if quarters / length <= COLUMNS), "year"
    )


def _periods(quarters: pd.DataFrame, terms: list[str], span: str) -> pd.DataFrame:
    """Quarters summed to spans; one is partial where a quarter of it is, or is missing."""
    months = {"quarter": 3, "half-year": 6, "year": 12}[span]
    quarters = quarters[quarters["term"].isin(terms)]
    first = quarters["quarter"].dt.month.sub(1) // months * months + 1
    starts = pd.to_datetime({"year": quarters["quarter"].dt.year, "month": first, "day": 1})
    grouped = quarters.assign(start=starts).groupby(["term", "start"], sort=False)
    summed = grouped.agg(
        papers=("papers", "sum"),
        topic_papers=("topic_papers", "sum"),
        partial=("partial", "any"),
        quarters=("partial", "size"),
    ).reset_index()
    summed["partial"] |= summed["quarters"] < months // 3
    summed["share"] = summed["papers"] / summed["topic_papers"].replace(0, np.nan)
    summed["period"] = [_name(start, span) for start in summed["start"]]
    order = {term: place for place, term in enumerate(terms)}
    return summed.drop(columns="quarters").sort_values(
        ["term", "start"],
        key=lambda column: column.map(order) if column.name == "term" else column,
        ignore_index=True,
    )


def _name(start: pd.Timestamp, span: str) -> str:
    """A period as "2025", "2025 H1" or "2025 Q3"."""
    parts = {"year": "", "half-year": f" H{(start.month + 5) // 6}", "quarter": f" Q{start.quarter}"}
    return f"{start.year}{parts[span]}"
