"""Where does a topic's change come from: a growing corpus, one organisation, one author, or one listing day?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from etl.trends.history import History

MONTHS = 12  # of both periods together, at most
NAMED = 3  # contributors of a kind to a topic
_OWN, _CORPUS = ["before", "after"], ["corpus_before", "corpus_after"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Growth:
    """A topic's additional papers (t), split into two parts that add up to them."""

    by_corpus: Floats  # papers the topic gained because the whole corpus grew
    by_share: Floats  # papers it gained because its share rose


def growth(papers: ArrayLike, corpus: ArrayLike) -> Growth:
    """Split the change of a topic's papers between two periods.

    Papers are share times corpus, so their change is the mean share times the corpus's change, plus the mean corpus
    times the share's change (Kitagawa, 1955).

    Args:
        papers: a topic's papers before and after, shape (t, 2).
        corpus: all papers before and after, shape (2), none of them 0.
    """
    k, n = np.asarray(papers, float), np.asarray(corpus, float)
    share = k / n
    return Growth(share.mean(axis=1) * (n[1] - n[0]), (share[:, 1] - share[:, 0]) * n.mean())


def change(papers: ArrayLike, corpus: ArrayLike) -> Floats:
    """Ratio of shares, after / before (g), of papers (g, 2) among a corpus (g, 2) or (2).

    Half a paper is added to each count, so that it is finite where a period has none.
    """
    k, n = np.asarray(papers, float) + 0.5, np.asarray(corpus, float) + 1
    share = k / n
    ratio: Floats = share[:, 1] / share[:, 0]
    return ratio


@dataclass(frozen=True, slots=True)
class Influence:
    """What leaving out one contributor does to the change of a topic (g contributors)."""

    change: Floats  # the topic's ratio of shares, after / before, with everybody
    without: (
        Floats  # the same without the contributor, whose papers then count neither in topic nor in corpus
    )
    part: Floats  # part of the log change that goes with the contributor: 1 all of it, 0 none, below 0 it held back


def influence(papers: ArrayLike, corpus: ArrayLike, own: ArrayLike, own_corpus: ArrayLike) -> Influence:
    """Leave each contributor out in turn.

    Args:
        papers: papers of the contributor's topic, before and after, shape (g, 2).
        corpus: all papers before and after, shape (2).
        own: papers of the contributor on the topic, before and after, shape (g, 2).
        own_corpus: papers of the contributor on any topic, before and after, shape (g, 2).
    """
    k, n = np.asarray(papers, float), np.asarray(corpus, float)
    whole = change(k, n)
    without = change(k - np.asarray(own, float), n - np.asarray(own_corpus, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(whole == 1, 0.0, 1 - np.log(without) / np.log(whole))
    return Influence(whole, without, part)


# ---- the same for tables ----


@dataclass(frozen=True, slots=True)
class Periods:
    """The two periods compared, half-open and adjacent."""

    start: pd.Timestamp
    middle: pd.Timestamp
    end: pd.Timestamp


def periods(months: pd.DataFrame) -> Periods | None:
    """The halves of the last complete year, or of what there is of it (see `History.of`); None of a single month."""
    last = History.of(months).months[-MONTHS:]
    half = len(last) // 2
    if half == 0:
        return None
    return Periods(last[-2 * half], last[-half], last[-1] + pd.DateOffset(months=1))


def most_influential(topics: pd.DataFrame, contributors: pd.DataFrame) -> pd.DataFrame:
    """Who carried each topic's change most, kind by kind, and what the corpus's growth explains.

    Args:
        topics: topic_id, before and after (its papers in the two periods), corpus_before and corpus_after.
        contributors: topic_id, kind ('organization', 'author' or 'day'), name, before, after (papers on the topic),
            corpus_before and corpus_after (papers on any topic).

    Returns:
        Columns of `contract.TOPIC_ATTRIBUTION`, the periods aside: a row of kind 'corpus' for each topic, and up to
        NAMED of each other kind, ranked by the part of the change that goes with them.
    """
    if topics.empty:
        return pd.DataFrame()
    corpus = topics[_CORPUS].iloc[0]
    parts = growth(topics[_OWN], corpus)
    rows = pd.DataFrame(
        {
            "topic_id": topics.topic_id,
            "kind": "corpus",
            "rank": 1,
            "name": None,
            "papers_before": topics.before,
            "papers_after": topics.after,
            "gained_by_corpus": parts.by_corpus,
            "gained_by_share": parts.by_share,
            "change": change(topics[_OWN], corpus),
        }
    )
    if contributors.empty:
        return rows
    named = _ranked(contributors, topics.set_index("topic_id")[_OWN], corpus)
    return pd.concat([rows, named.rename(columns={"before": "papers_before", "after": "papers_after"})])


def _ranked(contributors: pd.DataFrame, of_topic: pd.DataFrame, corpus: pd.Series[int]) -> pd.DataFrame:
    """The NAMED contributors that carried most of each topic's change: alone, and with those ranked before them."""
    alone = influence(of_topic.loc[contributors.topic_id], corpus, contributors[_OWN], contributors[_CORPUS])
    rows = contributors.assign(
        change=alone.change,
        change_without=alone.without,
        part=alone.part,
        moved=np.abs(np.log(alone.without / alone.change)),
    )
    order = ["topic_id", "kind", "part", "moved", "name"]
    rows = rows.sort_values(order, ascending=[True, True, False, False, True])
    by_kind = rows.groupby(["topic_id", "kind"])
    rows = rows.assign(rank=by_kind.cumcount() + 1, **by_kind[[*_OWN, *_CORPUS]].cumsum().add_prefix("all_"))
    rows = rows[rows["rank"] <= NAMED]
    together = influence(
        of_topic.loc[rows.topic_id],
        corpus,
        rows[[f"all_{c}" for c in _OWN]],
        rows[[f"all_{c}" for c in _CORPUS]],
    )
    # Authors write papers together, so theirs do not add up.
    without_all = np.where(rows.kind == "author", np.nan, together.without)
    columns = ["topic_id", "kind", "rank", "name", *_OWN, "change", "change_without", "part"]
    return rows[columns].assign(change_without_all=without_all)
