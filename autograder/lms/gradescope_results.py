"""A result as Gradescope's `results.json`: a test of Gradescope's for each of ours, with points, outcome and sentence.

Gradescope adds up the scores of the tests. So what nobody can score yet has none: a question that is open, an answer in
words. It is said instead. Lateness is Gradescope's own: it knows due dates and extensions, and nothing is taken off
here.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from autograder.reporting import embed
from autograder.reporting.disclosure import SENTENCES, for_student
from autograder.results.result import GRADED, UNGRADED, QuestionResult, Result
from cnnlab.checking import outcomes
from cnnlab.checking.check_result import text_lines
from cnnlab.checking.outcomes import TestReport

BY_HAND = "Graded by hand: its points are not in this score yet, and are added when a person has read it."
NOTHING_YET = "Nothing could be scored yet. What is open costs nothing: a person will look at it."
NO_SCORE = (
    "There is no score, which is no zero. Nothing is lost: the staff of the course put this right and grade again."
)
LATE = "Lateness is not in these points: Gradescope shows it."
MOST_TEXT = 20_000  # characters of one text


def results_of(result: Result, written: Mapping[str, float], shown: str = SENTENCES) -> dict[str, Any]:
    """The table of a results.json.

    Args:
        written: questions that are graded by hand, with their points.
        shown: how much students see of each test, as on feedback pages: a level of `reporting/disclosure.py`.
    """
    seen = for_student(result, shown)
    tests = [
        {**test, "number": f"{number}.{place}"}
        for number, question in enumerate(seen.questions, 1)
        for place, test in enumerate(tests_of(question, seen), 1)
    ]
    tests += [entry(f"{name} ({points:g} points)", BY_HAND) for name, points in written.items()]
    if not any("score" in test for test in tests):  # Gradescope takes no table without a score
        tests.insert(0, entry("so far", NOTHING_YET) | {"score": 0.0, "max_score": 0.0})
    table = {
        "output": "\n".join(summary(seen)),
        "execution_time": math.ceil(result.seconds),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"result": without_seed(result)},
    }
    if result.accuracies:
        rows = [(name, value) for name, value in result.accuracies.items()]
        table["leaderboard"] = [{"name": f"{name} accuracy", "value": round(value, 4)} for name, value in rows]
    return table


def no_score(why: str) -> dict[str, Any]:
    """The table where nothing was graded: a sentence, and no score at all, which no one can take for a zero."""
    return {
        "output": f"Not graded. {why}\n{NO_SCORE}",
        "stdout_visibility": "hidden",
        "tests": [entry("not graded", why)],
    }


def as_json(table: dict[str, Any]) -> str:
    """The text of the file; every text in it is one that Gradescope can store, and every number is finite.

    Raises:
        ValueError: a number is not.
    """
    return json.dumps(printable(table), indent=1, allow_nan=False)


def tests_of(question: QuestionResult, result: Result) -> Iterator[dict[str, Any]]:
    """The tests of a question; one in their place where none was run, or where there is no answer to run them on."""
    if not question.tests or question.outcome == outcomes.NOT_ATTEMPTED:
        is_open = any(question is one for one in result.open_questions)
        texts = [test.text for test in question.tests if test.text]
        why = embed.WAITING if is_open else next(iter(texts), result.reason or "not attempted")
        yield scored(entry(question.name, why), question.max_points, None if is_open else 0.0)
        return
    for test in question.tests:
        text = "\n".join(lines_of(test))
        points = None if test.is_open else test.points
        yield scored(entry(f"{question.name}: {test.title}", text), test.max_points, points)


def entry(name: str, output: str) -> dict[str, Any]:
    return {"name": name, "name_format": "text", "output": output, "output_format": "text", "visibility": "visible"}


def scored(test: dict[str, Any], most: float, score: float | None) -> dict[str, Any]:
    """A test with its score. One that nobody can score yet is neither passed nor failed: its name says so."""
    if score is None:
        return test | {"name": f"{test['name']} (open, {most:g} points)"}
    status = "passed" if score >= most else "failed"
    return test | {"score": round(score, 4), "max_score": round(most, 4), "status": status}


def lines_of(test: TestReport) -> list[str]:
    """What a student reads of a test besides its title."""
    if test.is_open:
        return [*body(embed.for_reader(test)), embed.WAITING]
    return body(test) or [test.outcome.replace("_", " ")]


def body(test: TestReport) -> list[str]:
    if test.outcome == outcomes.PASSED:
        return [test.text] if test.text else []
    excused = [f"{embed.EXCUSED}{test.excused}"] if test.excused else []
    return excused + [line.removeprefix("    ") for line in text_lines(test)[1:]]


def summary(result: Result) -> list[str]:
    """What stands above the tests."""
    lines = [f"{embed.points_in_words(result)} from the tests{embed.so_far(result)}. {LATE}"]
    if result.status != GRADED:
        lines.append(result.reason if result.reason == UNGRADED else f"{result.status.capitalize()}: {result.reason}")
    lines += [f"Open: {line}" for line in embed.open_sentences(result)]
    lines += [f"Note: {note}" for note in result.notes if note != result.reason]
    lines.append(embed.graded_from(result))
    return lines + (["What the code printed:", embed.shorten_output(result.output)] if result.output.strip() else [])


def without_seed(result: Result) -> dict[str, Any]:
    """The result as results/ would hold it, but for what hidden inputs are drawn from."""
    return json.loads(replace(result, seed="").to_json())


def printable(value: Any) -> Any:
    """The same with no character that a database or a browser can't take: halves of pairs, controls."""
    if isinstance(value, dict):
        return {printable(key): printable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(one) for one in value]
    return "".join(map(shown_as, value[:MOST_TEXT])) if isinstance(value, str) else value


def shown_as(character: str) -> str:
    known = character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
    return character if known else "\N{REPLACEMENT CHARACTER}"
