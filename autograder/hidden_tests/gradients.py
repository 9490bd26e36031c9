"""How hidden tests ask a backward pass: from the student's own cache, and fairly where the forward pass is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.hidden_tests.rules import (
    assert_along_directions,
    assert_gradient,
    cache_of,
    follows_own_forward,
)
from cnnlab.checking.compare import assert_array, assert_close, assert_dtype, assert_unchanged
from cnnlab.checking.outcomes import CheckFailed, NoCache, NotChecked, StudentError
from cnnlab.checking.student import Student
from cnnlab.signatures import SIGNATURES

Layer = tuple[str, str]  # the names of its forward and its backward pass
Inputs = Sequence[Any]  # of a forward pass
Shape = tuple[int, ...]


@dataclass
class BothPasses:
    """One case of a backward pass: what the student's two passes gave, beside the right gradients, by name.

    own_shape: that of the student's output; None where there is none.
    failure: why there are no gradients: no cache to start from, or what the backward pass raised.
    """

    inputs: Inputs
    dout: np.ndarray
    desired: dict[str, np.ndarray]
    own_shape: Shape | None = None
    gradients: dict[str, Any] = field(default_factory=dict)
    failure: Exception | None = None


class LeftOut(Exception):
    """A case that says nothing about a backward pass: its forward pass went wrong. Holds what came of it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def random_dout(rng: np.random.Generator, shape: Shape, inputs: Inputs) -> np.ndarray:
    return rng.standard_normal(shape)


def sparse_dout(rng: np.random.Generator, shape: Shape, inputs: Inputs) -> np.ndarray:
    """Zeros in three entries of ten."""
    return rng.standard_normal(shape) * (rng.random(shape) >= 0.3)


@dataclass(frozen=True)
class Backward:
    """Asks a student for the backward pass of a layer, each case once for all tests that look at a part of it.

    rng_of: gives generators by a name.
    draw: gives the inputs of a case.
    draw_dout: gives a dout of a shape, for these inputs.
    right: the reference's backward pass, where it is not the one of the same name.
    is_fair: whether a gradient that is wrong is right all the same, by its name and those passes.
    """

    student: Student
    reference: Any
    rng_of: Callable[..., np.random.Generator]
    layer: Layer
    draw: Callable[[np.random.Generator, Any], Inputs]
    draw_dout: Callable[[np.random.Generator, Shape, Inputs], np.ndarray] = random_dout
    right: str = ""
    is_fair: Callable[[Student, Any, Inputs, np.ndarray, str], bool] | None = None

    def check(
        self,
        cases: Sequence[Hashable],
        names: Sequence[str] = ("dx",),
        lenient: Sequence[Hashable] = (),
        spare: Sequence[Hashable] = (),
        directions: bool = False,
    ) -> None:
        """Gradients against the reference's, from the student's own cache.

        A case is left out whose forward pass raises, or gives out another shape and the backward pass then fails, as
        long as another one could be judged.

        Args:
            names: the gradients to compare.
            lenient: cases that are left out, too, where the backward pass raises: that has a test of its own.
            spare: cases that are asked only where none of the others could be judged.
            directions: whether the first that is judged is also compared with numeric gradients.
        """
        left_out: Exception | None = None
        judged = 0
        for case in (*cases, *lenient, *spare):
            if judged and case in spare:
                break
            try:
                self._judge(case, names, may_raise=case in lenient, directions=directions and not judged)
                judged += 1
            except LeftOut as reason:
                left_out = left_out or reason.error
        if left_out is not None and not judged:
            raise left_out

    def ask(self, case: Hashable) -> BothPasses:
        """What came of a case, by one call of each pass."""
        return self.student.once((self.layer, case, self.draw, self.draw_dout), lambda: self._ask(case))

    def _ask(self, case: Hashable) -> BothPasses:
        forward, backward = self.layer
        inputs = self.draw(self.rng_of("inputs", case), case)
        out, cache = getattr(self.reference, forward)(*copy.deepcopy(inputs))
        dout = self.draw_dout(self.rng_of("dout", case), out.shape, inputs)
        desired = getattr(self.reference, self.right or backward)(dout, cache)
        asked = BothPasses(inputs, dout, by_name(backward, desired))
        try:
            mine = cache_of(self.student, forward, *copy.deepcopy(inputs))
            own = self.student.calls[-1].value[0]
            asked.own_shape = own.shape if isinstance(own, np.ndarray) else None
            asked.gradients = by_name(backward, getattr(self.student, backward)(dout.copy(), mine))
        except (NoCache, CheckFailed, StudentError) as failure:
            asked.failure = failure
        return asked

    def _judge(self, case: Hashable, names: Sequence[str], may_raise: bool, directions: bool) -> None:
        """Compare the gradients of one case with the reference's.

        Raises:
            LeftOut: the forward pass raised, or its output's shape is wrong, and so is a gradient.
            CheckFailed, StudentError: the backward pass is wrong.
        """
        try:
            asked = self.ask(case)
        except NotChecked as error:
            raise LeftOut(error) from None
        if isinstance(asked.failure, NoCache):
            raise LeftOut(asked.failure)
        try:
            if asked.failure is not None:
                raise asked.failure
            for name in names:
                self._assert_right(asked, name)
        except (CheckFailed, StudentError) as error:
            if asked.own_shape == asked.dout.shape and not (may_raise and isinstance(error, StudentError)):
                raise
            if not self._follows_own_shape(asked, names):
                raise LeftOut(error) from None
            return
        for name in names if directions else ():
            passes = self.student, self.reference, self.layer[0], asked.inputs, asked.dout
            assert_along_directions(*passes, asked.gradients[name], self.rng_of("directions", case), name)

    def _assert_right(self, asked: BothPasses, name: str) -> None:
        passes = self.student, self.reference, self.layer[0], asked.inputs, asked.dout
        try:
            assert_gradient(*passes, asked.gradients[name], asked.desired[name], name)
        except CheckFailed as failure:
            is_fair = None if failure.precision else self.is_fair
            if is_fair is None or not is_fair(self.student, self.reference, asked.inputs, asked.dout, name):
                raise

    def _follows_own_shape(self, asked: BothPasses, names: Sequence[str]) -> bool:
        """Whether a backward pass is right for its own forward pass, which gives out another shape than it should."""
        forward, backward = self.layer
        if forward not in self.student.paid or asked.own_shape in (None, asked.dout.shape):
            return False
        dout = np.random.default_rng(0).standard_normal(asked.own_shape)
        calls = len(self.student.calls)  # these are no calls of the test's
        try:
            mine = cache_of(self.student, forward, *copy.deepcopy(asked.inputs))
            gradients = by_name(backward, getattr(self.student, backward)(dout.copy(), mine))
        except (CheckFailed, StudentError, NotChecked):
            return False
        finally:
            del self.student.calls[calls:]
        return all(
            follows_own_forward(self.student, self.reference, forward, asked.inputs, dout, gradients[name], name)
            for name in names
        )


def assert_mostly_right(
    student: Student,
    reference: Any,
    layer: Layer,
    inputs: Inputs,
    dout: np.ndarray,
    gradients: Any,
    desired: Any,
) -> None:
    """Of several gradients one may be wrong, which costs its own tests; of a single one none."""
    theirs, right = by_name(layer[1], gradients), by_name(layer[1], desired)
    failures = []
    for name in theirs:
        try:
            assert_gradient(student, reference, layer[0], inputs, dout, theirs[name], right[name], name)
        except CheckFailed as failure:
            failures.append(failure)
    if len(failures) > (len(theirs) - 1) // 2:
        raise failures[0]


def check_backward_manners(
    student: Student, reference: Any, rng: np.random.Generator, layer: Layer, inputs: Inputs
) -> None:
    """dout unchanged, float64 for float64."""
    forward, backward = layer
    out, cache = getattr(reference, forward)(*inputs)
    dout = rng.standard_normal(out.shape)
    desired = getattr(reference, backward)(dout, cache)
    mine, before = cache_of(student, forward, *copy.deepcopy(inputs)), dout.copy()
    gradients = getattr(student, backward)(dout, mine)
    for name, gradient in by_name(backward, gradients).items():
        assert_dtype(gradient, np.float64, name)
    assert_unchanged(dout, before, "dout")
    assert_mostly_right(student, reference, layer, inputs, dout, gradients, desired)


def check_backward_repeated(
    student: Student, reference: Any, rng: np.random.Generator, layer: Layer, inputs: Inputs, others: Inputs
) -> None:
    """The same gradients from one cache twice, although another forward pass came between."""
    forward, backward = layer
    out, cache = getattr(reference, forward)(*inputs)
    dout = rng.standard_normal(out.shape)
    mine = cache_of(student, forward, *copy.deepcopy(inputs))
    gradients = getattr(student, backward)(dout.copy(), mine)
    first = {name: assert_array(gradient, name).copy() for name, gradient in by_name(backward, gradients).items()}
    cache_of(student, forward, *copy.deepcopy(others))
    for name, again in by_name(backward, getattr(student, backward)(dout.copy(), mine)).items():
        assert_close(again, first[name], f"{name}, the second time,")
    desired = getattr(reference, backward)(dout, cache)
    assert_mostly_right(student, reference, layer, inputs, dout, gradients, desired)


def by_name(backward: str, gradients: Any) -> dict[str, Any]:
    """The results of a backward pass by their names."""
    names = SIGNATURES[backward].results
    return dict(zip(names, gradients if len(names) > 1 else [gradients]))
