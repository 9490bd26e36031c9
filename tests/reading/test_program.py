"""What runs of a submission: the slice must work on its own, and nothing else of the notebook may run."""

import ast
import types
from pathlib import Path

import numpy as np
import pytest

from autograder.reading import budget, cell_source, slicing
from autograder.reading.formats import Cell
from autograder.reading.program import functions, slice_program, uses


def make_cells(*sources):
    return [Cell(index, "code", source) for index, source in enumerate(sources, start=1)]


def run_statements(sliced):
    """Runs a slice as a worker does: statement by statement in one fresh namespace, future imports carried on."""
    namespace, flags = {"__name__": "__main__"}, 0
    for statement in sliced.statements:
        code = compile(statement.source, f"cell {statement.cell}", "exec", flags=flags, dont_inherit=True)
        flags |= code.co_flags & 0x1FE0000  # the bits of __future__
        exec(code, namespace)
    return namespace


def run_slice(*sources, names=("f",)):
    return run_statements(slice_program(make_cells(*sources), names))


def take(*sources, names=("f",)):
    return [statement.source for statement in slice_program(make_cells(*sources), names).statements]


# --- where a graded name is found, and what it needs ----------------------------------------------------------------


@pytest.mark.parametrize(
    "source, value",
    [
        ("def f(x): return x + 1", 3),
        ("f = lambda x: x + 1", 3),
        ("class f:\n    def __new__(cls, x): return x + 1", 3),
        ("g, f = None, lambda x: x + 1", 3),
        ("print(f := lambda x: x + 1)", 3),
        ("class C:\n    @staticmethod\n    def f(x): return x + 1\nf = C.f", 3),
        ("class C:\n    def f(self, x): return x + k\nk = 1\nf = C().f", 3),
        ("from math import sqrt as f", 2**0.5),
        ("if __name__ == '__main__':\n    def f(x):\n        return x + 1\n    print(f(1))", 3),
        ("if '__main__' == __name__: f = abs; raise SystemExit", 2),
        ("if __name__ == '__main__':\n    TEXT = '''a\n    b'''\n    def f(x): return len(TEXT) + x", 9),
        ("try:\n    import missing_module as m\nexcept ImportError:\n    m = None\ndef f(x): return m is None", True),
        ("if True:\n    def f(x): return x + 1\nelse:\n    f = None", 3),
        ("with open('/dev/null') as file:\n    def f(x): return x + 1", 3),
        ("def f(x): return 0\ndef f(x): return x + 1", 3),
        ("def f(x): return g(x)\ndef g(x): return x + 1", 3),
        ("def wrap(h): return lambda x: h(x) + 1\ndef f(x): return x\nf = wrap(f)", 3),
        ("def wrap(h): return lambda x: h(x) + 1\n@wrap\ndef f(x): return x", 3),
        ("K = 1\ndef f(x, k=K): return x + k", 3),
        ("from typing import Any as T\ndef f(x: T) -> T: return x + 1", 3),
        ("from __future__ import annotations\ndef f(x: Unknown): return x + 1", 3),
        ("class A:\n    k = 1\nclass B(A): pass\ndef f(x): return x + B.k", 3),
        ("K = [1]\nclass A:\n    K = K[0]\ndef f(x): return x + A.K", 3),
        ("K = [1, 2]\ndef f(x): return [x + k for k in K][0]", 3),
        ("K = 1\nT = [x + K for x in range(3)]\ndef f(x): return T[x]", 3),
        ("def f(x):\n    def g(): return h(x)\n    return g()\nh = lambda x: x + 1", 3),
        ("K = 0\nK += 1\ndef f(x): return x + K", 3),
        ("a = b = 1\n(c, *d), e = (a, b), a\ndef f(x): return x + d[0]", 3),
        ("a = 1; b = a; raise SystemExit\ndef f(x): return x + b", 3),
        ("async def g(): pass\ndef f(x): return g.__name__", "g"),
    ],
)
def test_a_name_is_found_wherever_it_is_bound_with_what_it_needs(source, value):
    namespace = run_slice(source, "raise SystemExit")
    assert namespace["f"](2) == value


@pytest.mark.parametrize(
    "change",
    [
        "T[2] = 3",
        "for i in range(3): T[i] = i + 1",
        "T.update({2: 3})",
        "T |= {2: 3}",
        "def fill(t): t[2] = 3\nfill(T)",
        "def fill(n, t=None): t.update({n: 3})\nfill(2, t=T)",
        "def inner(t): t[2] = 3\ndef fill(t): inner(t)\nfill(T)",
        "fill = lambda t: t.update({2: 3})\nfill(T)",
        "class Filler:\n    def fill(self, t): t[2] = 3\nfiller = Filler()\nfiller.fill(T)",
        "class Filler:\n    def __init__(self, t): t[2] = 3\nFiller(T)",
        "def init(): T[2] = 3\ninit()",
        "def init():\n    global T\n    T = {2: 3}\ninit()",
        "def key(k):\n    def wrap(g):\n        T[k] = g()\n        return g\n    return wrap\nT[2] = 3",
        "def add(g):\n    T[2] = g()\n    return g\n@add\ndef three(): return 3",
        "_ = [T.setdefault(i, i + 1) for i in range(3)]",
        "dict.update(T, {2: 3})",
        "U = T\nU[2] = 3\nT = U",
        "import operator\noperator.setitem(T, 2, 3)",
        "from operator import setitem\nsetitem(T, 2, 3)",
        "if T == {}:\n    T[2] = 3",
        "del T\nT = {2: 3}",
        "U = T\nU[2] = 3",
        "U, k = T, 2\nU[k] = 3",
        "V = [T]\nV[0][2] = 3",
        "V = {}\nV['t'] = T\nV['t'].update({2: 3})",
        "U = T\nU |= {2: 3}",
        "put = T.__setitem__\nput(2, 3)",
        "import functools\nput = functools.partial(T.__setitem__, 2)\nput(3)",
        "for V in (T, T): V[2] = 3",
        "fill = lambda k: T.update({k: 3})\ny = fill(2)",
        "def fill(k): T[k] = 3\nlist(map(fill, [1, 2]))",
        "def fill(k): T[k] = 3\n[fill(k) for k in (1, 2)]",
        "def fill(k): T[k] = 3\nif fill(2) is None: pass",
        "def fill(t):\n    u = t\n    u[2] = 3\n    return True\nok = fill(T)",
        "def fill(**more): T.update(more or {2: 3})\nok = fill()",
        "put = T.__setitem__\n[put(k, 3) for k in (1, 2)]",
        "class C:\n    def fill(self): self.t[2] = 3\nc = C()\nc.t = T\nok = c.fill()",
        "def at(k):\n    def keep(g): T[k] = g()\n    return keep\n@at(2)\ndef g(): return 3",
        "def at(k):\n    def keep(g): T[k] = g()\n    return keep\nat(2)(lambda: 3)",
        "class Base:\n    def __init_subclass__(cls): T[2] = cls.k\nclass C(Base): k = 3",
    ],
)
def test_statements_that_change_a_needed_object_are_taken(change):
    namespace = run_slice("T = {}", change, "def f(x): return T[x]", "raise SystemExit")
    assert namespace["f"](2) == 3


@pytest.mark.parametrize(
    "source",
    [
        "class P: pass\np = P()\np.k = 1\ndef f(x): return x + p.k",
        "class P: pass\np = P()\nsetattr(p, 'k', 1)\ndef f(x): return x + p.k",
        "class P: pass\ndef g(self, x): return x + 1\nP.g = g\ndef f(x): return P().g(x)",
        "import numpy as np\nT = np.zeros(3)\nnp.copyto(T, [1, 2, 3])\ndef f(x): return T[x]",
        "import numpy as np\nT = np.zeros(3)\nnp.add([1, 2, 3], 0, out=T)\ndef f(x): return T[x]",
        "T = [[], [], []]\nfor row in T: row.append(3)\ndef f(x): return T[x][0]",
        "import math\nmath.three = 3\ndef f(x): return math.three",
        "def init():\n    global K\n    K = 3\ny = init()\ndef f(x): return K",
        "def pi_and(n): return n\nn = 2\nT = pi_and(n) + 1\nn = 5\ndef f(x): return T",
        "def build(): return K + 1\nK = 2\nT = build()\nK = 9\ndef f(x): return T",
        "from math import *\ndef f(x): return ceil(x + 0.5)",
        "class R(dict):\n    def add(s, g): s['g'] = g\nr = R()\n@r.add\ndef g(x): return 3\nf = lambda x: r['g'](x)",
        "class N:\n    def build(self): self.k = 1\nn = N()\ny = n.build()\ndef f(x): return x + n.k",
        "A = []\nclass B:\n    def __init_subclass__(c): A.append(c)\nclass C(B): k = 1\ndef f(x): return x + A[0].k",
        "class B:\n    a = []\n    def __init_subclass__(c): c.a.append(3)\nclass C(B): pass\ndef f(x): return B.a[0]",
        "from functools import singledispatch as s\n@s\ndef f(x): return 0\n@f.register\ndef _(x: int): return x + 1",
        "from functools import singledispatch as s\n@s\ndef f(x): return 0\nf.register(int, lambda x: x + 1)",
        "def main():\n    global f\n    def f(x): return x + 1\nmain()",
        "def main():\n    global sqrt\n    from math import sqrt\nmain()\ndef f(x): return sqrt(9)",
        "exec('def f(x): return x + 1')",
        "get_ipython().run_cell('%pylab\\ndef f(x): return x + 1')",
        "globals()['f'] = lambda x: x + 1",
        "T = []\nU = T\nT.append(3)\ndef f(x): return U[0]",
    ],
)
def test_objects_classes_modules_and_tables_are_as_the_notebook_left_them(source):
    assert run_slice(source, "raise SystemExit")["f"](2) == 3


def test_numpys_star_import_replaces_builtins_as_in_the_notebook():
    assert list(run_slice("from numpy import *\ndef f(x): return sum(x, axis=0)")["f"](np.ones((2, 3)))) == [2, 2, 2]


def test_set_up_calls_that_alter_numerics_are_taken_but_no_other_calls_on_modules():
    sources = ["import numpy as np\nimport random", "np.seterr(all='raise')\nnp.random.seed(0)\nnp.show_config()"]
    sources += ["def seed(n): np.seterr(all='raise')\nseed(3)", "random.seed(0)", "def f(x): return np.exp(x)"]
    sources += ["for s in range(3):\n    np.random.seed(s)\n    train()"]
    taken = take(*sources)
    assert "np.seterr(all='raise')" in taken and "np.random.seed(0)" in taken and "seed(3)" in taken
    assert not any(word in " ".join(taken) for word in ("show_config", "random.seed(s)", "import random"))


# --- what must not run ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "raise SystemExit",
        "open('x', 'w')",
        "input('name? ')",
        "while True: pass",
        "x = w = 3\nout = f(x)\nfor x in range(10**9): out = f(x)",
        "f(3)\nprint(f, K)\ncheck(f, K)",
        "def check(g, k): print(g(k))\ncheck(f, K)",
        "def main():\n    import math\n    T[0] = 1\n    f(2)\nresult = main()",
        "import matplotlib.pyplot as plt\nplt.plot(T)\nplt.show()",
        "fig, ax = subplots()\nax.imshow(T)\nax.legend()",
        "K = 1\nx = K",
        "y = T[2]",
        "f(2)\nassert f(2) == 3",
        "from google.colab import drive\ndrive.mount('/content/drive')",
        "!pip install x\n%cd x\npip install y\nexit()",
    ],
)
def test_top_level_side_effects_do_not_run(source):
    base = "MEMO = {}\nT = {2: 3}\nK = 1\ndef f(x):\n    w = x\n    out = MEMO.setdefault(x, w + K)\n    return out"
    assert len(take(base, source)) <= 5 and run_slice(base, source)["f"](2) == 3


@pytest.mark.parametrize(
    "source",
    [
        "history = []\ndef log(k): history.append(T[k])\nfor k in T: log(k)\nlist(map(log, T))",
        "y = T.copy()\ny[2] = 5\nrows = [T, y]\ny.clear()",
        "class Net:\n    def train(self, k): self.k = k\nnet = Net()\nfor k in T: loss = net.train(k)",
        "def timed(g):\n    def inner(*a): T[0] = g(*a)\n    return inner\n@timed\ndef main(): pass\nmain",
        "a = [f(k) for k in T]\nprint(list(map(f, a)), max(T))",
        "import cnnlab\ncnnlab.check('f')\ncnnlab.submit()",
        "class Net:\n    @property\n    def T(self): return 1\n    @T.setter\n    def T(self, v): pass",
    ],
)
def test_what_only_looks_at_a_needed_object_does_not_run(source):
    base = ["T = {2: 3}", "def f(x): return T[x]"]
    assert take("\n".join(base), source) == base


def test_a_memo_that_a_function_fills_itself_does_not_make_its_calls_run():
    taken = take("M = {}\ndef f(x):\n    M[x] = 1\n    return x", "for i in range(9): f(i)", "f(3)\nM.clear")
    assert taken == ["M = {}", "def f(x):\n    M[x] = 1\n    return x"]


def test_a_rebinding_in_the_training_code_is_taken_only_if_it_is_the_last():
    assert take("H = 1", "H = 2", "def f(): return H") == ["H = 2", "def f(): return H"]
    assert take("H = 1", "for H in range(3): pass", "def f(): return H")[0] == "H = 1"


def test_local_names_of_functions_are_no_uses():
    code = "def f(x, *a, k=0, **b):\n    import os as w\n    for i in x: out = i\n    return [n for n in a]"
    names = "x = a = k = b = w = i = out = n = open('never')"
    assert take(names, code, names) == [code]


# --- the course's own cells, and imports ----------------------------------------------------------------------------

SET_UP = (Path(__file__).parents[2] / "solutions" / "setup_cell.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "answer",
    [
        "def f(x):\n    return sys.maxsize",
        "import sys\ndef f(x): return sys.maxsize",
        "def f(x):\n    global name, done, wheel\n    name = done = wheel = x",
        "T = {}\nfor name in ('a', 'b'): T[name] = 1\ndef f(x): return T['a']",
        "pip = 3\ndef f(x): return pip + len(WHEEL)",
    ],
)
@pytest.mark.parametrize("before", [SET_UP, SET_UP.replace("sys\n", "sys\nimport numpy as np, torch\n")])
def test_the_set_up_cell_installs_nothing_and_lends_imports_one_by_one(before, answer):
    for cells in ([before, answer], [f"{before}\n{answer}"]):
        taken = take(*cells, "f(2)")
        assert not any(word in " ".join(taken) for word in ("subprocess", "cnnlab.at_least", "set_up", "torch"))
    assert "import cnnlab" in take(before, "def f(x): return cnnlab.compare(x)")


@pytest.mark.parametrize(
    "imports, taken",
    [
        ("import numpy as np, torch", ["import numpy as np"]),
        ("from os import (path as np,  # comment\n  sep)", ["from os import path as np"]),
        ("from . import np, torch", ["from . import np"]),
        ("import torch; import numpy as np, scipy.signal as s", ["import numpy as np"]),
        ("if torch := 1: import numpy as np, math", ["if torch := 1: import numpy as np, math"]),
    ],
)
def test_an_import_of_several_names_counts_name_by_name(imports, taken):
    assert take(imports, "def f(x): return np.exp(x)") == [*taken, "def f(x): return np.exp(x)"]


def test_an_imported_name_keeps_its_line():
    cell = "x = 1\n\nfrom math import (\n    ceil,\n    sqrt as f\n)"
    found = slice_program(make_cells(cell), ["f"]).definitions["f"]
    assert (found.line, found.source) == (3, "from math import sqrt as f")


# --- names that something else binds --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source, said",
    [
        (
            "text = 'def f(): pass'\nexec(text + 'f = 3')",
            "is not defined by a def or an assignment that can be read: exec() may",
        ),
        ("for n in ['f']: globals()[n] = len", "be read: globals() may define it in cell 2, line 1; write the def"),
        ("import sys\nsetattr(sys.modules['__main__'], 'f', 3)", "setattr() may define it in cell 2, line 2"),
        ("exec('def f(x) return 3')", "exec() may define it in cell 2, line 1"),
        ("from my_own import f", "f comes from the module my_own, which is not part of the hand-in: paste its code"),
        ("import my_own.part as H\nf = H.f", "f comes from the module my_own, which is not part of the hand-in"),
        ("import my_own\nh = my_own.sub\nf = h.f", "f comes from the module my_own, which"),
        ("from my_own import *", "f may come from the module my_own, which is not part of the hand-in"),
        ("exec(open('my_own.py').read())", "f may come from my_own.py, which is not part of the hand-in"),
        ("x = 1\n%run -i my_own.py", "f may come from my_own.py, which is not part of the hand-in"),
    ],
)
def test_a_name_that_only_something_else_binds_is_missing_with_the_reason(source, said):
    sliced = slice_program(make_cells("def g(): return 1", source, "print(f(2))"), ["f", "g"])
    assert sliced.missing == ("f",) and list(sliced.definitions) == ["g"]
    (problem,) = sliced.problems
    assert said in problem.text and problem.text.startswith("f ") and problem.names == ("f",) and problem.cell == 2


@pytest.mark.parametrize(
    "source",
    ["from my_own import f\ndef f(x): return 3", "f = 1", "import my_own\nfrom math import ceil as f", "x = eval('3')"],
)
def test_no_reason_is_made_up(source):
    assert slice_program(make_cells(source), ["f"]).problems == ()


# --- magics, line numbers and cells that do not parse ---------------------------------------------------------------


def test_magics_and_shell_lines_are_ignored_and_line_numbers_stay():
    cell = (
        "\n%matplotlib inline\n!pip install x \\\n   --quiet\nimport math\nfiles = !ls\n?math.sqrt\n"
        "math.sqrt?\nif math:\n    !ls\n    %cd x\ndef f(x):\n"
        "    '''Help:\n%time is no magic here\n! nor this\n    '''\n    return 3\n"
        "%time T = f(2)\ng = %time f(1)\n%timeit f(1)"
    )
    sliced = slice_program(make_cells(cell), ["f", "T", "g"])
    namespace = run_statements(sliced)
    assert sliced.problems == () and namespace["T"] == namespace["g"] == 3 and "%time is" in namespace["f"].__doc__
    lines = cell.split("\n")
    assert {name: lines[found.line - 1] for name, found in sliced.definitions.items()} == {
        "f": "def f(x):",
        "T": "%time T = f(2)",
        "g": "g = %time f(1)",
    }


@pytest.mark.parametrize("magic", ["%%time", "%%capture out", "# slow\n\n%%time", "%%capture\n%%time"])
def test_a_python_cell_magic_keeps_its_body_and_line_numbers(magic):
    cell = f"{magic}\nx = 1\ndef f(x): return 3"
    sliced = slice_program(make_cells(cell), ["f"])
    assert cell.split("\n")[sliced.definitions["f"].line - 1] == "def f(x): return 3"


@pytest.mark.parametrize("magic", ["%%bash", "%%html", "%%writefile a.py", "%%javascript"])
def test_a_cell_magic_of_another_language_drops_the_cell(magic):
    sliced = slice_program(make_cells(f"{magic}\nf = 3", "def f(x): return x"), ["f"])
    assert sliced.problems == () and sliced.definitions["f"].cell == 2


@pytest.mark.parametrize(
    "source", ["    def f(x):\n        return 3", ">>> def f(x):\n...     return 3", "In [1]: def f(x): return 3"]
)
def test_indented_cells_and_pasted_prompts_are_read_as_jupyter_does(source):
    assert slice_program(make_cells(source), ["f"]).missing == ()


GOOD = "def f(x): return 3"


@pytest.mark.parametrize(
    "source, line, words",
    [
        (f"x = 1\nfor i in range(3)\n    print(i)\n{GOOD}", 2, "expected ':'  >>> for i in range(3)"),
        (f"{GOOD}\nprint 'hello'", 2, "Missing parentheses"),
        (f"x = (1,\n{GOOD}\n", 1, "was never closed|invalid syntax"),
        (f"def g(x):\n    # to do\n\n{GOOD}", 4, "expected an indented block"),
        (f"if True:\n\tx = 1\n        y = 2\n{GOOD}", 3, "inconsistent use of tabs|unindent"),
        (f"{GOOD}\nreturn 3", 2, "'return' outside function"),
        (f"{GOOD}\nbreak", 2, "'break' outside loop"),
        (f"@wrap\ndef g(:\n    pass\n{GOOD}", 2, "invalid syntax"),
        (f"try:\n    x = 1\ny = 2\n{GOOD}", 3, "expected 'except' or 'finally' block"),
        (f"<<<<<<< HEAD\n{GOOD}\n=======\n", 1, "invalid syntax"),
        (f"x = 1 +\xa0\n{GOOD}", 1, "invalid"),
        (f"{GOOD}\nx = " + "-" * 100_000 + "1", 1, "too deeply nested"),
        (f"{GOOD}\nx = a" + ".b" * 100_000, 1, "too deeply nested"),
        (f"x = '{'9' * 5000}'\nx = {'9' * 5000}\n{GOOD}", 2, "digit"),
    ],
)
def test_what_does_not_parse_is_reported_and_the_rest_counts(source, line, words):
    other = "def g(x): return 4"
    sliced = slice_program(make_cells("", source, other), ["g"] if "deeply" in words else ["f", "g"])
    first = sliced.problems[0]
    line = first.line if "deeply" in words else line  # Pythons differ in where they give up
    assert (first.cell, first.line) == (2, line) and first.text.startswith(f"cell 2, line {line} is not valid Python")
    assert any(word in first.text for word in words.split("|")) and len(first.text) < 350
    assert sliced.missing == () and run_statements(sliced)["g"](1) == 4


def test_a_name_lost_in_a_broken_cell_is_missing_and_its_problem_says_so():
    sliced = slice_program(make_cells("def f(x:\n    return 1\ndef g(x): return 2"), ["f", "g", "h"])
    assert sliced.missing == ("f", "h") and list(sliced.definitions) == ["g"]
    assert sliced.problems[0].names == ("f",) and "f could not be read" in sliced.problems[0].text


def test_an_earlier_definition_counts_where_the_later_one_does_not_parse():
    assert run_slice("def f(x): return 3", "def f(x) return 4")["f"](1) == 3


def test_top_level_await_is_no_problem():
    sliced = slice_program(make_cells("await thing()\nasync with a: pass", "def f(x): return 3"), ["f"])
    assert sliced.problems == () and len(sliced.statements) == 1


def test_a_cell_or_a_notebook_beyond_the_bounds_is_reported(monkeypatch):
    monkeypatch.setattr(cell_source, "MAX_CELL", 50)
    monkeypatch.setattr(budget, "MAX_STATEMENTS", 3)
    sliced = slice_program(make_cells("#" * 60, "f = 1", "x = 1\n" * 3, "g = 2"), ["f", "g"])
    assert sliced.missing == ("g",) and sliced.problems[1].names == ("g",) and sliced.problems[1].open
    assert [problem.text.split(":")[0] for problem in sliced.problems] == [
        "cell 1 was not read",
        "cell 3 and those after it were not read",
    ]


def test_a_long_chain_of_statements_is_followed_in_bounded_steps(monkeypatch):
    monkeypatch.setattr(slicing, "MAX_STEPS", 100)
    chain = [f"a{i} = a{i - 1} + 1" for i in range(1, 60)]
    assert run_slice("a0 = 0", "\n".join(chain), "def f(x): return a59")["f"](0) == 59


# --- cells copied, retyped, reordered -------------------------------------------------------------------------------


def test_an_untouched_copy_of_a_stub_does_not_replace_the_answer():
    stub = "def f(x):\n    '''Doc.'''\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    sliced = slice_program(make_cells("def f(x): return 3", stub), ["f"])
    assert run_statements(sliced)["f"](1) == 3 and "stands here again" in sliced.problems[0].text
    alone = slice_program(make_cells(stub), ["f"])
    assert alone.definitions["f"].line == 1 and alone.problems == ()
    assert slice_program(make_cells(stub, "def f(x): return 3"), ["f"]).problems == ()


@pytest.mark.parametrize("answer", ["    return 3\n", "    if x:\n        return 3\n", "    x += 2\n    return x\n"])
def test_an_answer_above_the_line_that_the_stub_had_is_an_answer(answer):
    forgotten = f"def f(x):\n    # YOUR CODE HERE\n{answer}    raise NotImplementedError()"
    stub = "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    sliced = slice_program(make_cells(forgotten, stub), ["f"])
    assert run_statements(sliced)["f"](1) == 3 and "stands here again" in sliced.problems[0].text


def test_a_definition_in_a_cell_of_the_wrong_type_counts_with_a_note():
    cells = [Cell(1, "markdown", "def f(x): return 3"), Cell(2, "markdown", "The f above"), Cell(3, "raw", "g = 4")]
    sliced = slice_program(cells, ["f", "g", "h"])
    assert run_statements(sliced)["f"](1) == 3 and sliced.missing == ("h",)
    assert [problem.text[:30] for problem in sliced.problems] == [
        "cell 1 is not a code cell, but",
        "cell 3 is not a code cell, but",
    ]


def test_statements_keep_the_notebooks_order_places_and_names():
    sliced = slice_program(make_cells("import math\nT = []", "x = 3", "T.append(math)\ndef f(): return T"), ["f"])
    assert [(s.cell, s.line, s.binds) for s in sliced.statements] == [
        (1, 1, ("math",)),
        (1, 2, ("T",)),
        (3, 1, ("T",)),
        (3, 2, ("f",)),
    ]


# --- rules on what a function uses ----------------------------------------------------------------------------------

RULES = """
T = []
for i in range(3): T.append(i)
def helper(x): return [v for v in x]
def other(x):
    while True: pass
class C:
    def good(x): return helper(x)
    def bad(x):
        for v in x: pass
f = C.good
g = lambda x: x + T[0]
"""


def test_uses_gives_the_statements_of_one_name():
    sliced = slice_program(make_cells(RULES), ["f", "g", "other"])
    assert [s.source.split("\n")[0] for s in uses(sliced, "f")] == [
        "def helper(x): return [v for v in x]",
        "class C:",
        "f = C.good",
    ]
    assert uses(sliced, "nothing") == ()


def test_functions_gives_the_trees_that_may_run_in_a_call():
    sliced = slice_program(make_cells(RULES), ["f", "g", "other"])
    kinds = {
        name: {type(n) for tree in functions(sliced, name) for n in ast.walk(tree)} for name in ("f", "g", "other")
    }
    assert ast.ListComp in kinds["f"] and ast.For not in kinds["f"]
    assert ast.For not in kinds["g"] and ast.Lambda in kinds["g"] and ast.While in kinds["other"]


# --- whole notebooks ------------------------------------------------------------------------------------------------

CONV = """def conv(x, w, b, p):
    H_out = 1 + (x.shape[0] + 2 * p["pad"] - w.shape[0]) // p["stride"]
    xp = pad_image(x, p["pad"])
    out = np.array([np.sum(xp[i * p["stride"]:][:w.shape[0]] * w) for i in range(H_out)]) + b
    cache = (x, w, b, p)
    return out, cache"""
NOTEBOOKS = [
    """
import numpy as np
from numpy import pad as np_pad
%load_ext autoreload
EPS = 1e-5
MODE = "constant"
# %%
def pad_image(x, pad):
    return np_pad(x, pad, mode=MODE)
# %%
<CONV>
# %%
x = np.ones(5); w = np.ones(3); b = 0
for pad in range(2):
    out, cache = conv(x, w, b, {"stride": 1, "pad": pad})
print(out)
""",
    """
import numpy as np
class Layers:
    scale = {}
    @staticmethod
    def pad(x, n):
        return np.pad(x, n)
Layers.scale["a"] = 1
pad_image = Layers.pad
# %%
def timed(g):
    calls.append(g.__name__)
    def inner(*a):
        return g(*a)
    return inner
calls = []
# %%
@timed
<CONV>
# %%
np.random.seed(1)
x = np.random.randn(5)
conv(x, x[:2], 1, {"stride": 1, "pad": 0})
log = []
log.append(x)
# %%
b = 7
EPS = b
""",
    """
from __future__ import annotations
import numpy as np
try:
    import cupy_that_is_not_there as xp
except ImportError:
    xp = np
# %%
if __name__ == "__main__":
    def pad_image(x: Array, n):
        y = xp.zeros(x.size + 2 * n)
        y[n:n + x.size] = x
        return y
# %%
<CONV>
_inner = conv
def conv(*a, **k):
    out, cache = _inner(*a, **k)
    return out * SCALE[0], cache
# %%
SCALE = [5]
def set_scale(s):
    global SCALE
    SCALE = [s]
set_scale(2)
SCALE[0] += 1
x = w = out = log = None
""",
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=range(len(NOTEBOOKS)))
def test_the_slice_gives_the_same_results_as_the_whole_notebook(notebook):
    whole = types.ModuleType("whole").__dict__
    whole["__name__"] = "__main__"
    notebook = notebook.replace("<CONV>", CONV)
    exec(notebook.replace("%load_ext", "#"), whole)
    sliced = run_slice(*notebook.split("# %%"), names=["conv"])
    rng = np.random.default_rng(0)
    for pad, stride in ((0, 1), (1, 2), (2, 3)):
        x, w = rng.standard_normal(7), rng.standard_normal(3)
        actual, cache = sliced["conv"](x, w, 0.5, {"stride": stride, "pad": pad})
        np.testing.assert_array_equal(actual, whole["conv"](x, w, 0.5, {"stride": stride, "pad": pad})[0])
        assert len(cache) == 4
    assert not {"x", "w", "log", "EPS", "out"} & set(sliced)
