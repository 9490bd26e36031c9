"""Mistakes in sigmoid, tanh and ELU: slopes of the wrong thing, and numbers too large for exp."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a3_normalization.names import tests_of

steps, reuse = Base("a3_normalization", "steps"), Base("a3_normalization", "reuse")


def mistake(
    activation: str,
    direction: str,
    name: str,
    hint: str,
    *changes: tuple[str, ...],
    loses: tuple[str, ...],
    **fields: Any,
) -> Mistake:
    """`loses` names tests without their common beginning, such as "backward_far"."""
    function = f"{activation}_{direction}"
    return steps.mistake(
        name, function, hint, *changes, loses=tests_of(activation, *loses), question=activation, **fields
    )


SIGMOID_OUT = "np.where(x >= 0, 1 / (1 + small), small / (1 + small))"
SIGMOID_DX, TANH_DX = "dout * out * (1 - out)", "dout * (1 - out**2)"
ELU_OUT = "np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))"
ELU_DX = "np.where(x > 0, dout, dout * (out + alpha))"
KEEP_X = ("cache = out", "cache = x")


def of_x(activation: str) -> tuple[str, str, str]:
    """The change that makes a backward call the cached value x."""
    return (f"{activation}_backward", "out = cache", "x = cache")


SIGMOID = (
    mistake(
        "sigmoid",
        "forward",
        "exp(x) over 1 + exp(x)",
        "exp(x) / (1 + exp(x)), which is inf / inf for a large x",
        (SIGMOID_OUT, "np.exp(x) / (1 + np.exp(x))"),
        loses=("far",),
    ),
    mistake(
        "sigmoid",
        "forward",
        "sigmoid mirrored",
        "1 / (1 + exp(x)): the exponent is -x",
        (SIGMOID_OUT, "np.where(x >= 0, small / (1 + small), 1 / (1 + small))"),
        loses=("forward", "far", "manners"),
    ),
    mistake(
        "sigmoid",
        "forward",
        "sigmoid of clipped x",
        "x clipped before exp so tightly that the result is off",
        (SIGMOID_OUT, "1 / (1 + np.exp(-np.clip(x, -10, 10)))"),
        loses=("far",),
    ),
    mistake(
        "sigmoid",
        "forward",
        "minus 1 in the sigmoid",
        "1 - exp(-x) below the line: it is 1 + exp(-x)",
        (SIGMOID_OUT, "1 / (1 - np.exp(-x))"),
        loses=("forward", "far", "manners"),
    ),
    mistake(
        "sigmoid",
        "backward",
        "sigmoid slope without dout",
        "the slope alone: multiply it by dout",
        (SIGMOID_DX, "out * (1 - out)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "sigmoid",
        "backward",
        "sigmoid slope of x",
        "x * (1 - x) with the input: y is the output",
        (SIGMOID_DX, "dout * x * (1 - x)"),
        of_x("sigmoid"),
        ("sigmoid_forward", *KEEP_X),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "sigmoid",
        "backward",
        "sigmoid slope by exp",
        "exp(-x) / (1 + exp(-x))**2, which is inf / inf far to the left",
        (SIGMOID_DX, "dout * np.exp(-x) / (1 + np.exp(-x)) ** 2"),
        of_x("sigmoid"),
        ("sigmoid_forward", *KEEP_X),
        loses=("backward_far",),
    ),
    mistake(
        "sigmoid",
        "backward",
        "sigmoid slope with plus",
        "y * (1 + y): the slope is y * (1 - y)",
        (SIGMOID_DX, "dout * out * (1 + out)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "sigmoid",
        "backward",
        "sigmoid slope half",
        "1 - y alone: the slope is y * (1 - y)",
        (SIGMOID_DX, "dout * (1 - out)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "sigmoid",
        "backward",
        "sigmoid slope of dout",
        "dout * (1 - dout): y is the output",
        (SIGMOID_DX, "dout * (1 - dout)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "sigmoid",
        "backward",
        "sigmoid cache used up",
        "the cache changed in place, so that a second call is wrong",
        (SIGMOID_DX, "out\n    dx *= 1 - out\n    dx = dx * dout"),
        loses=("manners",),
    ),
    mistake(
        "sigmoid",
        "forward",
        "sigmoid without a cache",
        "None for a cache: keep what the backward pass needs",
        ("cache = out", "cache = None"),
        loses=("manners",),
    ),
    mistake(
        "sigmoid",
        "forward",
        "sigmoid from the output's exp",
        "x cut off at 20, so that the result is off further out",
        (SIGMOID_OUT, "np.where(np.abs(x) > 20, 0.5, 1 / (1 + np.exp(-x)))"),
        loses=("far",),
    ),
    reuse.mistake(
        "sigmoid mirrored in tanh too",
        "sigmoid_forward",
        "1 / (1 + exp(x)): the exponent is -x",
        ("np.tanh(0.5 * x)", "np.tanh(-0.5 * x)"),
        loses=tests_of("sigmoid", "forward", "far", "manners"),
        question="sigmoid",
    ),
)

TANH = (
    mistake(
        "tanh",
        "forward",
        "tanh by exp",
        "a quotient of exponentials, which is inf / inf for a large x",
        ("np.tanh(x)", "(np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"),
        loses=("far",),
    ),
    mistake(
        "tanh",
        "forward",
        "tanh by exp(2x)",
        "(exp(2x) - 1) / (exp(2x) + 1), which is inf / inf for a large x",
        ("np.tanh(x)", "(np.exp(2 * x) - 1) / (np.exp(2 * x) + 1)"),
        loses=("far",),
    ),
    mistake(
        "tanh",
        "forward",
        "tanh without the factors 2",
        "2 sigmoid(x) - 1: tanh(x) is 2 sigmoid(2x) - 1",
        ("np.tanh(x)", "np.tanh(x / 2)"),
        loses=("forward", "far", "manners"),
    ),
    mistake(
        "tanh",
        "backward",
        "tanh slope not squared",
        "1 - y: the slope is 1 - y**2",
        (TANH_DX, "dout * (1 - out)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "tanh",
        "backward",
        "tanh slope of the sigmoid",
        "y * (1 - y), the slope of the sigmoid",
        (TANH_DX, "dout * out * (1 - out)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "tanh",
        "backward",
        "tanh slope of x",
        "1 - x**2 with the input: y is the output",
        (TANH_DX, "dout * (1 - x**2)"),
        of_x("tanh"),
        ("tanh_forward", *KEEP_X),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "tanh",
        "backward",
        "tanh slope with plus",
        "1 + y**2: the slope is 1 - y**2",
        (TANH_DX, "dout * (1 + out**2)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "tanh",
        "backward",
        "tanh slope without dout",
        "the slope alone: multiply it by dout",
        (TANH_DX, "1 - out**2"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "tanh",
        "backward",
        "tanh dout in place",
        "dout itself changed: work on a copy",
        (TANH_DX, "dout\n    dx *= 1 - out**2"),
        loses=("manners",),
        number=95,
    ),
    mistake(
        "tanh",
        "backward",
        "tanh slope by exp",
        "a quotient of exponentials, which is inf / inf for a large x",
        (TANH_DX, "dout * (1 - ((np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))) ** 2)"),
        of_x("tanh"),
        ("tanh_forward", *KEEP_X),
        loses=("backward_far",),
    ),
    mistake(
        "tanh",
        "forward",
        "tanh of clipped x",
        "x clipped so tightly that the result is off",
        ("np.tanh(x)", "np.tanh(np.clip(x, -3, 3))"),
        loses=("forward", "far", "manners"),
    ),
)

ELU = (
    mistake(
        "elu",
        "forward",
        "elu by masks",
        "masks that multiply, and inf * 0 is nan: choose with np.where",
        (ELU_OUT, "(x > 0) * x + (x <= 0) * alpha * (np.exp(x) - 1)"),
        loses=("far",),
    ),
    mistake(
        "elu",
        "forward",
        "elu without - 1",
        "exp(x) on the left: it is exp(x) - 1",
        (ELU_OUT, "np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0)))"),
        loses=("forward", "far", "manners"),
    ),
    mistake(
        "elu",
        "forward",
        "elu with 1 - exp",
        "1 - exp(x) on the left: it is exp(x) - 1",
        (ELU_OUT, "np.where(x > 0, x, alpha * (1 - np.exp(np.minimum(x, 0))))"),
        loses=("forward", "far", "manners"),
    ),
    mistake(
        "elu",
        "forward",
        "elu alpha of 0.1",
        "alpha = 0.1: it is 1 here",
        ("alpha = 1.0", "alpha = 0.1"),
        loses=("forward", "far", "manners"),
    ),
    mistake(
        "elu",
        "forward",
        "elu for leaky",
        "a straight line on the left, as in leaky ReLU",
        (ELU_OUT, "np.where(x > 0, x, 0.1 * x)"),
        loses=("forward", "far", "manners"),
    ),
    mistake(
        "elu",
        "backward",
        "elu slope without alpha",
        "y on the left: the slope is y + alpha, or exp(x)",
        (ELU_DX, "np.where(x > 0, dout, dout * out)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "elu",
        "backward",
        "elu slope of 1",
        "a slope of 1 everywhere",
        (ELU_DX, "dout * np.ones_like(x)"),
        loses=("backward", "backward_far", "manners"),
    ),
    mistake(
        "elu",
        "backward",
        "elu slope of relu",
        "a slope of 0 on the left, as in ReLU",
        (ELU_DX, "np.where(x > 0, dout, 0)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "elu",
        "backward",
        "elu slope constant",
        "a slope of alpha all over the left: it is alpha * exp(x)",
        (ELU_DX, "np.where(x > 0, dout, 0.1 * dout)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "elu",
        "backward",
        "elu slope by masks",
        "masks that multiply, and inf * 0 is nan: choose with np.where",
        (ELU_DX, "dout * ((x > 0) + (x <= 0) * alpha * np.exp(x))"),
        loses=("backward_far",),
    ),
    mistake(
        "elu",
        "backward",
        "elu slope without dout",
        "a left side without dout",
        (ELU_DX, "np.where(x > 0, dout, out + alpha)"),
        loses=("backward", "backward_far"),
    ),
    mistake(
        "elu",
        "backward",
        "elu dout in place",
        "dout itself changed: work on a copy",
        (ELU_DX, "dout\n    dx[x <= 0] *= out[x <= 0] + alpha"),
        loses=("manners",),
        number=95,
    ),
)

SMOOTH = (*SIGMOID, *TANH, *ELU)
