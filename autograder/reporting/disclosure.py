"""How much of a result its student may see: the one place where hidden inputs are held back.

Staff see everything, everywhere: results/, autograded/, formgrader, tables. What is handed to students (feedback pages,
Gradescope's results) shows what `for_student` leaves.

A hidden input is whatever tells with what a test calls the student's code: the call, values that were returned or
expected, pictures of both; and whatever the student's code can write itself while it sees them: what it prints, the
words and the name of an exception of its own, the functions and lines in a traceback, the number that it ends its
process with. So of texts only those forms stay that are known to be the course's own.
"""

from __future__ import annotations

import builtins
import re
from dataclasses import replace

from autograder.results.result import UNGRADED, Result
from cnnlab.checking import outcomes
from cnnlab.checking.outcomes import TestReport

NAMES, SENTENCES, EVERYTHING = LEVELS = "names", "sentences", "everything"

EXCEPTIONS = {
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)
}
EXCEPTIONS |= {"AxisError", "LinAlgError", "UFuncTypeError"}  # NumPy's own
BUILDS_ON = re.compile(r"(?:not checked: )?it builds on “")
RAISED = re.compile(r"((?:not checked: \w+ )?)raised (\w+)")
RETURNED = re.compile(r"(not checked: \w+) returned\b")
NUMPY_1 = re.compile(r"\w+ could not be judged: it is written for NumPy 1, and the grader has NumPy [\w.]+")
WHO = r"(?:not checked: )?(?:the student's code|the submission's code|the model|\w+)"
SLOW = re.compile(rf"{WHO} (?:took longer than|was stopped after|used more than) [\d.]+ s(?: of processor time)?\b")
ENDED = re.compile(rf"({WHO}) (?:stopped by|broke its|has ended|sent|killed by|used)\b")
PLACE = re.compile(r"cell \d{1,3}, line \d{1,4}(?= in )")
PAID_IN = re.compile(r"; that is paid for once, in \w+$")
KINDS = {  # what a test expected, in the course's words -> what is wrong with the answer
    re.compile(r"(\w+) of shape "): "{} has not the right shape",
    re.compile(r"(\w+) of dtype "): "{} has not the dtype of the inputs",
    re.compile(r"(\w+)(?:\[[^]]*\])? = "): "{} has not the right values",
    re.compile(r"(\w+) between "): "{} is all zeros",
    re.compile(r"(\w+) left as it was"): "{} is changed by the call: work on a copy",
    re.compile(r"finite numbers everywhere"): "some entries are nan or inf",
    re.compile(r"at least [\d.]+ times as fast"): "not fast enough yet",
}


def for_student(result: Result, level: str) -> Result:
    """A copy that holds what the student may see. Points and outcomes are the same at each level.

    The seed is never for students: it is what hidden inputs are drawn from, those of later assignments too. Nor is what
    was written for staff.

    Args:
        level: NAMES of tests and what came of them; SENTENCES, without hidden inputs; or EVERYTHING.
    """
    shown = replace(result, seed="", for_ta=[], incidents=[])
    shown.questions = [
        replace(q, tests=[report_for_student(test, level) for test in q.tests]) for q in result.questions
    ]
    shown.troubles = [UNGRADED] if result.troubles else []  # without a word; but that there are any makes it open
    if level != EVERYTHING:
        shown.output, shown.seconds, shown.student_seconds = "", 0.0, 0.0
    return shown


def report_for_student(test: TestReport, level: str) -> TestReport:
    """A copy of a test's report that holds what its student may see."""
    bare = TestReport(test.question, test.test, test.title, test.max_points, test.outcome)
    if test.outcome == outcomes.ERROR:  # the grader's own trouble: it quotes hidden tests
        return bare
    if level == EVERYTHING:
        return replace(test)
    bare.excused = excuse_for_student(test, level) if test.excused else ""
    if level == SENTENCES:
        bare.text, bare.trace = text_for_student(test), last_place(test.trace)
        bare.hint, bare.mistake, bare.paid_as = test.hint, test.mistake, test.paid_as
    return bare


def text_for_student(test: TestReport) -> str:
    """What a test says, with nothing in it that the student's code may have written."""
    text = test.text
    if test.outcome in (outcomes.PASSED, outcomes.NOT_ATTEMPTED) or BUILDS_ON.match(text):
        return text
    if raised := RAISED.match(text):
        return f"{raised[1]}raised {raised[2] if raised[2] in EXCEPTIONS else 'an exception'}"
    if returned := RETURNED.match(text):
        return f"{returned[1]} returned no cache to start from"
    if slow := SLOW.match(text):
        return slow[0]
    if ended := ENDED.match(text):
        return f"{ended[1]} ended its own process"
    if numpy := NUMPY_1.match(text):
        return numpy[0]
    if test.outcome == outcomes.FAILED and test.called:  # what else may be there quotes the answer
        return kind_of(test.expected)
    return text  # the course's words, of a notebook or of weights: nothing of the student's was run on hidden inputs


def kind_of(expected: str) -> str:
    """What kind of difference there is, by what was expected; "" where nothing can be said without a value."""
    for pattern, sentence in KINDS.items():
        if found := pattern.match(expected):
            return sentence.format(*found.groups())
    return ""


def last_place(trace: list[str]) -> list[str]:
    """Where in the notebook it was raised, without the line's text and the function's name."""
    found = PLACE.match(trace[-1]) if trace else None
    return [found[0]] if found else []


def excuse_for_student(test: TestReport, level: str) -> str:
    if level == NAMES:
        return "paid for elsewhere"
    paid = PAID_IN.search(test.excused)
    return f"right, but in numbers of a smaller type{paid[0]}" if paid else test.excused
