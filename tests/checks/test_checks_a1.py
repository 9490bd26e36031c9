"""The visible checks of a1_convolution: right code passes, a stub is not attempted, mistakes are caught and said."""

import html
import re
import sys

import nbformat
import numpy as np
import pytest

import cnnlab
from autograder.authoring.build import solution_notebook
from autograder.course.course import load_course
from cnnlab.checking.outcomes import FAILED, NOT_ATTEMPTED, NOT_CHECKED
from cnnlab.signatures import COURSE

QUESTIONS = list(COURSE["a1_convolution"])


def graded_code(notebook) -> str:
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return "\n\n".join(source for source in cells if source.startswith("def "))


@pytest.fixture(scope="module")
def solution() -> str:
    return graded_code(solution_notebook(load_course().assignment("a1_convolution")))


@pytest.fixture(scope="module")
def untouched() -> str:
    return graded_code(nbformat.read(load_course().assignment("a1_convolution").notebook, 4))


def namespace(code: str) -> dict:
    names = {"np": np}
    exec(compile(code, "notebook", "exec"), names)
    return names


def edited(code: str, *changes: tuple[str, str]) -> dict:
    """The solution with a mistake in it; the text to change must be there."""
    for old, new in changes:
        assert old in code, old
        code = code.replace(old, new)
    return namespace(code)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_solution_passes(solution, question):
    result = cnnlab.check(question, namespace(solution))
    assert result.passed, repr(result)


def test_the_checks_are_quick(solution):
    """Measured, not timed: how often the functions are called."""
    calls = []
    names = namespace(solution)
    forward = names["conv_forward_naive"]
    names["conv_forward_naive"] = lambda *args: calls.append(0) or forward(*args)
    cnnlab.check("conv_backward_naive", names)
    assert len(calls) < 100


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_stub_is_not_attempted(untouched, question):
    result = cnnlab.check(question, namespace(untouched))
    assert {report.outcome for report in result.reports} <= {NOT_ATTEMPTED, NOT_CHECKED}
    assert not result.passed


def test_a_stub_is_one_quiet_line(untouched):
    result = cnnlab.check("conv_forward_naive", namespace(untouched))
    assert repr(result) == "conv_forward_naive · not attempted yet"
    assert "✗" not in result._repr_html_() and "Traceback" not in result._repr_html_()


def test_the_backward_waits_for_the_forward(untouched):
    result = cnnlab.check("conv_backward_naive", namespace(untouched))
    said = "conv_forward_naive is not attempted yet, so there is no cache to start from."
    assert repr(result) == f"conv_backward_naive · not checked yet: {said}"


def test_a_function_that_is_not_there():
    assert "is not defined yet: run the cell that defines it" in repr(cnnlab.check("convolve2d", {}))


NOT_DIVIDED = ("return room // stride + 1", "return room + 1")
MISTAKES = [
    ("conv_output_size", [("room // stride", "room / stride")], "size = 5.0, a float"),
    ("conv_output_size", [NOT_DIVIDED], "size = 5"),
    ("conv_output_size", [("room < 0", "False")], "a ValueError: 7 taps do not fit into 4 + 2 places"),
    ("conv_output_size", [("raise ValueError(", "raise IndexError(")], "a ValueError with a sentence"),
    ("conv_cost", [("(1 if bias else 0)", "1")], "'parameters': 72, "),
    ("conv_cost", [("H_out * W_out *", "H_out * H_out *")], "'macs': 576"),
    ("receptive_field", [("jump *= stride", "jump += stride - 1")], "size = 15"),
    ("cross_correlate2d", [("x[i : i + HH, j : j + WW]", "x[i : i + HH, j : j + WW][::-1, ::-1]")], "y[0, 1] = 110"),
    ("convolve2d", [("k[::-1, ::-1]", "k")], "y[0, 1] = 110"),
    ("convolve2d", [("k[::-1, ::-1]", "k[::-1]")], "y of shape (4, 4)|y[0, "),
    ("conv_forward_naive", [("* w[f]) + b[f]", "* w[f])")], "out[0, 0, 0, 0] = 3|(6 of 6 entries differ)"),
    ("conv_forward_naive", [("i * stride, j * stride\n", "i, j\n")], "(shifted channel)"),
    ("conv_forward_naive", [("np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))", "x")], "(shifted channel)"),
    ("conv_forward_naive", [("W_out = conv_output_size(W, WW, stride, pad)", "W_out = H_out")], "out of shape"),
    ("conv_forward_naive", [("cache = (x, w, b, conv_param)", "x += 1; cache = (x, w, b, conv_param)")], "x changed"),
    ("conv_forward_naive", [("return out, cache", "return out")], "2 results: out, cache"),
    ("conv_forward_naive", [("return out, cache", "return out, None")], "None as the cache"),
    ("conv_forward_naive", [("dtype=np.result_type(x, w, b)", "dtype=np.float32")], "out of dtype float32"),
    ("conv_backward_naive", [("pad : pad + H, pad : pad + W]", "pad:-pad, pad:-pad]")], "dx of shape (1, 1, 0, 0)"),
    ("conv_backward_naive", [("columns] += dout", "columns] = dout")], "dx[0, 0, 1, 3] = 0"),
    ("conv_backward_naive", [("dw[f] += dout", "dw[f] = dout")], "dw is all zeros"),
    ("conv_backward_naive", [("dout.sum(axis=(0, 2, 3))", "dout.mean(axis=0).sum(axis=(1, 2))")], "(numeric gradient)"),
    ("conv_backward_naive", [("return dx, dw, db", "dout *= 2; return dx, dw, db")], "dout changed by the call"),
    ("conv_backward_naive", [("return out, cache", "return out")], "conv_forward_naive returned one result"),
    (
        "conv_backward_naive",
        [("return out, cache", "raise IndexError('oh')")],
        "conv_forward_naive raised IndexError, so",
    ),
    ("dilated_conv_forward", [('conv_param.get("dilation", 1)', "1")], "out of shape (1, 1, 2, 2)"),
    ("dilated_conv_forward", [('conv_param.get("dilation", 1)', 'conv_param["dilation"]')], "raised KeyError"),
    ("conv1x1_forward", [("+ b[:, None, None]", "")], "out[0, 2, 0, 0] = -2"),
    (
        "conv1x1_forward",
        [('"fc,nchw->nfhw"', '"fc,nchw->nfwh"'), ("b[:, None, None]", "b[:, None, None]")],
        "out of shape",
    ),
    (
        "conv1d_forward",
        [("x_pad[:, :, i * stride : i * stride + K]", "x_pad[:, :, i : i + K]")],
        "channels are added up",
    ),
    ("conv3d_forward", [("window, w) + b", "window, w[:, :, ::-1]) + b")], "(shifted channel)"),
]


@pytest.mark.parametrize("question, changes, says", MISTAKES)
def test_mistakes_are_caught_and_said(solution, question, changes, says):
    result = cnnlab.check(question, edited(solution, *changes))
    said = repr(result).replace("a filter with a single 1 copies a shifted channel", "(shifted channel)")
    assert not result.passed
    assert any(part in said for part in says.split("|")), said
    assert "the grader's own error" not in said


def test_a_kind_of_value_error_is_a_value_error(solution):
    names = edited("class TooSmall(ValueError):\n    pass\n\n\n" + solution, ("raise ValueError(", "raise TooSmall("))
    assert cnnlab.check("conv_output_size", names).passed


def test_what_a_wrong_function_writes_into_its_inputs_stays_with_it(solution):
    names = edited(solution, ("cache = (x, w, b, conv_param)", "x += 1; w *= 2; cache = (x, w, b, conv_param)"))
    cnnlab.check("conv_forward_naive", names)
    assert cnnlab.check("conv_forward_naive", namespace(solution)).passed
    assert cnnlab.check("conv_backward_naive", namespace(solution)).passed


def test_called_names_the_function_that_is_wrong(solution):
    """not the forward passes that measured its gradient"""
    names = edited(solution, ("columns] += dout", "columns] = dout"))
    failed = [report for report in cnnlab.check("conv_backward_naive", names).reports if report.outcome == FAILED]
    assert failed and all(report.called.startswith("conv_backward_naive with dout ") for report in failed)


def test_an_exception_shows_the_students_line(solution):
    names = edited(solution, ("+ b[:, None, None]", "+ c[:, None, None]"))
    said = repr(cnnlab.check("conv1x1_forward", names))
    assert "raised NameError: name 'c' is not defined" in said
    assert re.search(r"line \d+ in conv1x1_forward", said) and "pytest" not in said


def test_a_failure_shows_where(solution):
    """The HTML has the grammar's lines and a picture of the difference, and escapes what the student wrote."""
    names = edited(solution, ("* w[f]) + b[f]", "* w[f])"))
    page = cnnlab.check("conv_forward_naive", names)._repr_html_()
    for word in ("called", "returned", "expected", "<svg"):
        assert word in page
    names = edited(solution, ("+ b[:, None, None]", "+ undefined['<b>']"))
    assert "<b>'" not in cnnlab.check("conv1x1_forward", names)._repr_html_()


def test_an_exception_in_every_check_is_said_once(solution):
    names = edited(solution, ("* w[f]) + b[f]", "* w[f]) + bias[f]"))
    result = cnnlab.check("conv_forward_naive", names)
    for said in (repr(result), result._repr_html_()):
        assert said.count("raised NameError") == 1 and said.count("✗") == len(result.reports)


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ("conv_forward", "There is no question named 'conv_forward'. Did you mean 'conv_forward_naive'?"),
        ("sigmoid_forward", "There is no question named 'sigmoid_forward'. Did you mean 'sigmoid'?"),
        ("LeNet", "There is no question named 'LeNet'. Did you mean 'lenet'?"),
        ("xyzzy", "There is no question named 'xyzzy'. The questions are: conv_output_size, conv_cost"),
        (abs, 'Write the name of the question in quotes: cnnlab.check("abs").'),
    ],
)
def test_an_unknown_question_is_a_sentence(wrong, sentence):
    result = cnnlab.check(wrong, {"conv_cost": abs})
    assert repr(result).startswith(sentence) and not result.passed
    assert html.escape(sentence) in result._repr_html_()


def test_interrupting_an_endless_loop_ends_the_check():
    """The remaining checks are not run, and where it was stuck is said."""
    calls = []

    def conv1x1_forward(x, w, b):
        calls.append(x)
        raise KeyboardInterrupt

    said = repr(cnnlab.check("conv1x1_forward", {"conv1x1_forward": conv1x1_forward}))
    assert "you interrupted it while it ran. It was at test_checks_a1.py, line" in said
    assert len(calls) == 1 and "not checked: you interrupted the run" in said


def test_leaving_the_program_is_an_error_like_others(solution):
    names = edited(solution, ("+ b[:, None, None]", "+ exit(3)"))
    assert "raised SystemExit" in repr(cnnlab.check("conv1x1_forward", names | {"exit": sys.exit}))


def test_an_endless_recursion_shows_a_few_lines():
    names = namespace("def receptive_field(layers):\n    return receptive_field(layers)")
    result = cnnlab.check("receptive_field", names)
    assert "raised RecursionError" in repr(result) and "more calls" in repr(result)
    assert all(len(report.trace) < 10 for report in result.reports)
