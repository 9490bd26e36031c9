"""What a submission's functions compute: their answers to the shared inputs, as the sandbox gives them.

Two answers are the same if their forms are (shape, dtype, exception, ...) and their numbers up to the tolerance of the
course. Of large arrays, some entries and some sums stand for all.
"""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from autograder.grading.replay import NUMBERS, PLAIN, kept, made_instead, with_others
from autograder.learning.inputs import Chain
from cnnlab.checking.compare import TOLERANCE, normal
from cnnlab.checking.identity import Itself
from cnnlab.checking.outcomes import CheckFailed, NotAttempted, Stopped, StudentError
from cnnlab.checking.student import Call, Student, copy_argument
from cnnlab.signatures import PROBES

MOST_WHOLE = 32  # entries of an array that are kept; of a larger one, as many
SUMS, ROW = 4, 4093  # sums of all entries, each times a number of its own in a row of so many
MOST_TEXT = 500  # characters of a plain value
MOST_PARTS = 12  # results of a call
ADDRESS = re.compile(" at 0x[0-9a-f]+")  # of what stays in a worker
STOPPED = "took too long or ended its process"


@dataclass(frozen=True)
class Answers:
    """The answers to a question's calls: a form and numbers for each result of each call."""

    forms: list[str]
    numbers: list[list[float]]

    def same(self, other: Answers) -> bool:
        return self.forms == other.forms and all(map(close, self.forms, self.numbers, other.numbers))

    @property
    def stopped(self) -> bool:
        """Whether a call had to be ended."""
        return any(STOPPED in form for form in self.forms)

    @property
    def empty(self) -> bool:
        """Whether nothing could be asked."""
        return not any(self.numbers) and all(form.startswith("not ") for form in self.forms)


def close(form: str, one: list[float], other: list[float]) -> bool:
    """Equal up to the tolerance of their dtype, relative to the largest of them."""
    if len(one) != len(other):
        return False
    if not one:
        return True
    first, second = np.asarray(one), np.asarray(other)
    if not np.array_equal(np.isfinite(first), np.isfinite(second)):
        return False
    tolerance = TOLERANCE.get(form.split()[0], TOLERANCE["float64"])
    with np.errstate(all="ignore"):
        scale = np.max(np.abs(first), initial=0.0, where=np.isfinite(first))
        return bool(np.all((first == second) | (np.abs(first - second) <= tolerance * scale) | np.isnan(first)))


def ask(chains: list[Chain], student: Student) -> Answers:
    """A student's answers to the calls of a question; never an exception for what the student's code does."""
    forms: list[str] = []
    numbers: list[list[float]] = []
    for chain in chains:
        for form, values in answer_to(chain, student):
            forms.append(form)
            numbers.append(values)
    return Answers(forms, numbers)


def answer_to(chain: Chain, student: Student) -> list[tuple[str, list[float]]]:
    """The last call's results, one after the other."""
    others: dict[Itself, Any] = {}
    student.forget()
    for call in chain:
        before = "" if call is chain[-1] else f"{call.name} "
        args, kwargs = with_others(call, others, copy_argument)
        try:
            value = getattr(student, call.name)(*args, **kwargs)
        except StudentError as error:
            return [(f"{before}raised {kind_of(error)}", [])]
        except CheckFailed as error:
            return [(f"{before}gave {error.returned}"[:MOST_TEXT], [])]
        except Stopped:
            return [(f"{before}{STOPPED}", [])]
        except NotAttempted:
            return [(f"{before}not attempted", [])]
        except Exception:  # the time is used up, a person is needed, the sandbox is in trouble
            return [(f"{before}not asked", [])]
        if call is not chain[-1]:
            others |= made_instead(call, value)
    return [*parts(value, chain[-1]), *changed(chain[-1], args, kwargs)]


def kind_of(error: StudentError) -> str:
    """The exception's class, or that of Python's own which it is made from."""
    return next((name for name in (error.type_name, *error.kinds) if hasattr(builtins, name)), error.type_name)


def parts(value: Any, call: Call) -> list[tuple[str, list[float]]]:
    """Each result but caches, which are everybody's own. Whole numbers, nested as they may be, are one plain value."""
    if isinstance(value, dict):  # a parameter's name is the student's own, its place is not
        value = tuple(value.values()) if call.name in PROBES else {key: value[key] for key in sorted(value, key=str)}
    results = [*value.values()] if isinstance(value, dict) else value
    if not isinstance(results, (tuple, list)) or not any(map(is_of_floats, results)):
        return [of_part(value)]
    shown = [part for place, part in enumerate(results) if place not in kept(call)]
    return [(f"{len(results)} results", [])] * (len(results) > MOST_PARTS) + list(map(of_part, shown[:MOST_PARTS]))


def is_of_floats(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind not in "biu"


def of_part(value: Any) -> tuple[str, list[float]]:
    """The form of a value and the numbers that stand for it."""
    if isinstance(value, NUMBERS):
        array = np.asarray(value)
        if array.dtype.kind in "biufc":
            kind = "array" if isinstance(value, np.ndarray) else "number"
            return f"{array.dtype} {kind} {array.shape}{odd_entries(array)}", numbers_of(array)
    if value is None or isinstance(value, (str, list, tuple, dict)):
        return f"value {ADDRESS.sub('', repr(normal(value)))}"[:MOST_TEXT], []
    return f"a {getattr(value, 'type_name', type(value).__name__)}"[:MOST_TEXT], []


def odd_entries(array: np.ndarray) -> str:
    odd = int((~np.isfinite(array)).sum())
    return f", {odd} nan or inf" if odd else ""


def numbers_of(array: np.ndarray) -> list[float]:
    """All of a small array; of a large one some entries, and sums of all of them in which every entry counts."""
    flat = np.ravel(array)
    flat = np.concatenate([flat.real, flat.imag]) if flat.dtype.kind == "c" else flat
    with np.errstate(all="ignore"):
        flat = flat.astype(float)
    if flat.size <= MOST_WHOLE:
        return flat.tolist()
    places = np.linspace(0, flat.size - 1, MOST_WHOLE).astype(int)
    finite = np.where(np.isfinite(flat), flat, 0.0)
    rows = np.zeros(-(-flat.size // ROW) * ROW)
    rows[: flat.size] = finite
    with np.errstate(all="ignore"):
        sums = weights() @ rows.reshape(-1, ROW).sum(axis=0) / flat.size
        return [*flat[places].tolist(), *sums.tolist(), float(np.abs(finite).max())]


@cache
def weights() -> np.ndarray:
    """(SUMS, ROW): what entries are multiplied with before they are added, anew in each row of so many."""
    return np.random.default_rng(0).standard_normal((SUMS, ROW))


def changed(call: Call, args: list, kwargs: dict[str, Any]) -> list[tuple[str, list[float]]]:
    """What of the arguments is another after the call than before it: arrays, and what stands in a dict of parameters,
    where running statistics are kept."""
    pairs = [*zip(call.args, args), *((call.kwargs[key], kwargs[key]) for key in kwargs)]
    found: list[tuple[str, list[float]]] = []
    for place, (before, after) in enumerate(pairs):
        if isinstance(before, dict) and isinstance(after, dict):
            for key in sorted({*before, *after}, key=str)[:MOST_PARTS]:
                if is_changed(before.get(key), after.get(key)):
                    form, numbers = of_part(after[key]) if key in after else ("removed", [])
                    found.append((f"{form} as {key!r} of argument {place}"[:MOST_TEXT], numbers))
        elif is_changed(before, after):
            found.append((f"changed argument {place}", []))
    return found


def is_changed(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        return before.shape != after.shape or not np.array_equal(before, after)
    if isinstance(before, PLAIN) and isinstance(after, PLAIN):
        return type(before) is not type(after) or bool(repr(before) != repr(after))
    return False  # an object that stays where the student's code runs
