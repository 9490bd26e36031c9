"""A backward pass is asked fairly: where its forward pass fails, other cases count, and one slip is not the whole."""

import numpy as np
import pytest

from autograder.course.course import load_course
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.hidden_tests.gradients import Backward, assert_mostly_right
from autograder.hidden_tests.pooling import draw_pool
from cnnlab.checking.outcomes import CheckFailed, NoCache, StudentError
from cnnlab.checking.student import LocalStudent
from cnnlab.checking.testing import generator

AVG = "avg_pool_forward", "avg_pool_backward"
CONV = "conv_forward_fast", "conv_backward_fast"
PLAIN, OVERLAPPING = (2, 3, 4, 4, 2, 2, 2), (1, 2, 4, 4, 2, 2, 1)
SOURCE = solution_source(load_course().assignment("a2_fast_layers").source)


def student_of(code: str, paid=frozenset()) -> Backward:
    """Average pooling asked of a student who has written some of it otherwise."""
    names = load_functions(f"{SOURCE}\nright = avg_pool_forward\nback = avg_pool_backward\n{code}", "<student>")
    student, reference = LocalStudent(names), Reference(load_functions(SOURCE, "<solution>"))
    student.paid = paid
    return Backward(student, reference, lambda *names: generator("0", *map(str, names)), AVG, draw_pool)


def ask(code: str, cases, paid=frozenset(), **more):
    student_of(code, paid).check(cases, directions=True, **more)


RAISES = """
def avg_pool_forward(x, pool_param):
    if pool_param["stride"] == 1:
        raise IndexError
    return right(x, pool_param)
"""
TOO_WIDE = """
def avg_pool_forward(x, pool_param):
    wider = np.pad(x, [(0, 0)] * 3 + [(0, 1 + pool_param["stride"] // 2)], mode="edge")
    return right(wider, pool_param)[0], (x.shape, wider.shape, pool_param)

def avg_pool_backward(dout, cache):
    shape, wide, pool_param = cache
    _, inner = right(np.zeros(wide), pool_param)
    dwide = back(dout, inner)
    dx = dwide[..., : shape[-1]].copy()
    dx[..., -1] += dwide[..., shape[-1] :].sum(axis=-1)
    return dx
"""
WRONG = "\ndef avg_pool_backward(dout, cache):\n    return 2 * back(dout, cache)\n"


def test_a_right_one_passes_and_a_wrong_one_does_not():
    ask("", [PLAIN, OVERLAPPING])
    with pytest.raises(CheckFailed):
        ask(WRONG, [PLAIN, OVERLAPPING])


def test_a_case_whose_forward_pass_raises_is_left_out():
    ask(RAISES, [OVERLAPPING, PLAIN])
    with pytest.raises(CheckFailed):
        ask(RAISES + WRONG, [OVERLAPPING, PLAIN])


def test_without_any_case_there_is_nothing_to_judge():
    with pytest.raises(NoCache, match="raised IndexError, so there is no cache"):
        ask(RAISES, [OVERLAPPING])


def test_a_spare_case_is_asked_where_no_other_could_be():
    ask(RAISES, [OVERLAPPING], spare=[PLAIN])
    with pytest.raises(CheckFailed):
        ask(RAISES + WRONG, [OVERLAPPING], spare=[PLAIN])
    ask("", [OVERLAPPING], spare=[PLAIN])


def test_a_lenient_case_may_raise_but_not_be_wrong():
    raises = RAISES.replace("avg_pool_forward(x, pool_param)", "avg_pool_backward(dout, cache)").replace(
        'pool_param["stride"] == 1', "dout.shape[0] == 1"
    )
    raises = raises.replace("return right(x, pool_param)", "return back(dout, cache)")
    ask(raises, [PLAIN], lenient=[OVERLAPPING])
    with pytest.raises(StudentError, match="IndexError"):
        ask(raises, [PLAIN, OVERLAPPING])
    with pytest.raises(CheckFailed):
        ask(WRONG, [], lenient=[OVERLAPPING])


def test_a_case_is_asked_once_and_counts_for_every_test():
    backward = student_of(WRONG)
    for _ in range(2):
        backward.student.forget()
        with pytest.raises(CheckFailed) as failure:
            backward.check([PLAIN])
        assert [call.name for call in backward.student.calls] == [*AVG]
        assert backward.student.calls[-1].value is failure.value.actual
    first = backward.ask(PLAIN)
    assert backward.ask(PLAIN) is first and backward.ask(OVERLAPPING) is not first
    other = student_of("")
    assert not np.array_equal(other.ask(PLAIN).gradients["dx"], first.gradients["dx"])


def test_the_gradient_of_a_wrong_shape_counts_where_the_forward_pass_has_paid():
    ask(TOO_WIDE, [PLAIN], paid=frozenset({"avg_pool_forward"}))
    with pytest.raises(Exception, match="broadcast|shape"):
        ask(TOO_WIDE, [PLAIN])


@pytest.mark.parametrize("wrong, passes", [((), True), ((1,), True), ((0, 2), False)])
def test_one_gradient_of_three_may_be_wrong(wrong, passes):
    names = load_functions(SOURCE, "<student>")
    student, reference = LocalStudent(names), Reference(load_functions(SOURCE, "<solution>"))
    x, w, b = (np.random.default_rng(0).standard_normal(shape) for shape in ((2, 3, 4, 4), (2, 3, 3, 3), (2,)))
    inputs = x, w, b, {"stride": 1, "pad": 1}
    out, cache = reference.conv_forward_fast(*inputs)
    dout = np.random.default_rng(1).standard_normal(out.shape)
    right = reference.conv_backward_fast(dout, cache)
    mine = [gradient + (place in wrong) for place, gradient in enumerate(right)]
    if passes:
        assert_mostly_right(student, reference, CONV, inputs, dout, mine, right)
    else:
        with pytest.raises(CheckFailed, match="dx"):
            assert_mostly_right(student, reference, CONV, inputs, dout, mine, right)
