"""A mistake is paid once, and nobody is paid for what somebody else's function does."""

from __future__ import annotations

import pytest

from autograder.course.course import load_course
from autograder.course.reference import solution_source
from autograder.grading.grade import Grader
from autograder.results.result import Result

COURSE = load_course()
SOLUTIONS = {assignment.name: solution_source(assignment.source) for assignment in COURSE.assignments}
A1, A3 = SOLUTIONS["a1_convolution"], SOLUTIONS["a3_normalization"]


@pytest.fixture(scope="module")
def graders():
    opened: dict[str, Grader] = {}
    yield opened
    for grader in opened.values():
        grader.close()


@pytest.fixture
def losses(graders, tmp_path):
    """The points that a source loses, by question; the result itself is `losses.result`."""

    def grade(source: str, assignment: str = "a1_convolution") -> dict[str, float]:
        if assignment not in graders:
            graders[assignment] = Grader(COURSE, COURSE.assignment(assignment))
        (tmp_path / f"{assignment}.py").write_text(source, encoding="utf-8")
        grade.result = graders[assignment].grade("ada", tmp_path)
        return {q.name: q.max_points - q.points for q in grade.result.questions if q.points < q.max_points}

    return grade


def texts(result: Result, name: str) -> set[str]:
    return {test.text for question in result.questions if question.name == name for test in question.tests}


def replaced(source: str, old: str, new: str, count: int = 1) -> str:
    assert source.count(old) >= count, old
    return source.replace(old, new)


def without(source: str, name: str) -> str:
    """The source with a function under another name, so that a stub of it is no copy of the untouched one."""
    return replaced(source, f"def {name}(", f"def unused_{name}(")


STUB = "\ndef {}(*args, **kwargs):\n    raise NotImplementedError\n"
GARBAGE = "\ndef {}(x, *args, **kwargs):\n    return x, None\n"


# --- what builds on a function that is wrong --------------------------------------------------------------------------


def test_what_builds_on_a_wrong_function_is_judged_with_a_right_one(losses):
    lost = losses(
        A1
        + "\n_size = conv_output_size\ndef conv_output_size(*args, **kwargs):\n    return _size(*args, **kwargs) / 1\n"
    )
    assert lost.keys() == {"conv_output_size"}
    assert "judged with a right conv_output_size" in texts(losses.result, "conv_forward_naive")


@pytest.mark.parametrize("missing", ["", STUB.format("conv_output_size")])
def test_what_builds_on_a_function_that_is_not_there_is_judged_with_a_right_one(losses, missing):
    source = without(A1, "conv_output_size") + missing
    assert losses(source) == {"conv_output_size": 5}


def test_a_backward_is_asked_where_its_forward_raises(losses):
    crash = "\ndef conv_forward_naive(x, w, b, conv_param):\n    return x[99]\n"
    assert losses(A1 + crash) == {"conv_forward_naive": 16}


def test_a_chain_of_functions_is_right_from_the_first_on(losses):
    """batchnorm is wrong by its variance; spatial batchnorm, both directions, is made of it."""
    wrong = replaced(A3, "x.mean(axis=0), x.var(axis=0)", "x.mean(axis=0), x.var(axis=0, ddof=1)")
    assert losses(wrong, "a3_normalization").keys() == {"batchnorm_forward"}


def test_a_cache_that_nobody_knows_waits_for_a_person(losses):
    """The forward raises, and the backward takes a cache of the student's own making."""
    source = (
        A1
        + """
def conv_forward_naive(x, w, b, conv_param):
    cols = im2cols(x)
    return cols @ w, {"columns": cols, "of": x}

def conv_backward_naive(dout, cache):
    return cache["of"] * 0, cache["columns"].T @ dout, dout.sum(axis=(0, 2, 3))
"""
    )
    lost = losses(source)
    assert lost == {"conv_forward_naive": 16, "conv_backward_naive": 20}
    backward = next(q for q in losses.result.questions if q.name == "conv_backward_naive")
    assert {test.outcome for test in backward.tests} == {"open"}


# --- what that must not pay for ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rest", [STUB, GARBAGE])
def test_an_alias_of_a_function_left_undone_earns_nothing(losses, rest):
    """The convolution is a dilated one with dilation 1: but who has not written that has not written this."""
    source = without(A1, "dilated_conv_forward") + rest.format("dilated_conv_forward")
    source += "\ndef conv_forward_naive(x, w, b, conv_param):\n    return dilated_conv_forward(x, w, b, conv_param)\n"
    lost = losses(source)
    assert lost["conv_forward_naive"] == 16 and lost["dilated_conv_forward"] == 8


def test_a_circle_earns_nothing(losses):
    circle = "\ndef convolve2d(x, k):\n    return cross_correlate2d(x, k[::-1, ::-1])\n"
    circle += "\ndef cross_correlate2d(x, k):\n    return convolve2d(x, k[::-1, ::-1])\n"
    assert losses(A1 + circle) == {"cross_correlate2d": 4, "convolve2d": 4}


@pytest.mark.parametrize("rest", [STUB, "\ndef {}(dout, cache):\n    return dout, dout[0], dout[0]\n"])
def test_a_twin_earns_nothing(losses, rest):
    source = without(A3, "batchnorm_backward") + rest.format("batchnorm_backward")
    source += "\ndef batchnorm_backward_alt(dout, cache):\n    return batchnorm_backward(dout, cache)\n"
    lost = losses(source, "a3_normalization")
    assert lost["batchnorm_backward"] == 9 and lost["batchnorm_backward_alt"] == 6


def test_nothing_of_the_course_s_code_comes_out(losses):
    """The course's function lies in the student's process for the second look: whatever is done with it stays there."""
    spy = """
import builtins, sys
_run = builtins.exec
def _exec(source, names):
    print("STOLEN", source)
    sys.stderr.write(source)
    builtins.stolen = source
    return _run(source, names)
builtins.exec = _exec
def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    return 1
def conv_forward_naive(x, w, b, conv_param):
    import builtins
    conv_output_size(5, 3)
    text = getattr(builtins, "stolen", "")
    print("STOLEN", text)
    if text:
        raise ValueError("STOLEN " + text)
    return "STOLEN" + text, None
"""
    losses(A1 + spy)
    text = losses.result.to_json()
    assert "STOLEN" in text and "covered" not in text and "kernel_size - 1" not in text


# --- digits -----------------------------------------------------------------------------------------------------------


def test_a_smaller_type_costs_one_test(losses):
    """float32 in every function of the assignment: right to seven digits, paid for once."""
    single = "".join(
        f"\n_{name} = {name}\ndef {name}(*args):\n    return single(_{name}(*args))\n"
        for name in ("conv_forward_naive", "conv1x1_forward", "conv1d_forward", "conv3d_forward")
    )
    cast = """
def single(value):
    if isinstance(value, tuple):
        return (value[0].astype(np.float32), *value[1:])
    return value.astype(np.float32)
"""
    lost = losses(A1 + cast + single)
    assert 0 < sum(lost.values()) <= 1


@pytest.mark.parametrize("dtype, factor", [("float16", 1.01), ("float16", 1), ("float32", 1.01)])
def test_a_loose_type_buys_no_tolerance(losses, dtype, factor):
    loose = f"""
_right = conv_forward_naive
def conv_forward_naive(*args):
    out, cache = _right(*args)
    return (out * {factor}).astype(np.{dtype}), cache
"""
    assert losses(A1 + loose) == {"conv_forward_naive": 16}


# --- the same mistake again -------------------------------------------------------------------------------------------


def test_the_same_mistake_in_two_functions_is_paid_where_it_costs_most(losses):
    """The width of the output from the height, written twice."""
    names = ("conv_forward_naive", "dilated_conv_forward")
    alone = []
    twice = A1
    for name in names:
        function = A1[A1.index(f"def {name}(") :].split("\ndef ")[0]
        wrong = function.replace("+ b[f]", "")
        assert wrong != function
        twice = twice.replace(function, wrong)
        alone.append(losses(A1.replace(function, wrong))[name])
    assert losses(twice) == {names[alone.index(max(alone))]: max(alone)}
    reports = [test for question in losses.result.questions for test in question.tests if test.excused]
    assert reports and all("the same mistake as in conv_forward_naive" in test.excused for test in reports)


@pytest.mark.parametrize("answer", ["None", "np.zeros_like(x)", "0.0", "np.ones((2, 2))"])
def test_what_was_not_written_is_no_mistake_made_twice(losses, answer):
    names = ("conv1x1_forward", "conv1d_forward", "conv3d_forward", "cross_correlate2d", "convolve2d")
    lost = losses(A1 + "".join(f"\ndef {name}(x, *others):\n    return {answer}\n" for name in names))
    assert all(lost[q.name] == q.max_points for q in losses.result.questions if q.name in names)
