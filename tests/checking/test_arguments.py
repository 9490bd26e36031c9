"""How the arguments of a call are told to a student."""

import numpy as np
import pytest

from cnnlab.checking.student import describe_argument


@pytest.mark.parametrize(
    "value, told",
    [
        (np.array([-0.0, 0.5]), ["b [0. , 0.5]"]),  # a minus before a 0 says nothing
        (np.array([-0.0], np.float32), ["b [0.]"]),
        (np.array([True, False]), ["b [ True, False]"]),
        (np.zeros((2, 3, 4, 4)), ["b (2, 3, 4, 4)"]),
        ({"stride": 2, "pad": 0}, ["stride 2", "pad 0"]),
        ("x" * 80, ["b " + "x" * 57 + "..."]),
        (object(), ["b"]),
    ],
)
def test_an_argument_is_told_in_a_few_words(value, told):
    assert describe_argument("b", value) == told


def test_a_cache_is_the_students_own_business():
    assert describe_argument("cache", (1, 2)) == ["cache"]
