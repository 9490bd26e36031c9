"""One wrong call as a first question to each edit: the reference's answer to it is known, so nine of ten edits need no
test to be turned down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autograder.course.reference import Reference
from autograder.grading.diagnosis import Asked, wrong_answer
from autograder.grading.replay import (
    Answer,
    Unanswerable,
    calls_behind,
    is_complete,
    is_stateful,
    kept,
    made_instead,
    parts_of,
    replay,
    same,
    with_others,
)
from cnnlab.checking.identity import Itself
from cnnlab.checking.outcomes import CheckFailed
from cnnlab.checking.student import Call, Student, copy_argument


@dataclass(frozen=True)
class Probe:
    """Calls of the student's, the last of which was answered wrongly, and what the reference makes of that one."""

    chain: list[Call]
    right: dict[Any, Any]  # part of the result -> value
    seconds: float

    def is_passed(self, student: Student) -> bool:
        """Whether the student's functions answer as the reference does now. The student's own cache is passed on."""
        student.forget()
        others: dict[Itself, Any] = {}
        try:
            for call in self.chain:
                args, kwargs = with_others(call, others, copy_argument)
                value = getattr(student, call.name)(*args, **kwargs)
                others |= made_instead(call, value)
        except Exception:  # whatever it is: it is no right answer
            return False
        parts = parts_of(Answer(call.name, value))
        return all(position in parts and same(right, parts[position]) for position, right in self.right.items())


def probe_of(calls: list[Call], error: BaseException | None, reference: Reference) -> Probe | None:
    """The probe that a failed test gives; None where the reference's answer is not what the test wanted."""
    wrong = wrong_answer(Asked("", calls, error))
    if wrong is None:
        return None
    call, position = wrong
    chain = calls_behind(calls, call)
    if any(map(is_stateful, chain)) or not is_complete(chain):
        return None
    try:
        answer = replay(chain, reference)
    except Unanswerable:
        return None
    if answer.raised:
        return None
    parts = parts_of(answer)
    if position is not None or isinstance(error, CheckFailed):
        if position not in parts or not same(getattr(error, "desired", None), parts[position]):
            return None
        parts = {position: parts[position]}
    unseen = kept(answer) if len(parts) > 1 else ()
    right = {at: part for at, part in parts.items() if at not in unseen}
    return Probe(chain, right, sum(step.seconds for step in chain)) if right else None


def cheapest(probes: Iterable[Probe | None]) -> Probe | None:
    return min(filter(None, probes), key=lambda probe: probe.seconds, default=None)
