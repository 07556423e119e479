"""A chart as a table and as files: its numbers as CSV, itself as an interactive page, as PNG and as SVG."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import text

_HERE = Path(__file__).parent
_BUTTONS = """
<button type="button" data-format="png">PNG</button>
<button type="button" data-format="svg">SVG</button>
"""
# As Streamlit's own buttons look, by the variables of its theme.
_STYLE = """
:host { display: flex; gap: 0.5rem; }
button {
    font: inherit; color: var(--st-text-color); background: transparent; cursor: pointer; padding: 0.35rem 0.75rem;
    border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
button:hover, button:focus-visible { color: var(--st-primary-color); border-color: var(--st-primary-color); }
"""


@st.fragment
def save(
    figure: go.Figure, key: str, title: str, data: pd.DataFrame | Callable[[], pd.DataFrame] | None
) -> None:
    """A button that opens what can be had of a chart. To open it runs nothing else of the page anew.

    Args:
        figure: the chart.
        key: its key, by which the browser finds it.
        title: what it shows, written above it in files.
        data: its numbers, in columns that say what they are, or what makes them, which is asked once it is opened.
    """
    name = f"papertide-{key.replace('_', '-')}"
    opened = st.popover(
        "Table and files",
        type="tertiary",
        icon=":material/download:",
        key=f"save_{key}",
        on_change="rerun",
        help="The numbers of this chart, and the chart as a file",
    )
    if not opened.open:
        return
    table = None if data is None else _dated(data() if callable(data) else data)
    with opened:
        with st.container(horizontal=True, vertical_alignment="center"):
            if table is not None:
                _file("CSV", lambda: text.csv(table), f"{name}.csv", "text/csv")
            _file("Interactive page", lambda: page(figure, title), f"{name}.html", "text/html")
            _image_buttons()(
                data={"chart": key, "title": text.plotly(title), "file": name}, key=f"image_{key}"
            )
        if table is not None:
            st.dataframe(table, hide_index=True, placeholder="", height=min(38 + 35 * len(table), 320))


def _dated(data: pd.DataFrame) -> pd.DataFrame:
    """The numbers with days written as days, without an hour."""
    days = data.select_dtypes("datetime").columns
    return data.assign(**{str(day): data[day].dt.date for day in days})


def page(figure: go.Figure, title: str) -> bytes:
    """The chart as an HTML page of its own that needs neither server nor network."""
    alone = go.Figure(figure)
    alone.update_layout(
        template="plotly_white",
        title={"text": text.plotly(title), "x": 0, "xref": "paper", "xanchor": "left"},
        margin={"t": 64, "l": 56, "b": 48},
        autosize=True,
        font={"family": "system-ui, sans-serif"},
    )
    html: str = alone.to_html(include_plotlyjs=True, config={"displaylogo": False, "responsive": True})
    return html.replace("<head>", f"<head><title>{text.plotly(title)}</title>", 1).encode()


def _file(label: str, content: Any, name: str, mime: str) -> None:
    st.download_button(label, content, name, mime=mime, on_click="ignore", key=f"{label} {name}")


@cache
def _image_buttons() -> Any:
    script = (_HERE / "save_image.js").read_text(encoding="utf-8")
    return st.components.v2.component("papertide_image", html=_BUTTONS, css=_STYLE, js=script)
