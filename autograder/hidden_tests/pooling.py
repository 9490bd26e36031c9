"""What the pooling questions share: cases (N, C, H, W, pool_height, pool_width, stride), inputs, forward checks.

Each list asks for one thing, so that a slip is paid for where it belongs: in SQUARE everything is square and windows
lie side by side; in MAPS only the maps are not square; in APART and LOPSIDED the windows are not, and out is as high as
it is wide. TOGETHER has everything at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnlab.checking.compare import assert_close, assert_dtype, assert_unchanged
from cnnlab.checking.student import Student

Case = tuple[int, ...]
Draw = Callable[[np.random.Generator, Case], np.ndarray]

SQUARE = [(2, 3, 6, 6, 2, 2, 2), (3, 2, 4, 4, 2, 2, 2), (2, 3, 9, 9, 3, 3, 3)]
MAPS = [
    (2, 3, 6, 8, 2, 2, 2),
    (3, 2, 8, 4, 2, 2, 2),
    (2, 3, 3, 9, 3, 3, 3),
    (2, 3, 1, 6, 1, 1, 1),
    (3, 2, 4, 1, 1, 1, 1),
]
# one side as long as the stride and the other shorter, while both divide the map; then both shorter
APART = [
    (2, 3, 8, 6, 4, 2, 4),
    (3, 2, 6, 8, 2, 4, 4),
    (2, 3, 4, 5, 1, 2, 3),
    (2, 2, 5, 4, 2, 1, 3),
]
# both sides longer than the stride; one as long and the other longer; one longer and one shorter
LOPSIDED = [
    (2, 3, 5, 4, 3, 2, 1),
    (2, 3, 6, 8, 2, 4, 1),
    (2, 3, 8, 9, 2, 3, 2),
    (3, 2, 9, 8, 3, 2, 2),
    (2, 3, 7, 9, 1, 3, 2),
    (3, 2, 9, 7, 3, 1, 2),
    (2, 3, 7, 3, 5, 1, 2),
    (2, 3, 3, 7, 1, 5, 2),
]
OVERLAPPING = [(3, 2, 4, 4, 2, 2, 1), (2, 3, 7, 7, 3, 3, 2), (2, 3, 10, 10, 4, 4, 3), (2, 3, 9, 9, 5, 5, 2)]
GAPPED = [(2, 3, 8, 8, 2, 2, 3), (3, 2, 5, 5, 1, 1, 2), (2, 3, 10, 10, 2, 2, 4)]
UNEVEN = [
    (2, 3, 7, 7, 2, 2, 2),
    (2, 3, 7, 6, 2, 2, 2),
    (3, 2, 6, 7, 2, 2, 2),
    (2, 3, 8, 8, 3, 3, 3),
    (3, 2, 7, 6, 2, 2, 2),
]
TOGETHER = [*LOPSIDED, (2, 3, 7, 10, 3, 2, 3), (1, 2, 9, 8, 2, 3, 4), (1, 2, 1, 9, 1, 3, 2), (2, 1, 8, 1, 2, 1, 2)]
SIZES = [
    (2, 3, 4, 4, 1, 1, 1),
    (3, 1, 5, 5, 5, 5, 5),
    (1, 1, 1, 1, 1, 1, 1),
    (1, 2, 64, 64, 32, 32, 32),
    (1, 1, 184, 184, 8, 8, 8),
]


def pool_param(case: Case) -> dict[str, int]:
    return dict(zip(("pool_height", "pool_width", "stride"), case[4:]))


def apart(rng: np.random.Generator, case: Case) -> np.ndarray:
    """Positive, and no two entries closer than 0.03."""
    count = int(np.prod(case[:4]))
    x = 0.05 * (1 + rng.permutation(count)) + rng.uniform(0, 0.02, count)
    return x.reshape(case[:4])


def negative(rng: np.random.Generator, case: Case) -> np.ndarray:
    return -apart(rng, case)


def up_to_zero(rng: np.random.Generator, case: Case) -> np.ndarray:
    """The largest entry of each channel is exactly zero, all others are negative."""
    x = apart(rng, case)
    return x - x.max(axis=(2, 3), keepdims=True)


def around_zero(rng: np.random.Generator, case: Case) -> np.ndarray:
    x = apart(rng, case)
    return x - x.mean()


def far_below_zero(rng: np.random.Generator, case: Case) -> np.ndarray:
    return apart(rng, case) - 2e6


def near_ties(rng: np.random.Generator, case: Case) -> np.ndarray:
    """The entries of a window are 1.25e-3 to 3e-3 apart, where windows lie side by side."""
    n, c, h, w, height, width, _ = case
    tiles = np.sort(apart(rng, case), axis=None).reshape(n, c, h // height, w // width, height * width) / 24
    tiles = rng.permuted(tiles, axis=-1).reshape(n, c, h // height, w // width, height, width)
    return tiles.swapaxes(3, 4).reshape(n, c, h, w)


def scales(rng: np.random.Generator, case: Case) -> np.ndarray:
    """Channels of very different scales."""
    return apart(rng, case) * np.logspace(0, 5, case[1])[:, None, None]


def whole_numbers(rng: np.random.Generator, case: Case) -> np.ndarray:
    return np.round(100 * apart(rng, case))


def rectified(rng: np.random.Generator, case: Case) -> np.ndarray:
    """As after a ReLU: about half are zero, and all of one map."""
    x = np.maximum(rng.standard_normal(case[:4]), 0)
    x[0, 0] = 0
    return x


DRAWS: dict[str, Draw] = {
    draw.__name__: draw
    for draw in (negative, up_to_zero, around_zero, far_below_zero, near_ties, scales, whole_numbers, rectified)
}
SIGNS = [
    ("negative", (2, 3, 6, 6, 2, 2, 2)),
    ("up_to_zero", (3, 2, 4, 4, 2, 2, 2)),
    ("around_zero", (2, 3, 6, 6, 3, 3, 3)),
    ("far_below_zero", (2, 2, 4, 4, 2, 2, 2)),
    ("near_ties", (2, 2, 4, 4, 2, 2, 2)),
    ("scales", (2, 3, 4, 4, 2, 2, 2)),
    ("whole_numbers", (2, 3, 6, 6, 3, 3, 3)),
]
ZEROS = [
    ("rectified", (2, 3, 6, 6, 2, 2, 2)),
    ("rectified", (3, 2, 9, 9, 3, 3, 3)),
    ("negative", (3, 2, 4, 4, 2, 2, 2)),
    ("around_zero", (2, 3, 6, 6, 3, 3, 3)),
    ("far_below_zero", (2, 2, 4, 4, 2, 2, 2)),
    ("scales", (2, 3, 4, 4, 2, 2, 2)),
    ("whole_numbers", (2, 3, 6, 6, 3, 3, 3)),
]


def draw_pool(rng: np.random.Generator, case: Case, draw: Draw = apart) -> tuple[np.ndarray, dict[str, int]]:
    """x and pool_param of a case."""
    return draw(rng, case), pool_param(case)


def drawn(rng: np.random.Generator, cases: list[Case]) -> list[tuple[np.ndarray, dict[str, int]]]:
    return [draw_pool(rng, case) for case in cases]


def draw_signs(rng: np.random.Generator, signs: tuple[str, Case]) -> tuple[np.ndarray, dict[str, int]]:
    """x of other signs and sizes than the positive one of every other test, and pool_param."""
    name, case = signs
    return draw_pool(rng, case, DRAWS[name])


def check_pool_forward(student: Student, reference: Any, inputs: list[tuple[np.ndarray, dict]], name: str) -> None:
    for x, param in inputs:
        desired, _ = getattr(reference, name)(x, param)
        out, _ = getattr(student, name)(x.copy(), dict(param))
        assert_close(out, desired)


def check_pool_forward_manners(student: Student, rng: np.random.Generator, name: str) -> None:
    """Inputs unchanged, float64 for float64, the same output a second time."""
    for case in SQUARE[:2]:
        x, param = draw_pool(rng, case)
        before = x.copy(), dict(param)
        first, _ = getattr(student, name)(x, param)
        assert_dtype(first, np.float64, "out")
        assert_unchanged(x, before[0], "x")
        assert_unchanged(param, before[1], "pool_param")
        again, _ = getattr(student, name)(before[0].copy(), dict(before[1]))
        assert_close(again, first, "out, the second time,")
