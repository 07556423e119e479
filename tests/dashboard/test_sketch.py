"""A figure that is made of dictionaries is the one that Plotly's own methods make."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import plotly.io
import pytest

from dashboard.charts import sketch as sketches
from dashboard.charts.sketch import Sketch, bar, scatter


def drawn(figure: Any) -> None:
    """The same calls, whoever answers them."""
    figure.update_layout(
        {"height": 300, "margin": {"l": 8, "t": 16}, "xaxis": {"fixedrange": True}}, bargap=0.2
    )
    figure.update_layout(margin={"t": 36})
    figure.update_xaxes(type="category", title="names")
    figure.update_yaxes(range=[0, 5], gridcolor="#cccccc")
    figure.add_vrect(x0=1, x1=2, fillcolor="#eeeeee", line={"width": 0}, layer="below")
    figure.add_vline(x=3, line={"dash": "dot"})
    figure.add_hline(y=4, line={"width": 2})
    figure.add_shape(type="line", x0=0, x1=1, y0=0, y1=1, name="level")
    figure.add_annotation(x=1, y=2, text="here", showarrow=False)


def test_each_method_does_what_plotlys_own_does() -> None:
    sketch = Sketch(scatter(x=[1, 2], y=[3, 4], name="line"))
    sketch.add_trace(bar(x=[1], y=[2], name="bars"))
    drawn(sketch)
    figure = go.Figure([go.Scatter(x=[1, 2], y=[3, 4], name="line"), go.Bar(x=[1], y=[2], name="bars")])
    drawn(figure)
    assert as_sent(sketch.finished()) == as_sent(figure)


def test_what_is_nested_changes_only_where_it_is_named() -> None:
    sketch = Sketch(
        scatter(y=[1], name="points", marker={"size": 8, "symbol": "circle"}), scatter(y=[2], name="other")
    )
    sketch.update_traces({"marker": {"size": 4}}, name="points")
    points, other = sketch.finished().data
    assert points.marker.to_plotly_json() == {"size": 4, "symbol": "circle"}
    assert other.marker.to_plotly_json() == {}


def test_an_axis_of_a_grid_changes_with_the_others() -> None:
    sketch = Sketch()
    sketch.update_layout(yaxis2={"range": [0, 1]})
    sketch.update_yaxes(nticks=3)
    layout = sketch.finished().layout
    assert (layout.yaxis.nticks, layout.yaxis2.nticks, layout.yaxis2.range) == (3, 3, (0, 1))


def test_what_was_handed_over_stays_as_it_was() -> None:
    axis = {"fixedrange": True}
    sketch = Sketch()
    sketch.update_layout(xaxis=axis)
    sketch.update_xaxes(title="months")
    assert axis == {"fixedrange": True}


def test_a_property_that_plotly_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="colour"):
        Sketch(scatter(y=[1], colour="red")).finished()


@pytest.mark.parametrize("template", ["plotly", "plotly_white+presentation"])
def test_what_is_only_sent_is_sent_as_a_figure_is(monkeypatch: pytest.MonkeyPatch, template: str) -> None:
    monkeypatch.setattr(plotly.io.templates, "default", template)
    monkeypatch.setattr(sketches, "checked", False)

    def made() -> Sketch:
        sketch = Sketch(
            scatter(
                x=pd.to_datetime(["2026-01-01", "2026-02-01"]), y=[0.5, np.nan], customdata=[["a"], [None]]
            ),
            bar(x=np.arange(3), y=pd.Series([1.5, np.nan, 2]), marker={"color": np.array([1.0, 2.0, 3.0])}),
            scatter(x=[pd.Timestamp("2026-01-01")], y=[np.float64(1.5)], text=["<b>"]),
        )
        drawn(sketch)
        return sketch

    short = json.loads(plotly.io.to_json(made().finished().to_dict(), validate=False))["data"][1]
    assert (short["x"], short["y"]) == ([0, 1, 2], [1.5, None, 2.0])
    monkeypatch.setattr(sketches, "_SENT_AS_TEXT", 0)
    sent = json.loads(plotly.io.to_json(made().finished().to_dict(), validate=False))
    figure = go.Figure(made()._traces, made()._layout, _validate=False)
    assert sent == json.loads(plotly.io.to_json(figure.to_dict(), validate=False))
    plain = Sketch(scatter(x=[pd.Timestamp("2026-01-01")], y=[np.nan]))
    drawn(plain)
    figure = go.Figure(plain._traces, plain._layout, _validate=False)
    assert json.loads(plotly.io.to_json(plain.finished().to_dict(), validate=False)) == json.loads(
        plotly.io.to_json(figure.to_dict(), validate=False)
    )


def test_what_is_sent_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def copied(*_: object, **__: object) -> None:
        raise AssertionError("Plotly copies the figure first, which takes many times as long")

    monkeypatch.setattr(sketches, "checked", False)
    monkeypatch.setattr(plotly.io._json, "clean_to_json_compatible", copied)
    month = pd.Timestamp("2026-01-01")
    sketch = Sketch(
        scatter(
            x=pd.Series([month]), y=np.array([1.0, 2.0])[::2], text=pd.Series(["a"]), marker={"size": [1]}
        ),
        bar(x=[month], y=[1], customdata=np.array([["b"]], object)),
    )
    sketch.update_xaxes(range=[month, month])
    sketch.add_vline(x=month)
    sent = json.loads(plotly.io.to_json(sketch.finished().to_dict(), validate=False))
    assert [trace["x"] for trace in sent["data"]] == [["2026-01-01T00:00:00"]] * 2
    assert (sent["data"][0]["text"], sent["data"][1]["customdata"]) == (["a"], [["b"]])
    assert sent["layout"]["shapes"][0]["x0"] == "2026-01-01T00:00:00"


def test_what_was_drawn_may_be_looked_into_and_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "checked", False)
    figure = Sketch(scatter(y=[1, 2], name="line")).finished()
    assert figure.data[0].name == "line"
    figure.update_layout(height=300)
    assert figure.to_dict()["layout"]["height"] == 300
    copied = go.Figure(Sketch(bar(y=[1])).finished())
    assert copied.data[0].type == "bar"
    assert "Plotly.newPlot" in Sketch(bar(y=[1])).finished().to_html(include_plotlyjs=False)


def as_sent(figure: go.Figure) -> Any:
    """The figure as the browser gets it."""
    return json.loads(figure.to_json())
