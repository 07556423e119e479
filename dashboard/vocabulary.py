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
from numpy.typing import NDArray

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
    wanted, rows = by_quarter(snapshot, filters, topic, keywords)
    calendar = rows[["quarter", "topic_papers", "partial"]].iloc[: len(rows) // max(len(wanted), 1)]
    papers = rows["papers"].to_numpy().reshape(len(wanted), len(calendar))
    judged, first, last = _judged(calendar, papers, wanted)
    terms = _shown(judged, set(keywords))
    span = _span(len(calendar))
    shown = terms["term"].tolist()
    with_term = papers[[wanted.index(term) for term in shown]]
    return Vocabulary(terms, _periods(calendar, with_term, shown, span), span, first, last)


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
    calendar: pd.DataFrame, papers: NDArray[np.int32], wanted: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.Timestamp | None, pd.Timestamp | None]:
    """The verdict on each term over the last unbroken run of complete quarters in which the topic has papers.

    Args:
        calendar: quarter, topic_papers and partial, in order.
        papers: with each term (rows) in each quarter (columns).
        wanted: the terms.
    """
    run = trends.window(calendar["partial"].astype(bool) | (calendar["topic_papers"] == 0), None)
    months = calendar["quarter"].iloc[run]
    found = trends.verdicts(papers[:, run], calendar["topic_papers"].iloc[run])
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
    signal, change = judged["signal"].to_numpy(), judged["change"].to_numpy()
    # As new topics are ranked: by the end of the interval that is nearer to no change.
    with np.errstate(divide="ignore"):
        sure = np.where(change >= 1, judged["change_low"], 1 / judged["change_high"].to_numpy())
    kept = judged["term"].isin(keywords).to_numpy()

    def moving(kind: str) -> NDArray[np.intp]:
        ranked = np.flatnonzero(signal == kind)
        ranked = ranked[np.argsort(-sure[ranked], kind="stable")]
        return ranked[(np.arange(len(ranked)) < MOVING) | kept[ranked]]

    between = np.flatnonzero(kept & (signal != RISING) & (signal != FALLING))
    between = between[np.argsort(-judged["papers"].to_numpy()[between], kind="stable")]
    rows = np.concatenate([moving(RISING), between, moving(FALLING)[::-1]])
    return judged.iloc[rows].reset_index(drop=True)


def _span(quarters: int) -> str:
    """The shortest span of which there are not too many to show."""
    return next(
        (span for span, length in zip(_SPANS, (1, 2, 4), strict=True) if quarters / length <= COLUMNS), "year"
    )


def _periods(calendar: pd.DataFrame, papers: NDArray[np.int32], terms: list[str], span: str) -> pd.DataFrame:
    """Quarters summed to spans; one is partial where a quarter of it is, or is missing."""
    months = {"quarter": 3, "half-year": 6, "year": 12}[span]
    days = calendar["quarter"].to_numpy("datetime64[M]")
    starts, begins, quarters = np.unique(
        days - (days.astype(int) % months), return_index=True, return_counts=True
    )
    # Nothing is summed from nowhere on.
    summed = np.add.reduceat(papers, begins, axis=1) if len(begins) else papers
    topic_papers, partial = calendar["topic_papers"].to_numpy(), calendar["partial"].to_numpy(bool)
    if len(begins):
        topic_papers = np.add.reduceat(topic_papers, begins)
        partial = np.logical_or.reduceat(partial, begins) | (quarters < months // 3)
    first_days = pd.DatetimeIndex(starts.astype("datetime64[s]"))
    sizes = np.tile(topic_papers, len(terms))
    return pd.DataFrame(
        {
            "term": np.repeat(np.array(terms, object), len(starts)),
            "start": np.tile(first_days, len(terms)),
            "papers": summed.ravel(),
            "topic_papers": sizes,
            "partial": np.tile(partial, len(terms)),
            "share": np.divide(summed.ravel(), sizes, out=np.full(len(sizes), np.nan), where=sizes > 0),
            "period": [_name(start, span) for start in first_days] * len(terms),
        }
    )


def _name(start: pd.Timestamp, span: str) -> str:
    """A period as "2025", "2025 H1" or "2025 Q3"."""
    parts = {"year": "", "half-year": f" H{(start.month + 5) // 6}", "quarter": f" Q{start.quarter}"}
    return f"{start.year}{parts[span]}"
