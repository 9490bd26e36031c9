"""The sentences that comparisons and gradient checks say; each of them triggered."""

import numpy as np
import pytest

from cnnlab.checking.compare import (
    assert_array,
    assert_close,
    assert_dtype,
    assert_equal,
    assert_integers,
    assert_shape,
    assert_unchanged,
    differing,
    tolerance,
)
from cnnlab.checking.gradcheck import check_gradient, directional_errors, numerical_gradient
from cnnlab.checking.outcomes import CheckFailed

A = np.arange(6.0).reshape(2, 3)


def failure(function, *args, **kwargs) -> tuple[str, str]:
    """What a comparison says: (returned, expected)."""
    with pytest.raises(CheckFailed) as info:
        function(*args, **kwargs)
    assert str(info.value) == f"returned {info.value.returned}, expected {info.value.expected}"
    return info.value.returned, info.value.expected


@pytest.mark.parametrize(
    "value, words",
    [
        (None, "None (is there a return statement?)"),
        ("3", "a str"),
        ([1.0], "a list"),
        (True, "the number True"),
        (np.array(["a"]), "an array of shape (1,)"),
    ],
)
def test_anything_but_an_array_of_numbers_is_named(value, words):
    assert failure(assert_array, value, "out") == (f"out: {words}", "out: a NumPy array of numbers")


def test_plain_numbers_count_as_arrays():
    assert assert_array(3, "size").shape == () and assert_array(np.float32(3), "size").dtype == np.float32


def test_shapes_are_exact():
    assert_shape(A, (2, 3))
    assert failure(assert_shape, A, (1, 2, 3), "dx") == ("dx of shape (2, 3)", "dx of shape (1, 2, 3)")
    assert failure(assert_close, A, A[0], "dx") == ("dx of shape (2, 3)", "dx of shape (3,)")


def test_dtype_is_kept():
    assert_dtype(A)
    said = failure(assert_dtype, A.astype("float32"))
    assert said == ("out of dtype float32", "out of dtype float64, like the inputs")


def test_values_within_the_tolerance_are_equal():
    assert_close(A + 1e-12, A)
    assert_close(A.astype("float32") * (1 + 3e-6), A.astype("float32"))
    assert_close(np.array([np.inf, 1.0]), [np.inf, 1.0])


@pytest.mark.parametrize("dtype, limit", [("float64", 1e-9), ("float32", 1e-4), ("float16", 2e-2), ("int64", 1e-9)])
def test_how_far_a_value_may_be_off(dtype, limit):
    """Relative to the largest magnitude; whole numbers count as float64."""
    desired = np.array([-8, 2, 0]).astype(dtype)
    for error, wrong in ((0.8, False), (-0.8, False), (1.25, True), (-1.25, True)):
        actual = desired + error * 8 * limit * np.array([0.0, 0.0, 1.0])
        assert differing(actual, desired).tolist() == [False, False, wrong]
    assert not differing(np.array([1.5]), np.array([1.0]), 0.5).any()  # the limit itself is within it


def test_complex_numbers_differ_in_either_part():
    desired = np.array([1.0, 2.0])
    assert differing(desired + np.array([1e-12j, 1e-3j]), desired).tolist() == [False, True]
    assert differing(desired * 1j + 1e-12, desired * 1j).tolist() == [False, False]
    said = failure(assert_close, A + 1j, A)
    assert said == ("out[0, 0] = 0+1j (6 of 6 entries differ)", "out[0, 0] = 0")


def test_wrong_values_name_the_worst_entry_and_the_count():
    wrong = A.copy()
    wrong[0, 1], wrong[1, 2] = 1.5, 9
    assert failure(assert_close, wrong, A) == ("out[1, 2] = 9 (2 of 6 entries differ)", "out[1, 2] = 5")
    wrong[0, 1], wrong[1, 2] = -2, 6  # by 3, and by 1
    assert failure(assert_close, wrong, A) == ("out[0, 1] = -2 (2 of 6 entries differ)", "out[0, 1] = 1")
    wrong[0, 1], wrong[1, 2] = 1.5, 5
    assert failure(assert_close, wrong, A) == ("out[0, 1] = 1.5 (1 of 6 entries differ)", "out[0, 1] = 1")
    assert failure(assert_close, A > 2, A) == ("out[1, 2] = 1 (5 of 6 entries differ)", "out[1, 2] = 5")


def test_a_wrong_number_has_no_index():
    assert failure(assert_close, 3.0, 4.0, "loss") == ("loss = 3", "loss = 4")


def test_all_zeros_are_said_so():
    assert failure(assert_close, np.zeros((2, 3)), A, "dx") == ("dx is all zeros", "dx between 0 and 5")
    assert failure(assert_close, np.zeros(2), [1, 5]) == ("out is all zeros", "out between 1 and 5")
    assert failure(assert_close, np.zeros(1), [5]) == ("out[0] = 0 (1 of 1 entries differ)", "out[0] = 5")


def test_nan_and_inf_are_said_so():
    wrong = A.copy()
    wrong[0, 2] = np.nan
    said = failure(assert_close, wrong, A)
    assert said == ("out with 1 entries that are nan or inf, first at out[0, 2]", "finite numbers everywhere")
    said = failure(assert_close, np.array([np.nan, 1]), [np.inf, 1])  # where finite is not what was asked for
    assert said == ("out[0] = nan (1 of 2 entries differ)", "out[0] = inf")


SINGLE, HALF, WHOLE = A.astype("float32"), A.astype("float16"), A.astype(int)


@pytest.mark.parametrize(
    "compare, actual, desired, carried, precision",
    [
        (assert_close, A + 1, A, True, ""),
        (assert_close, A[0], A, True, ""),
        (assert_close, 3.0, A, True, ""),
        (assert_equal, [1], [2], True, ""),
        (assert_shape, A, (3, 2), False, ""),
        (assert_dtype, WHOLE, np.float64, False, ""),
        (assert_dtype, A, np.float32, False, ""),
        (assert_dtype, HALF, np.float32, False, ""),
        (assert_dtype, SINGLE, np.float64, False, "float32"),
        (assert_dtype, HALF, np.float64, False, "float16"),
    ],
)
def test_a_failure_carries_what_was_returned(compare, actual, desired, carried, precision):
    """As it was returned, with what was expected where that is a value, and the precision where that is all."""
    with pytest.raises(CheckFailed) as info:
        compare(actual, desired)
    assert info.value.actual is actual and info.value.precision == precision
    assert np.array_equal(info.value.desired, desired) if carried else info.value.desired is None


def test_tolerance_is_that_of_what_was_asked_for():
    assert tolerance(A) < tolerance(A.astype("float32")) < tolerance(A.astype("float16"))
    assert tolerance(np.array([1, 2])) == tolerance(A)
    for dtype in ("float16", "float32", "float64"):  # returned: it buys nothing
        with pytest.raises(CheckFailed):
            assert_close((1.01 * A).astype(dtype), A)


@pytest.mark.parametrize(
    "actual, precision, hint",
    [
        (A.astype("float32") / 3, "float32", "right to 7 digits: float32 somewhere"),
        ((A.astype("float32") / 3).astype("float64"), "float32", "right to 7 digits: float32 somewhere"),
        (A.astype("float16") / 3, "float16", "right to 3 digits: float16 somewhere"),
        (A / 3 * (1 + 2e-7), "float32", "right to 6 digits only, as if float32 were used somewhere"),
        (A / 3 * (1 + 4e-7), "float32", "right to 6 digits only, as if float32 were used somewhere"),
        (A / 3 * (1 + 6e-7), "", ""),
        ((A / 3 * (1 + 2.5e-6)).astype("float32"), "float32", "right to 7 digits: float32 somewhere"),
        ((A / 3 * (1 + 3.5e-6)).astype("float32"), "", ""),
        ((A / 3 * (1 + 4e-3)).astype("float16"), "float16", "right to 3 digits: float16 somewhere"),
        ((A / 3 * (1 + 7e-3)).astype("float16"), "", ""),
        (A / 3 + 1e-8j, "", ""),
        (A / 3 * (1 + 2e-6), "", ""),
        (A.astype("float16") / np.float16(2.9), "", ""),
        (1.01 * A / 3, "", ""),
    ],
)
def test_what_is_right_to_fewer_digits_says_so(actual, precision, hint):
    with pytest.raises(CheckFailed) as info:
        assert_close(actual, A / 3)
    assert (info.value.precision, info.value.hint) == (precision, hint)


def test_whole_numbers_ask_for_as_many_digits_as_float64():
    with pytest.raises(CheckFailed) as info:
        assert_close(A * (1 + 2e-7), WHOLE)
    assert info.value.precision == "float32"


def test_plain_values_are_compared_exactly():
    assert_equal((1, 2), [np.int64(1), np.array(2)])
    assert_equal({"a": [1]}, {"a": (1,)})
    assert failure(assert_equal, 4, 5, "size") == ("size = 4", "size = 5")
    assert failure(assert_equal, [1, 2], (1, 3)) == ("result = [1, 2]", "result = (1, 3)")


def test_integers_are_integers_all_the_way_down():
    for value in (3, np.int64(3), np.uint8(3), [1, (2, np.array([3]))], np.array(2), []):
        assert_integers(value)
    for value in (3.0, np.float64(3), True, "3", None, [1, 2.0], np.array([1.0]), np.array([True])):
        returned, expected = failure(assert_integers, value, "size")
        assert returned.startswith("size = ")
        assert expected == "size of an integer type (// divides without a remainder)"
    with pytest.raises(CheckFailed) as info:
        assert_integers(3.0)
    assert info.value.actual == 3.0


def test_an_array_is_plain_data_up_to_ten_thousand_places():
    assert_equal(np.arange(10_000), list(range(10_000)))
    assert_equal(np.arange(10_000).reshape(1, -1), [list(range(10_000))])
    failure(assert_equal, np.arange(10_001), list(range(10_001)))
    failure(assert_equal, np.empty((20_000, 0)), [[]] * 20_000)  # places, not entries: a list has room for each


@pytest.mark.parametrize(
    "value, words",
    [
        ("abc", "'abc'"),
        (None, "None"),
        (True, "True"),
        (np.int64(3), "3"),
        (np.array(2), "2"),
        (np.array([1, 2]), "(1, 2)"),
        ({"a": [1]}, "{'a': [1]}"),
        (np.zeros(10_001), "an array of shape (10001,)"),
        ("x" * 118, repr("x" * 118)),
        ("x" * 119, "'" + "x" * 116 + "..."),
    ],
)
def test_values_are_said_plainly(value, words):
    assert failure(assert_equal, value, 5, "size")[0] == f"size = {words}"


def test_an_object_that_equals_everything_equals_nothing():
    class Always:
        def __eq__(self, other):
            return True

    returned, _ = failure(assert_equal, Always(), 5, "size")
    assert returned == "size = an Always"
    always = Always()
    assert_equal([always], (always,))
    assert failure(assert_equal, always, id(always), "size")[0] == "size = an Always"


def test_long_values_are_shortened():
    returned, _ = failure(assert_equal, list(range(200)), 5)
    assert len(returned) < 140 and returned.endswith("...")


def test_changed_inputs_are_named():
    assert_unchanged(A, A.copy(), "x")
    assert_unchanged(np.array([np.nan]), np.array([np.nan]), "x")
    assert_unchanged({"pad": 1}, {"pad": 1}, "conv_param")
    for other in (A + 1, A[0], A.tolist(), None):
        assert failure(assert_unchanged, other, A, "x")[0] == "x changed by the call"
    assert failure(assert_unchanged, A + 1, A, "x") == ("x changed by the call", "x left as it was: work on a copy")
    assert failure(assert_unchanged, {"pad": 2}, {"pad": 1}, "conv_param")[0] == "conv_param changed by the call"


# --- gradients --------------------------------------------------------------------------------------------------


def cube(x):
    return x**3


@pytest.fixture
def problem():
    """x, dout, the gradient of sum(x**3 * dout), and a generator."""
    rng = np.random.default_rng(7)
    x, dout = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
    return x, dout, 3 * x**2 * dout, rng


def test_the_numeric_gradient_is_the_gradient(problem):
    x, dout, dx, _ = problem
    np.testing.assert_allclose(numerical_gradient(cube, x, dout), dx, atol=1e-6)


def test_a_right_gradient_passes(problem):
    x, dout, dx, rng = problem
    check_gradient(cube, x, dout, dx, rng)
    assert directional_errors(cube, x, dout, dx, rng).shape == (4,)


def test_one_wrong_entry_is_found_and_named(problem):
    x, dout, dx, rng = problem
    dx[2, 1] *= 1.01
    returned, expected = failure(check_gradient, cube, x, dout, dx, rng, "dw")
    assert returned.startswith("dw[2, 1] = ") and expected.endswith("(numeric gradient)")


def test_a_small_entry_that_is_wrong_is_named(problem):
    """It is the most wrong one, not the largest."""
    x, dout, dx, rng = problem
    right, smallest = dx.copy(), np.unravel_index(np.argmin(np.abs(dx)), dx.shape)
    dx[smallest] += 0.1
    with pytest.raises(CheckFailed, match=rf"dx\[{smallest[0]}, {smallest[1]}\] = ") as info:
        check_gradient(cube, x, dout, dx, rng)
    assert info.value.actual is dx
    np.testing.assert_allclose(info.value.desired, right, atol=1e-6)


@pytest.mark.parametrize("dtype, limit", [("float64", 1e-6), ("float32", 1e-3), ("float16", 5e-2)])
def test_how_far_a_gradient_may_be_off(dtype, limit):
    """By the dtype of x, whatever dx has."""
    x, rng = np.ones(1, dtype), np.random.default_rng(7)
    for error in (0.8 * limit, -0.8 * limit):
        check_gradient(lambda x: 3 * x, x, np.ones(1), np.array([3.0 + 3 * error]), rng)
    failure(check_gradient, lambda x: 3 * x, x, np.ones(1), np.array([3.0 + 3.75 * limit]), rng)
    assert numerical_gradient(lambda x: 3 * x, x, np.ones(1)).dtype == np.float64


def test_directions_are_as_long_and_as_strict_however_many_entries_there_are():
    rng = np.random.default_rng(7)
    x, dout = rng.standard_normal((2, 40, 10))
    dx = 3 * x**2 * dout
    check_gradient(cube, x, dout, dx, rng)
    largest = np.unravel_index(np.argmax(np.abs(dx)), dx.shape)
    dx[largest] *= 1.0001
    failure(check_gradient, cube, x, dout, dx, rng)


def test_where_there_is_no_gradient_zeros_are_right():
    check_gradient(lambda x: np.ones(3), A, np.ones(3), np.zeros((2, 3)), np.random.default_rng(7))


def test_a_gradient_of_another_shape(problem):
    x, dout, dx, rng = problem
    said = failure(check_gradient, cube, x, dout, dx[None], rng)
    assert said == ("dx of shape (1, 4, 3)", "dx of shape (4, 3)")


def test_a_gradient_that_is_not_finite(problem):
    x, dout, dx, rng = problem
    dx[0, 0] = np.inf
    with pytest.raises(CheckFailed) as info:
        check_gradient(cube, x, dout, dx, rng)
    assert (info.value.returned, info.value.expected) == (
        "dx with entries that are nan or inf",
        "finite numbers everywhere",
    )
    assert info.value.actual is dx


def test_a_gradient_of_zeros(problem):
    x, dout, dx, rng = problem
    zeros = np.zeros_like(x)
    with pytest.raises(CheckFailed) as info:
        check_gradient(cube, x, dout, zeros, rng)
    assert info.value.returned == "dx is all zeros" and info.value.expected.startswith("dx between ")
    assert info.value.actual is zeros
    np.testing.assert_allclose(info.value.desired, dx, atol=1e-6)


def test_what_is_smaller_than_any_number_of_the_course_is_zero():
    """Zeros have no magnitude to be relative to: rounding dust beside them is right, a small number is not."""
    assert not differing(np.array([1e-45, -1e-45]), np.zeros(2)).any()
    assert differing(np.array([1e-30, 0.0]), np.zeros(2)).tolist() == [True, False]


def test_an_infinite_entry_is_no_magnitude():
    """Beside a desired inf, every other entry is still held to the finite ones."""
    desired = np.array([np.inf, 1.0, -np.inf])
    with np.errstate(all="raise"):  # nor is it a warning
        assert differing(np.array([np.inf, 5.0, -np.inf]), desired).tolist() == [False, True, False]
    assert differing(np.array([1e300, 1.0, np.inf]), desired).tolist() == [True, False, True]
