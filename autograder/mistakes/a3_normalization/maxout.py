"""Mistakes in maxout."""

from autograder.mistakes.a3_normalization.smooth import mistake

MANNERS = ("manners",)
BOTH = "out = np.maximum(z1, z2)"
DX = "dx = d1 @ w1.T + d2 @ w2.T"
D1, D2 = "d1 = dout * first", "d2 = dout * ~first"
FORWARD, DOWN, WEIGHTS = ("forward", "manners"), ("dx", "manners"), ("weights", "manners")
EVERY = ("forward", "dx", "weights", "manners")

MAXOUT = (
    mistake(
        "maxout", "forward", "second bias left out", "the bias b2 left out", ("x @ w2 + b2", "x @ w2"), loses=EVERY
    ),
    mistake(
        "maxout",
        "forward",
        "biases left out",
        "both biases left out",
        ("x @ w1 + b1", "x @ w1"),
        ("x @ w2 + b2", "x @ w2"),
        loses=EVERY,
    ),
    mistake(
        "maxout",
        "forward",
        "sum of both",
        "the sum of the two: it is the larger one",
        (BOTH, "out = z1 + z2"),
        loses=FORWARD,
    ),
    mistake(
        "maxout",
        "forward",
        "smaller of both",
        "the smaller of the two",
        (BOTH, "out = np.minimum(z1, z2)"),
        loses=FORWARD,
    ),
    mistake(
        "maxout", "forward", "first bias twice", "b1 in both functions", ("x @ w2 + b2", "x @ w2 + b1"), loses=EVERY
    ),
    mistake(
        "maxout",
        "forward",
        "maximum over features",
        "one maximum for each row: go entry by entry",
        (BOTH, "out = np.maximum(z1, z2).max(axis=1, keepdims=True)"),
        loses=FORWARD,
    ),
    mistake(
        "maxout",
        "forward",
        "relu of the maximum",
        "negative results cut to 0",
        (BOTH, "out = np.maximum(0, np.maximum(z1, z2))"),
        loses=FORWARD,
    ),
    mistake(
        "maxout",
        "backward",
        "gradient to both",
        "the gradient sent to both functions: only the larger gets it",
        (D1, "d1 = dout"),
        (D2, "d2 = dout"),
        loses=("dx", "weights", "manners"),
    ),
    mistake(
        "maxout",
        "backward",
        "masks swapped",
        "the gradient sent to the smaller function",
        (D1, "d1 = dout * ~first"),
        (D2, "d2 = dout * first"),
        loses=("dx", "weights", "manners"),
    ),
    mistake(
        "maxout",
        "backward",
        "dx of one function",
        "dx through w1 only: add what comes through w2",
        (DX, "dx = d1 @ w1.T"),
        loses=DOWN,
    ),
    mistake(
        "maxout",
        "backward",
        "dx overwritten",
        "dx through w2 only: add both",
        (DX, "dx = d1 @ w1.T\n    dx = d2 @ w2.T"),
        loses=DOWN,
    ),
    mistake(
        "maxout",
        "backward",
        "weights exchanged",
        "w1 and w2 exchanged in dx",
        (DX, "dx = d1 @ w2.T + d2 @ w1.T"),
        loses=DOWN,
    ),
    mistake(
        "maxout",
        "backward",
        "dw transposed",
        "dw1 and dw2 transposed: they are (D, M)",
        ("x.T @ d1", "d1.T @ x"),
        ("x.T @ d2", "d2.T @ x"),
        loses=WEIGHTS,
    ),
    mistake(
        "maxout",
        "backward",
        "db averaged",
        "db1 and db2 averaged over the batch instead of summed",
        ("d1.sum(axis=0)", "d1.mean(axis=0)"),
        ("d2.sum(axis=0)", "d2.mean(axis=0)"),
        loses=WEIGHTS,
    ),
    mistake(
        "maxout",
        "backward",
        "db of shape (1, M)",
        "db1 and db2 of shape (1, M): they are (M,)",
        ("d1.sum(axis=0)", "d1.sum(axis=0, keepdims=True)"),
        ("d2.sum(axis=0)", "d2.sum(axis=0, keepdims=True)"),
        loses=WEIGHTS,
    ),
    mistake(
        "maxout",
        "backward",
        "dw averaged",
        "dw1 and dw2 divided by the batch size",
        ("x.T @ d1", "x.T @ d1 / len(x)"),
        ("x.T @ d2", "x.T @ d2 / len(x)"),
        loses=WEIGHTS,
    ),
    mistake(
        "maxout",
        "backward",
        "db of dout",
        "db1 and db2 summed over all of dout, without the masks",
        ("d1.sum(axis=0)", "dout.sum(axis=0)"),
        ("d2.sum(axis=0)", "dout.sum(axis=0)"),
        loses=WEIGHTS,
    ),
    mistake(
        "maxout",
        "backward",
        "gradients exchanged",
        "the gradients of the two functions exchanged",
        ("return dx, dw1, db1, dw2, db2", "return dx, dw2, db2, dw1, db1"),
        loses=WEIGHTS,
    ),
    mistake(
        "maxout",
        "backward",
        "order of the gradients",
        "dw1, dw2, db1, db2: the order is dx, dw1, db1, dw2, db2",
        ("return dx, dw1, db1, dw2, db2", "return dx, dw1, dw2, db1, db2"),
        loses=WEIGHTS,
    ),
    mistake(
        "maxout",
        "backward",
        "maxout dout in place",
        "dout itself changed: work on a copy",
        (f"{D1}\n    {D2}", f"{D2}\n    d1 = dout\n    d1 *= first"),
        loses=MANNERS,
        number=95,
    ),
)
