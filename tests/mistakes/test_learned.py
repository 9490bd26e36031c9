"""Learned mistakes are files that the bank reads."""

from __future__ import annotations

import pytest

from autograder.course.course import load_course
from autograder.course.suite import suite_files
from autograder.mistakes import Mistake
from autograder.mistakes.learned import learned, learned_folder, name_of, to_toml

LEARNED = Mistake(
    "the-step-multiplied",
    "sigmoid",
    'the "step" \\ multiplied',
    'def sigmoid_forward(x):\n    return x["stride"] + 1, "\\n"',
    ("test_a", "test_b"),
    redefines=("sigmoid_forward", "sigmoid_backward"),
)


def test_what_is_written_is_read_again(tmp_path):
    (tmp_path / f"{LEARNED.name}.toml").write_text(to_toml(LEARNED))
    (found,) = learned("a3_normalization", tmp_path)
    assert found.source.strip() == LEARNED.source and found.loses == LEARNED.loses
    assert (found.name, found.question, found.hint) == (LEARNED.name, LEARNED.question, LEARNED.hint)
    assert found.redefines == LEARNED.redefines and learned("a3_normalization", tmp_path / "none") == ()


@pytest.mark.parametrize(
    "text", ["", "question = 3", 'question = "nobody"', to_toml(LEARNED).replace("hint", "hit"), "["]
)
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(ValueError, match=r"mine.toml is no learned mistake"):
        learned("a3_normalization", tmp_path)


def test_a_learned_mistake_is_part_of_what_a_grade_depends_on(monkeypatch, tmp_path):
    from autograder.course import suite

    folder = tmp_path / "autograder" / "mistakes" / "a1_convolution" / "learned"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(to_toml(LEARNED))
    monkeypatch.setattr(suite, "REPOSITORY", tmp_path)
    monkeypatch.setattr(suite, "imported", lambda roots: set())
    assert folder / "mine.toml" in suite_files(load_course().assignment("a1_convolution"))


def test_names_of_files():
    assert name_of("The step: 2 times!") == "the-step-2-times" and name_of("…") == "" and len(name_of("a " * 99)) <= 60
    assert learned_folder("a4_lenet").parts[-3:] == ("mistakes", "a4_lenet", "learned")
