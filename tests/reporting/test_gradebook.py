"""Results reach nbgrader's gradebook: exactly, safely, once, and without touching what a person graded."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import nbformat
import pytest
from hand_made import (
    NAME,
    answered,
    grade_by_hand,
    hand_in,
    make_course,
    make_place,
    make_result,
    open_gradebook,
    record,
    release,
    text,
    unrecorded,
)
from nbconvert import PythonExporter
from nbgrader.plugins import CsvExportPlugin

from autograder.course.course import CourseError
from autograder.reporting import database, gradebook, gradebook_steps, recorder
from autograder.reporting.autograded import autograded_path
from autograder.reporting.restore import IN_SCRIPT

WHY = answered(written_why="Because.")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path)


def test_scores_are_nbgraders(place):
    """nbgrader itself finds the points of the tests, written answers waiting for a person, untouched ones at zero."""
    hand_in(place[0], "amy", WHY)
    record(place, make_result("amy"))
    with open_gradebook(place) as book:
        grades = {g.name: g for g in book.find_submission_notebook(NAME, NAME, "amy").grades}
        assert grades["conv_forward_naive"].auto_score == 6 and not grades["conv_forward_naive"].needs_manual_grade
        assert grades["written_why"].auto_score is None and grades["written_why"].needs_manual_grade
        assert grades["written_how"].auto_score == 0 and not grades["written_how"].needs_manual_grade
        assert book.find_comment("written_how", NAME, NAME, "amy").comment == "No response."
        submission = book.find_submission(NAME, "amy")
        assert (submission.score, submission.max_score, submission.needs_manual_grade) == (6, 24, True)


@pytest.mark.parametrize("change", [lambda text: text, lambda text: text.replace("# In[", "# Cell [")])
def test_written_answers_in_a_python_script_wait_for_a_person(place, change):
    """Those of nbconvert's export stand in their places; without its marks a person has to look for them."""
    exported, _ = PythonExporter().from_notebook_node(WHY)
    folder = hand_in(place[0], "amy", WHY)
    (folder / f"{NAME}.ipynb").unlink()
    (folder / f"{NAME}.py").write_text(change(exported))
    record(place, make_result("amy", file=f"{NAME}.py"))
    with open_gradebook(place) as book:
        grade = book.find_grade("written_why", NAME, NAME, "amy")
        assert grade.auto_score is None and grade.needs_manual_grade
    cells = nbformat.read(autograded_path(*place, "amy"), 4).cells
    answer = next(c.source for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == "written_why")
    assert answer == ("Because." if "# In[" in change(exported) else IN_SCRIPT)


def test_nbgrader_exports_them(place, tmp_path):
    """`nbgrader export` writes the same points."""
    record(place, make_result("amy"), make_result("bob", forward=10.0))
    with open_gradebook(place) as book:
        CsvExportPlugin(to=str(tmp_path / "out.csv")).export(book)
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert [line.split(",")[-2:] for line in lines[1:]] == [["6.0", "24.0"], ["10.0", "24.0"]]


def test_only_what_changed_is_recorded_again(place):
    """A recorded result is known by its stamp; another result, release or a lost notebook is not."""
    results = [make_result("amy"), make_result("bob")]
    assert unrecorded(place, results) == results
    record(place, *results)
    assert unrecorded(place, results) == []
    results[0] = make_result("amy", forward=7.0)
    assert unrecorded(place, results) == [results[0]]
    autograded_path(*place, "bob").unlink()
    assert unrecorded(place, results) == results


def test_another_release_or_due_date_is_another_stamp(place):
    """What answers are shown in is written anew for everybody; what late ones cost is derived, and not stamped."""
    course, assignment = place
    result = make_result("amy")
    record(place, result)
    assert unrecorded(place, [result]) == []
    due = replace(assignment, due=datetime(2026, 10, 19, tzinfo=timezone.utc))
    assert unrecorded((course, due), [result]) == [result]
    assert unrecorded((replace(course, late="zero"), assignment), [result]) == []
    assignment.notebook.write_bytes(assignment.notebook.read_bytes() + b" ")
    assert unrecorded(place, [result]) == [result]


@pytest.mark.parametrize(
    "auto, manual, extra, needs_manual, points, is_open",
    [
        (None, None, None, False, 0, True),
        (None, None, 2.0, True, 0, True),
        (3.0, None, None, False, 3, False),
        (3.0, None, 1.5, False, 4.5, False),
        (3.0, None, None, True, 3, True),
        (3.0, 2.0, None, False, 2, False),
        (3.0, 2.0, 1.0, True, 3, True),
        (3.0, 0.0, None, False, 0, False),
        (None, 4.0, None, True, 4, True),
    ],
)
def test_a_manual_score_counts_in_the_place_of_the_tests(auto, manual, extra, needs_manual, points, is_open):
    """Nothing, extra credit included, until there is a score; open until a person or the tests have decided.

    What a person graded and what changed since is open again, with all of its points.
    """
    score = gradebook.Score(5.0, False, auto, manual, extra, needs_manual)
    assert (score.points, score.is_open) == (points, is_open)
    entry = gradebook.Entry(scores={"one": score, "two": gradebook.Score(2.0, True, 1.0)})
    assert (entry.points, entry.max_points) == (points + 1, 7)
    assert score.is_open_again == (manual is not None and is_open)
    assert entry.open_points == (0 if not is_open else 5 if score.is_open_again else 5 - points)


def test_manual_grades_survive(place):
    """A score, a comment and extra credit given by hand stay through a regrade, and still count."""
    hand_in(place[0], "amy", WHY)
    record(place, make_result("amy"))
    grade_by_hand(place, "amy", "written_why", 4.0, "Good.")
    record(place, make_result("amy", forward=8.0))
    entry = gradebook.read_entries(*place)["amy"]
    assert entry.scores["written_why"].manual == 4.0 and not entry.scores["written_why"].needs_manual
    assert entry.comments["written_why"] == "Good." and entry.points == 12.0


def test_a_changed_answer_asks_the_ta_again(place):
    """After a new hand-in the old manual score stays, but the TA is asked to look at the new answer."""
    hand_in(place[0], "amy", WHY)
    record(place, make_result("amy"))
    grade_by_hand(place, "amy", "written_why", 4.0)
    grade_by_hand(place, "amy", "conv_forward_naive", 9.0)
    hand_in(place[0], "amy", answered(written_why="Because of something else."))
    record(place, make_result("amy", forward=7.0))
    scores = gradebook.read_entries(*place)["amy"].scores
    assert scores["written_why"].manual == 4.0 and scores["written_why"].needs_manual
    assert scores["conv_forward_naive"].points == 9.0 and scores["conv_forward_naive"].needs_manual
    record(place, make_result("amy", forward=7.0))  # nobody has looked yet
    scores = gradebook.read_entries(*place)["amy"].scores
    assert scores["written_why"].needs_manual and scores["conv_forward_naive"].needs_manual
    grade_by_hand(place, "amy", "conv_forward_naive", 9.5)
    record(place, make_result("amy", forward=7.0))
    assert not gradebook.read_entries(*place)["amy"].scores["conv_forward_naive"].needs_manual


def with_text_below(name, below, **answers):
    """A notebook with a cell of the student's own below a written answer."""
    notebook = answered(**answers)
    place_ = next(i for i, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == name)
    notebook.cells.insert(place_ + 1, text(below))
    return notebook


def test_what_stands_below_a_written_answer_belongs_to_it(place):
    """In a cell of the student's own: below the stub it is an answer, and when it changes a person looks again."""
    hand_in(place[0], "amy", with_text_below("written_how", "So.", written_why="Because."))
    record(place, make_result("amy"))
    score = gradebook.read_entries(*place)["amy"].scores["written_how"]
    assert score.auto is None and score.is_open
    for name in ("written_why", "written_how"):
        grade_by_hand(place, "amy", name, 4.0)
    hand_in(place[0], "amy", with_text_below("written_how", "So and so.", written_why="Because."))
    record(place, make_result("amy", submission="another"))
    scores = gradebook.read_entries(*place)["amy"].scores
    assert scores["written_how"].is_open_again and not scores["written_why"].is_open


def test_a_picture_beside_the_notebook_may_be_a_written_answer(place):
    """A photograph of a page, for example: nobody gets a zero before a person has seen it."""
    folder = hand_in(place[0], "amy", answered())
    (folder / "page.png").write_bytes(PNG)
    record(place, make_result("amy"))
    assert gradebook.read_entries(*place)["amy"].scores["written_how"].is_open
    for name in ("written_why", "written_how"):
        grade_by_hand(place, "amy", name, 4.0)
    (folder / "page.png").write_bytes(PNG + b"another")
    record(place, make_result("amy", submission="another"))
    assert gradebook.read_entries(*place)["amy"].scores["written_how"].is_open_again


def test_every_student_is_recorded(place):
    """Missing and unreadable submissions get a row of zeros and a notebook that gives the reason."""
    hand_in(place[0], "bob", "<html>")
    record(
        place, make_result("amy", status="missing", reason="Nothing was handed in."), make_result("bob", forward=0.0)
    )
    assert set(gradebook.read_entries(*place)) == {"amy", "bob"}
    assert "Nothing was handed in." in autograded_path(*place, "amy").read_text()
    notebook = nbformat.read(autograded_path(*place, "bob"), as_version=4)
    assert len(notebook.cells) == len(release().cells) + 1


def test_late_penalty_is_nbgraders(place):
    """The plugin of the course's nbgrader_config.py sets the penalty, from timestamp.txt, due date and extension."""
    (place[0].root / "nbgrader_config.py").write_text("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    with open_gradebook(place) as book:
        book.update_or_create_assignment(NAME, duedate="2026-01-01 00:00:00 UTC")
    times = {"amy": "2026-01-02 10:00:00", "bob": "2025-12-31 10:00:00", "eve": "yesterday, I think"}
    times |= {"ida": "2026-01-01 00:00:00", "ben": "2026-01-01 00:00:01", "zoe": ""}
    for student, time in times.items():
        hand_in(place[0], student, WHY, time and f"{time} UTC")
    record(place, *map(make_result, times))
    penalties = {student: entry.late.points for student, entry in gradebook.read_entries(*place).items()}
    assert penalties == {"amy": 6.0, "bob": 0.0, "eve": 0.0, "ida": 0.0, "ben": 6.0, "zoe": 0.0}
    with open_gradebook(place) as book:
        book.grant_extension(NAME, "amy", days=2)
    record(place, make_result("amy"))
    assert gradebook.read_entries(*place)["amy"].late.points == 0.0


def test_killed_in_the_middle(place):
    """After kill -9 between two students the first is recorded wholly, the second not at all, and a re-run mends it."""
    program = (
        "import os, signal, sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; import hand_made as h\n"
        "from autograder.reporting import database, gradebook, gradebook_steps, recorder\n"
        "place = h.make_course(Path(sys.argv[1]))\n"
        "stamp = recorder.stamp\n"
        "def die(result, base):\n"
        "    if result.student == 'bob': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return stamp(result, base)\n"
        "recorder.stamp = die\n"
        "gradebook_steps.record(*place, [h.make_result('amy'), h.make_result('bob')], (), print)\n"
    )
    here = Path(__file__).resolve().parents[1]
    child = subprocess.run([sys.executable, "-c", program, place[0].root, here.parent, here], capture_output=True)
    assert child.returncode == -signal.SIGKILL and child.stdout == b"amy\n"
    results = [make_result("amy"), make_result("bob")]
    assert set(gradebook.read_entries(*place)) == {"amy"}
    assert unrecorded(place, results) == [results[1]]
    record(place, results[1])
    assert unrecorded(place, results) == []


def test_a_locked_gradebook(place, monkeypatch):
    """While another program writes, the sentence says which file and what to do."""
    monkeypatch.setattr(database, "LOCKED_SECONDS", 0)
    with recorder.Recorder(*place) as ours, contextlib.closing(sqlite3.connect(place[0].gradebook)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CourseError, match="gradebook.db could not be written .*if another program is using it"):
            ours.record(make_result("amy"), False)


def test_changed_cells_are_refused(place):
    """nbgrader can't take other cells once submissions are in: told before anything is written."""
    record(place, make_result("amy"))
    course, assignment = place
    notebook = release()
    notebook.cells.append(text("More?", "written_more", solution=True, grade=True, points=1))
    assignment.notebook.write_text(nbformat.writes(notebook))
    with pytest.raises(CourseError, match="a1_convolution has other cells than the gradebook was filled with"):
        record(place, make_result("bob"))


def test_a_release_that_was_not_built(place):
    """Without the student notebook the sentence says what to run."""
    place[1].notebook.unlink()
    with pytest.raises(CourseError, match="run `make build`"):
        record(place, make_result("amy"))


def test_a_new_gradebook_appears_whole(tmp_path, monkeypatch):
    """Made under another name first, with alembic's version in it, so that nbgrader can upgrade it later."""
    course, assignment = make_course(tmp_path)
    monkeypatch.setenv("PATH", os.defpath)  # as without an activated environment
    gradebook_steps.sync_assignment(course, assignment)
    assert sqlite3.connect(course.gradebook).execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    assert not list(tmp_path.glob(".*.tmp"))


def test_names_of_the_class_list_reach_the_gradebook(place):
    """Names, e-mails and LMS ids, for formgrader and exports; those that the list leaves empty stay as they are."""
    course = place[0]
    (course.root / "students.csv").write_text(
        "id,first_name,last_name,email,lms_user_id\namy,Amy,Adams,amy@example.org,17\n"
    )
    record(place, make_result("amy"))
    assert not gradebook.is_class_list_new(course)
    (course.root / "students.csv").write_text("id,first_name,last_name,email\namy,Amy,Brown,\nbob,Bob,,\n")
    assert gradebook.is_class_list_new(course)
    record(place)  # nobody was graded again
    assert not gradebook.is_class_list_new(course)
    with open_gradebook(place) as book:
        amy, bob = book.find_student("amy"), book.find_student("bob")
        assert (amy.first_name, amy.last_name, amy.email, amy.lms_user_id) == ("Amy", "Brown", "amy@example.org", "17")
        assert (bob.first_name, bob.last_name) == ("Bob", None)
