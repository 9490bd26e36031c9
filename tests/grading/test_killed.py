"""kill -9 in each step that writes: the next run makes of it what one that was not disturbed makes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys

from hand_made import NAME, grade_by_hand
from in_process import ANSWER, grade, hand_in, make_grader, make_job  # noqa: F401 - fixtures
from student_notebooks import notebook, written

from autograder.grading import regrade as regrades
from autograder.reporting import gradebook
from autograder.reporting.history import changes_path, read_lines, typed_path
from autograder.results.store import read_result, result_path

EFFECTS = {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.truncate", "sqlite3.connect"}
EVERY = 7  # step of which one is tried here: all of them take minutes


def die_at(count, root):
    """From here on this process is killed at its `count`th touch of a file below `root`."""
    left = [count]

    def hook(event, arguments):
        if event not in EFFECTS or str(root) not in str(arguments):
            return
        if event == "open" and not set(str(arguments[1])) & set("wa+x"):
            return
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def grade_killed(job, count):
    """`make grade` in a process that is killed; whether it was, or had come to its end before."""
    child = os.fork()
    if child == 0:
        try:
            die_at(count, job.course.root)
            grade(job)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def what_is_there(job, rows):
    """All that a run leaves, but for times and dated names."""
    course, assignment = job.course, job.assignment
    histories = (typed_path(course, NAME), changes_path(course, assignment))
    lines = [[{k: v for k, v in line.items() if k != "when"} for line in read_lines(path)] for path in histories]
    files = sorted(
        str(path.relative_to(course.root))
        for path in course.root.rglob("*")
        if path.is_file() and "history" not in path.parts and path.name not in ("gradebook.db-journal", ".lock")
    )
    gone = sorted({path.name for path in (course.root / "history" / "gone").rglob("ben*")})
    return rows, gradebook.read_entries(course, assignment), lines, files, gone


def make_work_for_every_step(job):
    """An older gradebook, points that nobody noticed yet, a student who left, a regrade that was half applied."""
    for student in ("amy", "ben", "cy"):
        answers = {**written(), "receptive_field_code": ANSWER}
        hand_in(job.course, student, {f"{NAME}.ipynb": json.dumps(notebook(answers))})
    grade(job)
    before = job.course.gradebook.read_bytes()
    for student in ("amy", "ben", "cy"):
        grade_by_hand((job.course, job.assignment), student, "written_padding", 4.0, "Good.")
    grade(job)
    job.course.gradebook.write_bytes(before)  # an older copy
    grade_by_hand((job.course, job.assignment), "amy", "written_stacking", 2.0)
    shutil.rmtree(job.course.submitted / "ben")
    beside = regrades.beside_course(job.course)
    result = read_result(result_path(job.course, job.assignment, "cy"))
    next(q for q in result.questions if q.name == "receptive_field").tests[0].outcome = "failed"
    path = result_path(beside, job.assignment, "cy")
    path.parent.mkdir(parents=True)
    path.write_text(result.to_json())
    regrades.mark_path(job.course, job.assignment).touch()


def test_nothing_is_lost_or_doubled(job, tmp_path_factory):
    make_work_for_every_step(job)
    root, kept = job.course.root, tmp_path_factory.mktemp("kept") / "course"
    shutil.copytree(root, kept, symlinks=True)
    expected = what_is_there(job, grade(job)[0])
    assert set(expected[0]) == {"amy", "cy"} and len(expected[2][0]) == 4 and len(expected[2][1]) == 1
    assert "ben.json" in expected[4] and expected[0]["cy"]["written_padding"] == "4"
    count, was_killed = int(os.environ.get("KILL_FROM", 0)), True
    while was_killed:
        shutil.rmtree(root)
        shutil.copytree(kept, root, symlinks=True)
        was_killed = grade_killed(job, count)
        assert what_is_there(job, grade(job)[0]) == expected, f"killed at touch {count}"
        count += int(os.environ.get("KILL_EVERY", EVERY))
    assert count > 5 * EVERY
