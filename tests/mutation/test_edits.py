"""Edits of a function: each operator makes the slip it is named for, and every edit compiles and changes something."""

import ast
import textwrap

import pytest

from autograder.course.course import REPOSITORY
from autograder.mutation.edits import apply, edits
from autograder.mutation.operators import OPERATORS

# operator, a function's body, and edits that there must be (before -> after)
SLIPS = [
    ("names", "def f(H, W): return H * 2", ["H * 2 -> W * 2"]),
    ("names", "def f(x, HH, WW):\n    N, C = x.shape\n    return x[:HH]", ["x[:HH] -> x[:WW]"]),
    ("names", "def f(H_out, W_out): return range(H_out)", ["range(H_out) -> range(W_out)"]),
    ("names", "def f(stride, pad): return stride + 1", ["stride + 1 -> pad + 1"]),
    (
        "names",
        "def f(x, x_hat, gamma, beta): return gamma * x_hat",
        ["gamma * x_hat -> gamma * x", "gamma * x_hat -> beta * x_hat"],
    ),
    (
        "names",
        "def f(x):\n    for i in x:\n        for j in x:\n            g(i, j)",
        ["g(i, j) -> g(j, j)", "g(i, j) -> g(i, i)"],
    ),
    ("names", "def f(x):\n    n, m = x.shape\n    return n", ["return n -> return m"]),
    ("names", "def f(pool_height, pool_width): return pool_height", ["return pool_height -> return pool_width"]),
    ("names", "def f(x, w1, w2): return x @ w1", ["x @ w1 -> x @ w2"]),
    ("operand", "def f(i, stride): return i * stride", ["i * stride -> i", "i * stride -> stride"]),
    ("operand", "def f(a): return a - 1", ["a - 1 -> a", "a - 1 -> -1"]),
    ("index", "def f(x, stride):\n    for i in x:\n        g(i + 1)", ["i + 1 -> (i * stride) + 1"]),
    ("bound", "def f(H): return range(H)", ["range(H) -> range(H - 1)", "range(H) -> range(H + 1)"]),
    ("bound", "def f(x, a, b): return x[a:b, 0]", ["x[a:b, 0] -> x[a + 1:b, 0]", "x[a:b, 0] -> x[a:b - 1, 0]"]),
    ("number", "def f(a): return a + 1", ["a + 1 -> a + 2", "a + 1 -> a + 0"]),
    ("grouping", "def f(i, s): return (i + 1) * s", ["(i + 1) * s -> i + 1 * s"]),
    ("grouping", "def f(a, b, c): return a / (b * c)", ["a / (b * c) -> a / b * c"]),
    ("grouping", "def f(a, b, c): return a + b * c", ["a + b * c -> (a + b) * c"]),
    ("assignment", "def f(a, b): a += b", ["a += b -> a = b", "a += b -> a -= b"]),
    ("accumulation", "def f(x, y): x[0] = y", ["x[0] = y -> x[0] += y"]),
    (
        "axis",
        "def f(x): return x.sum(axis=(0, 2))",
        [
            "x.sum(axis=(0, 2)) -> x.sum(axis=0)",
            "x.sum(axis=(0, 2)) -> x.sum(axis=(0, 1))",
            "x.sum(axis=(0, 2)) -> x.sum()",
        ],
    ),
    ("axis", "def f(x): return np.sum(x, 0)", ["np.sum(x, 0) -> np.sum(x, 1)", "np.sum(x, 0) -> np.sum(x, 2)"]),
    ("keepdims", "def f(x): return x.sum(axis=1, keepdims=True)", ["x.sum(axis=1, keepdims=True) -> x.sum(axis=1)"]),
    ("keepdims", "def f(x): return x.sum(axis=1)", ["x.sum(axis=1) -> x.sum(axis=1, keepdims=True)"]),
    ("sign", "def f(a): return -a", ["-a -> a"]),
    ("sign", "def f(a, b): return a + b", ["a + b -> -(a + b)"]),
    ("arithmetic", "def f(a, b): return a // b * b", ["a // b -> a / b", "a // b * b -> a // b / b"]),
    ("arithmetic", "def f(a, b): return 2 * (a - b)", ["a - b -> a + b"]),
    ("operands", "def f(a, b): return a - b", ["a - b -> b - a"]),
    ("operands", "def f(a, b): return a @ b", ["a @ b -> b @ a"]),
    ("comparison", "def f(a): return a < 0", ["a < 0 -> a <= 0", "a < 0 -> a > 0"]),
    ("strings", 'def f(p): return p["stride"] + p["pad"]', ["p[\"stride\"] -> p['pad']"]),
    ("strings", 'def f(mode): return mode == "train"', ["mode == \"train\" -> mode == 'test'"]),
    ("transposition", "def f(x, w): return x.T @ w", ["x.T -> x", "x.T @ w -> x.T @ w.T"]),
    ("transposition", "def f(x): return x.transpose(0, 2, 1)", ["x.transpose(0, 2, 1) -> x.transpose(2, 0, 1)"]),
    ("arguments", "def f(x, N, D): return x.reshape(N, D)", ["x.reshape(N, D) -> x.reshape(D, N)"]),
    ("arguments", "def f(x): return np.where(x > 0, x, 0)", ["np.where(x > 0, x, 0) -> np.where(x > 0, 0, x)"]),
    ("related call", "def f(x): return np.max(x)", ["np.max(x) -> np.min(x)"]),
    (
        "related call",
        "def f(n): return np.zeros(n)",
        ["np.zeros(n) -> np.ones(n)", "np.zeros(n) -> np.full(n, -np.inf)"],
    ),
    ("slice", "def f(x, a, b): return x[a:b]", ["x[a:b] -> x[:b]", "x[a:b] -> x[a:]"]),
    ("slice", "def f(x): return x[::-1]", ["x[::-1] -> x[:]"]),
    ("order", "def f(x, i, j): return x[i, j]", ["x[i, j] -> x[j, i]"]),
    (
        "order",
        "def f(x): return np.transpose(x, (0, 2, 1))",
        ["np.transpose(x, (0, 2, 1)) -> np.transpose(x, (2, 0, 1))"],
    ),
    ("results", "def f(a, b): return a, b", ["return a, b -> return a", "return a, b -> return b"]),
    ("unpacking", "def f(x): N, C = x.shape", ["N, C = x.shape -> C, N = x.shape"]),
    ("ddof", "def f(x): return x.var(axis=0)", ["x.var(axis=0) -> x.var(axis=0, ddof=1)"]),
    ("ddof", "def f(x): return x.var(axis=0, ddof=1)", ["x.var(axis=0, ddof=1) -> x.var(axis=0)"]),
    ("eps", "def f(v, eps): return np.sqrt(v + eps)", ["np.sqrt(v + eps) -> np.sqrt(v) + eps"]),
    ("eps", "def f(v, eps): return np.sqrt(v) + eps", ["np.sqrt(v) + eps -> np.sqrt(v + eps)"]),
    ("eps", "def f(v, eps): return 1 / np.sqrt(v)", ["np.sqrt(v) -> np.sqrt(v + eps)"]),
    ("eps", "def f(v, eps): return (v + eps) ** -0.5", ["(v + eps) ** -0.5 -> v ** (-0.5) + eps"]),
    ("weights", "def f(m, a, b): return m * a + (1 - m) * b", ["m * a + (1 - m) * b -> (1 - m) * a + m * b"]),
    ("complement", "def f(momentum, a): return momentum * a", ["momentum * a -> (1 - momentum) * a"]),
    ("complement", "def f(m, a): return (1 - m) * a", ["1 - m -> m"]),
    ("omission", "def f(x):\n    x = g(x)\n    return x", ["x = g(x) -> pass"]),
    ("omission", "def f(x):\n    for i in x:\n        g(i)\n", ["for i in x: ... -> pass"]),
    ("call", "def f(x): return x.copy()", ["x.copy() -> x"]),
    ("call", "def f(x): return np.sqrt(x)", ["np.sqrt(x) -> x"]),
    ("argument", "def f(x): return np.pad(x, 1, mode='edge')", ["np.pad(x, 1, mode='edge') -> np.pad(x, 1)"]),
    ("in place", "def f(x, y):\n    x = x - y\n    return x", ["x = x - y -> x -= y"]),
    ("in place", "def f(x, y):\n    z = x - y\n    return z", ["z = x - y -> x -= y\n    z = x"]),
    ("copy", "def f(x, y): x -= y", ["x -= y -> x = x - y"]),
    ("memory", "def f(x): return np.array(x)", ["np.array(x) -> np.asarray(x)"]),
    ("memory", "def f(x): return np.maximum(x, 0)", ["np.maximum(x, 0) -> np.maximum(x, 0, out=x)"]),
    ("logic", "def f(a, b): return a and b", ["a and b -> a or b", "a and b -> a"]),
    ("logic", "def f(a):\n    if a:\n        g()", ["a -> not a"]),
    ("branches", "def f(a): return 1 if a else 2", ["1 if a else 2 -> 2 if a else 1", "1 if a else 2 -> 1"]),
    (
        "attribute",
        "class M:\n    def f(self, x):\n        self.conv1, self.conv2 = x\n        return self.conv1(x)",
        ["self.conv1 -> self.conv2"],
    ),
    ("return", "def f(x, t):\n    for i in x:\n        t += i\n    return t", ["t += i -> t += i\n        return t"]),
    ("loop", "def f(x):\n    for i in x:\n        break", ["break -> continue"]),
    ("constant", "def f(x): return 0.5 * x", ["0.5 * x -> 0.05 * x", "0.5 * x -> 1.0 * x"]),
    ("switch", "def f(x): return g(x, True)", ["g(x, True) -> g(x, False)"]),
    ("type", "def f(x): return x.astype(np.float64)", ["np.float64 -> np.float32"]),
]


def shown(source, operator=None):
    return [f"{edit.before} -> {edit.after}" for edit in edits(source) if operator in (None, edit.operator)]


def says(source):
    return ast.dump(ast.parse(source))


@pytest.mark.parametrize(("operator", "source", "expected"), SLIPS)
def test_each_operator_makes_its_slip(operator, source, expected):
    assert set(expected) <= set(shown(source, operator))


def test_every_operator_is_tried():
    assert {operator for operator, _, _ in SLIPS} == {operator.name for operator in OPERATORS}


@pytest.mark.parametrize("source", [source for _, source, _ in SLIPS])
def test_every_edit_compiles_is_new_and_applies(source):
    made = [apply(source, edit) for edit in edits(source)]
    for text in made:
        compile(text, "<edit>", "exec")
    assert says(source) not in map(says, made)
    assert len({*map(says, made)}) == len(made)


def test_a_real_file_is_edited_everywhere_and_every_edit_says_its_line():
    source = (REPOSITORY / "autograder/honest/a3_normalization/classes.py").read_text()
    found = [*edits(source)]
    lines = source.splitlines()
    assert len(found) > 400
    for edit in found:
        text = apply(source, edit)
        compile(text, "<edit>", "exec")
        changed = next(n for n, (old, new) in enumerate(zip(lines, text.splitlines()), 1) if old != new)
        assert changed >= edit.line


def test_the_commonest_come_first_and_then_the_text_s_order():
    rank = {operator.name: number for number, operator in enumerate(OPERATORS)}
    found = [*edits("def f(H, W, x):\n    a = H + 1\n    b = W + 1\n    return x[a:b]\n")]
    assert [rank[edit.operator] for edit in found] == sorted(rank[edit.operator] for edit in found)
    assert [edit.line for edit in found if edit.operator == "operand"] == [2, 2, 3, 3]


def test_only_what_is_asked_for_is_edited():
    source = "def f(a): return a + 1\ndef g(a): return a + 1\n"
    assert {edit.function for edit in edits(source, ["g"])} == {"g"}
    assert {edit.line for edit in edits(source, ["g"])} == {2}


def test_what_nobody_computes_with_is_left_alone():
    source = textwrap.dedent('''
        @decorated(1)
        def f(a: "H" = 0) -> 3:
            """One of 2."""
            import numpy as np
            if a:
                raise ValueError(f"{a + 1} is not " + "H")
            return a
    ''')
    assert all(
        "1" not in edit.before.replace("ValueError", "") or edit.before.startswith("raise") for edit in edits(source)
    )
    assert not any(
        "One of" in edit.before or "decorated" in edit.before or "numpy" in edit.before for edit in edits(source)
    )


def test_text_around_an_edit_stays_and_places_are_counted_in_bytes():
    source = 'def f(a):  # naïve: "é"\r\n    b = "é" * 2; c = a   +  1  # kept\r\n    return b, c\r\n'
    edit = next(edit for edit in edits(source) if edit.after == "a   -  1" or edit.after == "a - 1")
    assert edit.line == 2
    assert apply(source, edit) == source.replace("a   +  1", "a - 1")


def test_a_name_is_not_swapped_for_one_that_has_no_value_yet():
    assert not any(
        "H_out" in edit.after
        for edit in edits("def f(H):\n    a = H + 1\n    H_out = a\n    return a\n")
        if edit.line == 2
    )


def test_a_source_that_does_not_parse_is_refused():
    with pytest.raises(SyntaxError):
        next(edits("def f(:"))
