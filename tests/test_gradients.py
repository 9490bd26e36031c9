"""A backward pass is asked fairly: where its forward pass fails, other cases count, and one slip is not the whole."""

import numpy as np
import pytest

from autograder.course import load_course
from autograder.hidden_tests.gradients import assert_mostly_right, check_backward
from autograder.hidden_tests.pooling import drawn
from autograder.reference import Reference, load_functions, solution_source
from cnnlab.outcomes import CheckFailed, NoCache
from cnnlab.student import LocalStudent

AVG = "avg_pool_forward", "avg_pool_backward"
CONV = "conv_forward_fast", "conv_backward_fast"
PLAIN, OVERLAPPING = (2, 3, 4, 4, 2, 2, 2), (1, 2, 4, 4, 2, 2, 1)
SOURCE = solution_source(load_course().assignment("a2_fast_layers").source)


def ask(code: str, cases, spare=(), paid=frozenset()):
    """check_backward of average pooling, with a student who has written some of it otherwise."""
    names = load_functions(f"{SOURCE}\nright = avg_pool_forward\nback = avg_pool_backward\n{code}", "<student>")
    student, rng = LocalStudent(names), np.random.default_rng(0)
    student.paid = paid
    reference = Reference(load_functions(SOURCE, "<solution>"))
    check_backward(student, reference, rng, AVG, drawn(rng, cases), spare=drawn(rng, spare), directions=True)


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
