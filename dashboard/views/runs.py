"""How is the data kept fresh? Runs of the ETL: start one, watch it from any browser, and see what each did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import queries, runs, text
from dashboard.filters import Filters
from dashboard.runs import Access, Refused, Run, Upload, Wish
from dashboard.snapshot import Snapshot
from dashboard.views import parts
from etl.contract import DEMO
from etl.settings import RunSettings, Settings
from etl.trends import MONTHS_AT_LEAST, MONTHS_AT_MOST

QUESTION = "How is the data kept fresh?"
SOURCE_WORDS = {
    "demo": "Demo",
    "file": "A file of yours",
    "hf": "Daily Papers",
    "arxiv": "arXiv",
}
TOPIC_WORDS = {"fewer": "Fewer", "normal": "As many as the papers tell apart", "more": "More", "none": "None"}
ASSIGN, REFIT = "Assign new papers", "Fit anew"
_POLL, _POLL_IDLE = 2, 10  # seconds between two looks at a run, and at whether there is one
_FIRST_LIST = date(2023, 5, 1)  # of Daily Papers
_ARXIV_BEGAN = date(1991, 8, 14)
_STATE_SIGNS = {
    "starting": "◌ starting",
    "running": "◌ running",
    "published": "✓ published",
    "published with gaps": "! published with gaps",
    "failed": "✗ failed",
    "stopped": "■ stopped",
    "interrupted": "✗ interrupted",
}
_EVENTS = ("born", "split", "merged", "retired")


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page. It is on the runs of the data folder; filters do not change it."""
    if not filters.is_neutral:
        st.caption("This page is about the whole corpus; the filters above do not change it.")
    _page(Settings.read().data_dir, snapshot)
    parts.foot(snapshot)


def first(data_dir: Path) -> None:
    """The page where nothing is published yet."""
    st.title(QUESTION, anchor=False)
    st.text("Nothing is published yet. A first run makes a snapshot; its pages open when it is done.")
    _page(data_dir, None)


def _page(data_dir: Path, snapshot: Snapshot | None) -> None:
    mine, running = visitor(), runs.active(data_dir)
    if told := st.session_state.pop("runs_told", ""):
        st.warning(text.markdown(told), icon=":material/block:")
    known = running.watched_as if running else ""
    st.fragment(_watch, run_every=_POLL if running else _POLL_IDLE)(data_dir, known, mine)
    if not running:
        _form(data_dir, snapshot, mine)
    _history(data_dir, snapshot, mine, busy=running is not None)


def visitor() -> Access:
    """What the visitor may do, asked anew each time."""
    return runs.access(
        st.get_option("server.address"), st.context.headers, st.user.to_dict(), RunSettings.read()
    )


# ---- the run under way ----


def _watch(data_dir: Path, known: str, mine: Access) -> None:
    """The run under way; when one begins or ends, the whole page is drawn again."""
    run = runs.active(data_dir)
    if (run.watched_as if run else "") != known:
        st.rerun()
    if run is None:
        return
    with st.container(border=True, key="under_way"):
        st.subheader(f"Loading from {text.markdown(SOURCE_WORDS.get(run.source, run.source))}", anchor=False)
        st.progress(progress_of(run), text=text.markdown(stage_told(run)))
        facts = {
            "Rate": rate_told(run),
            "Left in this stage": span(run.remaining) if run.remaining is not None else "",
            "Since": f"{run.started_at:%H:%M} UTC",
            "Running for": span(parts.now() - run.started_at),
            "Started by": run.asked_by or "a shell or a schedule",
        }
        st.markdown(" · ".join(f"{name}: **{text.markdown(said)}**" for name, said in facts.items() if said))
        if run.stages:
            st.caption("Done: " + text.markdown(", ".join(f"{k} {v:.1f} s" for k, v in run.stages.items())))
        if mine.allowed:
            if run.stopped_by:
                st.caption(f"{text.markdown(run.stopped_by)} asked it to stop; it ends tidily.")
            st.button(
                "Cancel the run",
                icon=":material/stop_circle:",
                on_click=_cancel,
                args=(data_dir,),
                key="cancel_run",
            )
            _log(data_dir, run, expanded=True)


def progress_of(run: Run) -> float:
    """The part of the stage that is done, 0 where that is not known."""
    return min(1.0, run.done / run.total) if run.total else 0.0


def stage_told(run: Run) -> str:
    """The stage under way, how far it is, and what it does."""
    if not run.stage:
        return "Starting"
    unit = run.unit or "paper"
    far = f": {text.count(run.done)} of {text.counted(run.total, unit)}" if run.total else ""
    if not run.total and run.done:
        far = f": {text.counted(run.done, unit)}"
    return f"{run.stage}{far}{', ' + run.doing if run.doing else ''}"


def rate_told(run: Run) -> str:
    """How fast the stage goes, in its units; empty where nobody knows."""
    if run.rate is None:
        return ""
    unit = f"{run.unit or 'paper'}s"
    return f"{run.rate:,.0f} {unit} a second" if run.rate >= 10 else f"{60 * run.rate:,.0f} {unit} a minute"


def span(time: timedelta) -> str:
    """A span of time in its two largest units: 42 s, 3 min 5 s, 2 h 10 min."""
    seconds = max(0, round(time.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _log(data_dir: Path, run: Run, *, expanded: bool) -> None:
    if log := runs.log_of(data_dir, run):
        with st.expander("Log", expanded=expanded):
            st.code(log, language=None, wrap_lines=True)


# ---- starting and stopping: the visitor is looked at again each time ----


def _cancel(data_dir: Path) -> None:
    try:
        runs.cancel(data_dir, visitor())
    except Refused as refused:
        st.session_state["runs_told"] = str(refused)


def _start(data_dir: Path, wish: Wish, upload: Upload | None = None) -> None:
    try:
        runs.start(data_dir, wish, visitor(), upload)
    except Refused as refused:
        st.session_state["runs_told"] = str(refused)


def _form(data_dir: Path, snapshot: Snapshot | None, mine: Access) -> None:
    """What a run is asked for."""
    st.subheader("Start a run", anchor=False)
    if not mine.allowed:
        st.markdown(f":material/lock: {text.markdown(mine.refusal)}")
        if st.user.to_dict().get("is_logged_in") is False:
            st.button("Log in", on_click=st.login)
        return
    offered = sources_for(snapshot)
    source = st.segmented_control(
        "Source",
        offered,
        default=_usual_source(data_dir, offered),
        format_func=SOURCE_WORDS.__getitem__,
        required=True,
        key="run_source",
    )
    asked, upload = _asked_of_source(source)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        how = st.segmented_control(
            "Topics",
            [ASSIGN, REFIT],
            default=ASSIGN,
            required=True,
            key="run_refit",
            help="New papers go to the nearest topic, and topics are fitted anew when the papers have changed enough; "
            "or at once.",
        )
        topics = st.selectbox(
            "How many topics",
            list(TOPIC_WORDS),
            index=1,
            format_func=TOPIC_WORDS.__getitem__,
            key="run_topics",
            width=290,
        )
        window = st.number_input(
            "Months that verdicts are on",
            min_value=MONTHS_AT_LEAST,
            max_value=MONTHS_AT_MOST,
            value=None,
            step=1,
            placeholder="12",
            key="run_window",
            width=220,
        )
    wish = Wish(source, **asked, refit=how == REFIT, topics=topics, trend_window=window)
    st.button(
        "Start the run",
        type="primary",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(data_dir, wish, upload),
        disabled=source == "file" and upload is None,
        key="start_run",
    )


def sources_for(snapshot: Snapshot | None) -> list[str]:
    """The sources to choose from: demo and real papers never share a folder."""
    if snapshot is None:
        return list(runs.SOURCES)
    return ["demo"] if snapshot.corpus == DEMO else [source for source in runs.SOURCES if source != "demo"]


def _usual_source(data_dir: Path, offered: list[str]) -> str:
    """That of the last run, if it can be started here."""
    last = next(iter(runs.history(data_dir, 1)), None)
    return last.source if last and last.source in offered else offered[0]


def _asked_of_source(source: str) -> tuple[dict[str, Any], Upload | None]:
    """The options of a source, and the visitor's file."""
    if source == "demo":
        with st.container(horizontal=True):
            papers = st.number_input("Papers", 100, 1_000_000, 5_000, step=1_000, key="run_papers", width=220)
            seed = st.number_input(
                "Seed",
                0,
                1_000_000,
                1,
                step=1,
                key="run_seed",
                width=220,
                help="Another seed, another corpus.",
            )
        return {"papers": int(papers), "seed": int(seed)}, None
    if source == "file":
        given = st.file_uploader(
            f"Papers, {runs.UPLOAD_AT_MOST} MB at most",
            type=[ending.removeprefix(".") for ending in runs.ENDINGS],
            max_upload_size=runs.UPLOAD_AT_MOST,
            key="run_file",
            help="A record needs a title. JSON, CSV, TSV, Parquet, BibTeX and RIS are understood.",
        )
        return {}, Upload(given.name, given.getvalue()) if given else None
    sets = ""
    if source == "arxiv":
        sets = st.text_input(
            "Sets",
            placeholder="cs.CL cs.LG",
            key="run_sets",
            max_chars=1_000,
            help="Categories, parted by spaces. Left empty, those harvested before.",
        )
    today, begin = datetime.now(UTC).date(), _FIRST_LIST if source == "hf" else _ARXIV_BEGAN
    with st.container(horizontal=True, vertical_alignment="bottom"):
        days = {
            name: st.date_input(
                label,
                value=None,
                min_value=begin,
                max_value=today,
                format="YYYY-MM-DD",
                key=f"run_{name}",
                width=220,
                help=help_,
            )
            for name, label, help_ in (
                ("since", "First day", "Left empty, from where the last run ended, else the last 30 days."),
                ("until", "Last day", "Left empty, today in UTC."),
            )
        }
        refresh = st.checkbox("Settled days too", key="run_refresh", help="Fetch again what had settled.")
    return {**days, "refresh": refresh, "sets": tuple(sets.replace(",", " ").split())}, None


# ---- what was ----


def _history(data_dir: Path, snapshot: Snapshot | None, mine: Access, *, busy: bool) -> None:
    """Every run that is over, and what the chosen one did."""
    over = [run for run in runs.history(data_dir) if not run.is_active]
    st.subheader("Runs so far", anchor=False)
    if not over:
        st.text("No run is on record here yet.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        states = st.pills(
            "Ended as",
            list(dict.fromkeys(run.state for run in over)),
            selection_mode="multi",
            key="history_states",
        )
        found = list(dict.fromkeys(run.source for run in over))
        sources = st.pills(
            "Source",
            found,
            selection_mode="multi",
            format_func=lambda source: SOURCE_WORDS.get(source, source),
            key="history_sources",
        )
    shown = chosen(over, states, sources)
    if not shown:
        st.text("No run is like that; choose fewer.")
        return
    picked = st.dataframe(
        history_table(shown),
        hide_index=True,
        height=min(420, 38 + 36 * len(shown)),
        on_select="rerun",
        selection_mode="single-row",
        placeholder="",
        key="history",
        column_config={
            "Started (UTC)": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", width=150),
            "How it went": st.column_config.TextColumn(width="large"),
        },
    )
    rows = [row for row in picked["selection"]["rows"] if row < len(shown)]
    _details(data_dir, snapshot, mine, shown[rows[0] if rows else 0], busy=busy)


def chosen(over: Iterable[Run], states: list[str], sources: list[str]) -> list[Run]:
    """The runs that ended so and came from there; an empty choice is every one."""
    return [
        run for run in over if (not states or run.state in states) and (not sources or run.source in sources)
    ]


def history_table(over: list[Run]) -> pd.DataFrame:
    """Runs as they are read, one a row."""
    return pd.DataFrame(
        {
            "Started (UTC)": [run.started_at for run in over],
            "Ended as": [_STATE_SIGNS[run.state] for run in over],
            "Source": [SOURCE_WORDS.get(run.source, run.source) for run in over],
            "Took": [span(run.finished_at - run.started_at) if run.finished_at else "" for run in over],
            "New papers": [run.papers_added for run in over],
            "Refused": [run.rejected for run in over],
            "Missing days": [len(run.missing) for run in over],
            "Started by": [run.asked_by or "shell or schedule" for run in over],
            "How it went": [runs.outcome(run) for run in over],
        }
    )


def _details(data_dir: Path, snapshot: Snapshot | None, mine: Access, run: Run, *, busy: bool) -> None:
    """What one run did."""
    with st.container(border=True, key="one_run"):
        started = f"{text.day(run.started_at)}, {run.started_at:%H:%M} UTC"
        name = text.markdown(SOURCE_WORDS.get(run.source, run.source))
        st.markdown(f"**{name}, {started}: {_STATE_SIGNS[run.state]}**")
        st.text(runs.outcome(run))
        if run.note and run.state.startswith("published"):
            st.text(run.note)
        if run.records:
            _numbers(run)
        if run.missing:
            _missing(run)
        if snapshot and run.run_id:
            _changes(snapshot, run)
        if run.stages:
            st.markdown("**How long each stage took**")
            st.dataframe(stages_table(run), hide_index=True, height="content", width=360)
        if mine.allowed:
            if run.can_be_repeated and not busy:
                st.button(
                    "Run it again",
                    icon=":material/replay:",
                    on_click=_start,
                    args=(data_dir, run.wish),
                    key="again",
                )
            _log(data_dir, run, expanded=False)


def _numbers(run: Run) -> None:
    told = {
        "Records": run.records,
        "New papers": run.papers_added,
        "Refused": run.rejected,
        "New observations": run.observations_added,
    }
    with st.container(horizontal=True):
        for label, number in told.items():
            st.metric(label, text.count(number), width=150)


def _missing(run: Run) -> None:
    st.markdown(f"**{text.counted(len(run.missing), 'day')} missing**; the next run asks for them again.")
    rows = pd.DataFrame(run.missing).reindex(columns=["day", "reason"])
    st.dataframe(rows.set_axis(["Day", "Why"], axis=1), hide_index=True, height=min(300, 38 + 36 * len(rows)))


def stages_table(run: Run) -> pd.DataFrame:
    """Stages of a run in their order. Columns: Stage, Seconds, Part (of all)."""
    whole = sum(run.stages.values())
    return pd.DataFrame(
        {
            "Stage": list(run.stages),
            "Seconds": list(run.stages.values()),
            "Part": [text.percent(seconds / whole) if whole else "" for seconds in run.stages.values()],
        }
    )


def _changes(snapshot: Snapshot, run: Run) -> None:
    """How topics changed, and why records were refused, as far as the snapshot knows of the run."""
    events = snapshot.read(queries.topic_events, run.run_id)
    if len(events):
        st.markdown(f"**Topics: {text.markdown(events_told(events))}**")
        with st.expander("Each of them"):
            st.dataframe(events_table(events), hide_index=True, height=min(300, 38 + 36 * len(events)))
    elif run.state.startswith("published"):
        st.markdown("**Topics: none was born, split, merged or retired**")
    if len(reasons := snapshot.read(queries.refused, run.run_id)):
        st.markdown("**Why records were refused**")
        st.dataframe(
            reasons.set_axis(["Reason", "Records"], axis=1),
            hide_index=True,
            height=min(300, 38 + 36 * len(reasons)),
        )


def events_told(events: pd.DataFrame) -> str:
    """How many topics were born, split, merged and retired, each topic counted once.

    Args:
        events: as `queries.topic_events` gives them.
    """
    numbers = events.groupby("event")["topic_id"].nunique()
    return ", ".join(f"{numbers[event]} {event}" for event in _EVENTS if event in numbers)


def events_table(events: pd.DataFrame) -> pd.DataFrame:
    """Rows of `queries.topic_events` as they are read; a topic that is gone goes by its number."""

    def named(number: Any, label: Any) -> str:
        if pd.isna(number):
            return ""
        return f"topic {int(number)}" if pd.isna(label) else str(label)

    return pd.DataFrame(
        {
            "Event": events["event"],
            "Topic": [named(*pair) for pair in zip(events["topic_id"], events["label"], strict=True)],
            "From": [
                named(*pair) for pair in zip(events["from_topic_id"], events["from_label"], strict=True)
            ],
            "Papers now": events["papers"],
        }
    )
