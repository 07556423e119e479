"""The state of things in single sentences: what is new, what was read most, how fresh and how whole the corpus is.

All of it is Markdown made from the numbers of the page; names in it are escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pandas as pd

from dashboard import story, text
from etl.contract import AGES
from etl.trends.newness import ACCELERATING, BORN, GROWING

_NAMED = 3  # topics, months or days named in one sentence; of more the number is told
_STALE = 14  # days without a paper after which freshness is worth a word
# Calibrated language of the IPCC (Mastrandrea et al., 2010), over the false discoveries expected.
_CERTAINTY = ((0.01, "virtually certain"), (0.05, "extremely likely"), (0.1, "very likely"))
_VERBS = {BORN: "born", ACCELERATING: "accelerating", GROWING: "growing"}


def certainty(q_value: float) -> str:
    """How sure a finding is, in words: "virtually certain" where at most 1 % as sure as it are expected to be chance.

    Empty where nothing was tested.
    """
    if pd.isna(q_value):
        return ""
    return next((words for limit, words in _CERTAINTY if q_value <= limit), "may be chance")


def newest(row: pd.Series) -> str:
    """What is new about a topic, in a clause: "▲ growing: surely 1.8 times its share of the year before or more".

    Args:
        row: of `selection.newness`, of one of the kinds that are news.
    """
    born = f" in {text.month(row['born_on'])}" if row["kind"] == BORN else ""
    if row["score"] >= 1:
        grew = f"surely {text.times(row['score'])} times its share of the year before, or more"
    else:
        grew = f"about {text.times(row['growth'])} times its share of the year before"
    tested = {GROWING: "q_value", ACCELERATING: "acceleration_q"}.get(row["kind"])
    sure = certainty(row[tested]) if tested else ""  # a birth is told at the level of all verdicts only
    return f"{story.KIND_WORDS[row['kind']]}{born}: {grew}{f'; {sure}' if sure else ''}"


def news(new: pd.DataFrame, judged: bool) -> str:
    """Which topics are new.

    Args:
        new: rows of `selection.newness` that are news, the newest first.
        judged: whether there were months enough to tell.
    """
    if not judged:
        return "There are too few complete months to tell what is new."
    if new.empty:
        return "No topic is new: none was born, accelerates or grows beyond what chance explains."
    named = [
        f"{text.markdown(row['label'])} ({_VERBS[row['kind']]})" for _, row in new.head(_NAMED).iterrows()
    ]
    rest = len(new) - len(named)
    if rest:
        named.append(text.counted(rest, "other"))
    return f"**New: {_listed(named)}.**"


def week(papers: pd.DataFrame) -> str:
    """The most upvoted paper of the last complete week, and what it was compared with.

    Args:
        papers: as `queries.week_upvoted` gives them.
    """
    if papers.empty:
        return "No complete week of listing has enough upvotes read at one age to compare."
    first = papers.iloc[0]
    return (
        f"In the week of {text.day(first['week'])}, readers voted most for **{text.markdown(first['title'])}**: "
        f"{text.counted(int(first['upvotes']), 'upvote')} {AGES[first['age']].meaning}, {_ahead(first)} of the "
        f"{text.counted(int(first['peers']), 'paper')} of the week read then."
    )


def _ahead(paper: pd.Series) -> str:
    """How a paper stands among those of its week; a mid-rank that leaves half a paper above is the first's alone."""
    above = paper["peers"] * (1 - paper["percentile"] / 100)
    if above < 1:
        return "more than any other"
    return f"more than about {paper['percentile']:.0f}{text.PER_CENT}"


def size(summary: pd.Series, published_at: datetime) -> str:
    """How many papers there are, of when, and how old the newest was when they were published.

    Args:
        summary: the row of `queries.summary`.
        published_at: of the snapshot.
    """
    papers = text.counted(int(summary["papers"]), "paper")
    if pd.isna(summary["last_on"]):
        return f"{papers}, none with a date."
    told = f"{papers}, of {text.day(summary['first_on'])} to {text.day(summary['last_on'])}"
    days = (published_at.date() - pd.Timestamp(summary["last_on"]).date()).days
    if days > _STALE:
        told += f"; the newest was {text.counted(days, 'day')} old when this was published"
    return f"{told}."


def gaps(missing: pd.DataFrame, uncovered: pd.DataFrame) -> str:
    """What was asked of the sources and is not there.

    Args:
        missing: as `queries.missing_days` gives it.
        uncovered: as `queries.uncovered_months` gives it.
    """
    told = []
    if len(missing):
        days = sorted(pd.Timestamp(day).date() for day in missing["day"].unique())
        told.append(
            f"{text.counted(len(days), 'day')} could not be fetched ({_spans(days)}); the next run asks again"
        )
    if len(uncovered):
        months = [text.month(month) for month in sorted(uncovered["month"].unique())]
        told.append(
            f"{text.counted(len(months), 'month')} {'was' if len(months) == 1 else 'were'} never asked for "
            f"({_some(months)})"
        )
    return f"**Gaps:** {'; '.join(told)}." if told else "No gaps are known: all days asked for came."


def refused(records: int) -> str:
    """How many records did not become papers or observations; '' where all did."""
    if not records:
        return ""
    return f"{text.counted(records, 'record')} {'was' if records == 1 else 'were'} refused; the page Runs says why."


def _spans(days: Sequence[date]) -> str:
    """Days, those in a row as one span, in order."""
    spans: list[list[date]] = []
    for day in days:
        if spans and day - spans[-1][-1] == timedelta(days=1):
            spans[-1].append(day)
        else:
            spans.append([day])
    return _some(
        [
            text.day(span[0]) if len(span) == 1 else f"{text.day(span[0])} to {text.day(span[-1])}"
            for span in spans
        ]
    )


def _some(names: Sequence[str]) -> str:
    shown = list(names[:_NAMED])
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
