"""A figure while it is being made: plain dictionaries.

A `go.Figure` checks and copies itself at every change, which took 8 to 60 ms a chart; checking the whole once, when it
is finished, takes 2 to 15 ms. What Plotly would refuse is a mistake in our code, so tests have figures checked. A
finished one is copied whole when it is made and again when it is sent, for which nobody asks who only sends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

Trace = dict[str, Any]
_SENT_AS_TEXT = 1_000  # elements of an array at most
checked = False  # whether Plotly checks figures; tests turn it on


def scatter(**properties: Any) -> Trace:
    """A trace of points or lines, with the properties of `go.Scatter`."""
    return {"type": "scatter", **properties}


def bar(**properties: Any) -> Trace:
    """A trace of bars, with the properties of `go.Bar`."""
    return {"type": "bar", **properties}


def heatmap(**properties: Any) -> Trace:
    """A trace of coloured cells, with the properties of `go.Heatmap`."""
    return {"type": "heatmap", **properties}


class Drawn(go.Figure):  # type: ignore[misc]
    """A finished figure, sent as it was sketched. It becomes what Plotly has for figures once anyone looks into it."""

    def __init__(self, traces: list[Trace], layout: dict[str, Any]) -> None:
        self.__dict__["_sketched"] = {"data": traces, "layout": layout}

    def __getattr__(self, name: str) -> Any:
        """What Plotly would have made at once, and is lacking."""
        if name.startswith("__") or (sketched := self.__dict__.pop("_sketched", None)) is None:
            raise AttributeError(name)
        super().__init__(sketched["data"], sketched["layout"], _validate=False)
        return getattr(self, name)

    def to_dict(self) -> dict[str, Any]:
        """As that of a figure: long arrays are packed there, and there are none in most."""
        sketched = self.__dict__.get("_sketched")
        if sketched is None or _has_long_arrays(sketched):
            return dict(super().to_dict())
        return {
            "data": _plain(sketched["data"]),
            "layout": {"template": _template(pio.templates.default), **_plain(sketched["layout"])},
        }


@cache
def _template(name: str) -> dict[str, Any]:
    """What a figure looks like where it does not say; Streamlit brings one that follows its theme."""
    return dict(pio.templates[name].to_plotly_json())


def _plain(value: Any) -> Any:
    """The same without what orjson does not write, as far as charts here have it.

    Where Plotly finds nothing else it writes a figure at once, and copies it value by value first otherwise.
    """
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict | datetime):
        return [_plain(one) for one in value]
    if isinstance(value, pd.Series | pd.Index):
        value = value.to_numpy()
    if isinstance(value, np.ndarray):
        return value.tolist() if value.dtype.hasobject else np.ascontiguousarray(value)
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


def _has_long_arrays(value: Any) -> bool:
    """Whether any property of a trace is a long array; nested in a list there are none."""
    if isinstance(value, dict):
        return any(map(_has_long_arrays, value.values()))
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], dict) and any(map(_has_long_arrays, value))
    return isinstance(value, range) or (
        isinstance(value, np.ndarray | pd.Series | pd.Index) and len(value) > _SENT_AS_TEXT
    )


class Sketch:
    """A figure that is not finished. Its methods are called as those of `go.Figure`, and do the same."""

    def __init__(self, *traces: Trace) -> None:
        self._traces = list(traces)
        self._layout: dict[str, Any] = {}

    def finished(self) -> go.Figure:
        """The figure.

        Raises:
            ValueError: figures are checked, and this has a property that Plotly does not know.
        """
        return go.Figure(self._traces, self._layout) if checked else Drawn(self._traces, self._layout)

    def add_trace(self, *traces: Trace) -> None:
        """Draw more, above what is there."""
        self._traces += traces

    def update_traces(self, changes: Mapping[str, Any], name: str) -> None:
        """Change the traces called `name`."""
        for trace in self._traces:
            if trace.get("name") == name:
                _merge(trace, changes)

    def update_layout(self, changes: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Change the layout; of what is nested, only what is named changes."""
        _merge(self._layout, {**(changes or {}), **more})

    def update_xaxes(self, **changes: Any) -> None:
        """Change the horizontal axis; in a grid of charts, all of them."""
        self._update_axes("xaxis", changes)

    def update_yaxes(self, **changes: Any) -> None:
        """Change the vertical axis; in a grid of charts, all of them."""
        self._update_axes("yaxis", changes)

    def _update_axes(self, kind: str, changes: Mapping[str, Any]) -> None:
        for axis in {kind, *(name for name in self._layout if name.startswith(kind))}:
            _merge(self._layout, {axis: changes})

    def add_shape(self, **properties: Any) -> None:
        """Draw a line or a box, in the units of the axes."""
        self._layout.setdefault("shapes", []).append(properties)

    def add_vline(self, x: Any, **properties: Any) -> None:
        """Draw an upright as high as the chart."""
        self.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, xref="x", yref="y domain", **properties)

    def add_hline(self, y: Any, **properties: Any) -> None:
        """Draw a level as wide as the chart."""
        self.add_shape(type="line", x0=0, x1=1, y0=y, y1=y, xref="x domain", yref="y", **properties)

    def add_vrect(self, x0: Any, x1: Any, **properties: Any) -> None:
        """Draw a box as high as the chart."""
        self.add_shape(type="rect", x0=x0, x1=x1, y0=0, y1=1, xref="x", yref="y domain", **properties)

    def add_annotation(self, **properties: Any) -> None:
        """Write something at a place of the chart."""
        self._layout.setdefault("annotations", []).append(properties)


def _merge(into: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, Mapping):
            kept = into.get(name)
            into[name] = dict(kept) if isinstance(kept, Mapping) else {}
            _merge(into[name], value)
        else:
            into[name] = value
