"""What must never reach a student, searched for in everything that a release hands out, inside its archives too.

A notebook is held to single lines; the package, whose visible checks look like hidden tests, to runs of lines.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.build import source_notebook
from autograder.authoring.build_check import MARKERS, hidden_test_lines, solution_lines
from autograder.course.course import REPOSITORY, Course
from autograder.course.course_file import read_course_file
from autograder.course.stubs import BEGIN, END
from autograder.mistakes.learned import learned
from cnnlab.signatures import COURSE, graded_names

STAFF = (*MARKERS, "STAFF ONLY", "INSTRUCTOR ONLY", "**Marks.**")
RUN = 5  # lines in a row, none of them blank, that two files share only if one was copied from the other
TELLING = 120  # characters of such a run
ABSOLUTE = re.compile(r"(?:/home/|/Users/|/root/|[A-Za-z]:\\+Users\\+)[\w.-]+")
OURS = re.compile(r"^\s*(?:from|import)\s+(autograder|tests)\b", re.M)
JUPYTEXT = re.compile(r"^#\s+jupytext:", re.M)
GRADED = frozenset(name for assignment in COURSE for name in graded_names(assignment))
TEST_NAME = re.compile(r"\btest_\w+")
PACKAGE = re.compile(
    r"cnnlab/[\w/]+\.(py|json)|cnnlab-[\d.]+\.dist-info/(METADATA|WHEEL|RECORD|top_level\.txt|LICENSE)"
)
SDIST = re.compile(r"cnnlab-[\d.]+/(cnnlab/[\w/]+\.(py|json)|pyproject\.toml|PKG-INFO|LICENSE)")
HINTS, HASH = "cnnlab/hints.json", re.compile("[0-9a-f]{12,24}")


@dataclass(frozen=True)
class Secrets:
    """What stays with the staff."""

    names: frozenset[str]  # of hidden tests
    runs: frozenset[tuple[str, ...]]  # of hidden tests, solutions, honest answers and mistakes
    lines: frozenset[str]  # telling lines of solutions, model answers and hidden tests, for notebooks
    phrases: frozenset[str]  # seeds, this machine's folders


def read_secrets(course: Course, root: Path = REPOSITORY) -> Secrets:
    """The secrets of the repository in `root`: of all terms and assignments, released or not."""
    ours = root / "autograder"
    paths = [
        *(ours / "hidden_tests").rglob("*.py"),
        *(ours / "honest").rglob("*.py"),
        *(ours / "mistakes").rglob("*.py"),
    ]
    learned_ones = [
        m.source for a in course.assignments for m in learned(a.name, ours / "mistakes" / a.name / "learned")
    ]
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    sources = [path.read_text(encoding="utf-8") for path in (root / "solutions").glob("a*/*.py")]
    regions = [region for text in sources for region in solution_regions(text)]
    hidden = [text for path, text in texts.items() if "hidden_tests" in path.parts]
    terms = read_course_file(root / "course.toml").table["terms"].values()
    lines = set().union(*(hidden_test_lines(a) | solution_lines(source_notebook(a)) for a in course.assignments))
    return Secrets(
        frozenset(name for text in hidden for name in definitions(text) if name.startswith("test_")),
        frozenset(run for text in [*texts.values(), *regions, *learned_ones] for run in runs(text)),
        frozenset(lines),
        frozenset([*(term["seed"] for term in terms), str(REPOSITORY)]),
    )


def solution_regions(text: str) -> list[str]:
    return re.findall(f"{re.escape(BEGIN)}(.*?){re.escape(END)}", text, re.DOTALL)


def definitions(text: str) -> set[str]:
    """Names of all functions and classes in a module."""
    return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every `RUN` lines of code in a row that say enough; blank lines, comments and imports are passed over."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("#", "from ", "import "))]
    for i in range(len(lines) - RUN + 1):
        run = tuple(lines[i : i + RUN])
        if sum(map(len, run)) >= TELLING:
            yield run


def find_leaks(folder: Path, expected: Iterable[str], secrets: Secrets) -> list[str]:
    """Whatever in `folder` must not go out, one sentence each, with its place.

    Args:
        expected: the files that belong there, relative to the folder.
    """
    problems = []
    expected = set(expected)
    for path in sorted(path for path in folder.rglob("*") if not path.is_dir()):
        name = path.relative_to(folder).as_posix()
        if name not in expected or path.is_symlink():
            problems.append(f"{name}: a stray file, no part of a release.")
        else:
            problems += scan(name, path.read_bytes(), secrets)
    return problems


def scan(name: str, data: bytes, secrets: Secrets) -> list[str]:
    """The leaks in one file; an archive's members are scanned one by one."""
    if name.endswith((".whl", ".tar.gz")):
        right, members = (PACKAGE, read_zip(data)) if name.endswith(".whl") else (SDIST, read_tar(data))
        problems = []
        for member, content in members:
            place = f"{name}, {member}"
            stray = not right.fullmatch(member)
            problems += [f"{place}: a stray file, no part of the package."] if stray else scan(place, content, secrets)
        return problems
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return [f"{name}: not a text, so nobody can say what is in it."]
    found = scan_notebook(text, secrets) if name.endswith(".ipynb") else scan_text(text, secrets)
    try:
        defined = definitions(text) if name.endswith(".py") else set()
    except SyntaxError:
        return [f"{name}: it shows no valid Python."]
    found += [f"a definition of {function}, which students write" for function in sorted(GRADED & defined)]
    public = defined if "cnnlab/checks/" in name else set()
    found += (
        ["more than hashes and sentences that nobody can read"] if name.endswith(HINTS) and not is_covered(text) else []
    )
    found += [
        f"the name of a hidden test: {test}" for test in sorted(secrets.names & set(TEST_NAME.findall(text)) - public)
    ]
    return [f"{name}: it shows {what}." for what in found]


def is_covered(text: str) -> bool:
    """Whether a file of hints has just the form that the build gives it: hashes, and sentences that nobody can read."""
    try:
        table = json.loads(text)
        entries = [entry for questions in table.values() for entry in questions.values()]
        hints = {name: sentence for entry in entries for name, sentence in entry["hints"].items()}
        hashes = [*hints, *(word for entry in entries for word in (entry["made_from"], *entry["random"]))]
        return (
            all(set(questions) <= set(COURSE.get(assignment, ())) for assignment, questions in table.items())
            and all(set(entry) == {"made_from", "random", "hints"} for entry in entries)
            and all(HASH.fullmatch(word) for word in hashes)
            and not any(bytes.fromhex(sentence).isascii() for sentence in hints.values())
            and text == json.dumps(table, indent=1) + "\n"
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def scan_text(text: str, secrets: Secrets) -> list[str]:
    """What one text shows that it must not."""
    found = [f"the staff marker {marker!r}" for marker in STAFF if marker in text]
    found += [f"{secret!r}, a seed or a folder of this machine" for secret in sorted(secrets.phrases) if secret in text]
    found += [f"the absolute path {match[0]!r}" for match in [ABSOLUTE.search(text)] if match]
    found += [f"an import of staff code: {match[0].strip()!r}" for match in [OURS.search(text)] if match]
    found += ["a jupytext block"] if JUPYTEXT.search(text) else []
    shared = next((run for run in runs(text) if run in secrets.runs), None)
    return found + ([f"lines of a hidden test, a solution or a mistake: {shared[0]!r} ..."] if shared else [])


def scan_notebook(text: str, secrets: Secrets) -> list[str]:
    """The same of a notebook's cells, line by line, and what else a notebook can carry."""
    try:
        notebook = json.loads(text)
        cells = [("".join(cell["source"]), cell) for cell in notebook["cells"]]
    except (ValueError, KeyError, TypeError):
        return ["no cells: it is not a notebook"]
    found = ["a jupytext block in its metadata"] if "jupytext" in notebook.get("metadata", {}) else []
    for number, (source, cell) in enumerate(cells, 1):
        shown = scan_text(source, secrets)
        lines = {line.strip() for line in source.splitlines()}
        shown += [f"a line of a solution or a hidden test: {line!r}" for line in sorted(lines & secrets.lines)]
        shown += ["an output"] if cell.get("outputs") or cell.get("execution_count") else []
        found += [f"{what} (cell {number})" for what in shown]
    return found


def read_zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in sorted(archive.namelist()):
            yield name, archive.read(name)


def read_tar(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            file = archive.extractfile(member) if member.isfile() else None
            yield member.name, file.read() if file else b""
