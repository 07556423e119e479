"""Words and numbers as people write them, and text made harmless for where it is shown."""

from __future__ import annotations

import html
import re
import textwrap
from datetime import date, datetime
from functools import lru_cache

import pandas as pd

from etl.contract import FALLING, INSUFFICIENT, RISING, STEADY
from etl.trends import BURST, FALL, RISE

UNKNOWN = "unknown"
_TITLES = 4_096  # that stay wrapped: wrapping those of a chart takes as long as drawing it
PER_CENT = "\N{NO-BREAK SPACE}%"

# Colour is never the only signal: each verdict has an arrow and a word.
SIGNAL_WORDS = {
    RISING: "▲ rising",
    FALLING: "▼ falling",
    STEADY: "● steady",
    INSUFFICIENT: "○ too few papers to tell",
}
CHANGE_SIGNS = {BURST: "◆", RISE: "▲", FALL: "▼"}

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=])")
# What Streamlit still turns into links, icons, arrows and dashes after the escapes are read: it is parted here.
_JOINED = re.compile(r"(?<=:)(?=[/\w])|(?<=@)(?=\w)|(?<=www)(?=\.)|(?<=[-<>=~])(?=[-<>=])", re.IGNORECASE)
_JOINER = "\N{WORD JOINER}"  # invisible, and no place to break a line
# What a spreadsheet may take for a formula, the full-width forms that some fold into the others among it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def count(number: int) -> str:
    """A whole number with thousands separated: 12,400."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """A number and what it counts: 1 paper, 12,400 papers."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(share: float | None) -> str:
    """A share (0 to 1) as a percentage with two telling digits: 0.24 %, 1.1 %, 38 %."""
    if share is None or pd.isna(share):
        return UNKNOWN
    value = 100 * share
    digits = 0 if value >= 10 or value == 0 else 1 if value >= 1 else 2
    return f"{value:.{digits}f}{PER_CENT}"


def times(ratio: float | None) -> str:
    """A ratio with two telling digits: 2.4, 0.42, 13."""
    if ratio is None or pd.isna(ratio):
        return UNKNOWN
    if ratio >= 1000:
        return "over 1,000"
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"


def change(topic: pd.Series) -> str:
    """The effect in words: "2.4 times (1.6 to 3.5)"; empty where nothing could be fitted.

    Args:
        topic: a row of `queries.topics`.
    """
    if pd.isna(topic["change"]):
        return ""
    return f"{times(topic['change'])} times ({times(topic['change_low'])} to {times(topic['change_high'])})"


def from_to(topic: pd.Series) -> str:
    """The fitted shares at both ends of the window: "from 1.1 % to 2.6 %"."""
    return f"from {percent(topic['share_start'])} to {percent(topic['share_end'])}"


def month(day: date | None) -> str:
    """A month as "Apr 2025"."""
    return UNKNOWN if day is None or pd.isna(day) else f"{day:%b %Y}"


def months(first: date, last: date) -> str:
    """A time of one month or several, as "Apr 2025" or "Apr to Jun 2025"."""
    if first == last:
        return month(first)
    return f"{first:%b} to {month(last)}" if first.year == last.year else f"{month(first)} to {month(last)}"


def day(moment: date | None) -> str:
    """A day as "4 Apr 2025"."""
    return UNKNOWN if moment is None or pd.isna(moment) else f"{moment.day} {moment:%b %Y}"


def days(first: date, last: date) -> str:
    """A day or several, as "4 Apr 2025" or "31 Mar to 6 Apr 2025"."""
    if first == last:
        return day(first)
    return (
        f"{first.day} {first:%b} to {day(last)}"
        if first.year == last.year
        else f"{day(first)} to {day(last)}"
    )


def age(then: datetime, now: datetime) -> str:
    """How long ago, in the largest whole unit: "3 h ago". Both times in UTC."""
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 24 else f"{counted(hours // 24, 'day')} ago"


def markdown(text: str) -> str:
    """Text that Streamlit's Markdown shows as it is: no links, images, colours, icons, formulas or directives."""
    return _MARKDOWN.sub(r"\\\1", _JOINED.sub(_JOINER, " ".join(text.split())))


def plotly(text: str) -> str:
    """Text that Plotly shows as it is; it reads a little HTML in every label."""
    return html.escape(text, quote=False)


def short(text: str, characters: int) -> str:
    """Text cut to at most so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


@lru_cache(_TITLES)
def lines(text: str, characters: int, at_most: int = 2) -> str:
    """A label over a few lines for Plotly, each escaped, the last with an ellipsis where it was cut."""
    wrapped = textwrap.wrap(text, characters, max_lines=at_most, placeholder="…") or [""]
    return "<br>".join(plotly(line) for line in wrapped)


def csv(frame: pd.DataFrame) -> bytes:
    """A frame as CSV in UTF-8 that a spreadsheet opens without running anything.

    A text cell, or a heading, that begins like a formula, be it after spaces, gets a leading apostrophe (OWASP, CSV
    injection). Lines end in CR LF (RFC 4180), so that a cell with either of them is quoted and no cell can begin a
    row. The frame is unchanged.
    """
    safe = frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].map(_harmless)
    safe = safe.rename(columns=_harmless)
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA) else cell
