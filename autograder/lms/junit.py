"""JUnit's XML, as pytest writes it: a suite a student, a case a test. The points are properties of the suite.

The schema is pytest's own (`junit-10.xsd`): a case has no properties there. What nobody has decided yet, and what was
not looked at, is skipped: neither passed nor failed.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from autograder.course.course import Assignment
from autograder.reporting.standing import Standing
from cnnlab.checking import outcomes
from cnnlab.checking.outcomes import TestReport

SKIPPED = {
    outcomes.NOT_ATTEMPTED: "not attempted",
    outcomes.NOT_CHECKED: "not checked",
    outcomes.OPEN: "open",
    outcomes.ERROR: "open",
}


def junit_xml(assignment: Assignment, standings: Iterable[Standing]) -> bytes:
    """One assignment's results."""
    root = Element("testsuites", name=assignment.name)
    counts: Counter[str] = Counter()
    for standing in standings:
        counts += add_suite(root, standing)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(counts[name]))
    ElementTree.indent(root)
    return ElementTree.tostring(root, "utf-8", xml_declaration=True) + b"\n"


def add_suite(root: Element, standing: Standing) -> Counter[str]:
    result = standing.result
    tests = [test for question in result.questions for test in question.tests]
    counts = Counter(
        tests=len(tests),
        failures=sum(test.outcome == outcomes.FAILED for test in tests),
        skipped=sum(test.outcome in SKIPPED for test in tests),
    )
    suite = SubElement(root, "testsuite", name=legal(standing.student), errors="0")
    for name in ("tests", "failures", "skipped"):
        suite.set(name, str(counts[name]))
    suite.set("time", f"{sum(test.seconds for test in tests):.3f}")
    properties = SubElement(suite, "properties")
    for name, value in properties_of(standing).items():
        SubElement(properties, "property", name=name, value=legal(value))
    for test in tests:
        add_case(suite, result.assignment, test)
    return counts


def properties_of(standing: Standing) -> dict[str, str]:
    score, entry = standing.score, standing.entry
    found = {"status": standing.result.status, "state": standing.state, "reason": standing.result.reason}
    found |= {"score": "" if score is None else f"{score:g}", "score_so_far": f"{standing.score_so_far:g}"}
    found |= {"max_score": f"{standing.max_score:g}", "late_penalty": f"{entry.late.points if entry else 0:g}"}
    for question in standing.result.questions:
        found |= {
            f"points.{question.name}": f"{question.points:g}",
            f"max_points.{question.name}": f"{question.max_points:g}",
        }
    return found


def add_case(suite: Element, assignment: str, test: TestReport) -> None:
    case = SubElement(suite, "testcase", classname=f"{assignment}.{test.question}", name=legal(test.title))
    case.set("time", f"{test.seconds:.3f}")
    message = legal(" ".join(test.text.split()))
    if test.outcome == outcomes.FAILED:
        SubElement(case, "failure", message=message, type="failed").text = legal(test.text)
    elif test.outcome in SKIPPED:
        SubElement(case, "skipped", message=message, type=SKIPPED[test.outcome])


def legal(text: str) -> str:
    """Without the characters that no XML may have, not even written as numbers."""
    return "".join(character if is_legal(ord(character)) else "\N{REPLACEMENT CHARACTER}" for character in text)


def is_legal(code: int) -> bool:
    return code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code >= 0x10000
