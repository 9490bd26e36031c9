"""What a hand-in loses by a cause outside its answers: put back where that is certain, left for a person where not."""

import numpy as np
import pytest

from autograder.course.course import load_course
from autograder.reading import budget, definitions, modules
from autograder.reading.formats import Cell
from autograder.reading.modules import Files
from autograder.reading.newer import find_newer
from autograder.reading.notebook import Notebook
from autograder.reading.numpy_names import BUILTIN, MEANINGS, find_meaning
from autograder.reading.older import respell
from autograder.reading.program import Surroundings, functions, slice_program, uses
from autograder.reading.release import USUAL, Release, read_release
from autograder.reading.submission import read_program

NAME = "receptive_field"
RIGHT = f"def {NAME}(layers):\n    return 7"
CHECK = f'cnnlab.check("{NAME}")'
USUALLY = Surroundings(release=Release(dict(USUAL)))


def make_cells(*sources):
    return [Cell(index, "code", source) for index, source in enumerate(sources, start=1)]


def run(program):
    """What a worker holds after the program; a statement that raises is left out, as there."""
    namespace, flags = {"__name__": "__main__"}, 0
    for statement in program.statements:
        try:
            code = compile(statement.source, "cell", "exec", flags=flags, dont_inherit=True)
            flags |= code.co_flags & 0x1FE0000  # the bits of __future__
            exec(code, namespace)
        except Exception:
            continue
    return namespace


# --- names that something else has taken ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "last",
    [
        f"{NAME} = {NAME}([])",
        f"out = {NAME} = {NAME}([])",
        f"{NAME}, q = {NAME}([]), 3",
        f"for {NAME} in (1, 2): pass",
        f"for {NAME}, q in [(1, 2)]: pass",
        f"{NAME} += 1",
        f"{NAME} = None",
        f"if True:\n    {NAME} = [1]",
        f"result = {NAME}([])\n{NAME} = result",
        f"print({NAME} := {NAME}([]))",
        f"{NAME} = anything_else({NAME})",
        f"def {NAME}(): pass",
        f"class {NAME}: pass",
        f"globals()['{NAME}'] = 3",
    ],
)
def test_what_stood_at_the_check_counts_and_is_told(last):
    program = slice_program(make_cells(RIGHT, CHECK, last), [NAME])
    assert run(program)[NAME]([]) == 7 and program.definitions[NAME].cell == 1
    assert f"gives {NAME} another meaning; its function in cell 1 was judged" in program.problems[-1].text


@pytest.mark.parametrize(
    "cells, value",
    [
        ((RIGHT, CHECK, RIGHT.replace("7", "8")), 8),  # mended below
        ((RIGHT, CHECK, f"{NAME} = lambda layers: 8"), 8),
        ((RIGHT, "def wrap(f): return lambda layers: 8", f"{NAME} = wrap({NAME})", CHECK), 8),  # before its check
        ((RIGHT, "def other(layers): return 8", f"{NAME} = other"), 8),
    ],
)
def test_a_function_that_replaces_another_still_counts(cells, value):
    assert run(slice_program(make_cells(*cells), [NAME]))[NAME]([]) == value


def test_names_of_python_and_of_imports_mean_what_the_functions_use_them_for():
    source = f"import numpy as np\nimport random\ndef {NAME}(layers):\n    random.random()\n    return sum(np.ones(7))"
    scratch = "sum = 0\nfor i in range(3): sum += i\nnp = 5\nnp = None"
    picture = "with picture():\n    random = np.zeros(3)\n    random -= 1"
    program = slice_program(make_cells(source, picture, CHECK, scratch), [NAME])
    assert run(program)[NAME]([]) == 7 and len(program.problems) == 2
    own = f"max = 5\ndef {NAME}(layers): return max"
    assert (
        run(slice_program(make_cells(own, CHECK, "max = 6"), [NAME]))[NAME]([]) == 6
    )  # a variable of the student's own


def test_what_takes_a_name_and_is_needed_for_something_else_gives_it_back():
    table = "T = {}\nfor sum in (1, 2): T[sum] = 7"
    program = slice_program(make_cells(table, f"def {NAME}(layers): return sum([T[1]])"), [NAME])
    assert run(program)[NAME]([]) == 7


# --- imports, annotations, packages, NumPy --------------------------------------------------------------------------


def test_lost_imports_are_restored_only_where_everybody_knows_them():
    source = f"def {NAME}(layers): return math.floor(np.ones(7).sum()) + N + F"
    program = slice_program(make_cells(source), [NAME], USUALLY)
    assert [statement.source for statement in program.statements[:2]] == ["import math", "import numpy as np"]
    assert "`import math`, `import numpy as np` were restored, which costs nothing" in program.problems[0].text
    bound = slice_program(make_cells("import numpy as np", RIGHT.replace("7", "np.pi")), [NAME], USUALLY)
    assert bound.problems == ()


def test_the_given_out_notebook_tells_what_it_imports():
    release = read_release(load_course().assignment("a4_lenet").notebook)
    assert release.imports["nn"] == "from torch import nn" and release.imports["os"] == "import os"
    assert any("DataLoader" in cell for cell in release.cells)


def test_what_only_annotations_need_is_not_needed():
    cells = make_cells(
        "from jaxtyping import Float\nPlane = Float[int, 'a']", f"def {NAME}(layers: Plane) -> Lost: return 7"
    )
    program = slice_program(cells, [NAME], USUALLY)
    assert run(program)[NAME]([]) == 7 and program.problems == () and "jaxtyping" not in str(program.statements)


def test_what_needs_a_package_that_is_not_there_is_lost_by_name():
    source = f"import numba\nfast = numba.njit(len)\ndef {NAME}(layers): return fast(layers)"
    program = slice_program(make_cells(source), [NAME])
    assert set(program.lost) == {"numba", "fast"} and NAME in program.definitions
    assert "needs the package numba, which the grader does not have" in program.lost["fast"]
    forbidden = slice_program(make_cells(source), [NAME], Surroundings(forbidden=("numba",)))
    assert forbidden.lost == {}


def test_names_of_another_numpy_are_supplied():
    source = f"import numpy as np\ndef {NAME}(layers): return np.product([7.0]) if np.Inf > np.float(3) else 0"
    program = slice_program(make_cells(source), [NAME])
    assert "np.Inf, np.float, np.product: supplied" in program.problems[0].text
    assert "numpy.Inf = numpy.inf" in program.statements[0].source
    for name in (*MEANINGS, *BUILTIN):
        if meaning := find_meaning(name):
            assert name not in vars(np) and eval(meaning, {"numpy": np}) is not None


# --- a newer Python -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source, version",
    [
        ('x = f"{d["a"]}"', "3.12"),
        ("def f[T](x): pass", "3.12"),
        ("try: pass\nexcept A, B: pass", "3.14"),
        ('x = f"{d["a}"', None),
        ("def f(x) return x", None),
        ("def f[T](x: pass", None),
    ],
)
def test_what_needs_a_newer_python_is_told_from_what_is_none(source, version):
    found = find_newer(source)
    assert (found and found.version) == version
    assert found is None or f"needs Python {version} or newer (" in str(found)


@pytest.mark.parametrize(
    "source, value",
    [
        ('y = f"{d["a"]}"', "1"),
        ('y = f"{"-".join(["a", "b"])!r:>{w}}|{{}}"', "   'a-b'|{}"),
        ('y = (f"{d["a"]} "  # one\n     "plain {} "\n     f"{w:03d}")', "1 plain {} 008"),
        ('y = f"{f"{f"{1 + 1}"}"}"', "2"),
        ('y = f"{w if w != 3 else d["a"]}"', "8"),
        ('y = f"{(lambda z: z)(d["a"])}"', "1"),
        ('y = rf"\\d{d["a"]}"', "\\d1"),
        ('y = f"{w  # why\n}"', "8"),
        ("y = 0\ntry: 1 / 0\nexcept ValueError, ZeroDivisionError: y = 2", 2),
        ("type X = int\ny = X(3)", 3),
        ("def f[T](x):\n    return x\ny = f(4)", 4),
        ("class A[T: (int, str)]:\n    def g[U](self): return 5\ny = A().g()", 5),
    ],
)
def test_an_older_spelling_means_the_same_line_for_line(source, value):
    older = respell(source)
    names = {"d": {"a": 1}, "w": 8}
    exec(older, names)
    assert names["y"] == value and older.count("\n") == source.count("\n")


@pytest.mark.parametrize("source", ['x = f"{y=} {d["a"]}"', 'x = t"{y}"', 'x = f"{d["a"', "x ="])
def test_what_has_no_older_spelling_is_left(source):
    assert respell(source) is None


# --- files beside ---------------------------------------------------------------------------------------------------


def with_files(tmp_path, *cells, **files):
    for name, text in files.items():
        path = tmp_path / (name.replace("__", "/") + ".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return slice_program(make_cells(*cells), [NAME], Surroundings(Files(tmp_path / "a1.ipynb")))


@pytest.mark.parametrize(
    "code",
    [
        f"from mine import {NAME}",
        "from mine import *",
        f"import mine as M\n{NAME} = M.{NAME}",
        f"import pack.mine\ndef {NAME}(layers): return pack.mine.{NAME}(layers)",
        f"def {NAME}(layers):\n    from mine import {NAME} as g\n    return g(layers)",
        "%run mine.py",
        "exec(open('mine.py').read())",
        "with open('mine.py') as file:\n    exec(file.read())",
        f"from folder_that_was_lost.mine import {NAME}",
        f"import import_ipynb\nfrom mine import {NAME}",
    ],
)
def test_code_beside_the_notebook_is_taken(tmp_path, code):
    own = f"import math\n\nraise_never = 1\n{RIGHT}\n\nif __name__ == '__main__':\n    raise SystemExit\n"
    program = with_files(tmp_path, code, mine=own, pack__mine=own)
    assert NAME in program.definitions and run(program)[NAME]([]) == 7


def test_rules_about_the_source_see_the_code_beside(tmp_path):
    loop = "import torch\ndef inner(layers):\n    for x in layers: pass\n    return 7"
    program = with_files(tmp_path, f"from mine import inner as {NAME}", mine=loop)
    (tree,) = functions(program, NAME)
    assert tree.name == "inner" and any("for x in layers" in statement.code for statement in uses(program, NAME))


def test_files_elsewhere_links_and_endless_circles_are_nobodys_modules(tmp_path):
    (tmp_path / "secret.py").write_text(RIGHT)
    folder = tmp_path / "ada"
    folder.mkdir()
    (folder / "linked.py").symlink_to(tmp_path / "secret.py")
    files = Files(folder / "a1.ipynb")
    assert files.find("../secret.py") is None and files.find("linked.py") is None
    assert files.find(str(tmp_path / "secret.py")) is None and files.find_module("numpy") is None
    program = with_files(folder, f"from a import *\n{RIGHT}", a="from b import *\nx = 1", b="from a import *\ny = 2")
    assert run(program)[NAME]([]) == 7


def test_more_modules_than_the_bound_are_not_made(tmp_path, monkeypatch):
    monkeypatch.setattr(modules, "MAX_MODULES", 2)
    chain = {f"m{i}": f"import m{i + 1}\nx = {i}" for i in range(9)}
    program = with_files(tmp_path, f"import m0\ndef {NAME}(layers): return m0.x", **chain)
    assert sum(bool(statement.text) for statement in program.statements) == 2


# --- which notebook it is, and bounds -------------------------------------------------------------------------------


def read(tmp_path, *sources, notes=()):
    notebook = Notebook(tmp_path / "Untitled.ipynb", tuple(make_cells(*sources)), tuple(notes))
    return read_program(notebook, "a1_convolution", Release())


def test_another_assignments_notebook_is_recognized_whatever_it_shares_with_this_one(tmp_path):
    others = [f"def {name}(x): pass" for name in ("max_pool_forward_naive", "avg_pool_forward", "conv_forward_fast")]
    program = read(tmp_path, 'ASSIGNMENT = "a2_fast_layers"', *others, "def conv_forward_naive(x): pass")
    assert program.definitions == {} and program.problems[0].open and len(program.missing) == 11
    assert program.problems[0].text.startswith("this is the notebook of a2_fast_layers (it defines conv_forward_fast, ")
    kept = read(tmp_path, 'ASSIGNMENT = "a1_convolution"', *others, RIGHT)  # somebody's own helpers
    assert list(kept.definitions) == [NAME]


def test_a_blank_notebook_of_this_assignment_is_no_other(tmp_path):
    assert read(tmp_path, f"def {NAME}(layers):\n    raise NotImplementedError").problems == ()


def test_reading_a_hand_in_is_bounded_in_tokens_repairs_and_calls(monkeypatch):
    monkeypatch.setattr(budget, "FREE", 0)
    monkeypatch.setattr(budget, "MAX_PARSED", 40)
    program = slice_program(make_cells(RIGHT, "x = [" + "1, " * 100 + f"]\ndef {NAME}(layers): return 8"), [NAME])
    assert program.definitions == {} and program.problems[0].open  # the last definition may be the unread one
    assert "cell 2 was not read: the hand-in holds too much code" in program.problems[0].text
    monkeypatch.setattr(budget, "MAX_PARSED", 10_000)
    monkeypatch.setattr(budget, "MAX_REPAIRED", 0)
    assert slice_program(make_cells("x = 1\ny = = 2\nz = 3"), ["z"]).missing == ("z",)
    monkeypatch.setattr(definitions, "MAX_CALLS", 0)
    source = "class C:\n    def put(self, t): t.append(1)\nT = []\nC().put(T)\ndef f(): return T"
    assert "C().put(T)" not in [s.source for s in slice_program(make_cells(source), ["f"]).statements]
