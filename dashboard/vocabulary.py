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
        terms, signals = self.terms["term"].tolist(), self.terms["signal"].tolist()
        found = [term for term, own in zip(terms, signals, strict=True) if own == signal]
        return found[::-1] if signal == FALLING else found


@dataclass(frozen=True, slots=True)
class _Quarters:
    """The quarters (q) that every term has, in order."""

    starts: NDArray[np.datetime64]  # first days
    topic_papers: NDArray[np.int64]
    partial: NDArray[np.bool_]


def vocabulary(snapshot: Snapshot, filters: Filters, topic: int, keywords: Iterable[str]) -> Vocabulary:
    """The topic's keywords, and the words of its titles that come or go, over the papers asked for."""
    keywords = list(keywords)[:KEYWORDS]
    wanted, rows = by_quarter(snapshot, filters, topic, keywords)
    length = len(rows) // max(len(wanted), 1)
    quarters = _Quarters(*(rows[name].to_numpy()[:length] for name in ("quarter", "topic_papers", "partial")))
    papers = rows["papers"].to_numpy().reshape(len(wanted), length)
    # The last unbroken run of complete quarters in which the topic has papers.
    run = trends.window(quarters.partial.astype(bool) | (quarters.topic_papers == 0), None)
    judged, over = trends.verdicts(papers[:, run], quarters.topic_papers[run]), quarters.starts[run]
    shown = _shown(judged, np.array([term in keywords for term in wanted], bool))
    terms = pd.DataFrame(
        {
            "term": np.array(wanted, object)[shown],
            "signal": judged.signal[shown],
            "change": judged.slopes.change[shown],
            "change_low": judged.slopes.low[shown],
            "change_high": judged.slopes.high[shown],
            "q_value": judged.q_value[shown],
            "papers": judged.papers[shown],
        }
    )
    span = _span(length)
    periods = _periods(quarters, papers[shown], [wanted[place] for place in shown], span)
    first, last = (pd.Timestamp(over[0]), pd.Timestamp(over[-1])) if len(over) else (None, None)
    return Vocabulary(terms, periods, span, first, last)


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


def _shown(judged: trends.Verdicts, is_keyword: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Rising terms, the keywords between by number of papers, and falling terms; the surest first, or last."""
    signal, slopes = judged.signal, judged.slopes
    # As new topics are ranked: by the end of the interval that is nearer to no change.
    with np.errstate(divide="ignore"):
        sure = np.where(slopes.change >= 1, slopes.low, 1 / slopes.high)

    def moving(kind: str) -> NDArray[np.intp]:
        ranked = np.flatnonzero(signal == kind)
        ranked = ranked[np.argsort(-sure[ranked], kind="stable")]
        return ranked[(np.arange(len(ranked)) < MOVING) | is_keyword[ranked]]

    between = np.flatnonzero(is_keyword & (signal != RISING) & (signal != FALLING))
    between = between[np.argsort(-judged.papers[between], kind="stable")]
    return np.concatenate([moving(RISING), between, moving(FALLING)[::-1]])


def _span(quarters: int) -> str:
    """The shortest span of which there are not too many to show."""
    return next(
        (span for span, length in zip(_SPANS, (1, 2, 4), strict=True) if quarters / length <= COLUMNS), "year"
    )


def _periods(quarters: _Quarters, papers: NDArray[np.int32], terms: list[str], span: str) -> pd.DataFrame:
    """Quarters summed to spans; one is partial where a quarter of it is, or is missing."""
    months = {"quarter": 3, "half-year": 6, "year": 12}[span]
    days = quarters.starts.astype("datetime64[M]")
    starts, begins, lengths = np.unique(
        days - (days.astype(int) % months), return_index=True, return_counts=True
    )
    # Nothing is summed from nowhere on.
    summed = np.add.reduceat(papers, begins, axis=1) if len(begins) else papers
    topic_papers, partial = quarters.topic_papers, quarters.partial.astype(bool)
    if len(begins):
        topic_papers = np.add.reduceat(topic_papers, begins)
        partial = np.logical_or.reduceat(partial, begins) | (lengths < months // 3)
    sizes = np.tile(topic_papers, len(terms))
    return pd.DataFrame(
        {
            "term": np.repeat(np.array(terms, object), len(starts)),
            "start": np.tile(starts.astype("datetime64[s]"), len(terms)),
            "papers": summed.ravel(),
            "topic_papers": sizes,
            "partial": np.tile(partial, len(terms)),
            "share": np.divide(summed.ravel(), sizes, out=np.full(len(sizes), np.nan), where=sizes > 0),
            "period": [_name(month, span) for month in starts.astype(int).tolist()] * len(terms),
        }
    )


def _name(first_month: int, span: str) -> str:
    """A period as "2025", "2025 H1" or "2025 Q3"; months count from January 1970."""
    year, month = 1970 + first_month // 12, first_month % 12
    parts = {"year": "", "half-year": f" H{month // 6 + 1}", "quarter": f" Q{month // 3 + 1}"}
    return f"{year}{parts[span]}"
