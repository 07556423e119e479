"""What is published beyond shares and verdicts: each table from its counts in SQL to its statistics in `trends`."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from etl import contract, trends
from etl.store import Store


def write(store: Store, months: pd.DataFrame, by_source: pd.DataFrame) -> None:
    """Publish forecasts, newness, attribution, sources, comparable upvotes and author statistics.

    Args:
        store: with papers, topics and the calendar in place.
        months: the table topic_months.
        by_source: the same for each source, the table topic_source_months.
    """
    store.write(contract.TOPIC_FORECASTS, trends.forecasts(months))
    store.write(contract.TOPIC_NEWNESS, trends.emergence(months))
    store.write(contract.TOPIC_ATTRIBUTION, _attribution(store, months))
    store.write(contract.TOPIC_SOURCE_MONTHS, by_source)
    store.write(contract.SOURCE_BREAKS, trends.source_breaks(by_source))
    store.write(contract.PAPER_UPVOTES, trends.comparable(store.counted("listed_readings")))
    growth, settling = trends.settling_times(store.counted("looks", settled=contract.SETTLED))
    store.write(contract.UPVOTE_GROWTH, growth)
    store.write(contract.UPVOTE_SETTLING, settling)
    store.write(contract.CONCENTRATION_MONTHS, trends.concentration_months(store.counted("holders")))
    names = store.counted("author_names")
    store.write(contract.AUTHOR_MONTHS, trends.author_months(store.counted("teams"), names))


def _attribution(store: Store, months: pd.DataFrame) -> pd.DataFrame:
    """Where topics' changes come from, between the halves of the last year."""
    compared = trends.periods(months)
    if compared is None:
        return pd.DataFrame()
    days = {name: day.date() for name, day in asdict(compared).items()}
    topics, contributors = store.counted("topics_compared", **days), store.counted("contributors", **days)
    named = {f"period_{name}": day for name, day in days.items()}
    return trends.most_influential(topics, contributors).assign(**named)
