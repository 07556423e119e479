"""The demo source: what is planted, what is drawn, how the papers read, and what they keep to themselves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats

from etl import contract
from etl.errors import InputError
from etl.records import Paper, Raw, paper_from
from etl.sources import demo as demo_source
from etl.sources.demo import Demo
from etl.sources.demo_corpus import plan as planning
from etl.sources.demo_corpus import vocabulary
from etl.sources.demo_corpus.people import People
from etl.sources.demo_corpus.plan import MOVEMENT, Plan, apportion, draw_plan
from etl.trends import WINDOW_MONTHS

TOPICS = len(vocabulary.load().topics)
TODAY = date(2026, 11, 1)
FIELDS = {
    "id",
    "title",
    "abstract",
    "keywords",
    "published_on",
    "listed_on",
    "url",
    "authors",
    "organization",
}
COUNTERS = {"upvotes", "comments", "observed_at", "observations"}  # of listed papers


def fields_of(demo: Demo) -> Iterator[dict[str, Any]]:
    return (dict(raw.fields) for raw in demo.records())


def topics_of(demo: Demo) -> list[Any]:
    return [topic for _, topic in demo.truth()[contract.DEMO_TRUTH_PAPERS]]


@pytest.fixture(scope="module")
def demo() -> Demo:
    return Demo(5_000, 1)


@pytest.fixture(scope="module")
def papers(demo: Demo) -> list[dict[str, Any]]:
    return list(fields_of(demo))


@pytest.fixture(scope="module", params=range(8))
def plan(request: pytest.FixtureRequest) -> Plan:
    return draw_plan(20_000, TOPICS, request.param)


# ---- asking for it ----


@pytest.mark.parametrize("count", [-1, 0, 99, 1_000_001])
def test_counts_out_of_range_are_refused_in_a_sentence(count: int) -> None:
    with pytest.raises(InputError) as refused:
        Demo(count, 1)
    assert str(refused.value) == f"--papers {count} is out of range; give 100 to 1,000,000."


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_out_of_range_are_refused_in_a_sentence(seed: int) -> None:
    with pytest.raises(InputError, match=f"--seed {seed} is out of range; give 0 to"):
        Demo(100, seed)


def test_as_many_papers_as_asked_for_each_with_its_own_id(papers: list[dict[str, Any]]) -> None:
    for count, corpus in (
        (5_000, papers),
        (100, list(fields_of(Demo(100, 1)))),
        (101, list(fields_of(Demo(101, 1)))),
    ):
        assert len({paper["id"] for paper in corpus}) == len(corpus) == count


def test_equal_seeds_give_equal_corpora_and_others_other_ones() -> None:
    first, again, other = (list(Demo(300, seed).records()) for seed in (7, 7, 8))
    assert first == again
    assert not {raw.fields["id"] for raw in first} & {raw.fields["id"] for raw in other}
    assert not {raw.fields["abstract"] for raw in first} & {raw.fields["abstract"] for raw in other}


def test_nothing_depends_on_hash_randomisation() -> None:
    code = "from etl.sources.demo import Demo; print(ascii([raw.fields for raw in Demo(100, 1).records()]))"
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == ascii(list(fields_of(Demo(100, 1))))


def test_memory_stays_flat() -> None:
    million = Demo(1_000_000, 1)
    tracemalloc.start()
    assert sum(1 for _ in islice(million.records(), 2_500)) == 2_500
    assert sum(1 for _ in islice(million.truth()[contract.DEMO_TRUTH_PAPERS], 50_000)) == 50_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30e6


# ---- the plan ----


def test_the_calendar_has_whole_months_that_are_past(plan: Plan) -> None:
    assert len(plan.months) >= 24
    assert all(planning.next_month(month) == following for month, following in pairwise(plan.months))
    assert plan.months[0].day == 1
    assert date(2025, 7, 1) < plan.end <= date(2026, 1, 1)


def test_the_corpus_grows_three_to_fourfold(plan: Plan) -> None:
    assert plan.papers.sum() == 20_000
    assert 3 <= plan.papers[-1] / plan.papers[0] <= 4
    assert np.polyfit(np.arange(len(plan.papers)), plan.papers, 1)[0] > 0


def test_largest_remainders_by_hand() -> None:
    # 10 papers on 2 : 1 : 1 are 5, 2.5 and 2.5; of equal remainders the first comes first.
    assert apportion(10, np.array([2.0, 1.0, 1.0])).tolist() == [5, 3, 2]
    assert apportion(4, np.array([3.0, 1.0])).tolist() == [3, 1]


def test_shares_are_positive_where_a_topic_lives_and_sum_to_one(plan: Plan) -> None:
    np.testing.assert_allclose(plan.shares.sum(axis=0), 1)
    alive = [curve.shares for curve in plan.curves if curve.kind not in ("born", "died")]
    assert np.min(alive) > 0.005


def test_every_kind_is_there_and_at_least_half_of_thirty_topics_or_more_are_flat(plan: Plan) -> None:
    kinds = Counter(curve.kind for curve in plan.curves)
    assert set(kinds) == {"flat", "rising", "falling", "bursting", "born", "died", "balance"}
    assert sum(kinds.values()) >= 30
    assert kinds["flat"] * 2 >= sum(kinds.values())
    for curve in plan.curves:
        if curve.kind == "flat":
            assert np.ptp(curve.shares) == 0
            assert curve.change is curve.first is curve.last is None


def test_movers_change_two_to_fourfold_over_the_window_at_one_to_six_percent(plan: Plan) -> None:
    movers = [curve for curve in plan.curves if curve.kind in ("rising", "falling")]
    for curve in movers:
        assert curve.first is not None
        assert curve.last == len(plan.months) - 1
        window = curve.shares[curve.first :]
        assert len(window) == WINDOW_MONTHS
        assert curve.change == pytest.approx(window[-1] / window[0])
        assert 2 <= (curve.change if curve.kind == "rising" else 1 / curve.change) <= 4
        assert 0.01 <= window.mean() <= 0.0601
        assert np.ptp(curve.shares[: curve.first + 1]) == pytest.approx(0)
    assert Counter(curve.kind for curve in movers)["rising"] * 2 == len(movers)


def test_bursts_triple_for_some_months_and_lives_begin_and_end(plan: Plan) -> None:
    for curve in plan.curves:
        if curve.kind == "bursting":
            assert curve.first is not None
            assert curve.last is not None
            inside = np.zeros(len(plan.months), bool)
            inside[curve.first : curve.last + 1] = True
            assert inside.sum() in (3, 4)
            np.testing.assert_allclose(curve.shares[inside], 3 * curve.shares[~inside].mean())
        if curve.kind in ("born", "died"):
            before, after = curve.shares[: curve.first], curve.shares[curve.first :]
            assert (before.any(), after.any()) == ((False, True) if curve.kind == "born" else (True, False))


def test_balance_moves_little_over_the_window(plan: Plan) -> None:
    for curve in plan.curves:
        if curve.kind == "balance":
            window = curve.shares[-MOVEMENT:]
            assert window[-1] / window[0] == pytest.approx(1)
            assert window.max() < 2.5 * window.min()


def test_another_seed_gives_the_curves_to_other_topics() -> None:
    rising = [
        tuple(
            place
            for place, curve in enumerate(draw_plan(1_000, TOPICS, seed).curves)
            if curve.kind == "rising"
        )
        for seed in range(8)
    ]
    assert len(set(rising)) == 8


# ---- the truth ----


def test_truth_has_the_columns_of_the_contract(demo: Demo, papers: list[dict[str, Any]]) -> None:
    truth = {table: list(rows) for table, rows in demo.truth().items()}
    assert set(truth) == set(contract.DEMO_TABLES)
    for table, rows in truth.items():
        assert {len(row) for row in rows} == {len(table.columns)}
    assert len(truth[contract.DEMO_TRUTH_TOPICS]) == TOPICS
    assert len(truth[contract.DEMO_TRUTH_MONTHS]) == TOPICS * 30
    assert [row[0] for row in truth[contract.DEMO_TRUTH_PAPERS]] == [paper["id"] for paper in papers]
    names = {row[0]: row[1] for row in truth[contract.DEMO_TRUTH_TOPICS]}
    assert names == {number: topic.name for number, topic in enumerate(vocabulary.load().topics)}


def test_the_papers_drawn_agree_with_the_planted_shares() -> None:
    demo, plan = Demo(20_000, 3), draw_plan(20_000, TOPICS, 3)
    month = np.repeat(np.arange(len(plan.months)), plan.papers)
    drawn = np.zeros(plan.shares.shape)
    np.add.at(drawn, (topics_of(demo), month), 1)
    expected = plan.shares * plan.papers
    possible = expected > 0
    assert drawn[~possible].sum() == 0
    chi_square = ((drawn - expected)[possible] ** 2 / expected[possible]).sum()
    freedom = possible.sum() - len(plan.months)
    assert 0.001 < stats.chi2.sf(chi_square, freedom) < 0.999


def test_truth_fits_the_words_of_the_papers(demo: Demo, papers: list[dict[str, Any]]) -> None:
    own = [
        {phrase.plain for phrase in (*topic.own["technique"], *topic.own["setting"])}
        for topic in vocabulary.load().topics
    ]
    hits = [
        any(phrase in paper["abstract"] for phrase in own[topic])
        for topic, paper in zip(topics_of(demo), papers, strict=True)
    ]
    assert np.mean(hits) > 0.85


def test_records_hold_nothing_of_the_truth(demo: Demo, papers: list[dict[str, Any]]) -> None:
    for number, (raw, paper) in enumerate(zip(islice(demo.records(), 500), papers, strict=False), start=1):
        assert set(paper) - COUNTERS == FIELDS
        assert (raw.source, raw.origin, raw.observed_at) == ("demo", f"paper {number}", None)
        assert paper["id"] == f"demo-1-{number:07d}"
        assert paper["url"] == f"https://example.org/papers/{paper['id']}"


def test_the_order_of_papers_says_nothing_of_topics() -> None:
    demo, plan = Demo(20_000, 2), draw_plan(20_000, TOPICS, 2)
    topics = np.array(topics_of(demo))
    month = np.repeat(np.arange(len(plan.months)), plan.papers)
    same_month = month[1:] == month[:-1]
    chance = (plan.shares**2).sum(axis=0)[month[1:]][same_month]
    alike = (topics[1:] == topics[:-1])[same_month]
    assert abs(alike.sum() - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum())


def test_an_author_works_in_one_place_and_the_place_says_nothing_of_topics(
    demo: Demo, papers: list[dict[str, Any]]
) -> None:
    organizations = [paper["organization"] for paper in papers]
    assert 0.5 < np.mean([name is not None for name in organizations]) < 0.7
    largest, following = [count for name, count in Counter(organizations).most_common(3) if name][:2]
    assert largest > 1.5 * following
    names = sorted({name for name in organizations if name})
    assert len(names) >= 20
    table = np.zeros((TOPICS, len(names)))
    for topic, name in zip(topics_of(demo), organizations, strict=True):
        if name:
            table[topic, names.index(name)] += 1
    # Productive authors tie a topic to some places, as in life; none is a topic's alone.
    assert (table.max(axis=0) / table.sum(axis=0)).max() < 0.4


# ---- the papers ----


def test_every_record_makes_a_paper(papers: list[dict[str, Any]]) -> None:
    for fields in papers:
        paper = paper_from(Raw(fields, "demo"), TODAY)
        assert isinstance(paper, Paper)
        assert paper.paper_id == fields["id"]
        assert paper.bare_arxiv_id is None
        assert all(look.observed_at and look.upvotes is not None for look in paper.looks(None))


def test_days_lie_within_coverage_and_nothing_is_listed_on_weekends(
    demo: Demo, papers: list[dict[str, Any]]
) -> None:
    first, end = demo.coverage["demo"]
    weekdays = Counter(paper["published_on"].weekday() for paper in papers)
    assert max(weekdays[5], weekdays[6]) < weekdays[1] / 2
    for paper in papers:
        assert first <= paper["published_on"] < end
        if listed := paper["listed_on"]:
            assert timedelta(0) <= listed - paper["published_on"] <= timedelta(days=3)
            assert listed < end
            assert listed.weekday() < 5
    unlisted = [paper for paper in papers if not paper["listed_on"]]
    assert len(unlisted) < 25
    assert all(end - paper["published_on"] <= timedelta(days=3) for paper in unlisted)
    assert all(not COUNTERS & set(paper) for paper in unlisted)


def test_teams_grow_and_authors_return(papers: list[dict[str, Any]]) -> None:
    sizes = np.array([len(paper["authors"]) for paper in papers])
    assert 3 < sizes[:500].mean() < 4.5
    assert sizes[-500:].mean() > sizes[:500].mean() + 1.5
    assert sizes.max() > 3 * sizes.mean()
    assert all(len(set(paper["authors"])) == len(paper["authors"]) for paper in papers)
    written = Counter(name for paper in papers for name in paper["authors"])
    once = sum(count == 1 for count in written.values()) / len(written)
    assert 0.3 < once < 0.7
    assert 15 < max(written.values()) < 100
    early = {name for paper in papers[:2_500] for name in paper["authors"]}
    late = {name for paper in papers[2_500:] for name in paper["authors"]}
    assert len(early & late) > 500
    assert len(late - early) > 1_000


def test_names_are_told_apart_by_an_initial_once_they_run_out() -> None:
    people = People(100, 2, seed=1)
    names = [people._name(author) for author in range(12_000)]
    assert len(set(names)) == len(names)
    assert not any(". " in name for name in names[:4_000])


def test_upvotes_have_a_heavy_tail_and_depend_on_topic_and_weekday(
    demo: Demo, papers: list[dict[str, Any]]
) -> None:
    _, end = demo.coverage["demo"]
    settled = [
        (paper, topic)
        for paper, topic in zip(papers, topics_of(demo), strict=True)
        if paper["listed_on"] and end - paper["listed_on"] > timedelta(days=20)
    ]
    upvotes = np.array([paper["upvotes"] for paper, _ in settled])
    assert 0.01 < (upvotes == 0).mean() < 0.1
    assert 5 < np.median(upvotes) < 15
    assert upvotes.mean() > 1.7 * np.median(upvotes)
    assert np.quantile(upvotes, 0.99) > 10 * np.median(upvotes)
    weekday = np.array([paper["listed_on"].weekday() for paper, _ in settled])
    assert np.median(upvotes[weekday == 1]) > 1.2 * np.median(upvotes[weekday == 4])
    topic = np.array([topic for _, topic in settled])
    by_topic = [np.log1p(upvotes[topic == number]) for number in range(TOPICS)]
    assert stats.f_oneway(*by_topic).pvalue < 1e-6


def test_upvotes_settle_with_age(demo: Demo, papers: list[dict[str, Any]]) -> None:
    _, end = demo.coverage["demo"]
    followed = [paper for paper in papers if len(paper.get("observations", ())) == 5]
    assert 0.25 < len(followed) / len(papers) < 0.4
    for paper in followed:
        looks = [*paper["observations"], paper]
        ages = [look["observed_at"].date() - paper["listed_on"] for look in looks]
        assert ages == sorted(ages)
        assert ages[0] <= timedelta(days=1)
        for counter in ("upvotes", "comments"):
            counts = [look[counter] for look in looks]
            assert counts == sorted(counts)
        assert paper["comments"] <= paper["upvotes"]
        assert paper["observed_at"].date() == end
    after = np.array([[look["upvotes"] for look in paper["observations"]] for paper in followed]).sum(axis=0)
    total = sum(paper["upvotes"] for paper in followed)
    assert 0.15 < after[0] / total < 0.35  # a day after listing
    assert after[3] / total > 0.95  # two weeks after
    assert any(paper["comments"] for paper in followed)


# ---- the texts ----


def test_texts_are_clean(papers: list[dict[str, Any]]) -> None:
    unclean = re.compile(
        r"[{}|]|  |\.\.| [.,:?]|\b(?:a|an|the) (?:a|an|the)\b|\b(\w+) \1\b(?!-)", re.IGNORECASE
    )
    wrong_a = re.compile(r"\ba (?!uni|use|one|eu|uti|ubi)[aeiou]", re.IGNORECASE)
    wrong_an = re.compile(r"\ban (?![aeiou]|[FHLMNRSX][A-Z]|hour|honest)", re.IGNORECASE)
    for paper in papers:
        for text in (paper["title"], paper["abstract"]):
            for wrong in (unclean, wrong_a, wrong_an):
                assert not wrong.search(text), text


def test_abstracts_are_sentences_that_begin_with_a_capital(papers: list[dict[str, Any]]) -> None:
    lengths = []
    for paper in papers:
        sentences = re.split(r"(?<=\.) ", paper["abstract"])
        lengths.append(len(sentences))
        assert paper["abstract"].endswith(".")
        for sentence in sentences:
            assert any(letter.isupper() or letter.isdigit() for letter in sentence.split()[0]), sentence
    assert min(lengths) >= 5
    assert max(lengths) <= 9


def test_titles_are_in_title_case_and_hardly_repeat(papers: list[dict[str, Any]]) -> None:
    titles = [paper["title"] for paper in papers]
    assert len(set(titles)) > 0.998 * len(titles)
    for title in titles:
        words = title.replace("fMRI", "MRI").split()
        # Short words inside a title, and nothing else, may begin with a small letter.
        assert not any(word[0].islower() for word in (words[0], words[-1])), title
        assert all(len(word.strip(":")) <= 4 for word in words if word[0].islower()), title


def test_keywords_come_from_the_text(papers: list[dict[str, Any]]) -> None:
    given = [paper for paper in papers if paper["keywords"]]
    assert 0.7 < len(given) / len(papers) < 0.9
    for paper in given:
        text = f"{paper['title']} {paper['abstract']}".lower()
        assert len(paper["keywords"]) <= 6
        assert all(keyword.lower() in text for keyword in paper["keywords"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token eviction policy", "a"),
        ("uncertainty-aware reward model", "an"),
        ("unified framework", "a"),
        ("one-step restorer", "a"),
        ("OCR-free parser", "an"),
        ("EEG foundation model", "an"),
        ("GUI agent", "a"),
        ("hourly forecaster", "an"),
    ],
)
def test_articles_follow_the_sound(text: str, expected: str) -> None:
    assert vocabulary.article(text) == expected


def test_phrases_in_all_their_forms() -> None:
    phrase = vocabulary.phrase("a needle-in-a-haystack test of KV caches", "test")
    assert phrase.capital == "A needle-in-a-haystack test of KV caches"
    assert phrase.title == "a Needle-in-a-Haystack Test of KV Caches"
    assert phrase.headline == "A Needle-in-a-Haystack Test of KV Caches"
    assert vocabulary.capitalized("fMRI recordings") == "fMRI recordings"


def test_every_topic_has_words_of_its_own() -> None:
    topics = vocabulary.load().topics
    assert TOPICS >= 30
    assert len({topic.name for topic in topics}) == TOPICS
    for number, topic in enumerate(topics):
        assert number not in topic.related
        assert len(topic.related) >= 2
        assert min(len(topic.own[name]) for name in ("task", "a method", "technique", "do", "finding")) >= 6
    findings = [phrase.key for topic in topics for phrase in topic.own["finding"]]
    assert len(set(findings)) == len(findings)


def test_parts_together_are_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    demo = Demo(600, 5)
    assert demo.parts() is None  # so few are not worth dividing
    monkeypatch.setattr(demo_source, "_DIVIDED_FROM", 600)
    parts = list(demo.parts() or ())
    assert len(parts) > 1
    assert [record for part in parts for record in part()] == list(demo.records())
