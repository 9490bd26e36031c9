"""Intervals and chances, against published values, values by hand, and classes made by chance."""

import math

import numpy as np
import pytest

from autograder.learning.item_statistics import (
    chance_of_difference,
    correlation,
    holm,
    interval_of_correlation,
    interval_of_difference,
    interval_of_share,
    jackknife_of_z,
)


def test_the_interval_of_a_share_is_wilsons():
    """81 of 263, of table I in Newcombe's "Two-sided Confidence Intervals for the Single Proportion" (1998)."""
    assert interval_of_share(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert interval_of_share(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert interval_of_share(1, 20) == pytest.approx((0.8389, 1), abs=1e-4)
    assert interval_of_share(0.3, 0) == (0.0, 1.0)


def test_the_interval_of_a_difference_is_newcombes():
    """56 of 70 less 48 of 80, and 9 of 10 less 3 of 10: of table II of his paper."""
    assert interval_of_difference(56 / 70, 70, 48 / 80, 80) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert interval_of_difference(9 / 10, 10, 3 / 10, 10) == pytest.approx((0.1705, 0.8090), abs=1e-4)


def test_the_chance_of_a_difference_is_that_of_yates():
    """10 of 20 and 4 of 20: chi squared is 40 (|10 * 16 - 10 * 4| - 20)^2 / (20 * 20 * 14 * 26) = 2.747."""
    chi = 40 * (10 * 16 - 10 * 4 - 20) ** 2 / (20 * 20 * 14 * 26)
    assert chance_of_difference(0.5, 20, 0.2, 20) == pytest.approx(math.erfc(math.sqrt(chi / 2)))
    assert chance_of_difference(0.5, 20, 0.5, 30) == 1.0
    assert chance_of_difference(1, 20, 1, 20) == 1.0 and chance_of_difference(1, 0, 0, 20) == 1.0


def test_correlation_by_hand():
    """x - mean = -1, 0, 1; y - mean = -1, 1, 0: 1 / 2."""
    assert correlation([1, 2, 3], [0, 2, 1]) == pytest.approx(0.5)
    assert correlation([1, 1, 1], [0, 2, 1]) is None and correlation([0, 2, 1], [1, 1, 1]) is None
    assert correlation([1], [2]) is None and correlation([], []) is None


def test_the_jackknife_leaves_each_one_out():
    rng = np.random.default_rng(3)
    x, y = (rng.random(30) < 0.8).astype(float), rng.random(30)
    z = np.array([math.atanh(np.corrcoef(np.delete(x, i), np.delete(y, i))[0, 1]) for i in range(30)])
    assert jackknife_of_z(x, y) == pytest.approx(math.sqrt(29 / 30 * ((z - z.mean()) ** 2).sum()))


def test_the_interval_of_a_correlation_is_fishers_or_wider():
    """Of normal quantities nearly Fisher's; of none, four values or a perfect one it is an interval, too."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    y = x + rng.normal(size=400)
    low, high = interval_of_correlation(x, y)
    r = correlation(x, y)
    fisher = [math.tanh(math.atanh(r) + side * 1.96 / math.sqrt(397)) for side in (-1, 1)]
    assert low <= fisher[0] + 1e-4 and high >= fisher[1] - 1e-4 and high - low < 1.2 * (fisher[1] - fisher[0])
    assert interval_of_correlation([1, 2, 3], [0, 2, 1]) == (-1.0, 1.0)
    assert interval_of_correlation([1.0] * 9, [*range(9)]) == (-1.0, 1.0)
    low, high = interval_of_correlation([*range(9)], [*range(9)])
    assert 0.99 < low <= high == 1


def test_intervals_of_correlations_hold_the_truth():
    """Of an item that nine of ten pass, in classes of 60: Fisher's alone would hold it in 87 of 100."""
    rng = np.random.default_rng(1)

    def draw(n):
        able = rng.normal(size=n)
        return (0.7 * able + math.sqrt(0.51) * rng.normal(size=n) > -1.2816).astype(float), 1 / (
            1 + np.exp(-1.5 * (able + 1))
        )

    truth = correlation(*draw(400_000))
    intervals = [interval_of_correlation(*draw(60)) for _ in range(500)]
    assert sum(low <= truth <= high for low, high in intervals) / 500 > 0.92


def test_holm_by_hand():
    """0.005 < 0.05 / 4 and 0.01 < 0.05 / 3, but 0.03 > 0.05 / 2: nothing after it is real either."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == [True, False, False, True]
    assert holm([]) == [] and holm([0.04]) == [True]
