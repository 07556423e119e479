"""How far to trust this: what was planted and found, and what this corpus says of itself."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import queries, text
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from dashboard.views import parts
from etl.contract import FALLING, INSUFFICIENT, RISING, STEADY
from etl.trends import truth

QUESTION = "How far to trust this?"
_PERCENT = st.column_config.NumberColumn(format=parts.PERCENT)
_OUTLOOK = {
    "topic_forecasts",
    "topic_attribution",
    "topic_newness",
}  # tables that snapshots of older releases lack
TIMES = "\u00d7"
_PLANTED = "demo_truth_topics"  # only demo corpora have it
# What a verdict should say of a planted movement; of a burst, which comes back, it has nothing to say.
_MOVES = {"rising": RISING, "born": RISING, "falling": FALLING, "died": FALLING, "bursting": None}


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page. It is on the whole corpus; filters do not change it."""
    if not filters.is_neutral:
        st.caption("This page is about the whole corpus; the filters above do not change it.")
    _suite()
    tables = set(snapshot.read(queries.tables)["name"])
    if not tables >= _OUTLOOK:
        st.info("This snapshot is of an older release. Run the ETL again to see what it says of itself.")
    else:
        _verdicts(snapshot)
        _forecasts(snapshot)
        _newness(snapshot)
        _fragile(snapshot)
    if _PLANTED in tables:
        _planted(snapshot)
    parts.foot(snapshot)


def _suite() -> None:
    held, bars = truth.bars()
    corpora = truth.results()["settings"]["corpora"]
    st.subheader("On planted trends, what each rule finds and invents", anchor=False)
    st.markdown(
        f"{corpora} corpora were made up in which 40 topics keep their share, 5 rise fourfold and 5 twofold, while the "
        "corpus itself grows fourfold over 24 months. A good rule finds the risers and leaves the others alone. The "
        "other tools' rules are rebuilt from what they publish, and run on the same numbers. "
        f"Of the {bars} bars that Papertide set itself, {held} hold."
    )
    for corpora_of, heading in zip(
        truth.MOVING, ("Risers of 2 % and 5 % of all papers", "Risers of 1 % and 2 %"), strict=True
    ):
        st.markdown(f"**{heading}**")
        shown = suite_table(corpora_of)
        rates = [name for name in shown.columns if name != "Rule"]
        st.dataframe(
            parts.in_percent(shown, *rates),
            hide_index=True,
            column_config=dict.fromkeys(rates, _PERCENT),
            height="content",
        )
    parts.download("Download as CSV", lambda: suite_table(truth.MOVING[0]), "papertide-planted-trends.csv")
    doubled = {rule.name: rule.false_discoveries for rule in truth.rules(truth.MOVING[0] + truth.DOUBLED)}
    st.caption(
        "Where months scatter twice as much as chance alone, Papertide finds less, and of what it reports "
        f"{text.percent(doubled[truth.OURS])} is false; of what the plain binomial slope reports, which does as well "
        f"above, it is {text.percent(doubled[truth.PLAIN])}. A yearly season is told from a trend where two whole "
        "years are known; where less is known, a topic that swings with the year may be taken for a trend."
    )
    skill = truth.forecast_skill()
    error, inside = skill[truth.MOVING[0]]
    least, most = (f(other for other, _ in skill.values()) for f in (min, max))
    st.caption(
        f"Forecasts of the next quarter err {text.percent(error)} as much as repeating the last share on the first of "
        f"these corpora, and {text.percent(least)} to {text.percent(most)} as much on {len(skill)} kinds of them; "
        f"{text.percent(inside)} of the quarters lie within their 80 % intervals on the first."
    )


def suite_table(corpora: str) -> pd.DataFrame:
    """The rules on a kind of planted corpora: Rule, flat topics flagged, false discoveries, and recall by what rose."""
    return pd.DataFrame(
        {
            "Rule": rule.name,
            "Flat topics flagged": rule.flat_flagged,
            "Reports that are false": rule.false_discoveries,
            **{f"Found: {_in_words(planted)}": rate for planted, rate in rule.recall.items()},
        }
        for rule in truth.rules(corpora)
    )


def _in_words(planted: str) -> str:
    """'rise x4 at 2.0%': times 4 at 2 %, with the sign for it."""
    return planted.removeprefix("rise ").replace("x", TIMES).replace(".0%", " %")


def _verdicts(snapshot: Snapshot) -> None:
    st.subheader("What can be told of this corpus", anchor=False)
    counts = snapshot.read(queries.verdicts).set_index("signal")["topics"]
    if counts.empty:
        st.markdown("There are no topics, so there is nothing to tell.")
        return
    told = [f"{counts.get(signal, 0)} {signal}" for signal in (RISING, FALLING, STEADY)]
    topics, untold = text.counted(int(counts.sum()), "topic"), counts.get(INSUFFICIENT, 0)
    st.markdown(
        f"Of {topics}: {', '.join(told)}. For {untold} there are too few papers to tell, which is not the same as "
        "steady. At most 5 % of the topics called rising or falling are expected to be neither."
    )


def _forecasts(snapshot: Snapshot) -> None:
    st.subheader("Whether forecasts are worth showing here", anchor=False)
    tested = snapshot.read(queries.backtest)
    if tested.empty:
        st.markdown("There are too few complete months to test a forecast, so none is shown.")
        return
    row = tested.iloc[0]
    st.markdown(
        f"{int(row['tests'])} past quarters were forecast from the months before them. The forecasts' error was "
        f"{text.percent(1 - row['skill'])} of that of simply repeating the last share, and their 80 % intervals held "
        f"{text.percent(row['coverage'])} of the quarters. A forecast is shown for {int(row['shown'])} of "
        f"{text.counted(int(row['topics']), 'topic')}: only where it was better, on the topic and over all."
    )


def _fragile(snapshot: Snapshot) -> None:
    st.subheader("Verdicts to take with care", anchor=False)
    rows = snapshot.read(queries.fragile)
    if rows.empty:
        st.markdown(
            "None: no verdict hangs on a single organisation, author or day, and none is close to chance."
        )
        return
    shown = fragile_table(rows)
    st.dataframe(shown, hide_index=True, height="content")
    parts.download("Download as CSV", lambda: shown, "papertide-fragile-verdicts.csv")


def fragile_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `queries.fragile` as they are read."""
    return pd.DataFrame(
        {
            "Topic": rows["label"],
            "Verdict": rows["signal"],
            "Change": rows["change"].map(text.times),
            "Why with care": [_why(row) for _, row in rows.iterrows()],
        }
    )


def _why(row: pd.Series) -> str:
    if isinstance(row["kind"], str):
        without = f"{text.times(row['without'])} times from half-year to half-year"
        return f"mostly {row['kind']} {row['name']}: without it {without}"
    return f"close to chance (q = {row['q_value']:.3f})"


def _newness(snapshot: Snapshot) -> None:
    st.subheader("What is new, and how surely", anchor=False)
    rows = snapshot.read(queries.newness)
    rows = rows[rows["topic_id"].isin(snapshot.read(queries.topics)["topic_id"])]  # hidden topics stay hidden
    if rows.empty:
        st.markdown("No topic was born within the last year, speeds up, or stands out in the last quarter.")
        return
    st.markdown(
        "Ranked by what the share surely grew to, in times what it was: the lower end of the 95 % interval. A handful "
        "of papers that happen to double therefore do not come first."
    )
    shown = newness_table(rows)
    st.dataframe(shown, hide_index=True, height="content")
    parts.download("Download as CSV", lambda: shown, "papertide-new-topics.csv")


def newness_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `queries.newness` as they are read."""
    return pd.DataFrame(
        {
            "Topic": rows["label"],
            "What is new": rows["kind"],
            "Last quarter / year before": rows["growth"].map(text.times),
            "Surely at least": rows["growth_low"].map(text.times),
            "Born": ["" if pd.isna(month) else text.month(month) for month in rows["born_on"]],
        }
    )


def _planted(snapshot: Snapshot) -> None:
    st.subheader("Planted in this demo, and found", anchor=False)
    rows = snapshot.read(queries.planted)
    shown = planted_table(rows)
    moving, flat = rows[rows["kind"].isin(_MOVES)], rows[rows["kind"] == "flat"]
    judged = within_window(moving)
    hits = found(moving)
    wrong = flat["signal"].isin([RISING, FALLING])
    st.markdown(
        f"Of {text.counted(int(judged.sum()), 'planted movement')} within the window, {int(hits[judged].sum())} got "
        f"the verdict with the right sign. Of {int((~judged).sum())} bursts and movements that ended before it, "
        f"{int(hits[~judged].sum())} stand among the changes of level, within a month of where they were planted. Of "
        f"{text.counted(len(flat), 'flat topic')} {int(wrong.sum())} were called moving."
    )
    st.dataframe(
        parts.in_percent(shown, "Papers shared"),
        hide_index=True,
        column_config={"Papers shared": _PERCENT},
        height=420,
    )
    parts.download("Download as CSV", lambda: shown, "papertide-planted-and-found.csv")


def within_window(rows: pd.DataFrame) -> pd.Series:
    """Which planted movements a verdict can tell: those that go on within the window, and do not come back.

    Args:
        rows: as `queries.planted` gives them.
    """
    begins = rows["window_start"].min()
    goes_on: pd.Series = rows["kind"].map(_MOVES).notna() & ~(rows["ended_on"] <= begins)
    return goes_on


def found(rows: pd.DataFrame) -> pd.Series:
    """Which planted movements were found: within the window by the verdict, the others by a change of level."""
    by_verdict = rows["signal"] == rows["kind"].map(_MOVES)
    return by_verdict.where(within_window(rows), rows["seen_on"].notna())


def planted_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `queries.planted` as they are read."""
    moves, hits = rows["kind"].isin(_MOVES), found(rows)
    return pd.DataFrame(
        {
            "Planted": rows["planted"],
            "Kind": rows["kind"],
            "When": [_span(row) for _, row in rows.iterrows()],
            "Planted change": ["" if pd.isna(change) else text.times(change) for change in rows["change"]],
            "Found as": rows["label"].fillna("nothing"),
            "Papers shared": rows["shared"],
            "Verdict": rows["signal"].fillna(""),
            "Measured change": rows["found_change"].map(text.times),
            "Level changed": ["" if pd.isna(month) else text.month(month) for month in rows["seen_on"]],
            "Found": [
                ("yes" if hit else "no") if moved else "" for moved, hit in zip(moves, hits, strict=True)
            ],
        }
    )


def _span(row: pd.Series) -> str:
    if pd.isna(row["started_on"]):
        return ""
    months = [text.month(row[name]) for name in ("started_on", "ended_on")]
    return " to ".join(dict.fromkeys(months))
