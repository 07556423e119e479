"""What do readers vote for?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from dashboard import charts, queries, text
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from dashboard.views import parts
from etl.contract import AGES

QUESTION = "What do readers vote for?"
TOPICS_SHOWN = 12
TOPIC_AT_LEAST = 5  # papers; the median of fewer says little
FOLLOWED_DAYS = 28
TOP = 10  # papers of a week
_AGE_WORDS = {name: age.meaning for name, age in AGES.items()}


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    readings = snapshot.read(queries.readings_by_age, filters.papers_only).set_index("age")["papers"]
    if readings.empty:
        papers = int(parts.summary_of(snapshot, filters)["papers"])
        unread = "The upvotes of none of these papers were ever read, so there is nothing to draw."
        parts.nothing_to_show(filters, papers, unread)
        return
    filters = replace(filters, age=filters.age or default_age(readings))
    _age_control(filters, readings)
    papers = int(readings.get(filters.age, 0))
    if papers:
        _over_time(snapshot, site, filters)
        _distributions(snapshot, site, filters)
        _by_topic_and_settling(snapshot, site, filters)
        _week(snapshot, filters)
    parts.foot(snapshot)


def default_age(readings: pd.Series) -> str:
    """The age at which most papers were read; of equals the oldest, since counts grow truer."""
    return max(AGES, key=lambda age: (readings.get(age, 0), list(AGES).index(age)))


def _age_control(filters: Filters, readings: pd.Series) -> None:
    """Which readings are compared. Counts of different ages never meet in one chart."""
    st.selectbox(
        "Upvotes read",
        list(AGES),
        key=parts.control("age", filters.age),
        format_func=lambda age: f"{_AGE_WORDS[age]} ({text.counted(int(readings.get(age, 0)), 'paper')})",
        on_change=_apply,
        width=420,
        help="Upvotes grow for one to two weeks after listing, so papers are only compared at one age. "
        "A paper that was not read at that age stays out.",
    )
    if not readings.get(filters.age, 0):
        st.text("None of these papers was read at that age; choose another.")


def _apply() -> None:
    parts.ask(age=st.session_state["age"], week=None)


def _read(filters: Filters) -> str:
    return f"Counts read {_AGE_WORDS[filters.age]}."


def _over_time(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    st.subheader("How upvotes change over time", anchor=False)
    months = snapshot.read(queries.upvotes_by_month, filters.papers_only)
    st.caption(
        f"Median by month of publication; half of the papers lie in the band. {_read(filters)} "
        "Click a point to read its papers."
    )
    if months.empty:
        st.text("None of these papers has a date.")
        return
    last = months.iloc[-1]
    parts.chart(
        snapshot,
        site,
        filters,
        charts.over_time(months, filters.age),
        "over_time",
        alt=f"Median upvotes by month; in {text.month(last['month'])} {last['median']:g}, "
        f"quartiles {last['low']:g} and {last['high']:g}. {_read(filters)}",
        title="How upvotes change over time",
        data=months,
    )


def _distributions(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    spread, weekdays = st.columns(2, gap="large")
    with spread:
        st.subheader("How unequal they are", anchor=False)
        st.caption(f"Papers by number of upvotes. {_read(filters)}")
        bins = snapshot.read(queries.upvotes_distribution, filters.papers_only)
        parts.chart(
            snapshot,
            site,
            filters,
            charts.distribution(bins, filters.age),
            "distribution",
            alt=f"{text.counted(int(bins['papers'].sum()), 'paper')} by their number of upvotes. {_read(filters)}",
            title="Papers by number of upvotes",
            data=bins,
        )
    with weekdays:
        st.subheader("Does the weekday matter?", anchor=False)
        st.caption(f"Median and quartiles by weekday of listing. {_read(filters)}")
        days = snapshot.read(queries.upvotes_by_weekday, filters.papers_only)
        if days.empty:
            st.text("None of these papers has a date of listing.")
            return
        parts.chart(
            snapshot,
            site,
            filters,
            charts.by_weekday(days, filters.age),
            "weekdays",
            alt=f"Median upvotes by weekday, Monday first: "
            f"{', '.join(f'{median:g}' for median in days['median'])}. {_read(filters)}",
            title="Upvotes by weekday of listing",
            data=days,
        )


def _by_topic_and_settling(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    topics, settling = st.columns(2, gap="large")
    with topics:
        st.subheader("Which topics are liked", anchor=False)
        ranked = snapshot.read(queries.upvotes_by_topic, filters.papers_only, TOPIC_AT_LEAST)
        shown = ranked.head(TOPICS_SHOWN)
        which = (
            f"The {TOPICS_SHOWN} highest of {len(ranked)} topics" if len(ranked) > len(shown) else "Topics"
        )
        st.caption(f"{which} by median, with quartiles; {TOPIC_AT_LEAST} papers or more. {_read(filters)}")
        if shown.empty:
            st.text(f"No topic has {TOPIC_AT_LEAST} such papers.")
        else:
            parts.chart(
                snapshot,
                site,
                filters,
                charts.by_topic(shown, filters.age),
                "by_topic",
                alt=f"Median upvotes by topic, most of all {shown['label'].iloc[0]} with "
                f"{shown['median'].iloc[0]:g}. {_read(filters)}",
                title="Median upvotes by topic, with quartiles",
                data=ranked,
            )
    with settling:
        _settling(snapshot, site, filters)


def _settling(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    st.subheader("How a count settles", anchor=False)
    followed = replace(filters, age="")  # every reading of a paper takes part
    ages = snapshot.read(queries.settling, followed.papers_only, FOLLOWED_DAYS)
    st.caption(
        "A paper's count so many days after listing, as a share of its own count after 14 days or more: median and "
        "quartiles of the papers that were read at both."
    )
    if ages.empty:
        st.text(
            "No paper here was read more than once. Each run of the ETL adds a reading; "
            "`etl run --source observations` adds older ones."
        )
        return
    first = ages.iloc[0]
    parts.chart(
        snapshot,
        site,
        followed,
        charts.settling(ages),
        "settling",
        alt=f"Count as a share of the settled count by days after listing: {first['median']:.0%} at day "
        f"{int(first['age_days'])}, {ages['median'].iloc[-1]:.0%} at day {int(ages['age_days'].iloc[-1])}.",
        title="How a count settles, as a share of the settled count by days after listing",
        data=ages,
    )


def _week(snapshot: Snapshot, filters: Filters) -> None:
    st.subheader("Top papers of a week", anchor=False)
    weeks = snapshot.read(queries.weeks, filters.papers_only)
    if weeks.empty:
        st.text("None of these papers has a date of listing.")
        return
    known = [week.date() for week in weeks["week"]]
    week = filters.week if filters.week and filters.week in known else known[-1]
    _week_control(known, week)
    top = snapshot.read(queries.week_top, replace(filters.papers_only, week=week), TOP)
    number = int(weeks.set_index("week")["papers"][pd.Timestamp(week)])
    st.caption(
        f"{text.counted(number, 'paper')} listed {text.day(week)} to {text.day(week + timedelta(days=6))}. "
        f"{_read(filters)} Rank: share of the week's papers with no more upvotes."
    )
    st.dataframe(
        top,
        key="week_top",
        column_order=["title", "upvotes", "percentile", "topic", "organization", "listed_on", "url"],
        column_config={
            **parts.PAPER_COLUMNS,
            "percentile": st.column_config.NumberColumn("Rank", format="percent", width="small"),
            "listed_on": st.column_config.DateColumn("Listed", format="ddd D MMM", width="small"),
        },
        hide_index=True,
        placeholder=text.UNKNOWN,
    )
    parts.download("CSV", lambda: top, f"papertide-week-{week}.csv")


def _week_control(known: list[date], week: date) -> None:
    place = known.index(week)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Week from",
            known[::-1],
            key=parts.control("week", week),
            format_func=text.day,
            on_change=_apply_week,
            width=220,
        )
        for label, step, possible in (
            ("Earlier", -1, place > 0),
            ("Later", 1, place < len(known) - 1),
        ):
            target = known[place + step] if possible else week
            st.button(label, on_click=parts.ask, kwargs={"week": target}, disabled=not possible)


def _apply_week() -> None:
    parts.ask(week=st.session_state["week"])
