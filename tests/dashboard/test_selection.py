"""Topics as the filters show them: published for the whole corpus, and the same statistics made anew for a part."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from dashboard import counts, queries, selection
from dashboard.filters import DAY, PAPERS, QUARTER, UPVOTES, WEEK, Filters, Mark
from dashboard.snapshot import Snapshot
from etl import trends
from etl.contract import FALLING, INSUFFICIENT, OUTLIER, RISING, STEADY
from tests.dashboard.corpus import GRAPHS, MOVING_CORPUS, MOVING_COUNTS, PROTEINS, SPEECH

CORPORA = ["small", "moving", "joined"]
NOTHING = Filters(text="xyzzy")


@pytest.fixture(params=CORPORA)
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    opened = request.getfixturevalue(request.param)
    assert isinstance(opened, Snapshot)
    return opened


def published(snapshot: Snapshot, table: str) -> pd.DataFrame:
    with snapshot.connection.cursor() as cursor:
        return cursor.execute(f"SELECT * FROM published.{table}").df()


def test_live_verdicts_equal_the_published_ones(snapshot: Snapshot) -> None:
    months = snapshot.made(counts.topic_source_months, Filters())
    topics = [topic for topic in months["topic_id"].unique() if topic != OUTLIER]
    live = trends.signals(months, topics)
    table = published(snapshot, "topic_signals").sort_values("topic_id", ignore_index=True)
    assert_frame_equal(live, table, check_dtype=False)
    assert_frame_equal(selection.signals(snapshot, Filters()), table)


def test_live_shares_equal_the_published_ones(snapshot: Snapshot) -> None:
    # Of several sources, the published table has counts and the shares of all papers together.
    one_source = published(snapshot, "paper_sources")["source"].nunique() == 1
    topics = tuple(int(topic) for topic in snapshot.ask(queries.topics)["topic_id"])
    live = selection.shares(snapshot, Filters(topics=topics))
    columns = ["topic_id", "month", "papers", "corpus_papers"]
    columns += ["share", "share_low", "share_high", "partial"] if one_source else []
    table = published(snapshot, "topic_months").sort_values(["topic_id", "month"], ignore_index=True)
    assert_frame_equal(live[columns], table[columns], check_dtype=False)


def test_filters_that_leave_no_paper_out_change_nothing(moving: Snapshot) -> None:
    everything = selection.topics(moving, Filters())
    for asked in (
        Filters(date_from=date(2025, 1, 1), date_until=date(2025, 9, 1)),
        Filters(text="paper"),  # in every title
        Filters(topics=(3,), sort=UPVOTES, measure=PAPERS, mark=Mark("teams", "team=1-1")),
    ):
        assert_frame_equal(selection.topics(moving, asked), everything, check_dtype=False)


def test_the_planted_movements_are_found(moving: Snapshot) -> None:
    topics = selection.topics(moving, Filters()).set_index("topic_id")
    assert topics["signal"].drop(OUTLIER).to_dict() == {8: STEADY, 5: FALLING, 3: RISING, 9: INSUFFICIENT}
    assert topics["signal"].isna()[OUTLIER]  # outliers are no topic and get no verdict
    assert topics["window_papers"].drop(OUTLIER).to_dict() == {
        topic: sum(counts[:8]) for topic, counts in MOVING_COUNTS.items()
    }
    assert set(topics["window_end"].dropna()) == {pd.Timestamp(2025, 8, 1)}  # the last month is cut


def test_topics_come_largest_first_with_their_share_and_no_topic_last(small: Snapshot) -> None:
    topics = selection.topics(small, Filters())
    assert topics["topic_id"].tolist() == [GRAPHS, SPEECH, PROTEINS, OUTLIER]
    assert topics["papers"].tolist() == [7, 3, 2, 3]
    assert topics["share"].tolist() == pytest.approx([7 / 15, 3 / 15, 2 / 15, 3 / 15])
    assert topics["keywords"].iloc[0].tolist() == ["graph", "node"]


def test_with_an_organisation_shares_are_of_its_papers(small: Snapshot) -> None:
    topics = selection.topics(small, Filters(organization="Alpha"))
    assert topics["topic_id"].tolist() == [GRAPHS, PROTEINS, SPEECH, OUTLIER]
    assert topics["papers"].tolist() == [5, 1, 0, 0]
    assert topics["share"].tolist() == pytest.approx([5 / 6, 1 / 6, 0, 0])

    shares = selection.shares(small, Filters(organization="Alpha", topics=(GRAPHS,)))
    assert shares["papers"].tolist() == [2, 1, 0, 1]
    assert shares["corpus_papers"].tolist() == [3, 1, 0, 1]
    assert shares["share"].tolist()[:2] == pytest.approx([2 / 3, 1])
    assert math.isnan(shares["share"].iloc[2])  # of no papers there is no share
    assert shares["partial"].tolist() == [False, False, False, True]


def test_the_chosen_topics_never_change_what_shares_are_of(small: Snapshot) -> None:
    one = selection.shares(small, Filters(topics=(SPEECH,)))
    both = selection.shares(small, Filters(topics=(SPEECH, GRAPHS)))
    assert one["label"].unique().tolist() == ["Speech recognition"]
    assert both["topic_id"].unique().tolist() == [GRAPHS, SPEECH]
    assert_frame_equal(one, both[both["topic_id"] == SPEECH].reset_index(drop=True))
    assert one["corpus_papers"].tolist() == [6, 4, 0, 3]
    assert_frame_equal(selection.topics(small, Filters(topics=(SPEECH,))), selection.topics(small, Filters()))


def test_a_part_of_the_corpus_is_judged_on_its_own_papers(moving: Snapshot) -> None:
    # Papers alternate between two organisations, so that each has half of a month (40 of 80).
    half = selection.topics(moving, Filters(organization="Beta")).set_index("topic_id")
    assert half.loc[3, "signal"] == RISING
    assert half.loc[8, "window_papers"] == 8 * 16
    assert (
        half.loc[8, "change_high"]
        > selection.topics(moving, Filters()).set_index("topic_id").loc[8, "change_high"]
    )  # fewer papers, a wider interval
    shares = selection.shares(moving, Filters(organization="Beta", topics=(8,)))
    assert shares["corpus_papers"].tolist() == [corpus // 2 for corpus in MOVING_CORPUS]


def test_the_window_ends_with_the_months_asked_for(moving: Snapshot) -> None:
    asked = Filters(date_from=date(2025, 2, 1), date_until=date(2025, 7, 1))
    verdicts = selection.signals(moving, asked).set_index("topic_id")
    assert set(verdicts["window_start"]) == {pd.Timestamp(2025, 2, 1)}
    assert set(verdicts["window_end"]) == {pd.Timestamp(2025, 7, 1)}
    assert verdicts.loc[3, "papers"] == 3 + 4 + 6 + 8 + 10 + 13
    short = selection.signals(moving, Filters(date_from=date(2025, 4, 1)))  # five whole months are too few
    assert set(short["signal"]) == {INSUFFICIENT}
    assert short["change"].isna().all()


def test_the_window_may_be_shorter_than_the_published_one(moving: Snapshot) -> None:
    published = selection.signals(moving, Filters())
    assert set(published["window_start"]) == {pd.Timestamp(2025, 1, 1)}
    shorter = selection.signals(moving, Filters(window=6)).set_index("topic_id")
    assert set(shorter["window_start"]) == {pd.Timestamp(2025, 3, 1)}
    assert set(shorter["window_end"]) == {pd.Timestamp(2025, 8, 1)}
    assert shorter["papers"].to_dict() == {topic: sum(counts[2:8]) for topic, counts in MOVING_COUNTS.items()}


def test_a_longer_window_than_there_are_months_is_all_of_them(moving: Snapshot) -> None:
    assert_frame_equal(
        selection.signals(moving, Filters(window=120)),
        selection.signals(moving, Filters()),
        check_dtype=False,
    )


def test_a_source_that_joins_moves_no_topic_whatever_is_asked_for(joined: Snapshot) -> None:
    months = joined.made(counts.topic_months, Filters()).assign(partial=False)
    assert trends.signals(months, [0, 1])["signal"].tolist() == [RISING, FALLING]  # were the sources one
    for asked in (Filters(), Filters(organization="Alpha"), Filters(window=9), Filters(text="paper")):
        verdicts = selection.signals(joined, asked)
        assert set(verdicts["signal"]) <= {STEADY, INSUFFICIENT}, asked
        assert verdicts["change"].tolist() == pytest.approx([1, 1], abs=0.02)
        assert verdicts["q_value"].tolist() == pytest.approx([1, 1], abs=0.01)
    assert selection.signals(joined, Filters())["papers"].tolist() == [12 * 4 + 6 * 24, 12 * 20 + 6 * 8]
    assert selection.signals(joined, Filters(window=9))["window_start"].unique() == [pd.Timestamp(2025, 4, 1)]


def test_a_break_stands_where_a_source_joins_unless_nothing_is_before_it(joined: Snapshot) -> None:
    (found,) = selection.breaks(joined, Filters()).to_dict("records")
    assert found["month"] == pd.Timestamp(2025, 7, 1)
    assert (found["joined"].tolist(), found["ended"].tolist()) == (["hf"], [])
    assert (
        len(selection.breaks(joined, Filters(date_from=date(2025, 6, 1), date_until=date(2025, 7, 1)))) == 1
    )
    assert selection.breaks(joined, Filters(date_from=date(2025, 7, 1))).empty
    assert selection.breaks(joined, Filters(date_until=date(2025, 6, 1))).empty


def test_changes_of_level_equal_the_published_ones(snapshot: Snapshot) -> None:
    live = selection.changes(snapshot, Filters())
    assert_frame_equal(live, published(snapshot, "topic_changes"), check_dtype=False)


@pytest.mark.parametrize(
    "asked",
    [
        NOTHING,
        Filters(date_from=date(2030, 1, 1)),
        Filters(date_until=date(1990, 1, 1)),
        Filters(date_from=date(2025, 3, 1), date_until=date(2025, 2, 1)),
    ],
)
def test_where_nothing_matches_nothing_is_claimed(snapshot: Snapshot, asked: Filters) -> None:
    topics = selection.topics(snapshot, asked)
    assert set(topics["papers"]) == {0}
    assert topics["share"].isna().all()
    assert set(topics["signal"].dropna()) <= {INSUFFICIENT}
    shares = selection.shares(snapshot, Filters.from_query(asked.to_query() | {"topics": "0.3"}))
    assert not shares["corpus_papers"].any()
    assert shares["share"].isna().all()


def test_no_topic_chosen_gives_no_row(small: Snapshot) -> None:
    assert selection.shares(small, Filters(topics=())).empty
    assert selection.shares(small, Filters()).empty


def test_quarters_add_their_months_up_and_are_partial_where_one_is_cut_or_missing(moving: Snapshot) -> None:
    quarters = selection.shares(moving, Filters(topics=(3,), per=QUARTER))
    months = selection.shares(moving, Filters(topics=(3,)))
    # January to September 2025: eight whole months of 80 papers, and a ninth that is cut after ten days.
    assert quarters["month"].dt.month.tolist() == [1, 4, 7]
    assert quarters["last"].dt.month.tolist() == [3, 6, 9]
    assert quarters["corpus_papers"].tolist()[:2] == [240, 240]
    assert quarters["papers"].tolist() == [months["papers"][start : start + 3].sum() for start in (0, 3, 6)]
    assert quarters["partial"].tolist() == [False, False, True]
    shorter = selection.shares(moving, Filters(topics=(3,), per=QUARTER, date_from=date(2025, 2, 1)))
    assert shorter["partial"].tolist() == [True, False, True]


def test_weeks_begin_on_mondays_and_those_of_a_cut_month_are_partial(small: Snapshot) -> None:
    weeks = selection.shares(small, Filters(topics=(GRAPHS,), per=WEEK)).set_index("month")
    # January 2025 begins on a Wednesday; its first week of the corpus lies partly before.
    assert weeks.index[0] == pd.Timestamp(2024, 12, 30)
    assert weeks["partial"].iloc[0]
    second = weeks.loc["2025-01-06"]
    assert (second["papers"], second["corpus_papers"], second["partial"]) == (2, 3, False)
    assert second["share"] == pytest.approx(2 / 3)
    assert second["last"] == pd.Timestamp(2025, 1, 12)
    assert weeks.loc["2025-04-07", "partial"]  # April is cut
    assert weeks["papers"].sum() == selection.shares(small, Filters(topics=(GRAPHS,)))["papers"].sum()


def test_days_stand_by_themselves(small: Snapshot) -> None:
    days = selection.shares(small, Filters(topics=(GRAPHS,), per=DAY)).set_index("month")
    assert len(days) == 31 + 28 + 31 + 30
    assert days.loc["2025-01-07", ["papers", "corpus_papers"]].tolist() == [1, 2]
    assert pd.isna(days.loc["2025-01-08", "share"])


@pytest.mark.parametrize("per", ["month", QUARTER, WEEK])
def test_a_source_that_joins_moves_no_share_between_breaks(joined: Snapshot, per: str) -> None:
    # 10 % of one source, 60 % of the other, which joins in July with as many papers.
    found = selection.shares(joined, Filters(topics=(0,), per=per))
    known = found[~found["partial"]]
    by_stretch = known.groupby("stretch")["papers"].sum() / known.groupby("stretch")["corpus_papers"].sum()
    assert by_stretch.tolist() == pytest.approx([0.1, 0.35], abs=0.03)
    if per != WEEK:  # each of which has its own chance draw of days
        assert known["share"].tolist() == pytest.approx(
            [0.1 if stretch == 0 else 0.35 for stretch in known["stretch"]]
        )


def test_every_topic_may_be_asked_for_at_once(moving: Snapshot) -> None:
    every = selection.shares(moving, Filters(topics=(3,)), every=True)
    assert set(every["topic_id"]) == {3, 5, 8, 9, OUTLIER}
