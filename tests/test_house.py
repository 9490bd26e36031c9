"""The house: no import runs upwards, no circle, nothing loose, and each room says what it is for."""

import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from autograder.course.course import REPOSITORY
from autograder.proving.house import (
    ORDER,
    PUBLIC,
    between_rooms,
    circles,
    find_modules,
    imports,
    table,
    unknown_rooms,
    upwards,
)
from autograder.releasing.package import project_table


@pytest.fixture(scope="module")
def found():
    return imports()


def write(root, **files):
    for name, text in files.items():
        path = root.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return imports(root)


def test_no_import_runs_upwards(found):
    assert upwards(found) == []


def test_no_circle_of_modules_or_rooms(found):
    assert circles(found) == [] and circles(between_rooms(found)) == []


def test_every_room_has_its_place(found):
    assert unknown_rooms(found) == []
    assert {path.name for path in (REPOSITORY / "autograder").glob("*.py")} == {
        *("__init__.py", "__main__.py", "files.py")
    }
    public = {path.stem for path in (REPOSITORY / "cnnlab").glob("*.py")}
    assert public == {*PUBLIC, "__init__", "__main__", "signatures", "variations"}


def test_the_students_package_imports_nothing_of_the_trusted_side(found):
    crossing = [
        (a, b) for a, others in found.items() for b in others if a.startswith("cnnlab") > b.startswith("cnnlab")
    ]
    assert crossing == []


def test_every_room_says_what_it_is_for():
    rooms = [
        path
        for path in find_modules().values()
        if path.name == "__init__.py" and path.parent.parent.parent == REPOSITORY
    ]
    assert len(rooms) > 15
    for path in rooms:
        assert ast.get_docstring(ast.parse(path.read_text())), f"{path} says nothing"


def test_public_modules_are_thin():
    for name in PUBLIC:
        tree = ast.parse((REPOSITORY / "cnnlab" / f"{name}.py").read_text())
        assert [type(node) for node in tree.body] == [ast.Expr, ast.ImportFrom, ast.Assign], name


def test_an_upward_import_is_told_with_both_names(tmp_path):
    found = write(
        tmp_path,
        autograder__reading__formats="def read():\n    from autograder.grading import run\n",
        autograder__grading__run="from cnnlab.signatures import COURSE\n",
        cnnlab__signatures="COURSE = {}\n",
    )
    said = "autograder.reading.formats imports autograder.grading.run: autograder.grading lies above autograder.reading"
    assert upwards(found) == [said] and circles(found) == []
    assert said in table(tmp_path)


def test_a_circle_is_told_with_both_names(tmp_path):
    found = write(
        tmp_path,
        autograder__reading__a="from autograder.reading import b\n",
        autograder__reading__b="import autograder.reading.c\n",
        autograder__reading__c="from typing import TYPE_CHECKING\nfrom autograder.reading.a import x\n",
        autograder__reading__d="if TYPE_CHECKING:\n    from autograder.attic.e import y\nimport autograder.reading.a\n",
        autograder__attic__e="from autograder.reading.d import y\n",
    )
    assert circles(found) == [[f"autograder.reading.{name}" for name in "abc"]]
    assert unknown_rooms(found) == ["autograder.attic"]
    assert "  autograder.reading.a - autograder.reading.b - autograder.reading.c" in table(tmp_path)


def test_rooms_stand_once():
    assert len(ORDER) == len(set(ORDER))


def test_exceptions_have_one_name_each():
    """What an `except` means can be read without looking where the name is from."""
    named = [
        node.name
        for path in find_modules().values()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        and any("Error" in ast.unparse(b) or "Exc" in ast.unparse(b) for b in node.bases)
    ]
    assert len(named) > 20 and len(named) == len(set(named))


# Declared for what no import shows
NOT_IMPORTED = {
    "einops": "students' code may import it",
    "scipy": "students' code may import it",
    "ipykernel": "runs the notebooks that nbclient opens",
    "pytest-xdist": "make test: tests beside each other",
    "ruff": "make lint",
    "mypy": "make lint",
}
# Imported by another name than it is installed by
DISTRIBUTIONS = {
    "dateutil": "python-dateutil",
    "jupyter_client": "jupyter-client",
    "jupyter_server": "jupyter-server",
    "yaml": "pyyaml",
}
# Imported by students' package and not declared for it: installing it must replace nothing that a notebook runs in
THERE_ALREADY = {
    "torch": "the student's own, or Colab's",
    "IPython": "what runs the notebook",
    "google": "Colab alone has it",
    "PIL": "comes with matplotlib",
    "requests": "comes with pooch",
}


def declared(staff: bool) -> set[str]:
    project = project_table(REPOSITORY)
    return distributions(project["dependencies"] + staff * project["optional-dependencies"]["staff"])


def distributions(requirements: Iterable[str]) -> set[str]:
    return {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in requirements}


def packages(paths: Iterable[Path]) -> set[str]:
    """The top-level names that modules import, wherever in them, but for Python's own."""
    found = set()
    for node in (node for path in paths for node in ast.walk(ast.parse(path.read_bytes()))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"tomllib"}  # Python's own from 3.11 on


def test_students_package_declares_what_it_imports():
    imported = packages((REPOSITORY / "cnnlab").rglob("*.py")) - {"cnnlab"}
    assert imported - THERE_ALREADY.keys() == declared(staff=False)
    assert THERE_ALREADY.keys() <= imported


def test_what_staff_import_is_declared_and_what_is_declared_is_imported():
    folders = ("autograder", "cnnlab", "solutions", "tests")
    handed_in = (REPOSITORY / "autograder" / "honest", REPOSITORY / "tests" / "submissions")
    ours = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")]
    ours = [path for path in ours if not any(path.is_relative_to(folder) for folder in handed_in)]
    imported = packages([*ours, REPOSITORY / "nbgrader_config.py"])
    theirs = imported - {"autograder", "cnnlab", *(path.stem for path in ours)}
    needed = {DISTRIBUTIONS.get(name, name.lower()) for name in theirs}
    assert needed - declared(staff=True) == {"google", "pil", "requests"}
    assert declared(staff=True) - needed == NOT_IMPORTED.keys()


def test_every_pinned_version_is_of_a_declared_package():
    pinned = [line for line in (REPOSITORY / "constraints.txt").read_text().splitlines() if line[:1] not in ("", "#")]
    assert distributions(line.partition("==")[0] for line in pinned) <= declared(staff=True)
