"""The autograder's zip in a tree laid out as Gradescope's container: as root and not, with namespaces and without."""

from __future__ import annotations

import compileall
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hand_made import make_result

from autograder.__main__ import main
from autograder.course.course import REPOSITORY, CourseError, load_course
from autograder.course.suite import names_imported, suite_hash
from autograder.grading import heldout
from autograder.grading.grade import Grader
from autograder.lms import gradescope_autograder, gradescope_zip
from autograder.lms.gradescope_zip import Packing, code, contents, course_text, write_zip
from autograder.mistakes import HONEST
from autograder.sandbox import SandboxUnavailable
from cnnlab.datasets.cifar10 import SIZES, file_of

NAME = "a1_convolution"
COURSE = load_course()
ASSIGNMENT = COURSE.assignment(NAME)
HALF = """
def receptive_field(layers):
    print("it ran")
    return 1 + sum(k - 1 for k, s in layers)
"""
SPY = """
import os

PLACES = ("source/autograder/hidden_tests/{name}/test_sizes.py", "source/solutions/{name}/{name}.py",
          "source/course.toml", "source", "results/results.json", "results", "submission", "submission_metadata.json",
          "run_autograder")

def others(path):
    return sorted({*os.listdir(path)} - {"cnnlab"})[0]  # the course's package is there for everybody

def receptive_field(layers):
    seen = []
    for place in PLACES:
        path = os.path.join("{root}", place)
        for look in (lambda: open(path).read(), lambda: others(path), lambda: open(path, "a").write("x"),
                     lambda: os.rename(path, path + ".old"), lambda: os.kill(os.getppid(), 9)):
            try:
                look()
                seen.append(place)
            except BaseException:
                pass
    print("seen:", sorted(set(seen)))
    return 1 + sum(k - 1 for k, s in layers) if seen else 0
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zips")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gradescope_zip, "FOLDER", folder)
        return write_zip(COURSE, ASSIGNMENT, Packing())


@dataclass
class Container:
    """A tree as Gradescope's container has it, and the ways to run its script."""

    root: Path

    def hand_in(self, source: str) -> None:
        (self.root / "submission" / f"{NAME}.py").write_text(source)

    def settings(self, **changes) -> None:
        path = self.root / "source" / "gradescope.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    def run(self, user: str = "", refused: str = "") -> tuple[dict, str]:
        """The table of results.json and what the staff see, for a run as "root", "student" or whoever runs tests."""
        walls = [sys.executable, str(Path(__file__).with_name("walls.py")), refused] if refused else []
        command = [*as_user(user), *walls, "bash", str(self.root / "run_autograder")]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}  # for the walls
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        return json.loads((self.root / "results" / "results.json").read_text()), done.stdout + done.stderr


def as_user(user: str) -> list[str]:
    """The command that makes the next one run as root, or as somebody else, whoever we are."""
    if not user:
        return []
    if (user == "root") == (os.getuid() == 0):
        return []
    command = [
        "unshare",
        "--user",
        *(["--map-root-user"] if user == "root" else ["--map-user=1234", "--map-group=1234"]),
    ]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip(f"this machine lets nobody become {user}")
    return command


@pytest.fixture(scope="module")
def unpacked(archive, tmp_path_factory):
    """What is in the zip, compiled once for all containers."""
    folder = tmp_path_factory.mktemp("unpacked") / "source"
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(folder)
    compileall.compile_dir(folder, quiet=1)
    return folder


@pytest.fixture
def container(unpacked, tmp_path):
    root = tmp_path / "autograder"
    shutil.copytree(unpacked, root / "source")
    (root / "submission").mkdir()
    shutil.copy(root / "source" / "run_autograder", root)
    python = root / "venv" / "bin" / "python"  # setup.sh makes it, with packages that are here already
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    metadata = {
        "id": 123456,
        "users": [{"name": "Ada", "email": "ada@example.org"}],
        "assignment": {"total_points": "85.0"},
    }
    (root / "submission_metadata.json").write_text(json.dumps(metadata))
    return Container(root)


def total(table: dict) -> float:
    return sum(test.get("score", 0) for test in table["tests"])


def result_in(table: dict) -> dict:
    return table["extra_data"]["result"]


@pytest.mark.parametrize("user", ["root", "student"])
@pytest.mark.parametrize(
    "refused, layers", [("", r"(namespaces\+)?(landlock\+)?seccomp"), ("namespaces", r"landlock\+seccomp")]
)
def test_the_same_grade_as_make_grade_whatever_the_container_allows(container, tmp_path, user, refused, layers):
    container.hand_in(HALF)
    table, staff = container.run(user, refused)
    assert re.fullmatch(layers, result_in(table)["sandbox"]), table["output"]
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / f"{NAME}.py").write_text(HALF)
    with Grader(COURSE, ASSIGNMENT) as grader:
        ours = grader.grade("ada", folder)
    assert 0 < ours.points < ours.max_points and total(table) == ours.points
    theirs = {q["name"]: q["points"] for q in result_in(table)["questions"]}
    assert theirs == {question.name: question.points for question in ours.questions}
    assert result_in(table)["suite"] == suite_hash(COURSE, ASSIGNMENT)
    assert "submission-123456: 3 of 85" in staff


@pytest.mark.parametrize("user", ["root", "student"])
@pytest.mark.parametrize("refused", ["", "namespaces"])
def test_students_code_sees_and_changes_nothing_of_the_container(container, user, refused):
    container.hand_in(SPY.replace("{name}", NAME).replace("{root}", str(container.root)))
    table, _ = container.run(user, refused)
    assert "seen: []" in result_in(table)["output"]
    assert total(table) == 0 and result_in(table)["status"] == "graded"


def test_where_nothing_shuts_code_in_nothing_runs_and_there_is_no_score(container):
    container.hand_in(HALF)
    table, _ = container.run(refused="namespaces,landlock")
    assert all("score" not in test for test in [table, *table["tests"]])
    assert "For the staff: this container can't shut students' code in, so none of it was run." in table["output"]
    assert "--no-sandbox" in table["output"] and "it ran" not in table["output"]


def test_no_sandbox_by_name_grades_and_says_so(container):
    container.hand_in(HALF)
    container.settings(isolate=False)
    table, _ = container.run(refused="namespaces,landlock")
    assert total(table) == 3 and "it ran" in result_in(table)["output"] and "without a sandbox" in table["output"]


def test_nothing_handed_in(container):
    table, _ = container.run()
    assert total(table) == 0 and "Missing: Nothing was handed in" in table["output"]


@pytest.mark.parametrize("end", ["exit 3", "kill -9 $$"])
def test_a_grader_that_dies_has_left_a_sentence(container, end):
    (container.root / "venv" / "bin" / "python").write_text(f"#!/bin/sh\n{end}\n")
    table, staff = container.run()
    assert "The grader was stopped before it was done" in table["output"] and total(table) == 0
    assert all("score" not in test for test in table["tests"]) and "The grader ended with status" in staff


def test_a_grader_that_hangs_is_ended_in_time(container):
    (container.root / "venv" / "bin" / "python").write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    (container.root / "source" / "seconds.txt").write_text("0.2\n")
    table, staff = container.run()
    assert "its time was up" in table["output"] and "status 124" in staff


def test_the_course_files_trouble_is_a_sentence_for_staff(container):
    (container.root / "source" / "course.toml").unlink()
    table, _ = container.run()
    assert "For the staff: " in table["output"] and "course.toml is missing" in table["output"]


def test_a_bug_of_ours_is_a_sentence_and_no_score(container, monkeypatch, capsys):
    def fail(root):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(gradescope_autograder, "grade", fail)
    monkeypatch.setattr(sys, "argv", ["x", str(container.root)])
    assert gradescope_autograder.main() == 0
    table = json.loads((container.root / "results" / "results.json").read_text())
    assert "the grader itself failed (ZeroDivisionError)" in table["output"] and "score" not in table
    assert "a bug" not in table["output"] and "a bug" in capsys.readouterr().err  # what it said may be hidden tests'


def test_a_sandbox_that_is_not_there_is_told_to_staff(monkeypatch, tmp_path):
    def refuse(root):
        raise SandboxUnavailable("landlock: no")

    monkeypatch.setattr(gradescope_autograder, "grade", refuse)
    assert "What was tried: landlock: no" in gradescope_autograder.results_text(tmp_path)


@pytest.mark.parametrize(
    "text, name, points",
    [
        ('{"id": 7, "assignment": {"total_points": "85"}}', "submission-7", 85.0),
        ('{"id": "../../x", "assignment": {}}', "submission", None),
        ('{"id": 7, "assignment": {"total_points": "many"}}', "submission-7", None),
        ("[]", "submission", None),
        ("no json", "submission", None),
        ("[" * 100_000, "submission", None),
    ],
)
def test_metadata_that_is_odd_decides_nothing(tmp_path, text, name, points):
    (tmp_path / "m.json").write_text(text)
    assert gradescope_autograder.read_metadata(tmp_path / "m.json") == (name, points)


def test_what_no_terminal_can_print_is_not_in_what_the_staff_see():
    result = make_result("ada", troubles=["look by hand: more\ud800\x1b[31m.ipynb"])
    lines = gradescope_autograder.for_staff(result, ASSIGNMENT, {}, None)
    assert lines[1] == "look by hand: more\ufffd\ufffd[31m.ipynb"


def test_other_points_at_gradescope_are_told_to_staff(container):
    container.hand_in(HALF)
    (container.root / "submission_metadata.json").write_text('{"id": 1, "assignment": {"total_points": "100"}}')
    _, staff = container.run()
    assert "Gradescope counts 100 points for this assignment; the tests give 85, and 15 are given by hand." in staff


# --- setting up -----------------------------------------------------------------------------------------------------


@pytest.fixture
def set_up(container, tmp_path):
    """Runs setup.sh where `python3` is a script of ours; its exit code, what it said, and what pip was asked for."""

    def set_up(python: str) -> tuple[int, str, list[str]]:
        shutil.rmtree(container.root / "venv")
        asked = tmp_path / "asked"
        pip = f'#!/bin/sh\necho "$@" >> "{asked}"\n'
        (tmp_path / "bin").mkdir()
        for name, text in {"python3": python, "apt-get": 'echo "apt-get $@"'}.items():
            (tmp_path / "bin" / name).write_text(f"#!/bin/bash\nPIP={shlex.quote(pip)}\n{text}\n")
            (tmp_path / "bin" / name).chmod(0o755)
        environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
        command = ["bash", str(container.root / "source" / "setup.sh")]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        return done.returncode, done.stdout + done.stderr, asked.read_text().splitlines() if asked.exists() else []

    return set_up


MAKE = 'v="${@: -1}"; mkdir -p "$v/bin"; printf "%s" "$PIP" > "$v/bin/python"; chmod +x "$v/bin/python"'


def test_setup_installs_what_grading_needs_at_the_versions_of_the_course(container, set_up):
    code, _, asked = set_up(f'[ "$1" = -c ] && exit 0; {MAKE}')
    source = container.root / "source"
    assert code == 0 and len(asked) == 1 and "index" not in asked[0]
    assert f"-c {source}/constraints.txt" in asked[0] and asked[0].endswith(f"-r {source}/requirements.txt")


def test_setup_takes_torch_from_the_index_that_was_named(container, set_up):
    (container.root / "source" / "torch_index.txt").write_text("https://example.org/cpu")
    code, _, asked = set_up(f'[ "$1" = -c ] && exit 0; {MAKE}')
    assert code == 0 and asked[0].endswith("--index-url https://example.org/cpu torch") and len(asked) == 2


def test_setup_refuses_an_old_python(set_up):
    code, said, asked = set_up("exit 1")
    assert code == 1 and "Python 3.10 or newer is needed: choose a newer base image" in said and asked == []


def test_setup_fetches_venv_where_the_system_has_left_it_out(set_up):
    code, said, asked = set_up(f'[ "$1" = -c ] && exit 0; [ "$3" = --clear ] || exit 1; {MAKE}')
    assert code == 0 and "apt-get install --yes --no-install-recommends python3-venv" in said and len(asked) == 1


# --- the zip --------------------------------------------------------------------------------------------------------


def test_the_zip_holds_what_grading_needs_and_nothing_else(archive):
    with zipfile.ZipFile(archive) as zipped:
        names = zipped.namelist()
        modes = {name: zipped.getinfo(name).external_attr >> 16 & 0o777 for name in names}
        seeds = zipped.read("course.toml").decode().count("seed")
    assert {
        "setup.sh",
        "run_autograder",
        f"autograder/hidden_tests/{NAME}/test_sizes.py",
        f"solutions/{NAME}/{NAME}.py",
    } <= {*names}
    rooms = {name.split("/")[1] for name in names if name.startswith("autograder/")}
    assert not rooms & {"proving", "benchmarks", "releasing", "authoring", "__main__.py", "pipeline.py"}
    assert {name.split("/")[2] for name in names if name.startswith("autograder/honest/")} == {NAME}
    assert not any(
        "a2_fast_layers" in name or "__pycache__" in name
        for name in names
        if "hidden_tests/regimes" not in name and "checks" not in name and "hidden_tests/a" not in name
    )
    assert (modes["setup.sh"], modes["run_autograder"], modes["course.toml"], seeds) == (0o755, 0o755, 0o644, 1)


def test_the_same_course_gives_the_same_bytes(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(gradescope_zip, "FOLDER", tmp_path)
    assert write_zip(COURSE, ASSIGNMENT, Packing()).read_bytes() == archive.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_the_course_file_gives_the_same_assignment_and_seed(assignment, tmp_path):
    (tmp_path / "course.toml").write_text(course_text(COURSE, assignment))
    there = load_course(path=tmp_path / "course.toml")
    assert there.assignments == (replace(assignment, due=None),) and there.seed == COURSE.seed
    assert (there.variations, there.term, there.late) == (COURSE.variations, COURSE.term, "none")


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_the_container_installs_what_the_code_in_it_imports(assignment):
    modules = [path for path in code(assignment) if path.suffix == ".py" and not path.is_relative_to(HONEST)]
    own = {path.stem for path in modules} | {"autograder", "cnnlab"}
    imported = {name.partition(".")[0] for path in modules for name in names_imported(path)}
    names = {"ipython": "IPython", "python-dateutil": "dateutil"}
    installed = {re.match(r"[\w-]+", package)[0] for package in gradescope_zip.PACKAGES}
    installed = {names.get(name, name) for name in installed}
    elsewhere = {"google", "PIL", "requests"}  # Colab's; with matplotlib; with pooch
    elsewhere |= {"nbgrader"}  # imported where late policies are looked up
    pythons = sys.stdlib_module_names | {"tomllib"}  # that one from 3.11 on
    assert imported - pythons - own - elsewhere <= installed
    assert installed - imported <= {"scipy", "einops", "torch"}  # students' code may import them


def test_images_go_along_where_networks_are_graded(tmp_path, monkeypatch):
    for split in SIZES:
        file_of(tmp_path, split).write_bytes(split.encode())
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    found = dict(contents(COURSE, COURSE.assignment("a4_lenet"), Packing()))
    assert {found[f"datasets/{file_of(tmp_path, split).name}"] for split in SIZES} == {
        split.encode() for split in SIZES
    }
    assert (
        file_of(REPOSITORY / "datasets", "test").relative_to(REPOSITORY).as_posix() in found
    )  # where it is looked for
    assert not any(name.startswith("datasets/") for name, _ in contents(COURSE, ASSIGNMENT, Packing()))


def test_missing_images_and_odd_addresses_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(heldout, "find_root", lambda root: tmp_path)
    monkeypatch.setattr(heldout, "REPOSITORY", tmp_path)
    monkeypatch.delenv("CNNLAB_DATA", raising=False)
    with pytest.raises(CourseError, match="run `make data`"):
        write_zip(COURSE, COURSE.assignment("a4_lenet"), Packing())
    with pytest.raises(CourseError, match="is no address"):
        Packing(torch_index="x'; rm -rf /")


def test_the_verb_says_what_to_do_with_the_zip(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(gradescope_zip, "FOLDER", tmp_path)
    monkeypatch.setenv("COLUMNS", "500")
    monkeypatch.setattr(sys, "argv", ["autograder", "gradescope", NAME, "--no-sandbox", "--minutes", "19"])
    assert main() == 0
    said = capsys.readouterr().out
    assert "MB. Hidden tests are in it" in said and "NOT shut in" in said and "--torch-index" in said
    with zipfile.ZipFile(next(tmp_path.iterdir())) as zipped:
        assert zipped.read("seconds.txt") == b"1140\n"
        assert json.loads(zipped.read("gradescope.json"))["isolate"] is False
