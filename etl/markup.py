"""HTML written by functions that escape whatever is not HTML already: a hostile title stays text."""

from __future__ import annotations

import html
import json
from urllib.parse import urlsplit


class Html(str):
    """Text that is HTML."""


def tag(name: str, *children: str, **attributes: str | None) -> Html:
    """An element; attributes that are None are left out, and `class_` is written `class`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: str) -> Html:
    """Pieces one after the other."""
    return Html("".join(child if isinstance(child, Html) else html.escape(child) for child in children))


def link(url: str | None, *children: str) -> Html:
    """A link to a page of the web; its text alone where the address is none."""
    if not url or urlsplit(url).scheme not in ("http", "https"):
        return joined(*children)
    return tag("a", *children, href=url, rel="noopener noreferrer")


def table(headings: list[str], rows: list[list[str]]) -> Html:
    """A table with one row of headings."""
    head = tag("tr", *(tag("th", heading, scope="col") for heading in headings))
    body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    return tag("table", tag("thead", head), tag("tbody", *body))


def script_data(value: object) -> str:
    """A value as JSON that no script element ends early on."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
