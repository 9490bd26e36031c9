"""Who has opted out."""

from __future__ import annotations

import pytest

from autograder.collecting.opt_out import MOST_BYTES, has_opted_out, opted_out
from autograder.course.course import CourseError, load_course


@pytest.fixture
def course(tmp_path):
    (tmp_path / "students.csv").write_text("id,first_name\n00123,Ada\nben,\n")
    (tmp_path / "submitted" / "cem").mkdir(parents=True)
    return load_course(tmp_path)


def test_without_a_file_nobody_has(course):
    assert opted_out(course) == frozenset()


def test_an_id_a_line_as_any_spelling_of_it(course):
    (course.root / "opt-out.txt").write_text("# by mail\n\n123  # Ada\n cem \n")
    found = opted_out(course)
    assert [has_opted_out(name, found) for name in ("00123", "cem", "ben")] == [True, True, False]


def test_a_misspelt_id_is_told(course):
    (course.root / "opt-out.txt").write_text("ben\nbenn\n")
    with pytest.raises(CourseError, match="opt-out.txt, line 2: 'benn' is nobody's id. Correct it"):
        opted_out(course)


def test_what_can_not_be_read_is_told(course):
    path = course.root / "opt-out.txt"
    path.write_text("x" * (MOST_BYTES + 1))
    with pytest.raises(CourseError, match="larger than 1 MB"):
        opted_out(course)
    path.unlink()
    path.mkdir()
    with pytest.raises(CourseError, match="opt-out.txt can't be read"):
        opted_out(course)
