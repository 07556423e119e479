"""What is new?"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import charts, counts, selection, story, text
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from dashboard.views import parts, topic
from etl.trends import FALSE_DISCOVERIES
from etl.trends.newness import ACCELERATING, BORN, GROWING, MONTHS_AT_LEAST

QUESTION = "What is new?"
SHOWN = 9  # topics with a chart; the others stand in the table
COLUMNS = 3
_VERBS = {
    BORN: ("was born", "were born"),
    ACCELERATING: ("accelerates", "accelerate"),
    GROWING: ("grows", "grow"),
}


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    if snapshot.made(counts.topics_of, filters.papers_only).empty:
        parts.nothing_to_show(filters)
        return
    found = selection.newness(snapshot, filters)
    new = emerging(found, filters)
    st.markdown(_method())
    if new.empty:
        _nothing_new(site, filters, found)
    else:
        st.subheader(headline(new), anchor=False)
        st.caption(
            "Shares of a month with their 95 % band, each on a scale of its own from zero. "
            "Click a point to see the papers behind it."
        )
        _cards(snapshot, site, filters, new)
    if len(found):
        _table(site, filters, found)
    parts.foot(snapshot)


def emerging(found: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """The topics that are news, the one that surely grew most first; of the topics asked for if any are.

    Args:
        found: as `selection.newness` gives it.
        filters: what is asked for.
    """
    new = found[found["kind"].isin(story.NEW) & (found["papers"] > 0)]
    return new[new["topic_id"].isin(filters.topics)] if filters.topics else new


def headline(new: pd.DataFrame) -> str:
    """How many topics were born, accelerate or grow (plain text)."""
    numbers = {kind: int((new["kind"] == kind).sum()) for kind in story.NEW}
    counted = [(kind, number) for kind, number in numbers.items() if number]
    told = [
        f"{number if place else text.counted(number, 'topic')} {_VERBS[kind][number > 1]}"
        for place, (kind, number) in enumerate(counted)
    ]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def _method() -> str:
    return (
        "Topics are ranked by how much they **surely** grew: the lower end of the 95 % interval of their share in the "
        "last three complete months over their share in the year before. A topic of three papers does not outrank one "
        "of thirty because its ratio happens to be larger. *Born*: its life began within the last year. "
        "*Accelerating*: its growth itself grew. *Growing*: the last quarter stands out from the year before. At most "
        f"{100 * FALSE_DISCOVERIES:g}{text.PER_CENT} of each kind are expected to be chance."
    )


def _nothing_new(site: parts.Site, filters: Filters, found: pd.DataFrame) -> None:
    """Why nothing is shown, and what to do."""
    if found.empty:
        why = (
            f"To tell what is new takes {MONTHS_AT_LEAST} complete months in a row with papers, and there are fewer "
            "here. Ask for more months, or load more with the command etl run."
        )
    elif filters.topics and len(emerging(found, Filters())):
        why = "None of the topics asked for is new; others are. Clear the filter on topics to see them."
    else:
        why = (
            "No topic's growth stands out from chance. With more papers smaller changes show: ask for fewer filters, "
            "or load more with the command etl run. The table below has every topic's growth and how sure it is."
        )
    st.text(why)
    with st.container(horizontal=True):
        if not filters.is_neutral:
            st.button("Clear the filters", on_click=parts.clear, icon=":material/filter_alt_off:")
        st.page_link(
            site.topics,
            label="See how all topics changed over a longer time",
            icon=":material/show_chart:",
            query_params=filters.shared.to_query(),
        )


def _cards(snapshot: Snapshot, site: parts.Site, filters: Filters, new: pd.DataFrame) -> None:
    rows = [row for _, row in new.head(SHOWN).iterrows()]
    chosen = tuple(int(row["topic_id"]) for row in rows)
    shares = selection.shares(snapshot, replace(filters.papers_only, topics=chosen))
    for start in range(0, len(rows), COLUMNS):
        for place, row in zip(st.columns(COLUMNS, gap="medium"), rows[start : start + COLUMNS], strict=False):
            with place, st.container(border=True):
                _card(snapshot, site, filters, row, shares[shares["topic_id"] == row["topic_id"]])


def _card(
    snapshot: Snapshot, site: parts.Site, filters: Filters, row: pd.Series, shares: pd.DataFrame
) -> None:
    chosen = int(row["topic_id"])
    parts.topic_link(site, filters, chosen, row["label"], bold=True)
    st.markdown(story.newness(row))
    parts.chart(
        snapshot,
        site,
        filters,
        charts.sparkline(shares),
        f"new_{chosen}",
        alt=topic.spoken(shares),
        title=f"{row['label']}: share of papers by month",
        data=shares.drop(columns=["topic_id", "papers_low", "papers_high"]),
    )
    st.page_link(
        site.papers,
        label=f"Read its {text.counted(int(row['papers']), 'paper')}",
        icon=":material/article:",
        query_params=replace(filters.shared, topics=(chosen,)).to_query(),
    )


def _table(site: parts.Site, filters: Filters, found: pd.DataFrame) -> None:
    st.subheader("Every topic, by how much it surely grew", anchor=False)
    st.dataframe(
        table(found).assign(Topic=parts.topic_addresses(site, filters, found)),
        key="newness",
        column_config={
            "Topic": parts.TOPIC_COLUMN,
            "Born": st.column_config.DateColumn(
                format="MMM YYYY", help="First month of its life, where that was seen"
            ),
            "Surely": st.column_config.NumberColumn(
                format="%.2f", help="The score: lower end of the 95 % interval of its growth"
            ),
            "Growth": st.column_config.NumberColumn(
                format="%.2f", help="Share in the last quarter / in the year before"
            ),
            "At most": st.column_config.NumberColumn(
                format="%.2f", help="Upper end of the 95 % interval of its growth"
            ),
            "Acceleration": st.column_config.NumberColumn(
                format="%.2f",
                help="Growth over the last two thirds of a year / over the first two; above 1 it speeds up",
            ),
            "q": st.column_config.NumberColumn(
                format="%.3f", help="False discoveries expected among topics as sure as this"
            ),
        },
        hide_index=True,
        placeholder="",
        height=min(420, 38 + 36 * len(found)),
    )
    parts.download("CSV", lambda: table(found), "papertide-newness.csv")


def table(found: pd.DataFrame) -> pd.DataFrame:
    """What is new about every topic, as a reader wants it.

    Columns: Topic, New (in words, empty where nothing is), Surely (the score), Growth, At most (ratios of shares), q,
    Acceleration, Born, Papers.
    """
    return pd.DataFrame(
        {
            "Topic": found["label"],
            "New": [story.KIND_WORDS.get(kind, "") for kind in found["kind"]],
            "Surely": found["score"],
            "Growth": found["growth"],
            "At most": found["growth_high"],
            "q": found["q_value"],
            "Acceleration": found["acceleration"],
            "Born": found["born_on"],
            "Papers": found["papers"],
        }
    )
