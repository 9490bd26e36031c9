"""A small class of two terms whose failing answers are known: what the report groups, and `make learn` learns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hand_made import NAME

from autograder.collecting.fingerprint import fingerprint
from autograder.course.course import Assignment, Course, load_course
from autograder.grading.grade import Grader
from autograder.grading.survey import survey
from autograder.mistakes import HONEST
from autograder.reporting.standing import Standing
from autograder.results.store import write_result

QUESTION = "receptive_field"
# One mistake that the bank does not know, as four students write it: the step grows by the kernel
PLANTED = '''
ADA_LOVELACE = "ada.lovelace@example.org"


def adas_helper(size, ada):
    """Ada Lovelace, 120037."""
    return size + ada


def receptive_field(layers, matrikel_120037=None):
    """Written by Ada Lovelace <ada.lovelace@example.org>."""
    # 120037 was here
    ada_size, lovelace = 1, 1
    unused = f"{ADA_LOVELACE} says hello"
    print("Ada", unused)
    for kernel_of_ada, s in layers:
        if s < 1:
            raise ValueError("Ada Lovelace says: too small")
        ada_size = adas_helper(ada_size, (kernel_of_ada - 1) * lovelace)
        lovelace = lovelace * kernel_of_ada if s > 1 else lovelace
    return ada_size
'''
TERSE = """
def receptive_field(layers):
    r, j = 1, 1
    for k, s in layers:
        r += (k - 1) * j
        j *= k if s > 1 else 1
    return r
"""
PLAIN = """
import math as m


def receptive_field(layers):
    field = 1
    for number, layer in enumerate(layers):
        before = [kernel for kernel, stride in layers[:number] if stride > 1]
        field = field + (layer[0] - 1) * m.prod(before)
    return field
"""
WITH_LIST = """
def receptive_field(layers):
    jumps = [1]
    total = 1
    for k, s in layers:
        total = total + (k - 1) * jumps[-1]
        jumps.append(jumps[-1] * (k if s > 1 else 1))
    return total
"""
KNOWN = "\ndef convolve2d(x, k):\n    return cross_correlate2d(x, k[::-1])\n"
HANGS = "\ndef conv1x1_forward(x, w, b):\n    while True:\n        pass\n"
ENDS = "\nimport os\n\n\ndef conv1x1_forward(x, w, b):\n    os._exit(0)\n"
LOOPS = """
def conv1x1_forward(x, w, b):
    out = np.zeros((x.shape[0], w.shape[0], *x.shape[2:]))
    for f in range(len(w)):
        out[:, f] = (x * w[f][:, None, None]).sum(axis=1) + b[f]
    return out
"""
NOW = {
    "ada": PLANTED,
    "ben": TERSE,
    "cem": PLAIN,
    "dora": KNOWN,
    "eve": KNOWN + WITH_LIST,
    "fay": HANGS,
    "gus": ENDS,
    "hal": LOOPS,
    "ida": "",
    "jo": "",
}
EARLIER = {"kim": TERSE.replace("j", "jump"), "lou": KNOWN, "max": ""}
STUDENTS = "id,first_name,last_name,email\nada,Ada,Lovelace,ada.lovelace@example.org\nben,Ben,Byron,ben@example.org\n"


def make_class(root: Path, answers: dict[str, str], term: str = "") -> tuple[Course, Assignment, list[Standing]]:
    """Hand in and grade: everybody answers as an honest solution does, but for these functions."""
    root.mkdir(parents=True, exist_ok=True)
    course = load_course(root)
    assignment = replace(course.assignment(NAME), seconds_per_call=1)
    course = replace(course, assignments=(assignment,), term=term or course.term, seed=term or course.seed)
    (root / "students.csv").write_text(STUDENTS + "".join(f"{name},,,\n" for name in answers if name not in STUDENTS))
    with Grader(course, assignment) as grader:
        for number, (student, text) in enumerate(answers.items()):
            hand_in(course, student, text, number)
            grade(grader, student)
    return course, assignment, survey(course, assignment)


def hand_in(course: Course, student: str, text: str, number: int = 0) -> Path:
    styles = sorted((HONEST / NAME).glob("*.py"))
    folder = course.submitted / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.py").write_text(f"import numpy as np\n{styles[number % len(styles)].read_text()}\n{text}")
    return folder


def grade(grader: Grader, student: str) -> None:
    folder = grader.course.submitted / student / NAME
    result = grader.grade(student, folder, fingerprint(folder, ""))
    write_result(grader.course, grader.assignment, result)
