"""What do readers vote for?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from dashboard import charts, counts, queries, text
from dashboard.answers import meanwhile
from dashboard.filters import COMPARED, DISCUSSION, GROWTH, Filters
from dashboard.snapshot import Snapshot
from dashboard.views import parts
from etl.contract import AGES
from etl.trends.upvotes import PEERS_AT_LEAST

QUESTION = "What do readers vote for?"
TOPICS_SHOWN = 12
TOPIC_AT_LEAST = 5  # papers; the median of fewer says little
FOLLOWED_DAYS = 28
_RANK = "%.0f %%"
TOP = 10  # papers of a week
CORRELATED_AT_LEAST = 20  # papers; a correlation of fewer says little
_PART_WORDS = {COMPARED: "Compared", GROWTH: "How counts grow", DISCUSSION: "Comments"}
_CHARTS = {GROWTH: ("settling", "settling_times"), DISCUSSION: ("comments", "comments_upvotes")}
_AGE_WORDS = {name: age.meaning for name, age in AGES.items()}


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page: one of its parts."""
    readings = snapshot.read(queries.readings_by_age, filters.papers_only).set_index("age")["papers"]
    if readings.empty:
        papers = int(parts.summary_of(snapshot, filters)["papers"])
        unread = "The upvotes of none of these papers were ever read, so there is nothing to draw."
        parts.nothing_to_show(filters, papers, unread)
        return
    part = _part_control(filters)
    if part == GROWTH:
        _growth(snapshot, site, replace(filters, age=""))  # every reading of a paper takes part
        parts.foot(snapshot)
        return
    filters = replace(filters, age=filters.age or default_age(readings))
    _age_control(filters, readings)
    if int(readings.get(filters.age, 0)):
        (_discussion if part == DISCUSSION else _compared)(snapshot, site, filters)
    parts.foot(snapshot)


def look_ahead(snapshot: Snapshot, filters: Filters) -> None:
    """Have counted what most likely is shown: upvotes at the age at which most papers of all were read."""
    every = snapshot.read(queries.readings_by_age, Filters()).set_index("age")["papers"]
    if filters.part in ("", COMPARED) and len(every):
        papers = replace(filters.papers_only, age=filters.age or default_age(every))
        meanwhile(snapshot.read, queries.upvote_counts, papers)
        meanwhile(snapshot.read, queries.standing, papers, TOP)


def _part_control(filters: Filters) -> str:
    """Which part of the page is shown: what is asked for, else that of the mark that was clicked."""
    marked = next((part for part, keys in _CHARTS.items() if filters.mark and filters.mark.chart in keys), "")
    part = filters.part or marked or COMPARED
    st.segmented_control(
        "Show",
        list(_PART_WORDS),
        key=parts.control("part", part),
        format_func=_PART_WORDS.__getitem__,
        required=True,
        on_change=lambda: parts.ask(part=st.session_state["part"], mark=None),
    )
    return part


def _compared(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """Papers compared at one age."""
    meanwhile(_top_of_week, snapshot, filters)
    _over_time(snapshot, site, filters)
    _distributions(snapshot, site, filters)
    _by_topic(snapshot, site, filters)
    _standing(snapshot, filters)
    _week(snapshot, filters)


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
    months = snapshot.made(counts.upvotes_by_month, filters.papers_only)
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
        bins = snapshot.made(counts.upvotes_distribution, filters.papers_only)
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
        days = snapshot.made(counts.upvotes_by_weekday, filters.papers_only)
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


def _by_topic(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    st.subheader("Which topics are liked", anchor=False)
    ranked = snapshot.made(counts.upvotes_by_topic, filters.papers_only, TOPIC_AT_LEAST)
    shown = ranked.head(TOPICS_SHOWN)
    which = f"The {TOPICS_SHOWN} highest of {len(ranked)} topics" if len(ranked) > len(shown) else "Topics"
    st.caption(f"{which} by median, with quartiles; {TOPIC_AT_LEAST} papers or more. {_read(filters)}")
    if shown.empty:
        st.text(f"No topic has {TOPIC_AT_LEAST} such papers.")
        return
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


def _standing(snapshot: Snapshot, filters: Filters) -> None:
    """The papers that stood highest among those of their week: the comparison that holds over time."""
    if not snapshot.has("paper_upvotes"):
        return
    st.subheader("Which papers stood out in their week", anchor=False)
    st.caption(
        f"By rank among the papers listed in the same week, since what readers have before them differs from week to "
        f"week; of equal rank, by upvotes above what age, weekday, month and the day's papers predict. {_read(filters)}"
    )
    top = snapshot.read(queries.standing, filters.papers_only, TOP)
    if top.empty:
        st.text(
            f"No week has {PEERS_AT_LEAST} papers that were read at that age, and a rank among fewer says little."
        )
        return
    st.dataframe(
        parts.in_percent(top, "percentile"),
        key="standing",
        column_order=["title", "percentile", "peers", "upvotes", "expected", "week", "topic", "url"],
        column_config={
            **parts.PAPER_COLUMNS,
            "percentile": st.column_config.NumberColumn(
                "Rank",
                format=_RANK,
                width="small",
                help="Part of the week's papers with fewer, ties by half",
            ),
            "peers": st.column_config.NumberColumn(
                "Of", width="small", help="Papers of the week read at this age"
            ),
            "expected": st.column_config.NumberColumn("Expected", format="%.0f", width="small"),
            "week": st.column_config.DateColumn("Week from", format="D MMM YYYY", width=110),
        },
        hide_index=True,
        placeholder=text.UNKNOWN,
    )


# ---- how counts grow ----


def _growth(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """Counts of one paper read again and again: how they grow, and when they had settled."""
    ages = snapshot.read(queries.settling, filters.papers_only, FOLLOWED_DAYS)
    if ages.empty:
        st.text(
            "No paper here was read more than once, 14 days or more after listing the last time. Each run of the ETL "
            "adds a reading; `etl run --source observations` adds older ones."
        )
        return
    _settling(snapshot, site, filters, ages)
    if snapshot.has("upvote_settling"):
        _settling_times(snapshot, site, filters)


def _settling(snapshot: Snapshot, site: parts.Site, filters: Filters, ages: pd.DataFrame) -> None:
    st.subheader("How a count settles", anchor=False)
    st.caption(
        "A paper's count so many days after listing, as a share of its own count after 14 days or more: median and "
        "quartiles of the papers that were read at both."
    )
    first = ages.iloc[0]
    parts.chart(
        snapshot,
        site,
        filters,
        charts.settling(ages),
        "settling",
        alt=f"Count as a share of the settled count by days after listing: {first['median']:.0%} at day "
        f"{int(first['age_days'])}, {ages['median'].iloc[-1]:.0%} at day {int(ages['age_days'].iloc[-1])}.",
        title="How a count settles, as a share of the settled count by days after listing",
        data=ages,
    )


def _settling_times(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    st.subheader("How long that takes", anchor=False)
    times = snapshot.read(queries.settling_times, filters.papers_only)
    told, untold = times[times["low"].notna()], int(times.loc[times["low"].isna(), "papers"].sum())
    papers = int(told["papers"].sum())
    st.caption(
        "Papers by the full days after which they had 95 % of their settled count."
        + (
            f" {text.counted(untold, 'more paper')} {'was' if untold == 1 else 'were'} read too seldom to tell, "
            "a week or more apart."
            if untold
            else ""
        )
    )
    if not papers:
        st.text("None of these papers was read often enough to tell.")
        return
    # Half of the papers had settled by the end of this bin.
    half = told[told["papers"].cumsum() >= papers / 2].iloc[0]
    until = f"within {text.counted(int(half['high']) + 1, 'day')}" if pd.notna(half["high"]) else "later"
    parts.chart(
        snapshot,
        site,
        filters,
        charts.settling_times(told),
        "settling_times",
        alt=f"{text.counted(papers, 'paper')} by the days until their count settled; half of them {until}.",
        title="Days until a count had settled",
        data=times,
    )


# ---- comments ----


def _discussion(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """Comments, of the papers of which they are known."""
    known = snapshot.read(queries.comments_known, filters.papers_only).iloc[0]
    papers, number = int(known["papers"]), int(known["known"])
    if not number:
        st.text("The comments of none of these papers are known, so there is nothing to draw.")
        return
    if number < papers:
        st.caption(
            f"Comments are known of {text.count(number)} of {text.counted(papers, 'paper')}; the others stay out."
        )
    over_time, against = st.columns(2, gap="large")
    with over_time:
        _comments_over_time(snapshot, site, filters)
    with against:
        _comments_by_upvotes(snapshot, site, filters, known["rank_correlation"], number)


def _comments_over_time(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    st.subheader("How comments change over time", anchor=False)
    st.caption(f"Median by month of publication; eight of ten papers lie in the band. {_read(filters)}")
    months = snapshot.read(queries.comments_by_month, filters.papers_only)
    if months.empty:
        st.text("None of these papers has a date.")
        return
    last = months.iloc[-1]
    parts.chart(
        snapshot,
        site,
        filters,
        charts.comments_over_time(months, filters.age),
        "comments",
        alt=f"Median comments by month; in {text.month(last['month'])} {last['median']:g}, deciles "
        f"{last['low']:g} and {last['high']:g}. {_read(filters)}",
        title="How comments change over time",
        data=months,
    )


def _comments_by_upvotes(
    snapshot: Snapshot, site: parts.Site, filters: Filters, correlation: float, number: int
) -> None:
    st.subheader("Do upvotes and comments go together?", anchor=False)
    st.caption(f"Median by upvotes, both of one look; eight of ten papers lie on the bar. {_read(filters)}")
    bins = snapshot.read(queries.comments_by_upvotes, filters.papers_only)
    told = (
        ""
        if pd.isna(correlation) or number < CORRELATED_AT_LEAST
        else f"Rank correlation (Spearman) {correlation:.2f} over {text.counted(number, 'paper')}: 1 if the same "
        "papers lead both lists, 0 if neither tells of the other."
    )
    parts.chart(
        snapshot,
        site,
        filters,
        charts.comments_by_upvotes(bins, filters.age),
        "comments_upvotes",
        alt=f"Median comments by number of upvotes: {', '.join(f'{median:g}' for median in bins['median'])}. {told}",
        title="Comments by number of upvotes",
        data=bins,
    )
    if told:
        st.caption(told)


# ---- a week ----


def _week(snapshot: Snapshot, filters: Filters) -> None:
    st.subheader("Top papers of a week", anchor=False)
    papers, week, top = _top_of_week(snapshot, filters)
    if week is None:
        st.text("None of these papers has a date of listing.")
        return
    _week_control(list(papers), week)
    number = papers[week]
    st.caption(
        f"{text.counted(number, 'paper')} listed {text.day(week)} to {text.day(week + timedelta(days=6))}. "
        f"{_read(filters)} Rank: share of the week's papers with no more upvotes."
    )
    st.dataframe(
        parts.in_percent(top, "percentile"),
        key="week_top",
        column_order=["title", "upvotes", "percentile", "topic", "organization", "listed_on", "url"],
        column_config={
            **parts.PAPER_COLUMNS,
            "percentile": st.column_config.NumberColumn("Rank", format=_RANK, width="small"),
            "listed_on": st.column_config.DateColumn("Listed", format="ddd D MMM", width="small"),
        },
        hide_index=True,
        placeholder=text.UNKNOWN,
    )
    parts.download("CSV", lambda: top, f"papertide-week-{week}.csv")


def _top_of_week(snapshot: Snapshot, filters: Filters) -> tuple[dict[date, int], date | None, pd.DataFrame]:
    """Papers of each week that has any, the week that is shown, else the last, and its most upvoted papers."""
    weeks = snapshot.made(counts.weeks, filters.papers_only)
    papers = {week.date(): int(number) for week, number in weeks.itertuples(index=False)}
    if not papers:
        return papers, None, pd.DataFrame()
    week = filters.week if filters.week in papers else max(papers)
    return papers, week, snapshot.read(queries.week_top, replace(filters.papers_only, week=week), TOP)


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
