"""A student's calls made again on other functions: a mistake's, the reference's; and with fresh inputs on their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.course.reference import Reference
from autograder.sandbox.wire import clean
from cnnlab.checking.compare import differing, normal
from cnnlab.checking.identity import Itself
from cnnlab.checking.outcomes import CheckFailed, GraderError, StudentError
from cnnlab.checking.student import Call, Student, copy_argument
from cnnlab.signatures import PROBES, SIGNATURES

MOST_MESSAGE = 2000  # characters, as a worker sends them
NUMBERS = (np.ndarray, np.generic, bool, int, float, complex)
PLAIN = (np.ndarray, np.generic, bool, int, float, complex, str, list, tuple, dict, type(None))


class Unanswerable(Exception):
    """The calls can't be made again: one in between raised."""


@dataclass(frozen=True)
class Answer:
    """What a call came to: a value, or an exception as "ValueError: text"."""

    name: str  # of the function
    value: Any = None
    raised: str = ""


def answer_of(call: Call) -> Answer:
    return Answer(call.name, call.value, call.raised)


def calls_behind(calls: list[Call], last: Call) -> list[Call]:
    """The calls that made what the last one was given (caches, models) or changed it, then the last one itself."""
    needed, given = [last], objects_given(last)
    before = next(number for number, call in enumerate(calls) if call is last)
    for call in reversed(calls[:before]):
        changed = objects_given(call) if is_stateful(call) else set()
        if given & (changed | set(map(Itself, objects_made(call)))):
            needed.insert(0, call)
            given |= changed
    return needed


def is_complete(chain: list[Call]) -> bool:
    """Whether every cache and model that the calls were given is made by one of them."""
    made: set[Itself] = set()
    for call in chain:
        if any(not isinstance(given.object, PLAIN) for given in objects_given(call) - made):
            return False
        made |= set(map(Itself, objects_made(call)))
    return True


def objects_given(call: Call) -> set[Itself]:
    return set(map(Itself, (*call.args, *call.kwargs.values())))


def objects_made(call: Call) -> list[Any]:
    """The results that stay where the student's code runs: a cache; a model."""
    if is_stateful(call):
        return [] if isinstance(call.value, PLAIN) else [call.value]
    return [call.value[i] for i in kept(call)] if has_all_results(call) else []


def has_all_results(call: Call) -> bool:
    """Whether it returned as many results as it must."""
    return isinstance(call.value, tuple) and len(call.value) > max(kept(call), default=-1)


def is_stateful(call: Call) -> bool:
    return call.name in SIGNATURES and SIGNATURES[call.name].stateful


def kept(call: Call | Answer) -> tuple[int, ...]:
    return SIGNATURES[call.name].kept if call.name in SIGNATURES else ()


def replay(calls: list[Call], functions: Reference) -> Answer:
    """The same calls on other functions, with each cache and model replaced by the one made there.

    Raises:
        Unanswerable: a call before the last raised, or gave no cache.
    """
    others: dict[Itself, Any] = {}  # what the student's calls made -> what the other functions made instead
    answer = Answer("")
    for call in calls:
        if answer.raised:
            raise Unanswerable
        # copies: a mistake that changes its inputs must not change them for the next one
        args, kwargs = with_others(call, others, copy_argument)
        answer = ask(functions, call.name, args, kwargs)
        if answer.raised or call is calls[-1]:
            continue
        if not has_its_objects(answer, call):
            raise Unanswerable
        others |= made_instead(call, answer.value)
    return answer


def with_others(call: Call, others: dict[Itself, Any], make: Callable[[Any], Any]) -> tuple[list, dict[str, Any]]:
    """A call's arguments: those that others take the place of, and what `make` gives for the rest."""

    def replace(argument: Any) -> Any:
        made = make(argument)
        return others.get(Itself(argument), made)

    return [*map(replace, call.args)], {name: replace(argument) for name, argument in call.kwargs.items()}


def ask(functions: Reference, name: str, args: list, kwargs: dict[str, Any]) -> Answer:
    try:
        with np.errstate(all="ignore"):
            return Answer(name, getattr(functions, name)(*args, **kwargs))
    except GraderError as error:  # a mistake that crashes
        return Answer(name, raised=describe_error(error.__cause__))
    except Exception as error:
        return Answer(name, raised=describe_error(error))


def has_its_objects(answer: Answer, call: Call) -> bool:
    """Whether an answer has as many results as the student's, where one of those is a cache to pass on."""
    if is_stateful(call) or not has_all_results(call):
        return True
    return isinstance(answer.value, (tuple, list)) and len(answer.value) == len(call.value)


def made_instead(call: Call, value: Any) -> dict[Itself, Any]:
    """What the same call made elsewhere, for each of the objects that it made where the student's code runs."""
    if is_stateful(call):
        return {Itself(made): value for made in objects_made(call)}
    return {Itself(call.value[i]): value[i] for i in kept(call)} if has_all_results(call) else {}


def describe_error(error: BaseException | None) -> str:
    """As `StudentError` has it."""
    text = clean(str(error)[:MOST_MESSAGE])
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def fresh(chain: list[Call], rng: np.random.Generator, student: Student) -> list[Call] | None:
    """The same calls made by the student with other numbers in every array of floats; None if that can't be done."""
    others: dict[Itself, Any] = {}
    before = len(student.calls)
    try:
        for call in chain:
            args, kwargs = with_others(call, others, lambda argument: redraw(argument, rng))
            try:
                value = getattr(student, call.name)(*args, **kwargs)
            except (StudentError, CheckFailed):
                break
            others |= made_instead(call, value)
    except Exception:  # it took too long, or ended its process: then this says nothing
        return None
    finally:
        again = student.calls[before:]
        del student.calls[before:]
    return again if len(again) == len(chain) and again[-1].answered else None


def redraw(argument: Any, rng: np.random.Generator) -> Any:
    """Other numbers of the same mean and spread, where an argument is an array of floats."""
    if not isinstance(argument, np.ndarray):
        return {key: redraw(entry, rng) for key, entry in argument.items()} if isinstance(argument, dict) else argument
    if argument.dtype.kind != "f" or not argument.size:
        return argument.copy()
    spread = argument.std() or 1.0
    drawn = argument.mean() + spread * rng.standard_normal(argument.shape)
    return np.abs(drawn) if (argument > 0).all() else drawn  # a variance stays one


def same_answer(theirs: Answer, actual: Answer, position: int | str | None, right: Answer) -> bool:
    """Whether a mistake's answer is the student's.

    The part at `position` must be the same. Every other part as well, unless the student's is wrong there in a way of
    its own: a function may hold two mistakes, and each is named by its own part.
    """
    if theirs.raised or actual.raised:
        own_words = bool(right.raised)  # where an exception is the right answer, its text is everybody's own
        return exception_of(theirs) == exception_of(actual) if own_words else theirs.raised == actual.raised
    ours, mine, true = (parts_of(answer) for answer in (theirs, actual, right))
    if ours.keys() != mine.keys() or (position is not None and position not in mine):
        return False
    unseen = kept(actual) if len(mine) > 1 else ()
    return all(
        same(ours[at], mine[at])
        or (position not in (None, at) and true.keys() == mine.keys() and not same(true[at], mine[at]))
        for at in mine
        if at not in unseen
    )


def exception_of(answer: Answer) -> str:
    return answer.raised.partition(":")[0]


def parts_of(answer: Answer) -> dict[Any, Any]:
    """A result's parts by their places: an index, a key, or None for the whole."""
    value = answer.value
    if isinstance(value, dict):  # a parameter's name is the student's own, its place is not
        return dict(enumerate(value.values())) if answer.name in PROBES else value
    several = answer.name in SIGNATURES and len(SIGNATURES[answer.name].results) > 1
    return dict(enumerate(value)) if several and isinstance(value, (tuple, list)) else {None: value}


def same(value: Any, actual: Any) -> bool:
    """Equal shape, dtype and values up to the tolerance; plain values are equal or not."""
    if isinstance(actual, (list, tuple, dict, str, type(None))) or isinstance(value, (list, tuple, dict, type(None))):
        return repr(normal(value)) == repr(normal(actual))  # 10.0 is not 10 to a test either
    if not isinstance(value, NUMBERS) or not isinstance(actual, NUMBERS):  # a model, a tensor: never looked into
        return False
    value, actual = np.asarray(value), np.asarray(actual)
    if value.shape != actual.shape or value.dtype != actual.dtype or value.dtype.kind not in "biufc":
        return False
    finite = np.isfinite(actual)
    return bool(np.array_equal(finite, np.isfinite(value)) and not differing(value[finite], actual[finite]).any())
