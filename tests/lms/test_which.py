"""Which assignment a file belongs to, and the name that it should have."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.course import load_course
from autograder.lms import handins
from autograder.lms.handins import File, Names, layers, write_attempt
from autograder.lms.which import defined, likely_name, named, without_marks

ASSIGNMENTS = load_course().assignments
A1 = ASSIGNMENTS[0]


@pytest.mark.parametrize(
    "name, assignment",
    [
        ("a1_convolution.ipynb", "a1_convolution"),
        ("Copy of A1-Convolution (2).ipynb", "a1_convolution"),
        ("work/a2.zip", "a2_fast_layers"),
        ("my_a4_lenet_final.ipynb", "a4_lenet"),
        ("a1_and_a2.ipynb", None),
        ("homework.ipynb", None),
        ("a12.ipynb", None),
        ("a1/homework.ipynb", None),
    ],
)
def test_by_its_name(name, assignment):
    found = named(name, ASSIGNMENTS)
    assert (found.name if found else None) == assignment


@pytest.mark.parametrize(
    "source, assignment",
    [
        ("def conv_forward_naive(x):\n    pass", "a1_convolution"),
        ("def max_pool_forward_fast(x):\n    pass", "a2_fast_layers"),
        ("ASSIGNMENT = 'a3_normalization'\ndef conv_forward_naive(x):\n    pass", "a3_normalization"),
        ("x = 1", None),
        ("def conv_forward_naive(x):\n    pass\ndef max_pool_forward_fast(x):\n    pass", None),
    ],
)
def test_by_what_it_defines(tmp_path, source, assignment):
    cell = {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}
    (tmp_path / "x.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    found = defined(tmp_path / "x.ipynb", ASSIGNMENTS)
    assert (found.name if found else None) == assignment
    (tmp_path / "x.ipynb").write_text("<html>")
    assert defined(tmp_path / "x.ipynb", ASSIGNMENTS) is None


@pytest.mark.parametrize(
    "name, wanted",
    [
        ("Copy of a1_convolution (1)-1.ipynb", "a1_convolution.ipynb"),
        ("A1-Convolution.ipynb", "a1_convolution.ipynb"),
        ("a1_convolution-Copy1.ipynb", "a1_convolution.ipynb"),
        ("x/a1.ipynb", "x/a1.ipynb"),
        ("lenet (2).safetensors", "lenet.safetensors"),
        ("(1).ipynb", ".ipynb"),
    ],
)
def test_names_without_marks(name, wanted):
    assert likely_name(without_marks(name), A1) == wanted


def test_names_are_given_once():
    """Also on a disk that takes large for small letters, and where a folder has the name of a file."""
    names = Names()
    wanted = ("a.ipynb", "A.ipynb", "a.ipynb/b", "x/y", "x", "timestamp.txt", "é", "e\u0301")
    given_ = [names.free(name) for name in wanted]
    assert given_[:2] == ["a.ipynb", "A (2).ipynb"] and given_[5] == "timestamp (2).txt"
    assert len({name.casefold() for name in given_}) == len(wanted)


def test_a_name_that_many_have_is_numbered_and_none_is_tried_twice(monkeypatch):
    names, tried = Names(), []
    monkeypatch.setattr(Names, "_fits", lambda self, name, fits=Names._fits: tried.append(name) or fits(self, name))
    given_ = [names.free("a.txt") for _ in range(100)]
    assert given_ == ["a.txt", *(f"a ({number}).txt" for number in range(2, 101))]
    assert len(tried) == 1 + 2 * 99  # the name itself, and the next number


def test_the_name_that_a_file_should_have_is_looked_for_once(tmp_path, monkeypatch):
    """A hand-in may have two thousand files."""
    asked = []
    monkeypatch.setattr(handins, "likely_name", lambda name, assignment: asked.append(name) or likely_name(name, A1))
    files = [File(tmp_path / "x", f"part{number}.ipynb", "all.zip", 1) for number in range(30)]
    files += [File(tmp_path / "x", name, "all.zip", 1) for name in ("A1-Convolution.ipynb", "z/a1 (1).ipynb")]
    (tmp_path / "x").write_text("x")
    write_attempt(files, A1, tmp_path / "out")
    assert sorted(asked) == sorted(without_marks(file.name) for file in files)
    assert {"a1_convolution.ipynb", "part7.ipynb"} < {path.name for path in (tmp_path / "out").iterdir()}


@given(st.lists(st.text(alphabet="aAé\u0301/. x", min_size=1, max_size=8), max_size=12))
def test_given_names_can_lie_in_one_folder(wanted):
    names, given_ = Names(), []
    for name in wanted:
        name = "/".join(part for part in name.split("/") if part.strip(". "))
        if name:
            given_.append(names.free(name))
    files = [name.casefold() for name in given_]
    assert len(set(files)) == len(files)
    assert not any(other.startswith(f"{name}/") for name in files for other in files)


def versions(*attached):
    """Names by layer; their place is their number."""
    files = [File(None, name, name, number) for number, name in enumerate(attached)]
    return [sorted(file.name for file in layer) for layer in layers(files, True)]


@pytest.mark.parametrize(
    "attached, found",
    [
        (["a1.ipynb", "a1-1.ipynb", "a1-2.ipynb"], [["a1-2.ipynb"], ["a1-1.ipynb"], ["a1.ipynb"]]),
        (["a1-1.ipynb", "a1-3.ipynb"], [["a1-3.ipynb"], ["a1-1.ipynb"]]),
        (["part-1.ipynb", "part-2.ipynb"], [["part-1.ipynb", "part-2.ipynb"]]),
        (["plot-1.png", "plot.png"], [["plot-1.png", "plot.png"]]),
        (["a1.ipynb", "lenet-1.pt", "lenet-2.pt"], [["a1.ipynb", "lenet-2.pt"], ["lenet-1.pt"]]),
        (["all.zip", "all-1.zip"], [["all-1.zip"], ["all.zip"]]),
    ],
)
def test_attempts_by_their_marks(attached, found):
    assert versions(*attached) == found
