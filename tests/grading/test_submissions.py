"""Golden submissions: each folder of tests/submissions gets exactly the result that its expected.json says.

A folder holds the files as they were handed in, or a `make.py` whose `make(folder)` writes them, and `expected.json`:

    about             the behaviour, in a few words
    status, reason    `reason` is a part of the result's
    points            of every question
    notes             parts of notes that the result must have
    outcomes          of some questions
    seconds_per_call  for submissions that would take for ever; generous for all others, so that no speed matters

An attack that pays would return the right answer, so that it shows in the points, or print a word that ends in -IT.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from autograder.benchmarks.grading import process_tree
from autograder.course.course import REPOSITORY, load_course
from autograder.course.reference import solution_source
from autograder.grading.grade import Grader
from autograder.results.result import Result
from autograder.sandbox import Sandbox, SandboxUnavailable, Tier
from cnnlab.checking.outcomes import ERROR

HERE = Path(__file__).parents[1] / "submissions"
NAMES = sorted(path.parent.name for path in HERE.glob("*/expected.json"))
OURS = {"expected.json", "make.py", "__pycache__"}
SECRET = "CANARY-5f0c6a1e"  # stands in every file and variable that no student's code may read
PLANTED = "planted-by-student"
GENEROUS = 60  # seconds a call, where time is not the point
FALLBACK = [
    "ends_os_exit",
    "endless_child",
    "fork_bomb",
    "forges_noise",
    "kills_parent",
    "leaves_files_for_later",
]
FALLBACK += ["leaves_sandbox", "reads_by_known_paths", "reads_environment", "reads_every_file", "reads_open_files"]
FALLBACK += ["runs_programs", "uses_files", "uses_network", "uses_threads", "writes_anywhere"]
HOSTILE = (
    "audits",
    "closes_",
    "ends_",
    "endless_",
    "fills_",
    "forges_",
    "fork_",
    "imports_",
    "kills_",
    "leaves_",
    "lies_",
)
HOSTILE += ("memory_", "opens_", "patches_", "poisons_", "prints_", "reads_", "runs_", "thread_", "traces_", "writes_")
LONGEST = 2_000_000  # characters of a result, whatever a student printed or returned


@dataclass
class Room:
    """A course folder with secrets in it, and one grader for the whole session."""

    root: Path
    grader: Grader
    before: dict[Path, str]
    processes: int = 0  # below this one, when nothing is being graded

    def __post_init__(self) -> None:
        self.processes = len(process_tree(os.getpid()))

    def grade(self, folder: Path, seconds: float = GENEROUS) -> Result:
        self.grader.assignment = replace(self.grader.assignment, seconds_per_call=seconds)
        return self.grader.grade("mallory", folder)

    def secrets(self) -> dict[Path, str]:
        """Hashes of all files that a student's code must leave alone."""
        files = [path for path in (self.root / "secret").rglob("*") if path.is_file()]
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def planted(self) -> list[Path]:
        """Files that a student's code wrote where it must not."""
        places = {
            self.root,
            REPOSITORY,
            Path.home(),
            Path.cwd(),
            Path("/"),
            Path("/tmp"),
            Path("/var/tmp"),
            Path("/dev/shm"),
        }
        places |= set(self.root.rglob("*/")) | {self.root.parent, REPOSITORY / "autograder", REPOSITORY / "cnnlab"}
        return [path for place in places for path in place.glob(f"{PLANTED}*")]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    root = tmp_path_factory.mktemp("course")
    for name in (
        "gradebook.db",
        "canary.txt",
        "results/alice.json",
        "submitted/alice/a1_convolution/a1_convolution.ipynb",
    ):
        path = root / "secret" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"SQLite {SECRET}")
    course = load_course(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_TOKEN", SECRET)
        with Grader(course, course.assignment("a1_convolution")) as grader:
            room = Room(root, grader, {})
            room.before = room.secrets()
            yield room


def hand_in(name: str, folder: Path) -> None:
    """Put a golden submission's files into a student's folder."""
    folder.mkdir(parents=True)
    source = HERE / name
    if (source / "make.py").exists():
        spec = importlib.util.spec_from_file_location(f"make_{name}", source / "make.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.make(folder)
    for path in source.iterdir():
        if path.name not in OURS:
            (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / path.name)


@pytest.mark.parametrize("name", NAMES)
def test_exact_result(name: str, room: Room, tmp_path: Path) -> None:
    """The result is exactly the expected one, nothing leaked, and the next student is graded as if nothing had been."""
    expected = json.loads((HERE / name / "expected.json").read_text(encoding="utf-8"))
    folder = tmp_path / "submitted" / "mallory" / "a1_convolution"
    hand_in(name, folder)
    result = room.grade(folder, expected.get("seconds_per_call", GENEROUS))
    compare(result, expected)
    check_nothing_leaked(result, room)
    shutil.rmtree(tmp_path)
    if name.startswith(HOSTILE):
        assert room.grade(HERE / "file_plain").points == 14


def compare(result: Result, expected: dict) -> None:
    """Everything at once, so that a failure shows the whole picture."""
    actual = {
        "status": result.status,
        "reason": expected["reason"] if expected["reason"] and expected["reason"] in result.reason else result.reason,
        "points": {question.name: question.points for question in result.questions},
        "missing notes": [part for part in expected.get("notes", ()) if not any(part in note for note in result.notes)],
        "outcomes": {q.name: q.outcome for q in result.questions if q.name in expected.get("outcomes", {})},
        "other texts": wrong_texts(result, expected),
        "grader errors": [test.text for q in result.questions for test in q.tests if test.outcome == ERROR],
    }
    desired = {key: expected[key] for key in ("status", "reason", "points")}
    assert actual == {
        **desired,
        "missing notes": [],
        "outcomes": expected.get("outcomes", {}),
        "other texts": {},
        "grader errors": [],
    }


def wrong_texts(result: Result, expected: dict) -> dict[str, list[str]]:
    """What the tests of each question with unexpected points say."""
    return {
        question.name: [test.text for test in question.tests]
        for question in result.questions
        if question.points != expected["points"].get(question.name)
    }


def check_nothing_leaked(result: Result, room: Room) -> None:
    text = result.to_json()
    assert SECRET not in text and "-IT" not in text
    assert len(text) < LONGEST
    assert Result.from_json(text).points == result.points
    assert room.secrets() == room.before
    assert room.planted() == []
    assert len(process_tree(os.getpid())) == room.processes  # nothing of the student's runs on


@pytest.fixture(scope="module")
def fallback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room on the second line of defence alone, as in a container that refuses user namespaces."""
    course = load_course(tmp_path_factory.mktemp("fallback"))
    with Grader(course, course.assignment("a1_convolution")) as grader:
        grader.close()
        try:
            grader._box = Sandbox(tier=Tier.LANDLOCK, torch=grader.assignment.torch)
        except SandboxUnavailable as error:
            pytest.skip(str(error))
        yield Room(course.root, grader, {})


@pytest.mark.parametrize("name", FALLBACK)
def test_exact_result_without_namespaces(name: str, fallback: Room, tmp_path: Path) -> None:
    """Landlock and seccomp alone hold off what reaches for files, processes and the network."""
    expected = json.loads((HERE / name / "expected.json").read_text(encoding="utf-8"))
    folder = tmp_path / "submitted" / "mallory" / "a1_convolution"
    hand_in(name, folder)
    result = fallback.grade(folder, expected.get("seconds_per_call", GENEROUS))
    compare(result, expected)
    check_nothing_leaked(result, fallback)
    assert fallback.grade(HERE / "file_plain").points == 14


def test_grader_is_as_good_as_new(room: Room, tmp_path: Path) -> None:
    """After all of the above the reference solution gets all points from the same grader."""
    (tmp_path / "a1_convolution.py").write_text(solution_source(room.grader.assignment.source), encoding="utf-8")
    result = room.grade(tmp_path)
    assert (result.status, result.points) == ("graded", result.max_points)


def test_same_submission_same_grade(room: Room) -> None:
    """Everything but the times is equal when a submission is graded again."""
    first, second = (comparable(room.grade(HERE / "depends_on_random_state")) for _ in range(2))
    assert first == second


def comparable(result: Result) -> dict:
    data = json.loads(result.to_json())
    data["seconds"] = data["student_seconds"] = 0
    for question in data["questions"]:
        for test in question["tests"]:
            test.pop("seconds", None)
    return data


def test_a_result_for_every_file(room: Room) -> None:
    """The secrets really are where the attacks look for them: the tests above can fail."""
    assert len(room.before) == 4
    assert os.environ["COURSE_TOKEN"] == SECRET
