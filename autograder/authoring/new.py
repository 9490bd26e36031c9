"""`make new ASSIGNMENT=a5_resnet`: a small assignment that works at once, to be rewritten piece by piece."""

from __future__ import annotations

from pathlib import Path

from autograder.course.course import REPOSITORY, CourseError
from autograder.course.course_file import read_course_file
from autograder.course.course_values import is_name
from autograder.files import write_atomically

SKELETON = Path(__file__).parent / "skeleton"
FILES = {
    "solutions/@ASSIGNMENT@/@ASSIGNMENT@.py": "source.txt",
    "cnnlab/checks/@ASSIGNMENT@.py": "checks.txt",
    "autograder/hidden_tests/@ASSIGNMENT@/test_@QUESTION@.py": "hidden_tests.txt",
    "autograder/mistakes/@ASSIGNMENT@/__init__.py": "mistakes.txt",
    "autograder/honest/@ASSIGNMENT@/loops.py": "honest_loops.txt",
    "autograder/honest/@ASSIGNMENT@/arrays.py": "honest_arrays.txt",
    "autograder/honest/@ASSIGNMENT@/lists.py": "honest_lists.txt",
}
CONTRACT = "COURSE: dict[str, dict[str, tuple[str, ...]]] = {\n"  # in cnnlab/signatures.py: its entries follow


def new_assignment(name: str, root: Path = REPOSITORY) -> list[Path]:
    """Write the skeleton of an assignment and enter it in course.toml and cnnlab/signatures.py; gives all paths.

    Raises:
        CourseError: the name is not a good one, or something of that name is there already; nothing was written.
    """
    if wrong := is_name(name):
        raise CourseError(f"ASSIGNMENT must be {wrong}, not {name!r}.")
    texts = {root / fill_template(path, name): template(file, name) for path, file in FILES.items()}
    there = [path for path in texts if path.exists()]
    if there:
        raise CourseError(f"{there[0].relative_to(root)} is there already: choose another name, or remove it.")
    texts[root / "course.toml"] = entered_in_course(root, name)
    texts[root / "cnnlab" / "signatures.py"] = entered_in_signatures(root, name)
    for path, text in texts.items():
        write_atomically(path, text)
    return list(texts)


def fill_template(text: str, name: str) -> str:
    short = name.partition("_")[2]
    values = {"@ASSIGNMENT@": name, "@QUESTION@": f"{short}_first", "@TITLE@": short.replace("_", " ").capitalize()}
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def template(file: str, name: str) -> str:
    return fill_template((SKELETON / file).read_text(encoding="utf-8"), name)


def entered_in_course(root: Path, name: str) -> str:
    """course.toml with the assignment after the others."""
    path = root / "course.toml"
    file = read_course_file(path)
    if any(entry["name"] == name for entry in file.table["assignments"]):
        raise CourseError(f"course.toml has an assignment {name} already.")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    last = file.lines["assignments", len(file.table["assignments"]) - 1]
    headers = [number for place, number in file.lines.items() if number > last and lines[number - 1].startswith("[")]
    at = min(headers, default=len(lines) + 1) - 1
    return "".join([*lines[:at], template("course.txt", name), *lines[at:]])


def entered_in_signatures(root: Path, name: str) -> str:
    """cnnlab/signatures.py with the assignment's question at the end of COURSE."""
    text = (root / "cnnlab" / "signatures.py").read_text(encoding="utf-8")
    start = text.find(CONTRACT)
    end = text.find("\n}\n", start) + 1
    if start < 0 or not end:
        raise CourseError(
            f"cnnlab/signatures.py has no line {CONTRACT.strip()!r}: enter the questions of {name} by hand."
        )
    return text[:end] + template("signatures.txt", name) + text[end:]
