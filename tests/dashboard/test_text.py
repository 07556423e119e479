"""Words and numbers as people write them, and text made harmless for where it is shown."""

from __future__ import annotations

import csv as csv_reader
import io
import re
from datetime import date, datetime

import markdown_it
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from dashboard import text
from etl.contract import SIGNALS
from tests.dashboard.corpus import HOSTILE

SPACE = "\N{NO-BREAK SPACE}"
JOINER = "\N{WORD JOINER}"
UNKNOWN = [None, np.nan, pd.NA, pd.NaT]


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "0 papers"), (1, "1 paper"), (2, "2 papers"), (12_400, "12,400 papers"), (np.int64(1), "1 paper")],
)
def test_a_number_agrees_with_what_it_counts(number: int, written: str) -> None:
    assert text.counted(number, "paper") == written


def test_thousands_are_separated() -> None:
    assert text.count(1_234_567) == "1,234,567"


@pytest.mark.parametrize(
    ("share", "written"),
    [(0, "0"), (0.0024, "0.24"), (0.011, "1.1"), (0.0555, "5.5"), (0.38, "38"), (0.999, "100"), (1, "100")],
)
def test_a_share_is_written_with_two_telling_digits(share: float, written: str) -> None:
    assert text.percent(share) == f"{written}{SPACE}%"


@pytest.mark.parametrize(
    ("ratio", "written"),
    [
        (0.42, "0.42"),
        (1, "1.0"),
        (2.44, "2.4"),
        (13.2, "13"),
        (999.4, "999"),
        (1e9, "over 1,000"),
        (0, "0.00"),
    ],
)
def test_a_ratio_is_written_with_two_telling_digits(ratio: float, written: str) -> None:
    assert text.times(ratio) == written


@pytest.mark.parametrize("value", UNKNOWN)
def test_what_is_unknown_is_said_to_be(value: object) -> None:
    for written in (text.percent, text.times, text.month, text.day):
        assert written(value) == "unknown"  # type: ignore[operator]


def test_days_and_months_name_the_month() -> None:
    assert text.day(date(2025, 4, 4)) == "4 Apr 2025"
    assert text.day(pd.Timestamp(2025, 12, 31, 23, 59)) == "31 Dec 2025"
    assert text.month(date(2025, 4, 1)) == "Apr 2025"


@pytest.mark.parametrize(
    ("then", "written"),
    [
        (datetime(2025, 5, 1, 12, 0), "just now"),
        (datetime(2025, 5, 1, 13, 0), "just now"),  # a clock that runs ahead
        (datetime(2025, 5, 1, 11, 1), "59 min ago"),
        (datetime(2025, 5, 1, 11, 0), "1 h ago"),
        (datetime(2025, 4, 30, 12, 1), "23 h ago"),
        (datetime(2025, 4, 30, 12, 0), "1 day ago"),
        (datetime(2025, 4, 1, 12, 0), "30 days ago"),
    ],
)
def test_an_age_is_told_in_the_largest_whole_unit(then: datetime, written: str) -> None:
    assert text.age(then, datetime(2025, 5, 1, 12, 0)) == written


def test_a_change_is_told_with_its_interval_and_its_shares() -> None:
    topic = pd.Series(
        {"change": 2.41, "change_low": 1.6, "change_high": 13.4, "share_start": 0.011, "share_end": 0.026}
    )
    assert text.change(topic) == "2.4 times (1.6 to 13)"
    assert text.from_to(topic) == f"from 1.1{SPACE}% to 2.6{SPACE}%"
    assert text.change(pd.Series({"change": np.nan, "change_low": np.nan, "change_high": np.nan})) == ""


def test_every_signal_has_an_arrow_and_a_word() -> None:
    assert set(text.SIGNAL_WORDS) == set(SIGNALS)
    assert len({words[0] for words in text.SIGNAL_WORDS.values()}) == len(SIGNALS)
    assert all(len(words) > 2 for words in text.SIGNAL_WORDS.values())


# ---- harmless ----


@pytest.mark.parametrize(
    "hostile",
    [
        HOSTILE,
        "# heading",
        "- a list",
        "1. a list",
        "> a quote",
        "`code` and ~~struck~~",
        "![image](http://evil.example/x.png)",
        "[link][ref]",
        "<script>alert(1)</script>",
        "<http://evil.example>",
        "&lt;b&gt; &amp; &copy;",
        "a | b\n--- | ---\nc | d",
        "\\*already escaped\\*",
        "    indented code",
        "***bold***\n===",
    ],
)
def test_markdown_shows_a_text_as_it_is(hostile: str) -> None:
    reader = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    paragraph, content, end = reader.parse(text.markdown(hostile))
    assert (paragraph.type, end.type) == ("paragraph_open", "paragraph_close")
    children = content.children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    shown = "".join(child.content for child in children)
    assert shown.replace(JOINER, "") == " ".join(hostile.split())


@pytest.mark.parametrize(
    "directive",
    [":red[loud]", ":material/home:", ":smile:", "$x^2$", "$$x$$", ":blue-background[x]", ":streamlit:"],
)
def test_markdown_leaves_nothing_that_streamlit_reads_as_a_directive(directive: str) -> None:
    shown = text.markdown(directive)
    for sign in ":$[]":
        assert shown.count(sign) == shown.count(f"\\{sign}")


@pytest.mark.parametrize(
    ("text_given", "parted"),
    [
        # After the escapes are read Streamlit looks for these in the plain text (seen in a browser).
        ("see https://evil.example", "https:|//evil.example"),
        ("www.evil.example", "www|.evil.example"),
        ("me@evil.example", "me@|evil.example"),
        (":material/home:", ":|material/home:"),
        ("a -> b", "a -|> b"),
        ("a -- b", "a -|- b"),
    ],
)
def test_markdown_parts_what_streamlit_would_join_after_the_escapes(text_given: str, parted: str) -> None:
    shown = re.sub(r"\\(.)", r"\1", text.markdown(text_given))
    assert parted in shown.replace(JOINER, "|")


def test_markdown_leaves_ordinary_titles_alone() -> None:
    for title in ("State-of-the-art: a 3-D survey", "Ratio 1 = 2", "C++ @ scale", "Größe, naïve"):
        assert JOINER not in text.markdown(title)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
        ('<a href="x">', '&lt;a href="x"&gt;'),
        ("R&D", "R&amp;D"),
        ("&lt;", "&amp;lt;"),
        ("plain", "plain"),
    ],
)
def test_plotly_shows_a_text_as_it_is(label: str, shown: str) -> None:
    assert text.plotly(label) == shown


def test_a_text_is_cut_with_an_ellipsis() -> None:
    assert text.short("short", 5) == "short"
    assert text.short("longer text", 8) == "longer…"
    assert len(text.short("x" * 100, 10)) == 10


def test_a_label_is_wrapped_first_and_escaped_then() -> None:
    assert text.lines("graph neural networks", 13) == "graph neural<br>networks"
    assert text.lines("one two three four", 5) == "one<br>two…"
    assert text.lines("a <b> c", 20) == "a &lt;b&gt; c"
    assert text.lines("<b> <i>", 3) == "&lt;b&gt;<br>&lt;i&gt;"
    assert text.lines("", 10) == ""


# ---- CSV ----


def cells(frame: pd.DataFrame) -> list[list[str]]:
    return list(csv_reader.reader(io.StringIO(text.csv(frame).decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1+1", '=HYPERLINK("http://x")'],
)
def test_a_cell_that_begins_like_a_formula_is_text_in_a_spreadsheet(formula: str) -> None:
    frame = pd.DataFrame({"title": [formula]})
    assert cells(frame) == [["title"], [f"'{formula}"]]
    assert frame["title"].tolist() == [formula]  # the frame is unchanged


def test_no_line_break_within_a_cell_begins_a_row() -> None:
    frame = pd.DataFrame({"title": ["a\r=1", "b\n=1", "c\r\n=1"]})
    assert cells(frame) == [["title"], ["a\r=1"], ["b\n=1"], ["c\r\n=1"]]


def test_csv_keeps_numbers_commas_quotes_and_letters_of_any_language() -> None:
    frame = pd.DataFrame(
        {"title": ['Größe, "quoted"', "2-1"], "change": [-1.5, 2.0], "day": [date(2025, 1, 6)] * 2}
    )
    before = frame.copy(deep=True)
    assert cells(frame) == [
        ["title", "change", "day"],
        ['Größe, "quoted"', "-1.5", "2025-01-06"],
        ["2-1", "2.0", "2025-01-06"],
    ]
    assert text.csv(frame).startswith(b"\xef\xbb\xbf")  # by which a spreadsheet knows UTF-8
    assert_frame_equal(frame, before)


def test_csv_leaves_what_is_unknown_empty() -> None:
    frame = pd.DataFrame(
        {
            "name": pd.Series(["Ada", None], dtype="str"),
            "authors": [None, "Bo"],
            "team": pd.array([None, 3], dtype="Int32"),
        }
    )
    assert cells(frame) == [["name", "authors", "team"], ["Ada", "", ""], ["", "Bo", "3"]]
    assert cells(pd.DataFrame({"name": [], "papers": []})) == [["name", "papers"]]
