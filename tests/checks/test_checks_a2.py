"""The visible checks of a2_fast_layers: right code passes, a stub is not attempted, mistakes are caught and said."""

import ast
import linecache
import re

import matplotlib
import nbformat
import numpy as np
import pytest

import cnnlab
from autograder.authoring.build import solution_notebook
from autograder.course.course import Assignment
from autograder.reading.formats import Cell
from autograder.reading.program import slice_program, uses
from cnnlab import timing as public_timing
from cnnlab.checking.imports import imported_packages
from cnnlab.checking.numpy_only import FORBIDDEN, NumpyOnly
from cnnlab.checking.outcomes import FAILED, NOT_ATTEMPTED, NOT_CHECKED, CheckFailed, StudentError
from cnnlab.checking.student import LocalStudent
from cnnlab.checks import speed
from cnnlab.networks import timing
from cnnlab.notebooks import session
from cnnlab.pictures import layer_pictures
from cnnlab.signatures import COURSE, graded_names

QUESTIONS = list(COURSE["a2_fast_layers"])
ASSIGNMENT = Assignment("a2_fast_layers", "Fast layers", seconds_per_call=10, seconds_per_submission=120)


def released(assignment: Assignment):
    return nbformat.read(assignment.notebook, 4)


def graded_code(notebook) -> str:
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return "\n\n".join(source for source in cells if source.startswith("def "))


@pytest.fixture(scope="module")
def solution() -> str:
    return graded_code(solution_notebook(ASSIGNMENT))


@pytest.fixture(scope="module")
def untouched() -> str:
    return graded_code(released(ASSIGNMENT))


@pytest.fixture(autouse=True)
def quick(request, monkeypatch):
    """Speed is judged in its own tests only: these must not depend on how busy the machine is."""
    if "speed" not in request.node.name:
        monkeypatch.setattr(speed, "check_speed", lambda student, call, one_window, windows: call())


def namespace(code: str) -> dict:
    """Names of a notebook; its source is known, as a notebook's is."""
    names, file = {"np": np}, f"<notebook {len(linecache.cache)}>"
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    exec(compile(code, file, "exec"), names)
    return names


def edited(code: str, function: str, *changes: tuple[str, str]) -> dict:
    """The solution with a mistake in one function; the text to change must be there."""
    start = code.index(f"def {function}(")
    end = code.find("\ndef ", start)
    before, body, after = code[:start], code[start : end if end > 0 else None], code[end:] if end > 0 else ""
    for old, new in changes:
        assert old in body, old
        body = body.replace(old, new)
    return namespace(before + body + after)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_solution_passes(solution, question):
    result = cnnlab.check(question, namespace(solution))
    assert result.passed, repr(result)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_stub_is_not_attempted(untouched, question):
    result = cnnlab.check(question, namespace(untouched))
    assert {report.outcome for report in result.reports} <= {NOT_ATTEMPTED, NOT_CHECKED}
    assert not result.passed


def test_a_backward_waits_for_its_forward(untouched):
    said = "max_pool_forward_fast is not attempted yet, so there is no cache to start from."
    result = cnnlab.check("max_pool_backward_fast", namespace(untouched))
    assert repr(result) == f"max_pool_backward_fast · not checked yet: {said}"


CONV, BACK = "conv_forward_fast", "conv_backward_fast"
NAIVE, FAST = "max_pool_forward_naive", "max_pool_forward_fast"
MISTAKES = [
    (
        CONV,
        CONV,
        [("np.column_stack([w.reshape(F, K), b])", "np.column_stack([w.reshape(F, K), 0 * b])")],
        "= 3 (6 of 6",
    ),
    (CONV, CONV, [("L = C * HH * WW, H_out * W_out", "L = C * HH * WW, H_out * H_out")], "raised ValueError"),
    (CONV, CONV, [("w.reshape(F, K)", "w[:, :, ::-1, ::-1].reshape(F, K)")], "one window as large as the image"),
    (CONV, CONV, [("x_pad = np.pad", "x += 1; x_pad = np.pad")], "x changed by the call"),
    (CONV, CONV, [("np.result_type(x, w, b)", "np.float32")], "out of dtype float32"),
    (CONV, CONV, [("return out.reshape(N, F, H_out, W_out), cache", "return out, cache")], "out of shape (1, 1, 6)"),
    (BACK, "col2im", [("+= taps[:, :, p]", "= taps[:, :, p]")], "dx[0, 0, 1, "),
    (BACK, BACK, [("pad : pad + H, pad : pad + W]", "pad:-pad, pad:-pad]")], "dx of shape (1, 1, 0, 0)"),
    (BACK, BACK, [("dweights[:K].T", "(dweights[:K].T / N)")], "(numeric gradient)"),
    (BACK, BACK, [("dout = dout.reshape", "dout *= 2; dout = dout.reshape")], "dout changed by the call"),
    (NAIVE, NAIVE, [("np.max(", "np.mean(")], "out[0, 0, 0, 1] = 2.75"),
    (NAIVE, NAIVE, [("(W - width)", "(W - height)")], "out of shape"),
    ("max_pool_backward_naive", "max_pool_backward_naive", [("+= dout", "= dout")], "dx[0, 0, 2, 2] = 8"),
    (FAST, FAST, [("(H - height) // stride", "-(-(H - height) // stride)")], "raised|out of shape"),
    ("max_pool_backward_fast", "max_pool_backward_fast", [("+= gradient", "= gradient")], "dx[0, 0, 2, 2] = "),
    ("avg_pool_forward", "avg_pool_forward", [(" / len(places)", "")], "out[0, 0, 1, 1] = 16"),
    ("avg_pool_backward", "avg_pool_backward", [(" / len(places)", "")], "dx[0, 0, "),
]


@pytest.mark.parametrize("question, function, changes, says", MISTAKES)
def test_mistakes_are_caught_and_said(solution, question, function, changes, says):
    result = cnnlab.check(question, edited(solution, function, *changes))
    assert not result.passed
    assert any(part in repr(result) for part in says.split("|")), repr(result)
    assert "the grader's own error" not in repr(result)


def test_called_names_the_function_that_is_wrong(solution):
    """not the forward passes that measured its gradient"""
    names = edited(solution, "col2im", ("+= taps[:, :, p]", "= taps[:, :, p]"))
    failed = [report for report in cnnlab.check(BACK, names).reports if report.outcome == FAILED]
    assert failed and all(report.called.startswith("conv_backward_fast with dout ") for report in failed)


# --- NumPy alone, and speed ---------------------------------------------------------------------------------------


def test_another_library_is_refused_with_a_sentence(solution):
    names = edited(solution, CONV, ("N, C, H, W = x.shape", "import scipy.signal\n    N, C, H, W = x.shape"))
    said = repr(cnnlab.check(CONV, names))
    assert "raised ImportError: scipy is not allowed in a2_fast_layers: use NumPy only" in said
    assert "conv_forward_fast raised ImportError, so there is no cache" in repr(cnnlab.check(BACK, names))
    assert cnnlab.check("avg_pool_forward", names).passed


def test_the_rule_holds_for_what_a_function_calls():
    names = namespace(
        "def avg_pool_forward(x, p):\n    return help(x)\n\ndef help(x):\n    import torch\n    return x, x"
    )
    with pytest.raises(StudentError, match="torch is not allowed in a2_fast_layers: use NumPy only"):
        NumpyOnly(LocalStudent(names), "a2_fast_layers").avg_pool_forward(np.zeros((1, 1, 2, 2)), {})


REFUSED = {
    "torch": "import torch.nn.functional as F\nuse = F.avg_pool2d",
    "scipy": "from scipy import ndimage\nuse = ndimage.uniform_filter",
    "PIL": "from PIL import ImageFilter\nuse = ImageFilter.BoxBlur",
    "pandas": "import pandas as pd\nuse = pd.DataFrame",
    "onnxruntime": "import onnxruntime as ort\nuse = ort.InferenceSession",
    "ctypes": "import ctypes\nuse = ctypes.CDLL",
    "numpy.ctypeslib": "import numpy as np\nuse = np.ctypeslib.load_library",
    "numpy.f2py": "import numpy.f2py\nuse = numpy.f2py.compile",
    "numpy.distutils": "from numpy.distutils import core\nuse = core.setup",
    "matplotlib._image": "import matplotlib\nuse = matplotlib._image.resample",
    "subprocess": "import subprocess as sp\nuse = sp.run",
    "multiprocessing": "from multiprocessing import Pool\nuse = Pool",
    "os.system": "import os\nuse = os.system",
    "numba": "use = __import__('numba')",
    "cv2": "import importlib\nuse = importlib.import_module('cv2')",
}
FREE = (
    "import numpy as np\nuse = np.lib.stride_tricks.sliding_window_view",
    "from numpy.lib.stride_tricks import as_strided as use",
    "from numpy import *\nuse = einsum",
    "import numpy as np, math, itertools, functools\nuse = functools.reduce",
    "import os\nuse = os.path.join",
    "import matplotlib.pyplot as plt\nuse = plt.imshow",
    "import numpy as np\nuse = np.zeros(3).ctypes",
)


def behind(statements: str) -> set[str]:
    """What a notebook's function is found to use, as the grader reads it."""
    source = f"{statements}\n\ndef avg_pool_forward(x, pool_param):\n    return use(x), None"
    cell = Cell(1, "code", source)
    program = slice_program([cell], graded_names("a2_fast_layers"))
    return imported_packages(ast.parse(statement.source) for statement in uses(program, "avg_pool_forward"))


@pytest.mark.parametrize("package", REFUSED)
def test_ready_layers_and_compiled_code_are_refused(package):
    assert behind(REFUSED[package]) & FORBIDDEN == {package}


@pytest.mark.parametrize("statements", FREE)
def test_numpy_and_python_s_own_modules_are_free(statements):
    assert not behind(statements) & FORBIDDEN


def test_a_module_of_numpy_s_is_refused_in_the_notebook_too():
    names = namespace("def avg_pool_forward(x, pool_param):\n    return np.ctypeslib.as_array(x), x")
    with pytest.raises(StudentError, match="numpy.ctypeslib is not allowed in a2_fast_layers: use NumPy only"):
        NumpyOnly(LocalStudent(names), "a2_fast_layers").avg_pool_forward(np.zeros((1, 1, 2, 2)), {})


def test_a_local_variable_is_not_a_library(solution):
    """F, say: the number of filters in the function, torch.nn.functional elsewhere in the notebook."""
    names = namespace(solution)
    names["F"] = pytest.importorskip("torch").nn.functional
    assert cnnlab.check(CONV, names).passed


def test_a_function_without_source_is_checked_all_the_same():
    names = {"np": np}
    exec("def avg_pool_forward(x, pool_param): return x, None", names)
    assert "out[0, 1" not in repr(cnnlab.check("avg_pool_forward", names))
    assert "out of shape (1, 1, 4, 4)" in repr(cnnlab.check("avg_pool_forward", names))


class Clocked:
    """A student whose calls take as long as we say."""

    def __init__(self, *seconds: float) -> None:
        self.seconds, self.calls = iter(seconds), []

    def call(self) -> None:
        self.calls.append(type("Call", (), {"seconds": next(self.seconds)}))


def test_speed_counts_the_best_of_several_calls(monkeypatch):
    monkeypatch.setattr(speed, "time_loop", lambda one_window: 1e-6)
    student = Clocked(*[1.0] * 7, 0.04, *[1.0] * 10)
    speed.check_speed(student, student.call, None, 1_000_000)
    assert len(student.calls) == 10  # two rounds


def test_speed_that_falls_short_is_said(monkeypatch):
    monkeypatch.setattr(speed, "time_loop", lambda one_window: 1e-6)
    monkeypatch.setattr(speed, "PATIENCE", {False: 0, True: 0})
    student = Clocked(*[0.25] * 5)
    with pytest.raises(CheckFailed, match="an answer 4.0 times as fast as nested loops, which take 1000 ms"):
        speed.check_speed(student, student.call, None, 1_000_000)


# --- pictures and the notebook ------------------------------------------------------------------------------------

PICTURES = {
    "im2col": lambda: layer_pictures.show_im2col(np.arange(12).reshape(3, 4), (2, 2)),
    "im2col with a stride": lambda: layer_pictures.show_im2col(np.eye(5), (3, 1), stride=2),
    "pooling": lambda: layer_pictures.show_pooling(np.arange(20).reshape(4, 5), 2, 3, 2),
    "shift": lambda: layer_pictures.show_shift([("edges", np.eye(4), np.zeros((4, 4)))]),
    "shift of nothing": lambda: layer_pictures.show_shift([("edges", np.zeros((4, 4)), np.zeros((4, 4)))]),
    "speed": lambda: layer_pictures.show_speed(
        {"3x3": {"loops": 2.0, "fast": 0.01, "PyTorch": 0.02}, "5x5": {"fast": 1}}
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_drawn(name):
    assert PICTURES[name]().to_png().startswith(b"\x89PNG")


def test_the_speed_ups_stand_in_the_picture():
    texts = [text.get_text() for text in PICTURES["speed"]().axes[0].texts]
    assert texts[:2] == ["loops: 2 s", "fast: 10 ms · 200 times as fast"]


def test_a_bar_is_missing_where_its_layer_is():
    def missing(*_):
        raise NotImplementedError

    fast = (lambda x: (x, x)), (lambda dout, cache: dout)
    seconds = timing.time_ways((missing, missing), fast, None, (np.zeros((2, 3)),))
    assert list(seconds) == ["fast"]


def test_pytorch_gives_the_same_layers(solution):
    pytest.importorskip("torch")
    names, rng = namespace(solution), np.random.default_rng(0)
    x, w, b = rng.standard_normal((2, 3, 6, 5)), rng.standard_normal((4, 3, 3, 2)), rng.standard_normal(4)
    layers = timing.torch_layers()
    pairs = [(layers["conv"], "conv", (x, w, b, {"stride": 2, "pad": 1}))]
    pairs += [(layers["max_pool"], "max_pool", (x, {"pool_height": 3, "pool_width": 2, "stride": 2}))]
    for (forward, backward), name, inputs in pairs:
        out, cache = names[f"{name}_forward_fast"](*inputs)
        dout = rng.standard_normal(out.shape)
        desired, kept = forward(*inputs)
        gradients = names[f"{name}_backward_fast"](dout, cache)
        np.testing.assert_allclose(out, desired, atol=1e-12)
        for actual, right in zip(gradients if name == "conv" else [gradients], backward(dout, kept)):
            np.testing.assert_allclose(actual, right, atol=1e-12)


@pytest.mark.parametrize("version", [released, solution_notebook])
def test_the_notebook_runs_from_top_to_bottom(version, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # the last cell packs a file
    monkeypatch.setattr(session, "current", session.Session())  # the set-up cell is for this notebook only
    monkeypatch.setattr(timing, "time_layer", lambda layer, inputs, images=None: layer[0](*inputs) and 0.5)
    monkeypatch.setattr(public_timing, "best_seconds", lambda call: 1e-3)
    matplotlib.use("agg")
    names = {}
    for cell in version(ASSIGNMENT).cells:
        if cell.cell_type == "code":
            source = re.sub(r"\((\d+), (\d+), (28|32), (28|32)\)", r"(1, \2, 8, 8)", cell.source)  # no need to wait
            exec(compile(source, cell.id, "exec"), names)
    said = capsys.readouterr().out
    assert "assignment a2_fast_layers, term development" in said
    assert said.count("write it, then run this cell again.") == (3 if version is released else 0)
    assert "No picture yet" not in said
