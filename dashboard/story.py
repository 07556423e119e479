"""A topic in sentences: what is said of it, and on what evidence. All of it is Markdown; names in it are escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from dashboard import text
from dashboard.vocabulary import Vocabulary
from etl.contract import FALLING, RISING, STEADY
from etl.trends import FALL, FALSE_DISCOVERIES
from etl.trends.newness import ACCELERATING, BORN, GROWING

NEW = (BORN, ACCELERATING, GROWING)  # the kinds that are news
KIND_WORDS = {BORN: "✦ born", ACCELERATING: "⇈ accelerating", GROWING: "▲ growing"}
_HEAVY = 0.5  # part of a change that hangs on one contributor; as on the page of trust
_CONTRIBUTORS = {"organization": "organisation", "author": "author", "day": "day of listing"}


# ---- the verdict ----


def headline(topic: pd.Series, changes: pd.DataFrame) -> str:
    """What its share did, as a heading, such as "Its share rose from 1.1 % to 2.6 %" (plain text).

    The verdict is on the window. Where it names no movement, one that ended before may still be what there is to tell.

    Args:
        topic: a row of `selection.topics`.
        changes: of `selection.changes`, of that topic.
    """
    moved = {RISING: "rose", FALLING: "fell"}.get(topic["signal"])
    if moved:
        return f"Its share {moved} {text.from_to(topic)}"
    if len(changes):
        last = changes.iloc[-1]
        return (
            f"Its share {'fell' if last['kind'] == FALL else 'rose'} to {text.percent(last['share'])} in "
            f"{text.month(last['started_on'])}, from {text.percent(last['share_before'])}"
        )
    if topic["signal"] == STEADY:
        return f"Its share held steady at about {text.percent(topic['share_end'])}"
    return "Whether its share changed cannot be told"


def verdict(topic: pd.Series, of: str) -> str:
    """The verdict with its effect, interval, q-value and window.

    Args:
        topic: a row of `selection.topics`.
        of: what its share is a share of, such as "all papers".
    """
    if pd.isna(topic["window_end"]):
        return "No month is complete yet, so nothing can be said of its trend."
    window = f"{text.month(topic['window_start'])} to {text.month(topic['window_end'])}"
    papers = text.counted(int(topic["window_papers"]), "paper")
    word = text.SIGNAL_WORDS.get(topic["signal"], "").capitalize()
    if pd.isna(topic["change"]):
        return f"**{_first_up(word)}.** It has {papers} in {window}; no slope can be fitted to so few."
    interval = (
        f"{text.times(topic['change'])} times what it was (95 % interval {text.times(topic['change_low'])} to "
        f"{text.times(topic['change_high'])})"
    )
    evidence = f"{papers} in the window; {q_value(topic['q_value'])}"
    if topic["signal"] in (RISING, FALLING):
        return (
            f"**{_first_up(word)}.** In {window} its share of {of} went {text.from_to(topic)}: "
            f"{interval}. {evidence}, where at most {100 * FALSE_DISCOVERIES:g}{text.PER_CENT} of the topics called "
            "moving are expected not to be."
        )
    if topic["signal"] == STEADY:
        return (
            f"**{_first_up(word)}.** In {window} its share of {of} came to {interval}, which leaves no room "
            f"for a change by half. {evidence}."
        )
    return (
        f"**{_first_up(word)}.** In {window} its share of {of} came to {interval}: it may have moved, or not. "
        f"{evidence}."
    )


def _first_up(word: str) -> str:
    """A sign and a word, the word with a capital: "▲ Rising"."""
    sign, _, rest = word.partition(" ")
    return f"{sign} {rest[:1].upper()}{rest[1:]}"


def q_value(value: float) -> str:
    """A q-value as "q = 0.012" or "q < 0.001"."""
    return "q < 0.001" if value < 0.001 else f"q = {value:.3f}" if value < 0.1 else f"q = {value:.2f}"


def attribution(rows: pd.DataFrame, *, moves: bool) -> list[str]:
    """What the topic's change comes from.

    Args:
        rows: of `queries.attribution`, on the whole corpus.
        moves: whether the topic is rising or falling; who carries a change that may be none is not told.
    """
    corpus = rows[rows["kind"] == "corpus"]
    if corpus.empty:
        return []
    row = corpus.iloc[0]
    middle = row["period_middle"] - pd.DateOffset(months=1)
    before = f"{text.month(row['period_start'])} to {text.month(middle)}"
    after = f"{text.month(row['period_middle'])} to {text.month(row['period_end'] - pd.DateOffset(days=1))}"
    told = [
        f"It had {text.counted(int(row['papers_before']), 'paper')} in {before} and "
        f"{text.count(int(row['papers_after']))} in {after}: {_signed(row['gained_by_corpus'])} because the whole "
        f"corpus changed, {_signed(row['gained_by_share'])} because its share did."
    ]
    named = rows[(rows["kind"] != "corpus") & rows["part"].notna()]
    if not moves or named.empty:
        return told
    heaviest = named.sort_values("part", ascending=False, kind="stable").iloc[0]
    who = f"{_CONTRIBUTORS[heaviest['kind']]} {text.markdown(_name(heaviest))}"
    if heaviest["part"] >= _HEAVY:
        told.append(
            f"**Take care:** most of the change goes with the {who}. Without those papers the share came to "
            f"{text.times(heaviest['change_without'])} times what it was from half-year to half-year, with them to "
            f"{text.times(heaviest['change'])}."
        )
    elif heaviest["part"] > 0:
        told.append(
            f"No single organisation, author or day of listing carries it: the {who} has the largest part, "
            f"{text.percent(heaviest['part'])} of the change from half-year to half-year."
        )
    return told


def _name(contributor: pd.Series) -> str:
    day = contributor["kind"] == "day"
    return text.day(pd.Timestamp(contributor["name"])) if day else str(contributor["name"])


def _signed(papers: float) -> str:
    """A number of papers with its sign: "+12", a real minus before a loss."""
    sign = "+" if round(papers) > 0 else "\N{MINUS SIGN}" if round(papers) < 0 else ""
    return f"{sign}{abs(round(papers))}"


# ---- when, what next, and what is new ----


def change(row: pd.Series) -> str:
    """A change of level: "▲ rise in Jul 2025 from 2.8 % to 7.1 %, until Dec 2025; known by Oct 2025"."""
    until = "" if pd.isna(row["ended_on"]) else f", until {text.month(row['ended_on'])}"
    return (
        f"{text.CHANGE_SIGNS[row['kind']]} {row['kind']} in {text.month(row['started_on'])} from "
        f"{text.percent(row['share_before'])} to {text.percent(row['share'])}{until}; "
        f"known by {text.month(row['known_on'])}"
    )


def changes(rows: pd.DataFrame) -> str:
    """When the share came to another level.

    Args:
        rows: of `selection.changes`, of one topic.
    """
    if rows.empty:
        return "Its share kept one level all along, as far as can be told."
    return "Changes of level: " + "; ".join(change(row) for _, row in rows.iterrows()) + "."


def forecast(rows: pd.DataFrame) -> str:
    """The next quarter, or why no forecast is shown.

    Args:
        rows: of `selection.forecasts`, of one topic; none where there are too few months.
    """
    if rows.empty or not rows["tests"].iloc[0]:
        return "There are too few complete months to forecast from."
    row = rows.iloc[0]
    quarter = f"{text.month(row['quarter_start'])} to {text.month(row['quarter_end'])}"
    if not row["shown"]:
        return (
            f"No forecast for {quarter} is shown: on past quarters, forecasts did no better than repeating the last "
            "share."
        )
    return (
        f"Forecast for {quarter}: {text.percent(row['share'])} (80 % interval {text.percent(row['share_low'])} to "
        f"{text.percent(row['share_high'])}). On past quarters of this topic, forecasts erred "
        f"{text.percent(row['skill'])} less than repeating the last share."
    )


def newness(row: pd.Series) -> str:
    """What is new about a topic, in a sentence; empty where nothing is.

    Args:
        row: of `selection.newness`.
    """
    if row["kind"] not in NEW:
        return ""
    born = f" in {text.month(row['born_on'])}" if row["kind"] == BORN else ""
    return f"**{_first_up(KIND_WORDS[row['kind']])}{born}.** {growth(row)}"


def growth(row: pd.Series) -> str:
    """How much the share grew: the part that is sure, where any is, and the best estimate."""
    interval = f"95 % interval {text.times(row['growth_low'])} to {text.times(row['growth_high'])}"
    if not _finite(row["growth"]):
        return (
            f"Its share in the last quarter is surely {text.times(row['score'])} times or more what it was in the year "
            "before, when it had no paper."
        )
    if row["score"] < 1:
        return (
            "Whether it grew lately cannot be told: its share in the last quarter came to "
            f"{text.times(row['growth'])} times that of the year before ({interval})."
        )
    return (
        f"Its share in the last quarter is surely {text.times(row['score'])} times or more what it was in the year "
        f"before; best estimate {text.times(row['growth'])} times, {interval}."
    )


def _finite(value: float) -> bool:
    return not pd.isna(value) and value != float("inf")


# ---- its words, and its life ----


def shift(words: Vocabulary) -> str:
    """Which words come up and which go, as a heading (plain text)."""
    told = [
        f"{_quoted(terms)} {verb}"
        for terms, verb in ((words.moving(RISING), "came up"), (words.moving(FALLING), "went"))
        if terms
    ]
    return ", ".join(told) if told else "Which of its words come or go cannot be told"


def _quoted(terms: list[str], at_most: int = 3) -> str:
    shown = [f"“{term}”" for term in terms[:at_most]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def lineage(rows: pd.DataFrame, topic: int, labels: Mapping[int, str]) -> list[str]:
    """A topic's life, oldest first: each a clause such as "split off from Graph networks on 3 May 2025".

    Args:
        rows: of `queries.lineage`.
        topic: whose life it is.
        labels: of the topics that are there.
    """
    told = [_event(row, topic, labels) for _, row in rows[rows["event"] != "kept"].iterrows()]
    kept = rows[(rows["event"] == "kept") & (rows["topic_id"] == topic)]
    if len(kept):
        overlap = kept["overlap"].iloc[-1]
        share = (
            ""
            if pd.isna(overlap)
            else f", the last time with {text.percent(overlap)} of their papers in common"
        )
        told.append(f"kept through {text.counted(len(kept), 'refit')}{share}")
    return [clause for clause in told if clause]


def _event(row: pd.Series, topic: int, labels: Mapping[int, str]) -> str:
    own = row["topic_id"] == topic
    other = row["from_topic_id"] if own else row["topic_id"]
    name = (
        ""
        if pd.isna(other)
        else text.markdown(labels.get(int(other), f"topic {int(other)} (no longer there)"))
    )
    on = "" if pd.isna(row["on"]) else f" on {text.day(row['on'])}"
    words = {
        ("born", True): "first found",
        ("split", True): f"split off from {name}",
        ("split", False): f"{name} split off from it",
        ("merged", True): f"took in {name}",
        ("merged", False): f"went into {name}",
        ("retired", True): "retired",
    }.get((row["event"], own))
    return f"{words}{on}" if words else ""


def listed(clauses: Iterable[str]) -> str:
    """Clauses as a sentence."""
    joined = "; ".join(clauses)
    return f"{joined[:1].upper()}{joined[1:]}." if joined else ""
