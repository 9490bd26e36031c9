"""Mistakes that mix up rows and columns, window and stride in pooling: in one direction, or made twice."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a2_fast_layers import hints
from autograder.mistakes.a2_fast_layers.lost import lost

columns = Base("a2_fast_layers", "columns")
taps = Base("a2_fast_layers", "taps")
HEIGHT, WIDTH = 'pool_height = pool_param["pool_height"]', 'pool_width = pool_param["pool_width"]'
H_OUT, W_OUT = "H_out = 1 + (H - pool_height) // stride", "W_out = 1 + (W - pool_width) // stride"
ROWS = "for i in range(H_out):"
NAIVE = "max_pool_forward_naive", "max_pool_backward_naive"
FAST = "max_pool_forward_fast"
AVG = "avg_pool_forward", "avg_pool_backward"
FAST_HEIGHT, FAST_WIDTH = "H_out = out_size(H, pool_height, stride)", "W_out = out_size(W, pool_width, stride)"
FAST_READ = (
    'pool_height, pool_width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]'
)
PLACES = "places = list(window_places(*x.shape[2:], pool_param))"
INDICES = "get_indices(1, H_out, W_out, pool_height, pool_width, stride)"
# what is read as the two sides of a window
HEIGHT_FOR_BOTH = ((WIDTH, 'pool_width = pool_param["pool_height"]'),)
WIDTH_FOR_BOTH = ((HEIGHT, 'pool_height = pool_param["pool_width"]'),)
SWAPPED = (*HEIGHT_FOR_BOTH, *WIDTH_FOR_BOTH)
STRIDES = ((HEIGHT, 'pool_height = pool_param["stride"]'), (WIDTH, 'pool_width = pool_param["stride"]'))
# how the size of the output is found
HEIGHT_OF_MAP = ((W_OUT, W_OUT.replace("W -", "H -")),)
HEIGHT_AGAIN = ((W_OUT, "W_out = H_out"),)
HEIGHT_OF_WINDOW = ((W_OUT, W_OUT.replace("pool_width", "pool_height")),)
BY_WINDOW = ((H_OUT, "H_out = H // pool_height"), (W_OUT, "W_out = W // pool_width"))
BY_STRIDE = ((H_OUT, "H_out = H // stride"), (W_OUT, "W_out = W // stride"))
UP = ((H_OUT, "H_out = -((pool_height - H) // stride) + 1"), (W_OUT, "W_out = -((pool_width - W) // stride) + 1"))


def twice(
    name: str,
    layer: tuple[str, str],
    hint: str,
    changes: tuple[tuple[str, ...], ...],
    loses: tuple[str, ...],
    **fields: Any,
) -> Mistake:
    """The same slip in both directions."""
    back = tuple((layer[1], *change) for change in changes)
    return columns.mistake(name, layer[0], hint, *changes, *back, loses=loses, **fields)


def once(
    name: str,
    function: str,
    hint: str,
    changes: tuple[tuple[str, ...], ...],
    loses: tuple[str, ...],
    base: Base = columns,
    **fields: Any,
) -> Mistake:
    return base.mistake(name, function, hint, *changes, loses=loses, **fields)


SIDES = (
    twice(
        "max: pool_height twice",
        NAIVE,
        hints.HEIGHT_FOR_BOTH,
        HEIGHT_FOR_BOTH,
        loses=lost(max_naive="windows"),
        number=33,
    ),
    twice(
        "max: pool_width twice", NAIVE, hints.WIDTH_FOR_BOTH, WIDTH_FOR_BOTH, loses=lost(max_naive="windows"), number=33
    ),
    twice("max: sides swapped", NAIVE, hints.SWAPPED, SWAPPED, loses=lost(max_naive="windows"), number=33),
    twice(
        "max: stride for sides",
        NAIVE,
        hints.STRIDE_WINDOW,
        STRIDES,
        loses=lost(max_naive="windows overlapping gapped"),
        number=35,
    ),
    once(
        "max forward: pool_height twice",
        NAIVE[0],
        hints.HEIGHT_FOR_BOTH,
        HEIGHT_FOR_BOTH,
        loses=lost(max_naive="windows"),
        number=33,
    ),
    once(
        "max forward: pool_width twice",
        NAIVE[0],
        hints.WIDTH_FOR_BOTH,
        WIDTH_FOR_BOTH,
        loses=lost(max_naive="windows"),
        number=33,
    ),
    once("max forward: sides swapped", NAIVE[0], hints.SWAPPED, SWAPPED, loses=lost(max_naive="windows"), number=33),
    once(
        "max forward: stride for sides",
        NAIVE[0],
        hints.STRIDE_WINDOW,
        STRIDES,
        loses=lost(max_naive="windows overlapping gapped"),
        number=35,
    ),
    once(
        "max backward: pool_height twice",
        NAIVE[1],
        hints.HEIGHT_FOR_BOTH,
        HEIGHT_FOR_BOTH,
        loses=lost(max_naive_dx="windows together"),
        number=33,
    ),
    once(
        "max backward: pool_width twice",
        NAIVE[1],
        hints.WIDTH_FOR_BOTH,
        WIDTH_FOR_BOTH,
        loses=lost(max_naive_dx="windows together"),
        number=33,
    ),
    once(
        "max backward: sides swapped",
        NAIVE[1],
        hints.SWAPPED,
        SWAPPED,
        loses=lost(max_naive_dx="windows together"),
        number=33,
    ),
    once(
        "max backward: stride for sides",
        NAIVE[1],
        hints.STRIDE_WINDOW,
        STRIDES,
        loses=lost(max_naive_dx="windows overlapping gapped together"),
        number=35,
    ),
    twice(
        "average: pool_height twice", AVG, hints.HEIGHT_FOR_BOTH, HEIGHT_FOR_BOTH, loses=lost(avg="windows"), number=33
    ),
    twice("average: pool_width twice", AVG, hints.WIDTH_FOR_BOTH, WIDTH_FOR_BOTH, loses=lost(avg="windows"), number=33),
    twice("average: sides swapped", AVG, hints.SWAPPED, SWAPPED, loses=lost(avg="windows"), number=33),
    twice(
        "average: stride for sides",
        AVG,
        hints.STRIDE_WINDOW,
        STRIDES,
        loses=lost(avg="windows overlapping gapped"),
        number=35,
    ),
    once(
        "average forward: pool_height twice",
        AVG[0],
        hints.HEIGHT_FOR_BOTH,
        HEIGHT_FOR_BOTH,
        loses=lost(avg="windows"),
        number=33,
    ),
    once(
        "average forward: pool_width twice",
        AVG[0],
        hints.WIDTH_FOR_BOTH,
        WIDTH_FOR_BOTH,
        loses=lost(avg="windows"),
        number=33,
    ),
    once("average forward: sides swapped", AVG[0], hints.SWAPPED, SWAPPED, loses=lost(avg="windows"), number=33),
    once(
        "average forward: stride for sides",
        AVG[0],
        hints.STRIDE_WINDOW,
        STRIDES,
        loses=lost(avg="windows overlapping gapped"),
        number=35,
    ),
    once(
        "average backward: pool_height twice",
        AVG[1],
        hints.HEIGHT_FOR_BOTH,
        HEIGHT_FOR_BOTH,
        loses=lost(avg_dx="windows together"),
        number=33,
    ),
    once(
        "average backward: pool_width twice",
        AVG[1],
        hints.WIDTH_FOR_BOTH,
        WIDTH_FOR_BOTH,
        loses=lost(avg_dx="windows together"),
        number=33,
    ),
    once(
        "average backward: sides swapped",
        AVG[1],
        hints.SWAPPED,
        SWAPPED,
        loses=lost(avg_dx="windows together"),
        number=33,
    ),
    once(
        "average backward: stride for sides",
        AVG[1],
        hints.STRIDE_WINDOW,
        STRIDES,
        loses=lost(avg_dx="windows overlapping gapped together"),
        number=35,
    ),
    once(
        "fast: pool_height twice",
        FAST,
        hints.HEIGHT_FOR_BOTH,
        ((FAST_READ, FAST_READ.replace('"pool_width"', '"pool_height"')),),
        loses=lost(max_fast="windows"),
        number=33,
    ),
    once(
        "fast: pool_width twice",
        FAST,
        hints.WIDTH_FOR_BOTH,
        ((FAST_READ, FAST_READ.replace('"pool_height"', '"pool_width"')),),
        loses=lost(max_fast="windows"),
        number=33,
    ),
    once(
        "fast: sides swapped",
        FAST,
        hints.SWAPPED,
        ((FAST_READ, FAST_READ.replace("pool_height, pool_width, stride =", "pool_width, pool_height, stride =")),),
        loses=lost(max_fast="windows"),
        number=33,
    ),
    once(
        "fast: stride for sides",
        FAST,
        hints.STRIDE_WINDOW,
        ((PLACES, PLACES.replace("pool_param", "dict.fromkeys(pool_param, pool_param['stride'])")),),
        loses=lost(max_fast="windows overlapping gapped speed"),
        base=taps,
        number=35,
    ),
    once(
        "fast: sides swapped in the window",
        FAST,
        hints.SWAPPED,
        ((INDICES, "get_indices(1, H_out, W_out, pool_width, pool_height, stride)"),),
        loses=lost(max_fast="windows", max_fast_dx="windows"),
        number=33,
    ),
    once(
        "helper: pool_height twice",
        "max_pool_forward_naive",
        hints.HEIGHT_FOR_BOTH,
        (("window_places", 'pool_param["pool_width"]', 'pool_param["pool_height"]'),),
        loses=lost(max_naive="windows"),
        base=taps,
        number=33,
    ),
    once(
        "helper: sides swapped",
        "max_pool_forward_naive",
        hints.SWAPPED,
        (("window_places", "height, width, stride =", "width, height, stride ="),),
        loses=lost(max_naive="windows"),
        base=taps,
        number=33,
    ),
    twice(
        "max: width from height", NAIVE, hints.WIDTH_FROM_HEIGHT, HEIGHT_AGAIN, loses=lost(max_naive="maps"), number=37
    ),
    twice(
        "max: width from the map's height",
        NAIVE,
        hints.WIDTH_FROM_HEIGHT,
        HEIGHT_OF_MAP,
        loses=lost(max_naive="maps windows"),
        number=37,
    ),
    once(
        "max forward: width from the map's height",
        NAIVE[0],
        hints.WIDTH_FROM_HEIGHT,
        HEIGHT_OF_MAP,
        loses=lost(max_naive="maps windows"),
    ),
    once(
        "max backward: width from height",
        NAIVE[1],
        hints.WIDTH_FROM_HEIGHT,
        HEIGHT_AGAIN,
        loses=lost(max_naive_dx="maps together"),
    ),
    once(
        "average forward: width from the map's height",
        AVG[0],
        hints.WIDTH_FROM_HEIGHT,
        HEIGHT_OF_MAP,
        loses=lost(avg="maps windows"),
    ),
    twice(
        "max: width by pool_height",
        NAIVE,
        hints.WIDTH_BY_HEIGHT,
        HEIGHT_OF_WINDOW,
        loses=lost(max_naive="windows"),
        number=33,
    ),
    once(
        "max forward: width by pool_height",
        NAIVE[0],
        hints.WIDTH_BY_HEIGHT,
        HEIGHT_OF_WINDOW,
        loses=lost(max_naive="windows"),
        number=33,
    ),
    once(
        "max backward: width by pool_height",
        NAIVE[1],
        hints.WIDTH_BY_HEIGHT,
        HEIGHT_OF_WINDOW,
        loses=lost(max_naive_dx="windows together"),
        number=33,
    ),
    once(
        "average forward: width by pool_height",
        AVG[0],
        hints.WIDTH_BY_HEIGHT,
        HEIGHT_OF_WINDOW,
        loses=lost(avg="windows"),
        number=33,
    ),
    once(
        "fast: width by pool_height",
        FAST,
        hints.WIDTH_BY_HEIGHT,
        ((FAST_WIDTH, FAST_WIDTH.replace("pool_width", "pool_height")),),
        loses=lost(max_fast="windows"),
        number=33,
    ),
    twice(
        "max: size by pool_height",
        NAIVE,
        hints.SIZE_BY_WINDOW,
        BY_WINDOW,
        loses=lost(max_naive="windows overlapping gapped", max_naive_dx="windows gapped"),
        number=36,
    ),
    once(
        "max backward: size by pool_height",
        NAIVE[1],
        hints.SIZE_BY_WINDOW,
        BY_WINDOW,
        loses=lost(max_naive_dx="windows overlapping gapped together"),
        number=36,
    ),
    twice(
        "max: size by stride",
        NAIVE,
        hints.SIZE_BY_STRIDE,
        BY_STRIDE,
        loses=lost(max_naive="windows overlapping gapped"),
        number=36,
    ),
    once(
        "max forward: size by stride",
        NAIVE[0],
        hints.SIZE_BY_STRIDE,
        BY_STRIDE,
        loses=lost(max_naive="windows overlapping gapped"),
        number=36,
    ),
    once(
        "average forward: size by stride",
        AVG[0],
        hints.SIZE_BY_STRIDE,
        BY_STRIDE,
        loses=lost(avg="windows overlapping gapped"),
        number=36,
    ),
    once(
        "fast: size by stride",
        FAST,
        hints.SIZE_BY_STRIDE,
        ((FAST_HEIGHT, "H_out = H // stride"), (FAST_WIDTH, "W_out = W // stride")),
        loses=lost(max_fast="windows overlapping gapped speed", max_fast_dx="speed"),
        number=36,
    ),
    twice("max: size rounded up", NAIVE, hints.SIZE_UP, UP, loses=lost(max_naive="uneven"), number=44),
    once(
        "max backward: size rounded up",
        NAIVE[1],
        hints.SIZE_UP,
        UP,
        loses=lost(max_naive_dx="together uneven"),
        number=44,
    ),
    once(
        "fast: size rounded up",
        FAST,
        hints.SIZE_UP,
        (
            (FAST_HEIGHT, "H_out = -((pool_height - H) // stride) + 1"),
            (FAST_WIDTH, "W_out = -((pool_width - W) // stride) + 1"),
        ),
        loses=lost(max_fast="uneven", max_fast_dx="uneven"),
        number=44,
    ),
    once(
        "max forward: last row left out",
        NAIVE[0],
        hints.LAST_ROW,
        ((ROWS, "for i in range(H_out - 1):"),),
        loses=lost(max_naive="all"),
        number=7,
    ),
    once(
        "average forward: last row left out",
        AVG[0],
        hints.LAST_ROW,
        ((ROWS, "for i in range(H_out - 1):"),),
        loses=lost(avg="all"),
        number=7,
    ),
    once(
        "average backward: last row left out",
        AVG[1],
        hints.LAST_ROW,
        ((ROWS, "for i in range(H_out - 1):"),),
        loses=lost(avg_dx="all"),
        number=7,
    ),
    once(
        "max backward: last row left out",
        NAIVE[1],
        hints.LAST_ROW,
        ((ROWS, "for i in range(H_out - 1):"),),
        loses=lost(max_naive_dx="all"),
        number=7,
    ),
)
