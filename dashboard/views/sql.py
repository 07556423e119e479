"""What else do you want to know? A reader's own query on the published tables."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import charts, queries, text
from dashboard.charts.answers import BAR, BARS_AT_MOST, KINDS, LINE, POINTS
from dashboard.filters import SQL_AT_MOST, Filters
from dashboard.queries.sql import ROWS, SECONDS, Refused
from dashboard.snapshot import Snapshot
from dashboard.views import parts, saving
from etl.contract import DEMO_TABLES, TABLES, Table

QUESTION = "What else do you want to know?"
EXAMPLES = {
    "Movers": "SELECT label, signal, round(change, 1) AS change, share_start, share_end\n"
    "FROM topic_signals JOIN topics USING (topic_id)\nWHERE signal IN ('rising', 'falling')\nORDER BY change DESC",
    "Papers a month": "SELECT month, sum(papers) AS papers\nFROM topic_months\nGROUP BY month\nORDER BY month",
    "Most upvoted": "SELECT title, upvotes, published_on\nFROM papers\nORDER BY upvotes DESC NULLS LAST\nLIMIT 20",
    "Columns of a table": "DESCRIBE papers",
}
_EDITOR = "sql"
_NOTHING = "None"
_KIND_WORDS = {_NOTHING: "None", LINE: "Line", BAR: "Bars", POINTS: "Points"}


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page. It is on the whole snapshot; filters do not change it."""
    if not filters.is_neutral:
        st.caption("This page is about the whole snapshot; the filters above do not change it.")
    work, tables = st.columns([3, 2], gap="large")
    with work:
        _editor(filters)
        if filters.sql:
            _answer(snapshot, filters)
    with tables:
        _tables(snapshot)
    parts.foot(snapshot)


def _editor(filters: Filters) -> None:
    """The query, and what to begin with."""
    st.text_area(
        "Query in SQL (DuckDB's)",
        key=parts.control(_EDITOR, filters.sql or next(iter(EXAMPLES.values()))),
        height=190,
        max_chars=SQL_AT_MOST,
        help=f"One SELECT; at most {text.count(ROWS)} rows and {SECONDS} s.",
        on_change=_run,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Run", type="primary", icon=":material/play_arrow:", on_click=_run)
        st.caption("Or begin with:", width="content")
        for name, sql in EXAMPLES.items():
            st.button(name, type="tertiary", on_click=parts.ask, kwargs={"sql": sql, "plot": ""})


def _run() -> None:
    asked = Filters.from_query({"sql": st.session_state[_EDITOR] or ""}).sql
    parts.ask(sql=asked, plot=parts.asked().plot if asked == parts.asked().sql else "")


def _answer(snapshot: Snapshot, filters: Filters) -> None:
    try:
        rows = snapshot.answer(filters.sql)
    except Refused as refused:
        st.warning(text.markdown(str(refused)), icon=":material/block:")
        return
    cut = len(rows) > ROWS
    rows = rows.head(ROWS)
    told = f"The first {text.count(ROWS)} rows" if cut else text.counted(len(rows), "row")
    st.subheader(f"{told}, {text.counted(len(rows.columns), 'column')}", anchor=False)
    if len(rows):
        _chart(rows, filters)
    st.dataframe(
        rows,
        column_config={name: st.column_config.DateColumn(format="YYYY-MM-DD") for name in _days(rows)},
        hide_index=True,
        placeholder="",
        height=min(420, 38 + 36 * max(1, len(rows))),
    )
    parts.download("Download as CSV", lambda: rows, "papertide-query.csv")


def _days(rows: pd.DataFrame) -> list[str]:
    """Columns of days, which pandas gives as midnights."""
    times = [name for name in rows if pd.api.types.is_datetime64_any_dtype(rows[name])]
    return [str(name) for name in times if (rows[name].dropna() == rows[name].dropna().dt.normalize()).all()]


def _chart(rows: pd.DataFrame, filters: Filters) -> None:
    """The answer as a chart of two of its columns, if one is wanted."""
    numbers = [str(name) for name in rows if pd.api.types.is_numeric_dtype(rows[name])]
    columns = [str(name) for name in rows if not rows[name].map(pd.api.types.is_list_like).any()]
    if not numbers:
        return
    kind, x, y = _plot(filters.plot, columns, numbers)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Chart",
            [_NOTHING, *KINDS],
            key=parts.control("plot_kind", kind),
            format_func=_KIND_WORDS.__getitem__,
            required=True,
            on_change=_draw,
        )
        for label, key, options, value in (("Along", "plot_x", columns, x), ("Up", "plot_y", numbers, y)):
            st.selectbox(label, options, key=parts.control(key, value), on_change=_draw, width=150)
    if kind == _NOTHING:
        return
    only = f" of the first {BARS_AT_MOST} rows" if kind == BAR and len(rows) > BARS_AT_MOST else ""
    title = f"{y} by {x}{only}"
    st.markdown(f"**{text.markdown(title)}**")
    figure = charts.answer(rows, kind, x, y)
    values = pd.to_numeric(rows[y], errors="coerce").astype(float)
    span = f"{text.counted(len(rows), 'row')}, from {values.min():g} to {values.max():g}"
    alt = f"{title}: {span}. The table below says the same."
    st.plotly_chart(figure, key="answer", config=charts.CONFIG, alt=alt)
    saving.save(figure, "answer", title, rows[[x, y]] if x != y else rows[[x]])


def _plot(asked: str, columns: list[str], numbers: list[str]) -> tuple[str, str, str]:
    """Kind, x and y of the chart that is asked for, as far as the answer has them."""
    kind, _, axes = asked.partition(":")
    x, _, y = axes.partition(":")
    rest = [name for name in columns if name != (y if y in numbers else numbers[-1])]
    return (
        kind if kind in KINDS else _NOTHING,
        x if x in columns else (rest or columns)[0],
        y if y in numbers else numbers[-1],
    )


def _draw() -> None:
    state = st.session_state
    parts.ask(plot=f"{state['plot_kind'] or _NOTHING}:{state['plot_x']}:{state['plot_y']}")


def _tables(snapshot: Snapshot) -> None:
    """What there is to ask about, as the contract of the tables says it."""
    there = set(snapshot.read(queries.tables)["name"])
    known = {table.name: table for table in (*TABLES, *DEMO_TABLES) if table.name in there}
    name = st.selectbox(f"What is in each of the {len(known)} tables", list(known), key="table")
    if name:
        st.caption(f"One row is {text.markdown(known[name].row)}.")
        st.dataframe(columns_of(known[name]), hide_index=True, height="content")


def columns_of(table: Table) -> pd.DataFrame:
    """The columns of a table of the contract. Columns: Column, Type, Meaning."""
    return pd.DataFrame(
        [(column.name, column.type.removesuffix(" NOT NULL"), column.meaning) for column in table.columns],
        columns=["Column", "Type", "Meaning"],
    )
