"""The line that is wrong: found where there is one, silent where there is none, said to whom it may be said."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hand_made import NAME
from in_process import Here, grade, hand_in, make_grader, make_job  # noqa: F401  (fixtures)
from rich.console import Console

from autograder.course.course import REPOSITORY, CourseError, load_course
from autograder.grading.grade import Grader
from autograder.learning import locate
from autograder.learning.line_section import line_section
from autograder.learning.locator import Locator
from autograder.reading.submission import read_hand_in
from autograder.reporting.departed import files_of
from autograder.reporting.feedback import page_path
from autograder.reporting.page_facts import read_facts
from autograder.results.located import Located, Location, MadeFrom, Place, located_path, read_located
from autograder.results.store import read_result, result_path

# One line of each is wrong in a way that the bank does not know; it is marked.
WRONG = {
    "conv_output_size": """
def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    reach = (kernel_size - 1) * dilation + 1
    room = size + pad + pad - reach
    if room < 0:
        raise ValueError(f"{kernel_size} does not fit into {size}")
    return room // stride + stride  # wrong
""",
    "cross_correlate2d": """
def cross_correlate2d(x, k):
    rows, cols = k.shape
    y = np.zeros((x.shape[0] - rows + 1, x.shape[1] - cols + 1))
    for p in range(rows):
        for q in range(rows):  # wrong
            y += k[p, q] * x[p : p + y.shape[0], q : q + y.shape[1]]
    return y
""",
    "convolve2d": """
def turned(k):
    return np.rot90(k, 3)  # wrong


def convolve2d(x, k):
    kernel = turned(k)
    rows, cols = kernel.shape
    y = np.zeros((x.shape[0] - rows + 1, x.shape[1] - cols + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (x[i : i + rows, j : j + cols] * kernel).sum()
    return y
""",
    "conv_forward_naive": """
def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    rows, cols = (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1
    out = np.empty((N, F, rows, cols))
    for i in range(rows):
        for j in range(cols):
            patch = xp[:, :, i * s : i * s + HH, j * s : j * s + WW].reshape(N, -1)
            out[:, :, i, j] = patch @ w.reshape(F, -1).T + b
    return out.transpose(0, 1, 3, 2), (x, w, b, conv_param)  # wrong
""",
    "conv_backward_naive": """
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * s, i * s + HH), slice(j * s, j * s + WW)
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, rows, cols])
            dxp[:, :, rows, cols] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    dx = dxp[:, :, p : p + x.shape[2], p : p + x.shape[2]]  # wrong
    return dx, dw, dout.sum(axis=(0, 2, 3))
""",
    "conv1x1_forward": """
def conv1x1_forward(x, w, b):
    N, C, H, W = x.shape
    F = w.shape[0]
    pixels = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out = pixels @ w.T + b
    return out.reshape(N, F, H, W)  # wrong
""",
}
# Of these no edit of one line makes anything right.
SILENT = {
    "receptive_field": """
def receptive_field(layers):
    return sum(k for k, s in layers) * max([1, *(s for k, s in layers)])
""",
    "conv1d_forward": """
def conv1d_forward(x, w, b, conv_param):
    out = np.zeros((x.shape[0], w.shape[0], (x.shape[2] - w.shape[2]) // conv_param["stride"] + 1))
    for i in range(out.shape[2]):
        out[:, :, i] = x[:, 0, i : i + 1] * w[:, 0, 0]
    return out
""",
    "dilated_conv_forward": """
def dilated_conv_forward(x, w, b, conv_param):
    return np.zeros((x.shape[0], w.shape[0], 3, 3)) + b[:, None, None]
""",
}
SECONDS = 3.0  # a search needs half a second, and a busy machine more for the same
COPY = """def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    reach = (kernel_size - 1) * dilation + 1
    room = size + 2 * pad - reach
    if room < 0:
        raise ValueError(f"{kernel_size} does not fit into {size}")
    return room // stride + stride
"""
LINE = "look again at cell 1, line 6: return room // stride + stride"


def notebook(*cells):
    cells = [
        {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "execution_count": None} for text in cells
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def marked(source):
    return [line.strip() for line in source.splitlines() if line.endswith("# wrong")]


@pytest.fixture(name="found", scope="module")
def find(tmp_path_factory):
    """What is found in a hand-in with all of them, by question; the backward pass beside a right forward pass."""
    course = load_course(tmp_path_factory.mktemp("course"))
    assignment, found = course.assignment(NAME), {}
    right = WRONG["conv_forward_naive"].replace("out.transpose(0, 1, 3, 2)", "out")
    with Grader(course, assignment) as grader, Locator(course, assignment) as locator:
        for cells in (cells_of({}), cells_of({"conv_forward_naive": right})):
            read = read_hand_in(hand_in(course, "ada", {f"{NAME}.ipynb": notebook(*cells)}), NAME)
            result = grader.judge("ada", read, "")
            if found:
                result.questions = [question for question in result.questions if question.name not in found]
            found |= {location.question: location for location in locator.locate(read.notebook, result, SECONDS)}
    return found


def cells_of(others):
    return ["import numpy as np", *(WRONG | others).values(), *SILENT.values()]


@pytest.mark.whole
@pytest.mark.parametrize("question", WRONG)
def test_a_wrong_line_is_found_as_the_student_sees_it(found, question):
    (place,) = found[question].places
    cell = [*WRONG].index(question) + 2
    lines = WRONG[question].split("\n")
    assert [place.text] == marked(WRONG[question])
    assert (place.cell, lines[place.line - 1].strip()) == (cell, place.text)
    assert place.before != place.after and place.before.split()[0] in place.text
    assert found[question].sentence == f"look again at cell {cell}, line {place.line}: {place.text}"


@pytest.mark.whole
@pytest.mark.parametrize("question", SILENT)
def test_nothing_is_said_where_no_line_alone_is_wrong(found, question):
    assert found[question].places == () and found[question].sentence == ""
    assert found[question].tried > 20


def test_a_line_of_a_helper_is_told_in_each_question_that_it_costs(tmp_path):
    both = WRONG["convolve2d"].replace("def convolve2d", "def slide") + (
        "\n\ndef convolve2d(x, k):\n    return slide(x, k)\n\n\n"
        "def cross_correlate2d(x, k):\n    return slide(x, k[::-1, ::-1])\n"
    )
    course = load_course(tmp_path)
    assignment = course.assignment(NAME)
    read = read_hand_in(hand_in(course, "ada", {f"{NAME}.ipynb": notebook("import numpy as np", both)}), NAME)
    with Grader(course, assignment) as grader, Locator(course, assignment) as locator:
        result = grader.judge("ada", read, "")
        found = {location.question: location.sentence for location in locator.locate(read.notebook, result, SECONDS)}
    line = "look again at cell 2, line 3: return np.rot90(k, 3)  # wrong"
    assert found == {"cross_correlate2d": line, "convolve2d": line}


@pytest.mark.whole
def test_a_budget_ends_each_search(found):
    assert all(location.seconds < SECONDS + 2 for location in found.values())


def test_several_lines_are_told_as_one_of_these():
    places = [Place(3, line, "text", "a", "b") for line in (4, 9, 11, 12)]
    assert Location("q", tuple(places[:2])).sentence == (
        "look again at cell 3, line 4 and cell 3, line 9: one of these lines is not right yet"
    )
    assert Location("q", tuple(places[:3])).sentence.startswith(
        "look again at cell 3, line 4; cell 3, line 9 and cell 3, line 11: one"
    )
    assert Location("q", tuple(places)).sentence == ""


# --- a class --------------------------------------------------------------------------------------------------------


@pytest.fixture(name="place")
def make_place(job, monkeypatch):
    """A class that is graded and looked at in this process; whose searches are counted."""
    asked = []

    def open_here(job):
        locate._locator = job, locator

    def counted(submission, made_from):
        asked.append(submission.student)
        return work(submission, made_from)

    work, locator = locate._locate_one, Locator(job.course, job.assignment)
    monkeypatch.setattr(locate, "_locate_one", counted)
    monkeypatch.setattr(locate, "Crew", Begun)
    monkeypatch.setattr(locate, "_open", open_here)
    yield job, asked
    locator.close()


class Begun(Here):
    def __init__(self, work, begin, arguments, jobs):
        begin(*arguments)
        super().__init__(work, begin, arguments, jobs)


def look(job, seconds=SECONDS, students=None):
    console = Console(width=300, record=True, file=open(os.devnull, "w"))
    locate.locate_class(job, students, seconds, 1, console)
    return console.export_text()


def page(job, student):
    return page_path(job.course, job.assignment, student).read_text(encoding="utf-8")


def test_staff_see_the_edit_and_the_student_the_line(place):
    job, asked = place
    hand_in(job.course, "ada", {f"{NAME}.ipynb": notebook(COPY)})
    hand_in(job.course, "ben", {f"{NAME}.ipynb": notebook(COPY.replace("+ stride", "+ 1"))})
    grade(job)
    assert LINE not in page(job, "ada")
    said = look(job)
    assert "ada · conv_output_size · cell 1, line 6:" in said and "→" in said and asked == ["ada"]
    assert "1 failing question without a name: the line is known in 1, one of several in 0, nothing in 0;" in said
    assert LINE in page(job, "ada") and "look again" not in page(job, "ben")
    after = read_located(job.course, job.assignment, "ada").locations[0].places[0].after
    assert after not in page(job, "ada")

    before = page(job, "ada")
    assert look(job) == said and asked == ["ada"]  # what is on disk is not looked for again
    grade(job)
    assert page(job, "ada") == before  # and grading leaves the page as it is
    look(job, seconds=SECONDS / 2)
    assert asked == ["ada", "ada"]  # with another budget it is


def test_a_new_hand_in_drops_what_was_found(place):
    job, asked = place
    hand_in(job.course, "ada", {f"{NAME}.ipynb": notebook(COPY)})
    grade(job)
    look(job)
    hand_in(job.course, "ada", {f"{NAME}.ipynb": notebook(COPY.replace("room //", "room  //"))})
    assert "Changed since they were graded, so not looked at: ada. `make grade ASSIGNMENT=" in look(job)
    grade(job)
    assert "look again" not in page(job, "ada")
    look(job)
    assert asked == ["ada", "ada"] and "look again at cell 1, line 6: return room  //" in page(job, "ada")
    hand_in(job.course, "ada", {f"{NAME}.ipynb": notebook(COPY.replace("+ stride", "+ 1"))})
    grade(job)
    look(job)
    assert not located_path(job.course, job.assignment, "ada").exists()


def test_a_run_that_was_stopped_goes_on_where_it_was(place, monkeypatch):
    job, asked = place
    for student in ("ada", "ben"):
        hand_in(job.course, student, {f"{NAME}.ipynb": notebook(COPY, f"# {student}")})
    grade(job)
    counted = locate._locate_one

    def stopped(submission, made_from):
        if submission.student == "ben":
            raise KeyboardInterrupt
        return counted(submission, made_from)

    monkeypatch.setattr(locate, "_locate_one", stopped)
    with pytest.raises(KeyboardInterrupt):
        look(job)
    monkeypatch.setattr(locate, "_locate_one", counted)
    look(job)
    assert asked == ["ada", "ben"] and LINE in page(job, "ada") and LINE in page(job, "ben")


@pytest.mark.whole
def test_a_hostile_hand_in_costs_its_own_budget_only(place):
    job, asked = place
    evil = COPY.replace(
        "    reach", "    import os, time\n    if dilation > 1:\n        os._exit(3)\n    time.sleep(size)\n    reach"
    )
    hand_in(job.course, "amy", {f"{NAME}.ipynb": notebook(evil)})
    hand_in(job.course, "ben", {f"{NAME}.ipynb": notebook(COPY)})
    grade(job)
    said = look(job, seconds=1.0)
    assert "ben · conv_output_size · cell 1, line 6:" in said and "amy ·" not in said
    located = read_located(job.course, job.assignment, "amy")
    assert located.trouble == "" and located.locations[0].places == () and located.locations[0].seconds < 8


def test_an_edit_that_writes_outside_writes_nowhere(place, tmp_path):
    """The edits of a hand-in run where the hand-in runs: behind the walls."""
    job, _ = place
    target = tmp_path / "written"
    text = COPY.replace(
        "    reach",
        f"    try:\n        open({str(target)!r}, 'a').write('x')\n    except OSError:\n        pass\n    reach",
    )
    hand_in(job.course, "ada", {f"{NAME}.ipynb": notebook(text)})
    grade(job)
    look(job)
    assert not target.exists() and read_located(job.course, job.assignment, "ada").locations[0].tried > 0


def test_what_is_known_by_name_is_not_looked_for(place):
    job, asked = place
    hand_in(
        job.course,
        "ada",
        {
            f"{NAME}.ipynb": notebook(
                COPY.replace("(kernel_size - 1) * dilation + 1", "kernel_size * dilation").replace("+ stride", "+ 1")
            )
        },
    )
    grade(job)
    result = read_result(result_path(job.course, job.assignment, "ada"))
    assert any(test.hint.startswith("looks like: ") for question in result.questions for test in question.tests)
    assert look(job).strip() == "No failing question is without a name." and asked == []


def test_nobody_graded_is_told(place):
    job, _ = place
    hand_in(job.course, "ada", {f"{NAME}.ipynb": notebook(COPY)})
    with pytest.raises(CourseError, match="Nobody was graded in .*: `make grade ASSIGNMENT=a1_convolution` first."):
        look(job)


def test_a_search_that_ends_its_process_is_a_line_of_its_own(place, monkeypatch):
    job, _ = place
    hand_in(job.course, "ada", {f"{NAME}.ipynb": notebook(COPY)})
    grade(job)

    class Died(Begun):
        def each(self, entries):
            return ((entry, locate.Died(2)) for entry in entries)

    monkeypatch.setattr(locate, "Crew", Died)
    assert "! ada: the grader's own process died on it" in look(job)


def test_a_damaged_file_is_made_again(place):
    job, asked = place
    hand_in(job.course, "ada", {f"{NAME}.ipynb": notebook(COPY)})
    grade(job)
    path = located_path(job.course, job.assignment, "ada")
    path.parent.mkdir(parents=True)
    path.write_text('{"format_version": 1, "made_from": 3}')
    look(job)
    assert asked == ["ada"] and LINE in page(job, "ada")


# --- who sees it ----------------------------------------------------------------------------------------------------


@pytest.fixture(name="stored")
def store(job):
    """A student with a result and a line of it, without a search."""
    hand_in(job.course, "ada", {f"{NAME}.ipynb": notebook(COPY)})
    grade(job)
    result = read_result(result_path(job.course, job.assignment, "ada"))
    place = Place(1, 6, "return room // stride + stride", "room // stride + stride", "<b>room // stride + 1</b>")
    found = Located(
        MadeFrom(result.submission, result.suite, 2.0, ""), (Location("conv_output_size", (place,), 9, 1.0),)
    )
    path = located_path(job.course, job.assignment, "ada")
    path.parent.mkdir(parents=True)
    path.write_text(found.to_json())
    return job


@pytest.mark.parametrize(("level", "lines"), [("names", ()), ("sentences", (LINE,)), ("everything", (LINE,))])
def test_the_terms_disclosure_decides(stored, level, lines):
    course = replace(stored.course, disclosure=level)
    facts = read_facts(course, stored.assignment, ["ada"], {})["ada"]
    assert tuple(sentence for _, sentence in facts.lines) == lines


def test_of_another_suite_nothing_is_said(stored):
    path = located_path(stored.course, stored.assignment, "ada")
    path.write_text(re.sub(r'"suite": "\w+"', '"suite": "other"', path.read_text()))
    assert read_facts(stored.course, stored.assignment, ["ada"], {})["ada"].lines == ()


def test_of_who_has_left_nothing_stays(stored):
    assert located_path(stored.course, stored.assignment, "ada") in files_of(stored.course, "ada")


def test_the_report_shows_edits_and_an_anonymous_one_counts(stored):
    from autograder.grading.survey import survey

    rows = survey(stored.course, stored.assignment)
    html = line_section(stored.course, stored.assignment, rows, anonymous=False).html
    assert "ada" in html and "&lt;b&gt;room // stride + 1&lt;/b&gt;" in html and "conv_output_size: 1 of 1." in html
    bare = line_section(stored.course, stored.assignment, rows, anonymous=True).html
    assert "conv_output_size: 1 of 1." in bare and "ada" not in bare and "room" not in bare


def test_the_command_says_what_it_takes():
    def run(*arguments):
        command = [sys.executable, "-m", "autograder", "locate", "a1_convolution", *arguments]
        return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)

    assert "'0' is not a number of seconds above 0" in run("--seconds", "0").stderr
    assert "'soon' is not a number of seconds above 0" in run("--seconds", "soon").stderr
