"""What a student's functions did in the checks of a question, as a few hashes: known again up to rounding.

Everything counts: which checks passed, what each call returned or raised, what it wrote into its arguments. Names,
shapes, dtypes, whole numbers and texts are exact. Real numbers come down to six sums with random weights, each known
up to a step: no array can be made from a sketch, and two ways to write the same mistake have the same one.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

from cnnlab.checking.compare import normal
from cnnlab.checking.outcomes import FAILED, PASSED, TestReport
from cnnlab.checking.student import Call, LocalStudent
from cnnlab.signatures import OBJECTS, PROBES, SIGNATURES, Signature

SUMS = 3  # of the numbers in double precision, and of the others
# rounding moves a sum by much less than the first number; sums a second one apart are told from each other
PRECISIONS = {"double": (1e-8, 1e-6), "single": (2e-5, 2e-3)}
SMALL = 1e-6  # numbers are compared relative to the size of an array, or to this
LARGE = 20_000  # numbers in an array of which only the shape counts: a network's weights
MOST_NUMBERS = 1_000_000  # of all arrays together
MOST_CALLS = 12  # of one function in a check: what comes behind them measures numeric gradients
Given = tuple[Signature, tuple, dict[str, Any]]  # a call, with its very arguments
T = TypeVar("T")


class TooLarge(Exception):
    """There is more to look at than there is time for."""


class WatchedStudent(LocalStudent):
    """Keeps the very arguments of each call: a function may have written into them."""

    def __init__(self, namespace: Any) -> None:
        super().__init__(namespace)
        self.given: list[Given] = []

    def forget(self) -> None:
        super().forget()
        self.given.clear()

    def _invoke(self, signature: Signature, args: tuple, kwargs: dict[str, Any]) -> Any:
        self.given.append((signature, args, kwargs))
        return super()._invoke(signature, args, kwargs)


class Sketch:
    """Takes in what was done in each check of one question, and gives its hashes."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._words: list[str] = []  # of exceptions
        self._parts: dict[tuple[str, str], list[np.ndarray]] = {}  # by place and precision
        self._count = 0
        self.is_whole = True  # whether it holds all that was done
        # whether no check failed by what was returned: then a mistake can be known by the words of exceptions only
        self.only_raises = True

    def add(self, report: TestReport, student: WatchedStudent) -> None:
        """Take in a check that has just been made, with what its arguments and results are by now."""
        self.only_raises &= not report.returned
        if report.outcome == FAILED and not all(call.answered for call in student.calls):
            self.is_whole = False  # it was interrupted
        try:
            self._add_check(report, student)
        except Exception:  # a value of the student's own that can't be looked at; or there are too many
            self.is_whole = False

    def _add_check(self, report: TestReport, student: WatchedStudent) -> None:
        self._texts.append(f"{report.test}: {report.outcome}")
        for call in first_of_each(student.calls, lambda call: call.name):
            self._add_call(f"{report.test} {call.name}", call, report.outcome == PASSED)
        for signature, args, kwargs in first_of_each(student.given, lambda given: given[0].name):
            for name, value in [*zip(signature.parameters, args), *kwargs.items()]:
                if name != "cache" and name not in OBJECTS:
                    self._add(f"{report.test} {signature.name} {name}", value)

    def _add_call(self, place: str, call: Call, passed: bool) -> None:
        if call.raised:
            self._texts.append(f"{place} raised {call.raised.partition(':')[0]}")
            if not passed:  # where an exception is right, its text is everybody's own
                self._words.append(call.raised)
            return
        value, kept = call.value, SIGNATURES[call.name].kept if call.name in SIGNATURES else ()
        if kept and isinstance(value, tuple):  # a cache is the student's own business, but None is none
            value = [part is not None if at in kept else part for at, part in enumerate(value)]
        if call.name in PROBES and isinstance(value, dict):  # names of parameters are the student's own, too
            value = list(value.values())
        self._add(place, value)

    def _add(self, place: str, value: Any) -> None:
        if isinstance(value, (float, complex, np.inexact)):
            value = np.asarray(value)
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            self._add_array(place, value)
        elif isinstance(value, (list, tuple)):
            self._texts.append(f"{place} has {len(value)}")
            for at, entry in enumerate(value):
                self._add(f"{place} {at}", entry)
        elif isinstance(value, dict):
            for key in sorted(value, key=str):
                self._add(f"{place} {key}", value[key])
        else:
            plain = normal(value)
            known = isinstance(plain, (bool, int, str, type(None)))
            self._texts.append(f"{place} is {plain!r}" if known else f"{place} is an object")

    def _add_array(self, place: str, array: np.ndarray) -> None:
        self._texts.append(f"{place} is {array.dtype.name} {array.shape}")
        if array.size > LARGE:
            return
        self._count += array.size
        if self._count > MOST_NUMBERS:
            raise TooLarge
        if array.dtype.kind == "c":
            array = np.stack([array.real, array.imag])
        precision = "double" if array.dtype.kind != "f" or array.dtype.itemsize > 4 else "single"
        self._parts.setdefault((place, precision), []).append(array.ravel().astype(np.float64))

    def features(self) -> dict[str, tuple[str, np.ndarray, str]]:
        """For each place (as a hash): its precision, its shares in the sums, and where it is not finite."""
        return {
            hashlib.sha256(place.encode()).hexdigest()[:12]: (precision, *features(place, np.concatenate(arrays)))
            for (place, precision), arrays in self._parts.items()
        }

    def keys(self, random: Collection[str] = (), in_words: bool = True) -> Iterator[bytes]:
        """The hashes that this may be known by, the likeliest first.

        Args:
            random: places that differ from run to run, as hashes: their numbers are passed over.
            in_words: whether the texts of exceptions count, which differ with the way a function is written, and not
                their types alone.
        """
        if not self.is_whole:
            return
        sums: dict[str, np.ndarray] = {}
        texts = self._texts + (self._words if in_words else [])
        for place, (precision, shares, broken) in self.features().items():
            if place not in random:
                sums[precision] = sums.get(precision, 0) + shares
                texts.append(broken)
        begun = hashlib.sha256("\n".join(texts).encode("utf-8", "backslashreplace")).digest()
        places = [step_numbers(value, *PRECISIONS[kind]) for kind in sorted(sums) for value in sums[kind]]
        for numbers in itertools.product(*places):
            yield hashlib.sha256(begun + repr(numbers).encode()).digest()

    @property
    def key(self) -> bytes:
        """The likeliest hash, of everything; empty if it does not hold all."""
        return next(self.keys(), b"")


def first_of_each(calls: Iterable[T], name_of: Callable[[T], str]) -> Iterator[T]:
    """The first `MOST_CALLS` calls of each function."""
    counts: Counter[str] = Counter()
    for call in calls:
        counts[name_of(call)] += 1
        if counts[name_of(call)] <= MOST_CALLS:
            yield call


def features(place: str, values: np.ndarray) -> tuple[np.ndarray, str]:
    """The shares of some numbers in the sums, shape (SUMS,), and a hash of where they are not finite."""
    finite = np.isfinite(values)
    broken = ""
    if not finite.all():
        kinds = np.where(finite, 0, np.where(np.isnan(values), 1, np.where(values > 0, 2, 3))).astype(np.uint8)
        broken = hashlib.sha256(kinds.tobytes()).hexdigest()
        values = np.where(finite, values, 0.0)
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(place.encode()).digest()[:16], "little"))
    largest = max(np.abs(values).max(initial=0.0), SMALL)
    size = max(np.linalg.norm(values / largest) * largest, SMALL)
    return rng.standard_normal(SUMS) * np.log(size) + rng.standard_normal((SUMS, values.size)) @ (values / size), broken


def step_numbers(value: float, noise: float, step: float) -> list[int]:
    """The numbers of the steps that a sum may lie on, its own first: two where it lies near an edge."""
    return list(dict.fromkeys(round(moved / step) for moved in (value, value - noise, value + noise)))
