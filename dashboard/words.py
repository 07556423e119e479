"""Filters in words."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard import text
from dashboard.filters import NEW, Filters, Range
from etl.contract import AGES
from etl.trends import MONTHS_AT_LEAST

# Names of sources as a reader knows them; of others, as papers.source has them.
_SOURCES = {"hf": "Hugging Face Daily Papers", "file": "the files", "demo": "the demo"}


def told(filters: Filters, names: Mapping[int, str]) -> list[str]:
    """What is asked for, as short phrases; empty where it is every paper."""
    phrases = []
    if filters.text:
        phrases.append(f"with the words “{filters.text}”")
    if known := [names[topic] for topic in filters.topics or () if topic in names]:
        phrases.append(f"in {' or '.join(known)}")
    if filters.assigned:
        phrases.append("in any topic")
    if filters.date_from or filters.date_until:
        phrases.append(_span(filters))
    if filters.days:
        phrases.append(f"published {text.days(*filters.days)}")
    if filters.organization:
        phrases.append(f"of {filters.organization}")
    if filters.author:
        phrases.append(f"by {filters.author}")
    phrases += _counters(filters)
    if filters.team:
        phrases.append(f"with {_range(filters.team, 'author')}")
    if filters.weekday:
        phrases.append(f"listed on a {calendar.day_name[filters.weekday - 1]}")
    if filters.newcomers:
        told_name = (
            "new to the corpus that month" if filters.newcomers == NEW else "that had published before"
        )
        phrases.append(f"with a name {told_name}")
    phrases += _readings(filters)
    if filters.within:
        phrases.append("within the area marked on the map")
    return phrases


def window(topics: pd.DataFrame, filters: Filters) -> str:
    """Which months verdicts are on, as a sentence.

    Args:
        topics: rows of `selection.topics`.
        filters: what was asked for.
    """
    judged = topics.dropna(subset=["window_start", "window_end"])
    if judged.empty:
        return "No month is complete yet, so no topic is judged."
    start, end = judged["window_start"].iloc[0], judged["window_end"].iloc[0]
    months = 12 * (end.year - start.year) + end.month - start.month + 1
    told = (
        f"Verdicts are on {text.month(start)} to {text.month(end)}, {text.counted(months, 'complete month')}"
    )
    if filters.window and months < filters.window:
        told += f"; of the {filters.window} asked for there are no more in a row"
    if months < MONTHS_AT_LEAST:
        told += f", and fewer than {MONTHS_AT_LEAST} say nothing"
    return f"{told}."


def breaks(rows: pd.DataFrame) -> str:
    """What changed about the sources and when, in sentences; empty where nothing did.

    Args:
        rows: as `selection.breaks` gives them.
    """
    if rows.empty:
        return ""
    changed = []
    for _, row in rows.iterrows():
        joined, ended = (_sources(row[name]) for name in ("joined", "ended"))
        what = [f"those of {joined} join"] if joined else []
        what += [f"those of {ended} are missing"] if ended else []
        changed.append(f"from {text.month(row['month'])} on {' and '.join(what)}")
    return (
        f"The papers come from other sources in places: {'; '.join(changed)}. A jump of a share there is no trend. "
        "Verdicts compare each source with itself only."
    )


def _sources(names: Sequence[str]) -> str:
    return " and ".join(_SOURCES.get(name, name) for name in names)


def _span(filters: Filters) -> str:
    if filters.date_from == filters.date_until:
        return f"published in {text.month(filters.date_from)}"
    if filters.date_until is None:
        return f"published from {text.month(filters.date_from)} on"
    if filters.date_from is None:
        return f"published until {text.month(filters.date_until)}"
    return f"published {text.month(filters.date_from)} to {text.month(filters.date_until)}"


def _counters(filters: Filters) -> list[str]:
    read = f" {AGES[filters.age].meaning}" if filters.age else ""
    phrases = []
    if filters.upvotes_from is not None:
        phrases.append(f"with {text.counted(filters.upvotes_from, 'upvote')} or more{read}")
    if filters.upvotes:
        phrases.append(f"with {_range(filters.upvotes, 'upvote')}{read}")
    if read and not phrases:
        phrases.append(f"whose upvotes were read{read}")
    return phrases


def _readings(filters: Filters) -> list[str]:
    phrases = []
    if filters.followed is not None:
        phrases.append(
            f"with a settled count, and one read {text.counted(filters.followed, 'day')} after listing"
        )
    if filters.settled:
        phrases.append(f"whose count settled after {_range(filters.settled, 'day')}")
    if filters.discussed:
        phrases.append("with a known number of comments")
    return phrases


def _range(wanted: Range, noun: str) -> str:
    if wanted.high is None:
        return f"a known number of {noun}s" if not wanted.low else f"{text.counted(wanted.low, noun)} or more"
    if wanted.low == wanted.high or wanted.low is None:
        return (
            text.counted(wanted.high, noun)
            if wanted.low is not None
            else f"at most {text.counted(wanted.high, noun)}"
        )
    return f"{text.count(wanted.low)} to {text.counted(wanted.high, noun)}"
