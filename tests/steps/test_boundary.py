"""Whatever a step meets in one student's hand-in, it is a line in that student's row, and the others are graded."""

from __future__ import annotations

import os
import shutil
import sys
import time
from functools import partial

import pytest
from hand_made import NAME
from in_process import ANSWER, CLASS, grade, hand_in, make_grader, make_job  # noqa: F401 - fixtures
from student_notebooks import notebook as released

from autograder.course.course import CourseError
from autograder.grading.grade import Grader
from autograder.reporting import gradebook
from autograder.results.store import read_result, result_path
from autograder.steps import boundary as boundaries
from autograder.steps.boundary import BudgetSpent, boundary


def explode(function, student, error, *args, **options):
    """Raises where the student's name stands in an argument."""
    if any(names(value, student) for value in (*args, *options.values())):
        raise error
    return function(*args, **options)


def names(value, student):
    return student in str(value).removesuffix(".json").split("/") or getattr(value, "student", "") == student


STEPS = {
    "finding": "autograder.collecting.submissions.found_elsewhere",
    "listing": "autograder.collecting.submissions.list_files",
    "its time": "autograder.collecting.submissions.read_timestamp",
    "hashing": "autograder.collecting.submissions.fingerprint",
    "finding the notebook": "autograder.reading.submission.find_notebook",
    "reading": "autograder.reading.notebook.read_notebook",
    "judging": "autograder.grading.grade.Grader._judge",
    "writing the result": "autograder.results.store.write_inside",
    "the stamp": "autograder.reporting.recorder.stamp",
    "restoring": "autograder.reporting.autograded.restore_hand_in",
    "recording": "autograder.reporting.autograded.embed",
    "the pictures": "autograder.reporting.autograded.pictures_of",
    "the database": "autograder.reporting.recorder.find_or_add",
    "the page": "autograder.reporting.feedback.write_page",
    "the row": "autograder.reporting.grades_csv.csv_row",
    "the table": "autograder.reporting.standing.attention_of",
}
ERRORS = (
    ValueError("\udcfc\x1b[2J"),
    MemoryError(),
    RecursionError("deep"),
    KeyError("x"),
    OSError(36, "File name too long"),
)


def whole(function, *args, **options):
    """The database is asked with keys in a dictionary: see into it."""
    return function(*args, **options)


@pytest.mark.parametrize("step, error", [(step, ERRORS[i % len(ERRORS)]) for i, step in enumerate(STEPS)])
def test_a_step_that_fails_for_one_of_three(job, monkeypatch, step, error):
    """The two others come out as if nothing had been; the third has a row that says so; the next run mends it."""
    for student in CLASS:
        hand_in(job.course, student, {f"{NAME}.py": ANSWER})
    room, _, name = STEPS[step].rpartition(".")
    with monkeypatch.context() as patch:
        owner = __import__("pkgutil").resolve_name(room)
        function = getattr(owner, name)
        if step == "judging":  # a method that gets the result, which knows the student
            patch.setattr(owner, name, lambda self, *args: explode(partial(function, self), "ben", error, *args))
        elif step == "the database":
            patch.setattr(owner, name, lambda *args: whole(explode_in_keys, function, error, *args))
        else:
            patch.setattr(owner, name, partial(explode, function, "ben", error))
        disturbed, text = grade(job)
    assert "look by hand: " in disturbed["ben"]["attention"] and "look by hand: " in text
    assert "\x1b" not in text and "\udcfc" not in text
    mended, _ = grade(job)
    assert (
        "look by hand" not in str(mended["ben"])
        and mended["ben"]["score_so_far"] == mended["amy"]["score_so_far"] == "5"
    )
    for student in ("amy", "cy"):
        assert disturbed[student] == mended[student]
    for student in CLASS:
        assert (job.course.feedback / student / NAME / f"{NAME}.html").exists()


def explode_in_keys(function, error, database, table, keys, new):
    if "ben" in keys.values():
        raise error
    return function(database, table, keys, new)


def test_a_row_of_what_could_not_be_graded_is_no_zero(job, monkeypatch):
    """Open in grades.csv, in the gradebook and on the page, and never the last word."""
    for student in CLASS:
        hand_in(job.course, student, {f"{NAME}.py": ANSWER})
    real = Grader._judge
    with monkeypatch.context() as patch:
        patch.setattr(
            Grader, "_judge", lambda self, *args: explode(partial(real, self), "ben", ValueError("odd"), *args)
        )
        rows, text = grade(job)
    ben = rows["ben"]
    assert (ben["status"], ben["score_so_far"], ben["open_points"], ben["conv_cost"]) == ("partial", "0", "100", "")
    assert "look by hand: grading it failed: ValueError: odd (" in ben["attention"]
    assert "0/85 so far" in text and "1 open: their points so far are not final" in text
    page = (job.course.feedback / "ben" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "That costs nothing: a person will look at it." in page and "0 of 100 so far" in page
    assert "ValueError" not in page and "not attempted" not in page
    entry = gradebook.read_entries(job.course, job.assignment)["ben"]
    assert all(score.is_open for score in entry.scores.values())


# --- budgets --------------------------------------------------------------------------------------------------------


def test_processor_time_is_bounded_even_where_it_is_swallowed():
    def burn(seconds):
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass

    with boundary("reading", 0.05) as attempt:
        while True:
            pass
    assert attempt.trouble == "look by hand: reading failed: it took more than 0.05 s of the grader's processor time"
    with boundary("reading", 0.05) as attempt:
        try:
            burn(10)
        except BudgetSpent:
            pass
    assert "0.05 s" in attempt.trouble
    with boundary("reading", 5) as attempt:
        burn(0.01)
    assert not attempt.trouble


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(boundaries, "MEMORY", 64 << 20)
    with boundary("reading") as attempt:
        bytearray(1 << 30)
    assert attempt.trouble.startswith("look by hand: reading failed: MemoryError")
    bytearray(128 << 20)  # and not afterwards


def test_the_machines_trouble_is_no_students():
    """A full disk is one sentence, not a row for everybody; so is what is wrong with the course."""
    with pytest.raises(CourseError, match="results/x.json: No space left on device. Mend that, then run again."):
        with boundary("writing"):
            raise OSError(28, "No space left on device", "results/x.json")
    with pytest.raises(CourseError, match="gradebook.db"), boundary("writing"):
        raise CourseError("gradebook.db is locked")
    with pytest.raises(KeyboardInterrupt), boundary("writing"):
        raise KeyboardInterrupt


# --- what really lies there -----------------------------------------------------------------------------------------


def make_deep(folder):
    for _ in range(300):
        folder = folder / "d"
        folder.mkdir()
    os.chdir(folder)  # deeper than a path may be long
    for _ in range(900):
        os.mkdir("dddd")
        os.chdir("dddd")
    os.chdir("/")


def make_sparse(folder):
    for n in range(40):
        with open(folder / f"{n}.bin", "wb") as file:
            file.truncate(250 << 20)


ODD = {
    "folders a thousand deep": make_deep,
    "sparse files of ten gigabytes": make_sparse,
    "a pipe for a time": lambda folder: os.mkfifo(folder / "timestamp.txt"),
    "an endless device for a time": lambda folder: (folder / "timestamp.txt").symlink_to("/dev/zero"),
    "a pipe beside it": lambda folder: os.mkfifo(folder / "data.ipynb"),
    "a name of 250 bytes": lambda folder: (folder / f"{'n' * 243}.pickle").write_bytes(b"x"),
    "a name that is no UTF-8": lambda folder: open(os.fsencode(folder) + b"/M\xfcller.txt", "w").close(),
    "a name that drives a terminal": lambda folder: (folder / "\x1b[2J\n\u202ea.txt").write_bytes(b"x"),
    "a picture that is none": lambda folder: (folder / "photo.png").write_bytes(b"<script>"),
    "a picture in a loop": lambda folder: (folder / "photo.png").symlink_to("photo.png"),
    "ten thousand files": lambda folder: [(folder / f"{n}.txt").touch() for n in range(10_000)],
}


@pytest.mark.parametrize("name", ODD)
def test_odd_files_beside_a_notebook(job, name):
    """The notebook is graded as if they were not there, and the second run has nothing to do."""
    hand_in(job.course, "amy", {f"{NAME}.py": ANSWER})
    ODD[name](hand_in(job.course, "ben", {f"{NAME}.py": ANSWER}))
    rows, text = grade(job)
    assert rows["amy"]["score_so_far"] == "5"
    assert rows["ben"]["score_so_far"] == "5"
    assert "\x1b" not in text + str(rows)
    assert "0 of 2 graded" in grade(job)[1]


@pytest.mark.parametrize(
    "make, told",
    [
        (lambda path, other: path.symlink_to(other), "submitted/ben is a link, and links are not followed"),
        (lambda path, other: os.mkfifo(path), "submitted/ben is no folder: make one of that name"),
        (lambda path, other: path.write_bytes(b""), "submitted/ben is no folder: make one of that name"),
        (
            lambda path, other: inside(path).symlink_to(other / NAME),
            f"submitted/ben/{NAME} is a link, and links are not",
        ),
        (lambda path, other: os.mkfifo(inside(path)), f"submitted/ben/{NAME} is no folder"),
        (lambda path, other: inside(path).write_bytes(b"{}"), f"submitted/ben/{NAME} is no folder"),
    ],
)
def test_no_link_in_the_place_of_a_folder(job, make, told):
    """To a classmate's folder, for example: nothing behind it is graded, hashed or shown."""
    hand_in(job.course, "amy", {f"{NAME}.py": ANSWER})
    (job.course.root / "students.csv").write_text("id\namy\nben\n")
    make(job.course.submitted / "ben", job.course.submitted / "amy")
    rows, _ = grade(job)
    ben = rows["ben"]
    assert (ben["status"], ben["score_so_far"], ben["open_points"]) == ("unreadable", "0", "100")
    assert ben["attention"].startswith(f"look by hand: {told}")
    page = (job.course.feedback / "ben" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert told in page and "sum(k" not in page
    assert rows["amy"]["score_so_far"] == "5" and rows["amy"]["attention"] == (
        "a Python script: are its written answers there?"
    )


def inside(path):
    path.mkdir()
    return path / NAME


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is open to root")
def test_a_folder_that_can_not_be_entered(job):
    hand_in(job.course, "amy", {f"{NAME}.py": ANSWER})
    folder = hand_in(job.course, "ben", {f"{NAME}.py": ANSWER}).parent
    folder.chmod(0)
    rows, _ = grade(job)
    folder.chmod(0o700)
    assert "submitted/ben can't be entered (Permission denied)" in rows["ben"]["attention"]
    assert rows["amy"]["score_so_far"] == "5"


@pytest.mark.parametrize("name", [b"M\xfcller", b"\x1b[2J", b"a\nb", b"n" * 250, b"con", "\u202eevil".encode()])
def test_a_folder_whose_name_can_be_no_id(job, name):
    """A row that says so, and no file of that name anywhere."""
    hand_in(job.course, "amy", {f"{NAME}.py": ANSWER})
    shutil.copytree(os.fsencode(job.course.submitted / "amy"), os.fsencode(job.course.submitted) + b"/" + name)
    rows, text = grade(job)
    (odd,) = rows.keys() - {"amy"}
    assert "rename it to the student's id" in rows[odd]["attention"] and rows[odd]["status"] == "unreadable"
    assert "\x1b" not in text and "\u202e" not in text and rows["amy"]["score_so_far"] == "5"
    for folder in (job.course.results / NAME, job.course.feedback, job.course.autograded):
        assert [path.stem for path in folder.iterdir() if path.stem[0] != "."] == ["amy"]


@pytest.mark.parametrize("where", ["results", "autograded", "feedback"])
def test_what_stands_in_the_way_of_a_file(job, where, tmp_path_factory):
    """A folder in the place of a result, a link in the place of a folder: a row, and nothing written elsewhere."""
    for student in CLASS:
        hand_in(job.course, student, {f"{NAME}.py": ANSWER})
    outside = tmp_path_factory.mktemp("outside")
    if where == "results":
        (result_path(job.course, job.assignment, "ben") / "x").mkdir(parents=True)
    else:
        (job.course.root / where).mkdir()
        (job.course.root / where / "ben").symlink_to(outside)
    rows, _ = grade(job)
    assert "look by hand: " in rows["ben"]["attention"] and list(outside.iterdir()) == []
    assert rows["amy"]["score_so_far"] == rows["cy"]["score_so_far"] == "5" and "look" not in str(rows["amy"])
    if where == "results":
        shutil.rmtree(result_path(job.course, job.assignment, "ben"))
    else:
        (job.course.root / where / "ben").unlink()
    assert "look" not in str(grade(job)[0]["ben"])


def test_a_notebook_with_every_oddity_of_text(job):
    """Surrogates, control characters and the largest floats reach no file and no terminal as they are."""
    hand_in(job.course, "amy", {f"{NAME}.py": ANSWER})
    odd = released({"receptive_field_code": "def receptive_field(layers):\n    return 1.797e308\n"})
    odd["cells"].append({"cell_type": "markdown", "metadata": {}, "source": ["\ud800 \x00 \x1b[2J 1.797e308 \u202e"]})
    odd["cells"][0]["source"] = ["1.797e308 \udfff"]
    hand_in(job.course, "ben", {f"{NAME}.ipynb": __import__("json").dumps(odd)})
    rows, text = grade(job)
    assert rows["ben"]["status"] == "graded" and "look by hand" not in text and "\x1b" not in text
    assert read_result(result_path(job.course, job.assignment, "ben")).points == 0


def test_the_command_ends_well(job, monkeypatch):
    """Exit code 0: a row that asks for an eye is no failure of the command."""
    from autograder.__main__ import main

    hand_in(job.course, "amy", {f"{NAME}.py": ANSWER})
    (job.course.submitted / "ben").symlink_to("/dev")
    monkeypatch.setattr(sys, "argv", ["autograder", "grade", NAME, "--course", str(job.course.root), "--jobs", "1"])
    assert main() == 0
