"""Who wrote alike: copies are found whatever names they have, independent answers are not, and nobody is accused."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograder.__main__ import main
from autograder.course.course import REPOSITORY, CourseError, load_course
from autograder.mistakes import HONEST
from autograder.reporting import similarity_page
from autograder.reporting.similarity import Comparison, Pair, Work, compare, compare_works, fingerprint
from autograder.reporting.similarity_page import marked, page

NAME = "a1_convolution"
HONEST_TEXTS = {path.stem: path.read_text() for path in sorted((HONEST / NAME).glob("*.py"))}
LOOPS = HONEST_TEXTS["loops"]


@pytest.fixture
def course(tmp_path):
    (tmp_path / "fall").mkdir()
    return load_course(tmp_path / "fall")


def hand_in(course, student: str, source: str, name: str = NAME) -> None:
    folder = course.submitted / student / name
    folder.mkdir(parents=True)
    (folder / f"{name}.py").write_text(source)


def names_of(found: Comparison) -> set[tuple[str, str]]:
    return {(pair.first.label, pair.second.label) for pair in found.pairs}


def renamed(source: str) -> str:
    """As somebody hides a copy: other names, other comments, other blank lines."""
    for number, name in enumerate(
        sorted(set(re.findall(r"\b[a-z]{1,4}\b", source)) & set("xwbkij") | {"out", "stride"})
    ):
        source = re.sub(rf"(?<![.\"'\w]){name}(?![\w\"'])", f"my_value_{number}", source)
    return "\n".join(f"{line}  # mine" if line.endswith(")") else line for line in source.splitlines()) + "\n"


def functions_of(source: str, *names: str) -> str:
    return "\n\n".join(re.search(rf"^def {name}\(.*?(?=^\S|\Z)", source, re.M | re.S)[0] for name in names)


@pytest.mark.parametrize("name", ["a1_convolution", "a2_fast_layers", "a3_normalization", "a4_lenet"])
def test_answers_written_independently_are_not_alike(course, name):
    for path in (HONEST / name).glob("*.py"):
        hand_in(course, path.stem, path.read_text(), name)
    found = compare(course, course.assignment(name))
    assert found.pairs == [] and found.left_out == [] and found.compared >= 3


@pytest.mark.parametrize("name", ["a1_convolution", "a3_normalization"])
def test_a_copy_with_one_change_is_found_and_only_that(course, name):
    """A mistake of the bank is an honest answer with one thing changed."""
    for path in (HONEST / name).glob("*.py"):
        hand_in(course, path.stem, path.read_text(), name)
    mistake = importlib.import_module(f"autograder.mistakes.{name}").BANK[0]
    hand_in(course, "zoe", mistake.source, name)
    (pair,) = compare(course, course.assignment(name)).pairs
    assert pair.second.label == "zoe" and min(pair.shares) > 0.9 and pair.row > 250


def test_a_copy_with_other_names_and_comments_is_found(course):
    hand_in(course, "ada", LOOPS)
    hand_in(course, "ben", renamed(LOOPS))
    hand_in(course, "cleo", HONEST_TEXTS["strided"])
    found = compare(course, course.assignment(NAME))
    assert names_of(found) == {("ada", "ben")} and min(found.pairs[0].shares) > 0.8


def test_one_copied_function_in_work_of_ones_own_is_found(course):
    taken = functions_of(LOOPS, "conv_backward_naive")
    hand_in(course, "ada", LOOPS)
    hand_in(course, "ben", f"{HONEST_TEXTS['strided']}\n\n{taken}")
    (pair,) = compare(course, course.assignment(NAME)).pairs
    assert pair.row >= 150 and max(pair.shares) < 0.5
    assert "conv_backward_naive" in pair.first.code


def test_what_the_notebook_gave_is_nobodys_own(course):
    notebook = course.assignment(NAME).notebook
    for student in ("ada", "ben"):
        folder = course.submitted / student / NAME
        folder.mkdir(parents=True)
        shutil.copy(notebook, folder)
    hand_in(course, "cleo", LOOPS)
    found = compare(course, course.assignment(NAME))
    assert found.pairs == [] and {work.student: work.trouble for work in found.left_out} == {
        "ada": "too little code of their own",
        "ben": "too little code of their own",
    }


def test_a_docstring_of_the_notebook_is_not_shown(course):
    text = course.assignment(NAME).notebook.read_text()
    assert "Number of outputs of a convolution along one axis." in text
    docstring = '    """Number of outputs of a convolution along one axis.\n\n    Mine."""\n'
    hand_in(course, "ada", LOOPS)
    hand_in(
        course, "ben", LOOPS.replace("def receptive_field(layers):\n", f"def receptive_field(layers):\n{docstring}")
    )
    (pair,) = compare(course, course.assignment(NAME)).pairs
    assert "Mine." in pair.second.code  # another one is the student's


def test_what_many_write_alike_is_no_copy():
    """Eleven of 30 have one function alike, more than a tenth: that says nothing of any two of them."""
    common = functions_of(LOOPS, "conv_backward_naive")
    works = [Work(f"s{number:02}", common + unique(number)) for number in range(11)]
    works += [Work(f"t{number:02}", unique(100 + number)) for number in range(19)]
    assert compare_works(works, "").pairs == []
    few = compare_works(works[:3] + works[11:], "")
    assert names_of(few) == {("s00", "s01"), ("s00", "s02"), ("s01", "s02")}


def test_a_solution_that_went_round_among_many_is_told_as_a_group():
    works = [Work(f"s{number:02}", LOOPS.replace("stride", f"stride_{number}")) for number in range(11)]
    found = compare_works([*works, Work("own", HONEST_TEXTS["strided"])], "")
    assert found.pairs == [] and found.groups == [[work.label for work in works]]
    text = page("x", found)
    assert "<b>11 have the same code</b>, but for names: s00, s01" in text and "No other two are alike" in text


def unique(number: int) -> str:
    """Code that nobody else has: its operators are drawn."""
    rng = np.random.default_rng(number)
    lines = ["    a = " + " ".join(f"b {rng.choice(['+', '-', '*', '/', '%', '**', '//'])}" for _ in range(9)) + " 1"]
    return (
        "\n\ndef own():\n"
        + "\n".join(lines * 1 + [f"    a = b[{n}:{n + 3}]" for n in rng.integers(9, 999999, 20)])
        + "\n"
    )


def test_an_earlier_term_is_compared_with_but_not_within(course, tmp_path):
    earlier = load_course(tmp_path)
    for student in ("xia", "yan", "ada"):
        hand_in(earlier, student, LOOPS)
    hand_in(course, "ada", LOOPS)  # her own of last year
    hand_in(course, "ben", HONEST_TEXTS["strided"])
    found = compare(course, course.assignment(NAME), earlier)
    assert names_of(found) == {("ada", "xia (earlier)"), ("ada", "yan (earlier)")}


def test_what_can_not_be_read_is_told(course):
    hand_in(course, "ada", LOOPS)
    (course.submitted / "ben" / NAME).mkdir(parents=True)
    (course.submitted / "ben" / NAME / f"{NAME}.ipynb").write_text("half a noteb")
    (course.submitted / "cleo").mkdir()
    (course.submitted / "cleo" / NAME).symlink_to(course.submitted / "ada" / NAME)
    hand_in(course, "dina", "def conv_cost(a):\n" + "    # mine\n" * 30_000 + "    return a\n")
    left_out = {work.student: work.trouble for work in compare(course, course.assignment(NAME)).left_out}
    assert set(left_out) == {"ben", "cleo", "dina"} and "is a link" in left_out["cleo"]
    assert "far more code" in left_out["dina"]


def test_the_page_is_safe_and_says_what_it_is_not():
    odd = "</pre><script>alert(1)</script>\x1b[31m\u202e"
    works = Work("ada<b>", f"x = '{odd}'\n"), Work("ben", f"y = '{odd}'\n", earlier=True)
    places = np.array([[0], [11]]), np.array([[4], [20]])
    text = page("A & B", Comparison([Pair(*works, (0.5, 1.0), 160, places)], 2, [Work("x<y", trouble="is <odd>")]))
    assert "<script>" not in text and "ada<b>" not in text and "x<y" not in text and "<odd>" not in text
    assert "\x1b" not in text and "\u202e" not in text and "A &amp; B" in text
    assert "<mark>x = &#39;&lt;/pre&gt;</mark>" in text and "ben (earlier): 100% marked" in text
    assert "Likeness is no proof of anything." in text and "default-src 'none'" in text


def test_marks_lie_where_the_copied_code_is(course):
    taken = functions_of(LOOPS, "conv_backward_naive")
    hand_in(course, "ada", LOOPS)
    hand_in(course, "ben", f"{HONEST_TEXTS['strided']}\n\n{taken}")
    (pair,) = compare(course, course.assignment(NAME)).pairs
    shown = re.findall("<mark>(.*?)</mark>", marked(pair.second.code, pair.places[1]), re.S)
    line = taken.splitlines()[len(taken.splitlines()) // 2].strip()
    assert line in max(shown, key=len)


def test_a_class_does_not_move_the_marks():
    """Each place of the filtered code lies at or behind the one before it in the code itself."""
    moved = fingerprint("value = other_value * 3\n\n\n" * 9 + "class Conv(Module):\n    pass\n", np.array([])).offsets
    assert len(moved) > 20 and (np.diff(moved[:, 1]) >= 0).all()


def test_no_pair_and_too_many_pairs(monkeypatch):
    assert "No two are alike" in page("x", Comparison([], 3))
    monkeypatch.setattr(similarity_page, "MOST_PAIRS", 1)
    places = np.array([[0], [1]])
    pairs = [Pair(Work("a", "x = 1\n"), Work(name, "x = 1\n"), (1.0, 1.0), 200, (places, places)) for name in "bc"]
    text = page("x", Comparison(pairs, 3))
    assert "2 pairs are alike</b>; the 1 likest are shown" in text and 'id="pair2"' not in text


def test_the_verb_gives_the_same_page_every_time(course, tmp_path):
    hand_in(course, "ada", LOOPS)
    hand_in(course, "ben", renamed(LOOPS))
    pages = []
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "autograder", "similarity", NAME, "--course", str(course.root)]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "COLUMNS": "500"}
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, env=environment, check=True)
        pages.append(Path(done.stdout.split()[-1]).read_bytes())
    assert pages[0] == pages[1] and "2 hand-ins compared, 0 not. Pairs that are alike: 1." in done.stdout


def test_wrong_folders_are_told(course, monkeypatch, capsys):
    with pytest.raises(CourseError, match="No submissions of a1_convolution found"):
        compare(course, course.assignment(NAME))
    for options, said in (
        (["--with", "/not/there"], "There is no folder /not/there"),
        (["--with", " "], "COURSE is empty"),
    ):
        monkeypatch.setattr(sys, "argv", ["autograder", "similarity", NAME, *options])
        assert main() == 2 and said in capsys.readouterr().out.replace("\n", " ")
