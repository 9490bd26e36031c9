"""What students of a term were promised: other points are told."""

import json

import pytest

from autograder.course import released
from autograder.course.course import CourseError, load_course
from autograder.course.questions import points_of_questions
from autograder.course.released import points_promised


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(released, "FOLDER", tmp_path)
    course = load_course()
    return course, course.assignments[0]


def write(place, tmp_path, **changes):
    """A term's record of two versions, of which the last counts."""
    course, assignment = place
    points = points_of_questions(assignment) | points_of_questions(assignment, by_hand=True) | changes
    parts = {name: {"points": value, "text": "x"} for name, value in points.items() if value is not None}
    versions = {"1.0.0": {}, "1.0.1": {assignment.name: {**parts, "": {"text": "y"}}}}
    (tmp_path / f"{course.term}.json").write_text(json.dumps({"versions": versions}))


def test_the_same_points_are_no_news(place, tmp_path):
    assert points_promised(*place) == []
    write(place, tmp_path)
    assert points_promised(*place) == []


def test_other_points_are_told(place, tmp_path):
    """Also a question that students did not have, and one that is gone."""
    write(place, tmp_path, conv_cost=4.0, convolve2d=None, convolve9d=3.0)
    now = points_of_questions(place[1])
    (line,) = points_promised(*place)
    assert line.startswith("a1_convolution: students of 2026-fall were promised other points than are given: ")
    assert f"conv_cost 4 → {now['conv_cost']:g}" in line and "convolve9d 3 → 0" in line
    assert f"convolve2d 0 → {now['convolve2d']:g}" in line and "receptive_field" not in line


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"versions": 3}', '{"versions": {"1.0.0": {"a1_convolution": {"q": 1}}}}']
)
def test_a_record_that_can_not_be_read_is_not_taken_for_none(place, tmp_path, text):
    (tmp_path / "2026-fall.json").write_text(text)
    with pytest.raises(CourseError, match="releases/2026-fall.json can't be read .*take it back from git"):
        points_promised(*place)
