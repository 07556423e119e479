"""The report: one HTML file that needs no server, no network, and for its text and tables no script either."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pandas as pd

from etl.contract import DEMO, FALLING, INSUFFICIENT, RISING, STEADY
from etl.export import charts
from etl.export.citation import cited
from etl.export.state import State
from etl.markup import Html, joined, link, script_data, table, tag

_WORDS = {
    RISING: "▲ rising",
    FALLING: "▼ falling",
    STEADY: "● steady",
    INSUFFICIENT: "○ too few papers to tell",
}
# Nothing is fetched, whatever a title says.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'"
)
_DRAW = """
for (const figure of document.querySelectorAll('figure[data-chart]')) {
  const chart = CHARTS[figure.dataset.chart];
  Plotly.newPlot(figure.firstElementChild, chart.data, chart.layout, {responsive: true, displaylogo: false});
}
"""


def page(state: State) -> str:
    """The whole report."""
    title = f"Research trends, {state.facts['published_at']:%d %B %Y}".replace(", 0", ", ")
    drawn = _charts(state)
    body = joined(
        tag("h1", title),
        _summary(state),
        tag("h2", "What is moving"),
        _moving(state),
        *(_figure(key, told, figure) for key, (told, figure) in drawn.items() if figure),
        tag("h2", "All topics"),
        _verdicts(state.topics),
        tag("h2", "How to read it"),
        *(tag("p", paragraph) for paragraph in _READING),
        tag("h2", "Cite it"),
        tag("pre", cited(state.facts)),
    )
    style = files("etl").joinpath("export", "report.css").read_text(encoding="utf-8")
    plotly = files("etl").joinpath("export", "plotly-basic.min.js").read_text(encoding="utf-8")
    data = script_data({key: figure for key, (_, figure) in drawn.items() if figure})
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
{tag("title", title)}
<style>{style}</style>
</head>
<body>
<main>{body}</main>
<script>{plotly}</script>
<script>const CHARTS = {data};{_DRAW}</script>
</body>
</html>
"""


_READING = (
    "A share is a topic's part of the papers published in a month, those without a topic counted. Bands are 95 % "
    "Wilson intervals, widened where counts scatter more than by chance.",
    "A verdict is on the last complete months. A topic is rising or falling if the slope of its share stands after "
    "false discoveries are held at 5 % over all topics, and steady if the 95 % interval of its change lies within "
    "1/1.5 to 1.5; else there are too few papers to tell. A count that rises in a growing corpus is no trend.",
    "Months that are cut by what was loaded, or by the day of the report, are drawn pale and never judged.",
)


def _charts(state: State) -> dict[str, tuple[str, dict[str, Any] | None]]:
    """Each chart's key, what it shows in words, and the chart, None where there is nothing to draw."""
    return {
        "effects": (
            "Change of share over the window, with its 95 % interval; on the dotted line nothing changed.",
            charts.effects(state.topics),
        ),
        "shares": (
            f"Shares of topics by month; click the legend for more than the first {charts.SHOWN}.",
            charts.shares(state.topics, state.months),
        ),
        "volume": ("Papers a month; pale months are cut.", charts.volume(state.months)),
        "map": (
            "Topics by likeness: near ones share words, large ones have many papers.",
            charts.topic_map(state.topics),
        ),
        "teams": ("Median number of authors by month, with its 95 % band.", charts.teams(state.teams)),
    }


def _figure(key: str, told: str, figure: dict[str, Any] | None) -> Html:
    height = str(figure["layout"]["height"]) if figure else "0"
    place = tag("div", role="img", aria_label=told, style=f"min-height:{height}px")
    return tag("figure", place, tag("figcaption", told), data_chart=key)


def _summary(state: State) -> Html:
    facts = state.facts
    span = f" of {facts['first_on']:%d %b %Y} to {facts['last_on']:%d %b %Y}" if facts["first_on"] else ""
    undated = (
        f" {facts['undated']:,} papers without a date are left out of trends." if facts["undated"] else ""
    )
    told = f"{facts['papers']:,} papers{span}, {len(state.topics):,} topics.{undated}"
    notes = [tag("p", facts["note"], class_="note")] if facts["note"] else []
    if facts["corpus"] == DEMO:
        notes.insert(
            0,
            tag(
                "p",
                "Demo corpus: these papers are synthetic, and say nothing of real research.",
                class_="note",
            ),
        )
    return joined(tag("p", told), *notes)


def _moving(state: State) -> Html:
    moving = state.topics[state.topics["signal"].isin((RISING, FALLING))]
    if moving.empty:
        return tag("p", "No topic's share changed beyond what chance explains.")
    return tag("ul", *(_mover(topic, state.typical) for topic in moving.to_dict("records")))


def _mover(topic: dict[Any, Any], typical: pd.DataFrame) -> Html:
    papers = typical[typical["topic_id"] == topic["topic_id"]].to_dict("records")
    told = (
        f" {_WORDS[topic['signal']]}: {topic['change']:.2g} times ({topic['change_low']:.2g} to "
        f"{topic['change_high']:.2g}), from {_percent(topic['share_start'])} to "
        f"{_percent(topic['share_end'])} of papers."
    )
    links = [tag("li", link(paper["url"], paper["title"])) for paper in papers]
    return tag("li", tag("b", topic["label"]), told, tag("ul", *links) if links else Html(""))


def _verdicts(topics: pd.DataFrame) -> Html:
    rows = [
        [
            topic["label"],
            topic["area"],
            f"{topic['papers']:,}",
            _WORDS.get(topic["signal"], "not judged"),
            f"{topic['change']:.2g} ({topic['change_low']:.2g} to {topic['change_high']:.2g})"
            if pd.notna(topic["change"])
            else "",
            _percent(topic["share_end"]),
            f"{topic['q_value']:.2g}" if pd.notna(topic["q_value"]) else "",
        ]
        for topic in topics.to_dict("records")
    ]
    return table(["Topic", "Area", "Papers", "Verdict", "Change (95 %)", "Share at the end", "q"], rows)


def _percent(share: float | None) -> str:
    return "" if share is None or pd.isna(share) else f"{100 * share:.2g} %"
