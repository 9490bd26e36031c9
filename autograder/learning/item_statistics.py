"""Shares, correlations and differences, each with an interval that holds what is true in 95 of 100 classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

Interval = tuple[float, float]
NORMAL = NormalDist()
Z = NORMAL.inv_cdf(0.975)
ALMOST_ONE = 0.9999  # what lies above has no z of Fisher's


def interval_of_share(share: float, n: int) -> Interval:
    """Wilson's interval (Wilson, "Probable Inference", JASA 22, 1927) of `n` answers' mean share, from 0 to 1.

    It is that of yes and no. Other shares of the same mean spread less, so for them it is wide enough, too.
    """
    if n == 0:
        return 0.0, 1.0
    middle, half = (share + Z**2 / (2 * n)), Z * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    low, high = ((middle + side * half) / (1 + Z**2 / n) for side in (-1, 1))
    return max(0.0, min(low, share)), min(1.0, max(high, share))


def correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Pearson's, of two lists of one length; None where one of them does not vary."""
    a, b = np.array(x, float), np.array(y, float)
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.clip(np.corrcoef(a, b)[0, 1], -1, 1))


def interval_of_correlation(x: Sequence[float], y: Sequence[float]) -> Interval:
    """An interval of Pearson's correlation, which is not None, by Fisher's z (Fisher, Metron 1, 1921).

    Fisher's spread of z, 1 / sqrt(n - 3), is that of two normal quantities. Of a test that few fail it is too small (90
    of 100 intervals hold the truth), so that of the jackknife (Efron and Stein, Annals of Statistics 9, 1981) is taken
    where it is larger.
    """
    r = correlation(x, y)
    if r is None or len(x) < 4:
        return -1.0, 1.0
    spread = max(1 / math.sqrt(len(x) - 3), jackknife_of_z(np.array(x, float), np.array(y, float)))
    z = math.atanh(max(-ALMOST_ONE, min(ALMOST_ONE, r)))
    return min(r, math.tanh(z - Z * spread)), max(r, math.tanh(z + Z * spread))


def jackknife_of_z(x: np.ndarray, y: np.ndarray) -> float:
    """The standard error of Fisher's z, from what it is without each of the N answers; x and y have shape (N,)."""
    n = len(x) - 1
    x, y = x - x.mean(), y - y.mean()
    xy = (x @ y - x * y) - x * y / n  # sums of products without one answer, about the mean of the others
    xx, yy = (x @ x - x * x) - x * x / n, (y @ y - y * y) - y * y / n
    tiny = np.finfo(float).tiny
    r = xy / np.sqrt(np.maximum(xx, tiny) * np.maximum(yy, tiny))
    z = np.arctanh(np.clip(r, -ALMOST_ONE, ALMOST_ONE))
    return math.sqrt(n / (n + 1) * float(((z - z.mean()) ** 2).sum()))


def interval_of_difference(share: float, n: int, before: float, n_before: int) -> Interval:
    """Newcombe's interval of `share - before` (Newcombe, Statistics in Medicine 17, 1998, method 10)."""
    (low, high), (low_before, high_before) = interval_of_share(share, n), interval_of_share(before, n_before)
    down = math.hypot(share - low, high_before - before)
    return share - before - down, share - before + math.hypot(high - share, before - low_before)


def chance_of_difference(share: float, n: int, before: float, n_before: int) -> float:
    """How probable a difference at least as large is, if nothing changed: the score test with Yates's correction.

    Yates, "Contingency Tables Involving Small Numbers", 1934. For shares that are not yes or no it is rather too large.
    """
    if n == 0 or n_before == 0:
        return 1.0
    both, pairs = (share * n + before * n_before) / (n + n_before), 1 / n + 1 / n_before
    spread = math.sqrt(both * (1 - both) * pairs)
    excess = abs(share - before) - pairs / 2
    return 2 * NORMAL.cdf(-excess / spread) if excess > 0 and spread > 0 else 1.0


def holm(chances: Sequence[float], level: float = 0.05) -> list[bool]:
    """Which of many differences are real; that any of them is not has a chance of `level` at most.

    Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6, 1979.
    """
    real = [False] * len(chances)
    for rank, place in enumerate(sorted(range(len(chances)), key=lambda place: chances[place])):
        if chances[place] > level / (len(chances) - rank):
            break
        real[place] = True
    return real
