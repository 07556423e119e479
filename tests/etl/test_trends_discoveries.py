"""P-values of many tests, adjusted for their number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from etl.trends.discoveries import benjamini_hochberg


def test_each_p_value_counts_by_its_rank() -> None:
    # 0.01 x 4/1, 0.02 x 4/2, 0.03 x 4/3 and 0.9 x 4/4; the first two may not exceed the third.
    assert benjamini_hochberg(np.array([0.9, 0.01, 0.03, 0.02])) == pytest.approx([0.9, 0.04, 0.04, 0.04])


def test_equal_p_values_stay_equal() -> None:
    assert benjamini_hochberg(np.array([0.02, 0.02, 0.5])) == pytest.approx([0.03, 0.03, 0.5])


def test_none_stay_none() -> None:
    assert benjamini_hochberg(np.array([])).tolist() == []


def test_they_are_those_of_scipy() -> None:
    p_values = np.random.default_rng(1).uniform(size=200) ** 3
    assert benjamini_hochberg(p_values) == pytest.approx(false_discovery_control(p_values), rel=1e-12)
