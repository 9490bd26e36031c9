"""The house: no import runs upwards, no circle, nothing loose, and each room says what it is for."""

import ast

import pytest

from autograder.course.course import REPOSITORY
from autograder.proving.house import (
    ORDER,
    PUBLIC,
    between_rooms,
    circles,
    imports,
    modules,
    table,
    unknown_rooms,
    upwards,
)


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
        *("__init__.py", "__main__.py", "files.py", "pipeline.py")
    }
    public = {path.stem for path in (REPOSITORY / "cnnlab").glob("*.py")}
    assert public == {*PUBLIC, "__init__", "signatures", "variations"}


def test_the_students_package_imports_nothing_of_the_trusted_side(found):
    crossing = [
        (a, b) for a, others in found.items() for b in others if a.startswith("cnnlab") > b.startswith("cnnlab")
    ]
    assert crossing == []


def test_every_room_says_what_it_is_for():
    rooms = [
        path for path in modules().values() if path.name == "__init__.py" and path.parent.parent.parent == REPOSITORY
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
