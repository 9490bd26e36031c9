"""A whole class, through the same ways as `make grade`: what is graded, what is kept, what survives."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from bad_judges import die_on_ada, open_judge_without_sandbox
from command_line import run_command
from rich.console import Console

from autograder.__main__ import main
from autograder.benchmarks.nbgrader_autograde import NbgraderFailed
from autograder.collecting.submissions import Submission, find_submissions
from autograder.course.course import REPOSITORY, CourseError, load_course
from autograder.course.reference import solution_source
from autograder.course.suite import suite_files, suite_hash
from autograder.grading import run as runs
from autograder.grading.grade import blank_result
from autograder.grading.pipeline import grade_class
from autograder.grading.run import Job, grade_all, needs_grading, only_run
from autograder.reading.formats import UnreadableSubmission
from autograder.reading.weights import WeightsError
from autograder.results.result import Result
from autograder.results.store import read_result, result_path
from autograder.sandbox import SandboxUnavailable
from cnnlab.checking import outcomes
from cnnlab.checking.outcomes import TestReport

NAME = "a1_convolution"


@pytest.fixture
def course(tmp_path):
    return load_course(tmp_path)


@pytest.fixture
def job(course):
    return Job(course, course.assignment(NAME), isolate=True)


def hand_in(course, student, source):
    folder = course.submitted / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.py").write_text(source, encoding="utf-8")


def run(job, **options) -> tuple[dict[str, Result], str]:
    """Grade with one judge; the results by student, and what stood on the terminal."""
    console = Console(width=100, record=True, file=open(os.devnull, "w"))
    grade_class(job, options.get("students"), 1, options.get("force", False), console)
    results = {p.stem: read_result(p) for p in (job.course.results / NAME).glob("*.json")}
    return results, console.export_text()


SOLUTION = solution_source(REPOSITORY / "solutions" / NAME / f"{NAME}.py")
ENDLESS = "def receptive_field(layers):\n    while True:\n        pass\n"
ONE_ANSWER = "def receptive_field(layers):\n    return 1 + sum(k - 1 for k, s in layers)\n"


def test_a_class_from_submissions_to_grades(job):
    """Every student has a result, a page, a row; a second run grades nobody; a changed answer is graded again."""
    course = job.course
    hand_in(course, "ada", SOLUTION)
    hand_in(course, "ben", ONE_ANSWER)
    (course.submitted / "cleo" / NAME).mkdir(parents=True)
    (course.root / "students.csv").write_text("id,first_name\nada,Ada\ncleo,Cleo\ndina,Dina\n")
    results, text = run(job)
    assert {name: result.status for name, result in results.items()} == {
        "ada": "graded",
        "ben": "graded",
        "cleo": "missing",
        "dina": "missing",
    }
    assert results["ada"].points == results["ada"].max_points == 85
    assert "not on the class list (students.csv)" in results["ben"].needs_attention
    assert "4 of 4 graded" in text
    for student in results:
        assert (course.feedback / student / NAME / f"{NAME}.html").exists()
    rows = (course.root / "grades.csv").read_text().splitlines()
    assert len(rows) == 5 and rows[1].startswith(f"{NAME},ada,Ada,,,graded,open written answers,85,,100")

    written = {student: result_path(course, job.assignment, student).stat().st_mtime_ns for student in results}
    assert "0 of 4 graded" in run(job)[1]
    assert written == {s: result_path(course, job.assignment, s).stat().st_mtime_ns for s in results}

    hand_in(course, "ben", ONE_ANSWER.replace("1 +", "2 +"))
    after, text = run(job)
    assert "1 of 4 graded" in text and after["ben"].points < results["ben"].points
    assert "ben" in text.split("graded (")[0]


def test_an_interrupted_run_goes_on_where_it_stopped(course):
    """Killed with -9 between two submissions: results so far are whole, the next run does the rest."""
    for student in ("ada", "ben", "cleo"):
        hand_in(course, student, SOLUTION)
    program = (
        "import sys; from pathlib import Path; from autograder.grading import run\n"
        "from autograder.course.course import load_course\n"
        "from autograder.collecting.submissions import find_submissions\n"
        "import os, signal\n"
        "if __name__ == '__main__':\n"
        f"    course = load_course(Path(sys.argv[1])); assignment = course.assignment('{NAME}')\n"
        "    waiting = [(s, s.hash()) for s in find_submissions(course, assignment)]\n"
        "    kill = lambda student: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    run.grade_all(run.Job(course, assignment, True), waiting, 1, kill)\n"
    )
    (course.root / "killed.py").write_text(program)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "killed.py", "."], cwd=course.root, env=environment)
    assert done.returncode == -signal.SIGKILL
    first = result_path(course, course.assignment(NAME), "ada")
    assert read_result(first).points == 85
    stamp = first.stat().st_mtime_ns
    results, text = run(Job(course, course.assignment(NAME), True))
    assert len(results) == 3 and first.stat().st_mtime_ns == stamp


def test_a_half_written_result_is_made_again(job):
    hand_in(job.course, "ada", ONE_ANSWER)
    path = result_path(job.course, job.assignment, "ada")
    path.parent.mkdir(parents=True)
    path.write_text('{"format_version": 1, "assignm')
    assert run(job)[0]["ada"].status == "graded"


def test_a_judge_that_dies_takes_no_other_submission_with_it(job, monkeypatch):
    """Two were at work when a process died: each is tried alone, and only the one that kills it alone is blamed.

    That one is open, not zero, and the next run tries it again.
    """
    for student in ("ada", "ben", "cleo"):
        hand_in(job.course, student, ONE_ANSWER)
    monkeypatch.setattr("autograder.grading.run._grade_one", die_on_ada)
    waiting = [(s, s.hash()) for s in find_submissions(job.course, job.assignment)]
    done = []
    assert grade_all(job, waiting, 2, done.append).troubles == {}
    assert sorted(done) == ["ada", "ben", "cleo"]
    ada, ben, cleo = (read_result(result_path(job.course, job.assignment, s)) for s in ("ada", "ben", "cleo"))
    assert ada.status == "partial" and len(ada.open_questions) == len(ada.questions)
    died = "the grader's own process died 2 times on this submission, each time with nothing else in it"
    assert ada.needs_attention == [f"look by hand: {died}"]
    assert ben.status == cleo.status == "graded" and ben.points == cleo.points > 0
    again, _ = needs_grading(job, [s for s, _ in waiting], {"ada": ada, "ben": ben, "cleo": cleo}, False)
    assert [submission.student for submission, _ in again] == ["ada"]


@pytest.mark.parametrize("only_one", [True, False])
def test_what_only_the_clock_has_ended_is_tried_once_more_alone(job, monkeypatch, only_one):
    """After all others, with no other judge beside it; the second result counts."""
    for student in ("ada", "ben"):
        hand_in(job.course, student, ONE_ANSWER)
    tries = []

    class Here:
        def __init__(self, work, begin, arguments, jobs):
            self.jobs = jobs

        def each(self, entries):
            for submission, hash_ in entries:
                tries.append((submission.student, self.jobs))
                first = submission.student == "ada" and tries.count(("ada", 1)) == 0
                yield (submission, hash_), runs.Outcome(ended_by_clock=first or not only_one)

    monkeypatch.setattr(runs, "Crew", Here)
    done = []
    waiting = [(s, s.hash()) for s in find_submissions(job.course, job.assignment)]
    grade_all(job, waiting, 4, done.append)
    assert tries == [("ada", 4), ("ben", 4), ("ada", 1)] + ([] if only_one else [("ben", 1)])
    assert sorted(done) == ["ada", "ben"]


def test_a_grader_error_is_asked_again_and_an_open_question_is_not(job):
    """What a person has to look at stays until something changes; the grader's own trouble is tried by the next run."""
    hand_in(job.course, "ada", ONE_ANSWER)
    submissions = find_submissions(job.course, job.assignment)
    result = blank_result(job.course, job.assignment, "ada", submissions[0].hash())
    result.sandbox = "namespaces"
    for outcome, again in ((outcomes.PASSED, 0), (outcomes.OPEN, 0), (outcomes.ERROR, 1)):
        result.questions[0].tests = [TestReport("conv_output_size", "test_it", "it", 5, outcome, text="why")]
        assert len(needs_grading(job, submissions, {"ada": result}, False)[0]) == again
        assert bool(result.open_questions) == (outcome != outcomes.PASSED)
        assert result.needs_attention == (["open: conv_output_size: why"] if outcome != outcomes.PASSED else [])


WRONG_SUITE, WRONG_FILES = {"suite": "another"}, {"submission": "another"}
ERROR = [TestReport("conv1d", "t", "title", 1.0, outcomes.ERROR)]


@pytest.mark.parametrize(
    "changes, isolate, force, again",
    [
        ({}, True, False, False),
        ({}, True, True, True),
        (None, True, False, True),
        (WRONG_SUITE, True, False, True),
        (WRONG_FILES, True, False, True),
        ({"troubles": ["look by hand: it"]}, True, False, True),
        ({"tests": ERROR}, True, False, True),
        ({"sandbox": "none"}, True, False, True),
        ({"sandbox": "none"}, False, False, False),
        ({"sandbox": "namespaces"}, False, False, False),
    ],
)
@pytest.mark.parametrize("refused", ["", "it is a link"])
def test_what_is_graded_again(job, changes, isolate, force, again, refused):
    """Each cause alone is enough; what may not be looked at is not."""
    hand_in(job.course, "ada", "x = 1")
    submission = Submission("ada", job.course.submitted / "ada" / NAME, refused=refused)
    before = None
    if changes is not None:
        before = blank_result(job.course, job.assignment, "ada", submission.hash())
        for name, value in ({"sandbox": "namespaces"} | changes).items():
            setattr(before.questions[0] if name == "tests" else before, name, value)
    found, troubles = needs_grading(replace(job, isolate=isolate), [submission], {"ada": before}, force)
    assert found == ([(submission, submission.hash())] if again and not refused else []) and troubles == {}


@pytest.mark.parametrize(
    "graded, submission, reason, for_ta",
    [
        ({}, {}, "", []),
        ({}, {"misplaced": "found ada/a1.zip: move it"}, "", []),
        ({"status": "missing", "reason": "it is empty"}, {}, "it is empty", []),
        ({"status": "missing", "reason": "no"}, {"misplaced": "found it"}, "not in its place: found it", []),
        ({"status": "missing", "reason": "no"}, {"place": "nowhere"}, "Nothing was handed in.", []),
        ({"status": "missing"}, {"place": "nowhere", "misplaced": "found it"}, "not in its place: found it", []),
        ({"file": "a1.ipynb", "for_ta": ["odd"]}, {"notes": ("who?",)}, "", ["odd", "who?"]),
        ({"file": "A1.PY"}, {"notes": ("who?",)}, "", ["who?", "a Python script: are its written answers there?"]),
    ],
)
def test_what_a_row_says_beside_the_grade(job, graded, submission, reason, for_ta):
    """Where the hand-in lay, and what the grader itself can't see of it; all of it is on disk."""

    class Quick:
        def judge(self, student, hand_in, hash_):
            return replace(blank_result(job.course, job.assignment, student, hash_), **graded)

    hand_in(job.course, "Ada B", "x = 1")
    folder = job.course.submitted / "Ada B" / submission.pop("place", NAME)
    outcome = runs.Judge(job, Quick()).take(Submission("ada", folder, **submission), "hash")
    result = read_result(result_path(job.course, job.assignment, "ada"))
    assert (result.reason, result.for_ta, result.folder, result.submission) == (reason, for_ta, "Ada B", "hash")
    assert outcome == runs.Outcome("", False, True) and result.troubles == []


def test_only_one_run_at_a_time(job):
    hand_in(job.course, "ada", ONE_ANSWER)
    with only_run(job.course), pytest.raises(CourseError, match="Another run is grading"):
        run(job)


def test_results_made_without_a_sandbox_are_made_again_with_one(job):
    hand_in(job.course, "ada", ONE_ANSWER)
    assert run(replace(job, isolate=False))[0]["ada"].sandbox == "none"
    assert run(job)[0]["ada"].sandbox != "none"


def test_no_submission_at_all(job):
    with pytest.raises(CourseError, match="No submissions of a1_convolution found: expected .*submitted"):
        run(job)


def test_an_unknown_student(job):
    hand_in(job.course, "ada", ONE_ANSWER)
    with pytest.raises(CourseError, match="No student named zoe"):
        run(job, students=["zoe"])


def test_another_seed_or_limit_is_another_suite(course):
    assignment = course.assignment(NAME)
    hashes = {
        suite_hash(course, assignment),
        suite_hash(replace(course, seed="another"), assignment),
        suite_hash(course, replace(assignment, seconds_per_call=3)),
    }
    assert len(hashes) == 3


@pytest.mark.parametrize(
    "assignment, behind",
    [
        (NAME, "solutions/a1_convolution/a1_convolution.py hidden_tests/rules.py sandbox/worker.py reading/names.py"),
        (
            "a2_fast_layers",
            "checking/numpy_only.py a1_convolution/cases.py a2_fast_layers/test_avg_pool.py hidden_tests/speed.py",
        ),
        (
            "a4_lenet",
            "thresholds.py cnnlab/variations.json autograder/reading/weights.py mistakes/a4_lenet/table.py",
        ),
    ],
)
def test_the_suite_is_all_that_a_grade_is_made_by(assignment, behind):
    paths = [path.as_posix() for path in suite_files(load_course().assignment(assignment))]
    assert all(any(path.endswith(name) for path in paths) for name in behind.split())
    assert not any("/reporting/" in path or "/honest/" in path for path in paths)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["grade", "a9_nothing"], "There is no assignment named 'a9_nothing' in course.toml"),
        (["grade", NAME], "No submissions of a1_convolution found"),
        (["grade", NAME, "--jobs", "none"], "'none' is not a whole number above 0"),
        (["grade", ""], "There is no assignment named '' in course.toml"),
        (["grade", NAME, "--course", " "], "COURSE is empty: name the folder that holds submitted/, or leave it out."),
        (
            ["grade", NAME, "--course", "my clas"],
            "There is no folder my clas: COURSE is the one that holds submitted/.",
        ),
        (["check", "a9_nothing"], "There is no assignment named 'a9_nothing' in course.toml"),
        (["check", ""], "There is no assignment named '' in course.toml"),
        *(([verb, "--jobs", "2"], "unrecognized arguments: --jobs 2") for verb in ("build", "mistakes", "bench")),
        *(([verb, "--no-sandbox"], "unrecognized arguments: --no-sandbox") for verb in ("build", "mistakes", "bench")),
        (["demo", "--term", "2027-winter"], "unrecognized arguments: --term 2027-winter"),
    ],
)
def test_the_command_line_says_what_is_wrong(tmp_path, monkeypatch, capsys, arguments, sentence):
    here = [] if arguments[0] != "grade" or "--course" in arguments else ["--course", str(tmp_path)]
    monkeypatch.chdir(tmp_path)
    code, said = run_command(monkeypatch, capsys, *arguments, *here)
    assert code == 2 and sentence in said


@pytest.mark.parametrize(
    "error",
    [
        CourseError("course.toml, line 3: no such key"),
        SandboxUnavailable("This machine can't shut student code in."),
        UnreadableSubmission("a1.ipynb is empty"),
        WeightsError("lenet.safetensors is cut off"),
        NbgraderFailed("nbgrader failed in bench/8"),
    ],
)
def test_what_a_person_has_to_know_is_a_sentence_and_no_traceback(error, monkeypatch, capsys):
    def load(**options):
        raise error

    monkeypatch.setattr("autograder.verbs.course.load_course", load)
    monkeypatch.setattr(sys, "argv", ["autograder", "build"])
    assert main() == 2
    assert capsys.readouterr().out == f"✗ {error}\n"


LONG_TESTS = ".venv/bin/python -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal -m whole"


def make(*arguments, **environment) -> str:
    """What `make` would run, whatever was said to the `make test` that runs this."""
    command = ["make", "--no-print-directory", "--dry-run", "READY=", *arguments]
    ours = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKEOVERRIDES", "OPTIONS")}
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, env={**ours, **environment})
    return " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(
    "arguments, command",
    [
        (["grade"], "grade 'a1_convolution' --course '.'"),
        (["grade", "COURSE=my class"], "grade 'a1_convolution' --course 'my class'"),
        (["grade", "COURSE=Ada's", "ASSIGNMENT="], r"grade '' --course 'Ada'\''s'"),
        (["grade", "OPTIONS=--students 'ada, ben'"], "--course '.' --students 'ada, ben'"),
        (["grade", "ASSIGNMENT=all", "TERM=2026-fall"], "grade 'all' --course '.' --term '2026-fall'"),
        (["status"], "autograder status --course '.'"),
        (["status", "ASSIGNMENT=a1", "COURSE=fall"], "autograder status 'a1' --course 'fall'"),
        (["regrade", "ASSIGNMENT=a1"], "autograder regrade 'a1' --course '.' \\"),
        (["regrade", "ASSIGNMENT=a1", "APPLY=1"], "autograder regrade 'a1' --course '.' \\ --apply"),
        (["locate", "ASSIGNMENT=a1", "OPTIONS=--seconds 9"], "autograder locate 'a1' --course '.' --seconds 9"),
        (["export", "FOR=csv", "TERM=2026-fall"], "autograder export 'csv' \\ --course '.' --term '2026-fall' \\"),
        (["report", "COURSE=fall", "TERM=2026-fall"], "autograder report --course 'fall' --term '2026-fall'"),
        (["forget", "STUDENT=ada lou", "APPLY=1"], r"autograder forget 'ada lou' --course '.' \ --apply"),
        (["check"], f"autograder check {LONG_TESTS}"),
        (["check", "OPTIONS=--jobs 4"], f"autograder check --jobs 4 {LONG_TESTS}"),
        (["check", "ASSIGNMENT=a5_resnet"], "autograder check 'a5_resnet'"),
        *(([verb, "OPTIONS=--jobs 4"], f"{verb} --jobs 4") for verb in ("build", "demo", "mistakes")),
        (["check", "ASSIGNMENT="], "autograder check ''"),
        (["new", "ASSIGNMENT=a5_resnet"], "autograder new 'a5_resnet'"),
        (["release", "TERM=2027-winter", "TRIAL=1"], r"autograder release 2027-winter \ --no-check"),
    ],
)
def test_what_make_runs(arguments, command):
    """Blanks and quotes arrive whole; `check` and `new` take the assignment that was named, not grade's default."""
    assert make(*arguments, TERM="xterm").endswith(command)  # TERM of the environment is the terminal's


@pytest.mark.parametrize("arguments", [["new"], ["release"], ["regrade"], ["locate"]])
def test_make_asks_which(arguments):
    assert f"Say which: make {arguments[0]} " in make(*arguments, TERM="xterm")


def test_names_of_students_with_blanks(job, monkeypatch, capsys):
    """As `--students "ada, ben"` of a shell."""
    for student in ("ada", "ben", "cleo"):
        hand_in(job.course, student, ONE_ANSWER)
    command = ("grade", NAME, "--course", str(job.course.root), "--jobs", "1")
    assert "2 of 2 graded" in run_command(monkeypatch, capsys, *command, "--students", " ada, ben,")[1]


def test_a_stopped_run_says_how_far_it_came(job, monkeypatch, capsys):
    """Ctrl-C between two submissions; the same command then grades the rest."""
    for student in ("ada", "ben", "cleo"):
        hand_in(job.course, student, ONE_ANSWER)

    def press_ctrl_c(job, waiting, jobs, done):
        def after_the_first(student):
            done(student)
            raise KeyboardInterrupt

        grade_all(job, waiting, jobs, after_the_first)

    command = ["autograder", "grade", NAME, "--course", str(job.course.root), "--jobs", "1"]
    monkeypatch.setattr(sys, "argv", command)
    with monkeypatch.context() as patch:
        patch.setattr("autograder.grading.pipeline.grade_all", press_ctrl_c)
        assert main() == 130
    said = " ".join(capsys.readouterr().out.split())
    assert said == "Stopped (grading, 1 of 3 done). Nothing is lost: the same command goes on where it stopped."
    assert main() == 0 and "2 of 3 graded" in capsys.readouterr().out


def test_a_reader_that_has_seen_enough():
    """`make mistakes | head -1` ends without a traceback."""
    command = f"'{sys.executable}' -m autograder mistakes | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.stdout.startswith("| assignment |") and done.stderr == ""


@pytest.fixture(autouse=True)
def clean(tmp_path):
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_a_machine_without_a_sandbox_refuses_once(job, monkeypatch):
    """One sentence for the TA, and no row that blames a student."""
    hand_in(job.course, "ada", ONE_ANSWER)
    monkeypatch.setattr("autograder.grading.run._open_judge", open_judge_without_sandbox)
    with pytest.raises(SandboxUnavailable, match="can't shut student code in"):
        run(job)
    assert not result_path(job.course, job.assignment, "ada").exists()
