"""When two answers are the same: their forms, and their numbers up to the tolerance."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.learning.answers import MOST_WHOLE, Answers, ask
from cnnlab.checking.student import Call, LocalStudent

LARGE = np.random.default_rng(0).standard_normal((40, 300))


def answers(function, x=LARGE[0, :4], name="relu_backward"):
    """What one call gives."""
    with np.errstate(all="ignore"):
        return ask([[Call(name, (x, x), {})]], LocalStudent({name: function}))


def same(one, other, **options) -> bool:
    return answers(one, **options).same(answers(other, **options))


@pytest.mark.parametrize(
    "other, equal",
    [
        (lambda dout, cache: dout + 1e-13, True),
        (lambda dout, cache: dout * (1 + 1e-6), False),
        (lambda dout, cache: dout[None], False),
        (lambda dout, cache: dout.astype("float32"), False),
        (lambda dout, cache: list(dout), False),
        (lambda dout, cache: None, False),
        (lambda dout, cache: np.where(dout > 0, np.nan, dout), False),
    ],
)
def test_up_to_the_tolerance(other, equal):
    assert same(lambda dout, cache: dout.copy(), other) == equal


@pytest.mark.parametrize("place", [(0, 0), (7, 123), (39, 299)])
def test_every_entry_of_a_large_array_counts(place):
    def wrong(dout, cache):
        dout = dout.copy()
        dout[place] += 0.01
        return dout

    assert LARGE.size > 100 * MOST_WHOLE and not same(lambda dout, cache: dout.copy(), wrong, x=LARGE)
    assert same(lambda dout, cache: dout.copy(), lambda dout, cache: dout + 0.0, x=LARGE)


def test_an_exception_is_what_it_is_made_from():
    class TooSmall(ValueError):
        pass

    def raising(error):
        def function(dout, cache):
            raise error

        return function

    assert same(raising(TooSmall("mine")), raising(ValueError("yours")))
    assert not same(raising(KeyError()), raising(ValueError()))
    assert answers(raising(ValueError("of Ada"))).forms == ["raised ValueError"]


def test_nan_is_nan_in_the_same_places():
    assert same(lambda dout, cache: dout * np.nan, lambda dout, cache: dout * np.nan)
    assert same(lambda dout, cache: dout / 0, lambda dout, cache: dout / 0.0)
    assert not same(lambda dout, cache: dout / 0, lambda dout, cache: -dout / 0)


def test_what_a_call_changes_is_part_of_it():
    def in_place(dout, cache):
        dout *= 2
        return dout / 2

    assert not same(lambda dout, cache: dout.copy(), in_place)
    assert answers(in_place).forms[-1].startswith("changed argument")


def test_what_is_written_into_parameters_is_part_of_it():
    """Running statistics: there they are kept."""

    def forward(mean):
        def function(x, gamma, beta, bn_param):
            bn_param["running_mean"] = np.full(3, mean)
            return x, None

        return function

    x = np.ones((2, 3))
    call = Call("batchnorm_forward", (x, x[0], x[0], {"mode": "train"}), {})
    one, other = (ask([[call]], LocalStudent({"batchnorm_forward": forward(mean)})) for mean in (1.0, 2.0))
    assert not one.same(other) and "as 'running_mean' of argument 3" in one.forms[-1]


def test_a_function_that_is_not_there_is_not_attempted():
    found = ask([[Call("relu_backward", (1, 2), {})]], LocalStudent({}))
    assert found == Answers(["not attempted"], [[]]) and found.empty
