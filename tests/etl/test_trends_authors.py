"""Author statistics from histograms, by hand and against numpy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from etl.trends import authors as au


def test_quantiles_by_hand() -> None:
    # Teams of 1, 2, 2, 3, 9; and of 1, 2, 3, 9.
    counts = [[1, 2, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]]
    median = au.quantile([1, 2, 3, 9], counts, 0.5)
    assert median.value[:2].tolist() == [2, 2.5]
    assert (median.low[0], median.high[0]) == (1, 9)  # of five values no two others hold the median with 95 %
    assert np.isnan([median.value[2], median.low[2], median.high[2]]).all()
    assert au.quantile([1, 2, 3, 9], counts, 0.9).value[:2].tolist() == [9, 9]


def test_the_band_of_a_median_is_made_of_order_statistics() -> None:
    # For 20 values the tables give the 6th and the 15th (exact coverage 95.86 %).
    median = au.quantile(np.arange(1, 21), np.ones((1, 20), int), 0.5)
    assert (median.value[0], median.low[0], median.high[0]) == (10.5, 6, 15)


@pytest.mark.parametrize("part", [0.5, 0.9])
def test_quantiles_are_those_of_the_values_and_bands_hold(part: float) -> None:
    rng = np.random.default_rng(5)
    samples = rng.poisson(5, (400, 80))
    counts = np.array([np.bincount(sample, minlength=30) for sample in samples])
    made = au.quantile(np.arange(30), counts, part)
    expected = np.quantile(samples, part, axis=1, method="averaged_inverted_cdf")
    assert made.value.tolist() == expected.tolist()
    true = {0.5: 5, 0.9: 8}[part]
    assert np.mean((made.low <= true) & (true <= made.high)) >= 0.95


def test_mean_by_hand() -> None:
    # 2, 4, 4, 6: mean 4, variance 8 / 3; t of 3 degrees 3.1824 x sqrt(8 / 12) = 2.598.
    made = au.mean([2, 4, 6], [[1, 2, 1], [1, 0, 0], [0, 0, 0]])
    assert made.value[:2].tolist() == [4, 2]
    assert made.high[0] - 4 == pytest.approx(2.598, abs=0.001)
    assert np.isnan([made.low[1], made.value[2]]).all()


def test_concentration_by_hand() -> None:
    # Nine names with one paper and one with eleven: the top tenth has 11 of 20; HHI (9 + 121) / 400;
    # Gini: 2 x (1 + ... + 9 + 10 x 11) / (10 x 20) - 11 / 10 = .45.
    made = au.concentration([1, 11], [[9, 1], [10, 0], [0, 0]])
    assert made.top.value[:2] == pytest.approx([0.55, 0.1])
    assert made.hhi.value[:2] == pytest.approx([0.325, 0.1])
    assert made.gini.value[:2] == pytest.approx([0.45, 0])
    assert np.isnan([made.gini.value[2], made.hhi.low[2], made.top.high[2]]).all()


def test_a_bootstrap_of_equal_names_has_no_spread() -> None:
    made = au.concentration([3], [[10]])
    assert (made.gini.low[0], made.gini.high[0]) == pytest.approx((0, 0))
    assert (made.hhi.low[0], made.hhi.high[0]) == pytest.approx((0.1, 0.1))


def test_bands_follow_the_seed_and_hold_the_true_concentration() -> None:
    part = np.array([0.6, 0.25, 0.1, 0.05])
    papers = np.array([1, 2, 4, 8])
    counts = np.random.default_rng(6).multinomial(500, part, size=200)
    made = au.concentration(papers, counts)
    again = au.concentration(papers, counts)
    assert made.gini.low.tolist() == again.gini.low.tolist()
    true = au.concentration(papers, (part * 10_000).astype(int)[None]).gini.value[0]
    held = np.mean((made.gini.low <= true) & (true <= made.gini.high))
    assert held == pytest.approx(0.95, abs=0.04)


def test_author_months() -> None:
    january, february = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-02-01")
    teams = pd.DataFrame({"month": [january, january, february], "authors": [2, 4, 3], "papers": [1, 3, 2]})
    names = pd.DataFrame({"month": [january], "authors": [9], "new_authors": [7]})
    rows = au.author_months(teams, names)
    assert rows.month.tolist() == [january, february]
    assert rows.papers.tolist() == [4, 2]
    assert rows.team_median.tolist() == [4, 3]
    assert rows.team_mean.tolist() == [3.5, 3]
    assert rows.team_p90.tolist() == [4, 3]
    assert rows[["authors", "new_authors", "returning_authors"]].to_numpy().tolist() == [[9, 7, 2], [0, 0, 0]]
    assert au.author_months(teams.iloc[:0], names).empty


def test_concentration_months() -> None:
    january = pd.Timestamp("2025-01-01")
    holders = pd.DataFrame(
        {
            "kind": ["author", "author", "organization"],
            "month": january,
            "papers": [1, 11, 3],
            "names": [9, 1, 2],
        }
    )
    rows = au.concentration_months(holders)
    assert rows.kind.tolist() == ["author", "organization"]
    assert rows.names.tolist() == [10, 2]
    assert rows.hhi.tolist() == pytest.approx([0.325, 0.5])
    assert au.concentration_months(holders.iloc[:0]).empty
