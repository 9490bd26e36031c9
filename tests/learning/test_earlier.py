"""Classes of earlier terms, out of their folders; and the command that takes them."""

import pytest
from hand_made import NAME, make_place, make_result, record

from autograder import __main__ as command_line
from autograder.course.course import CourseError
from autograder.grading import asked
from autograder.learning import earlier
from autograder.learning.earlier import earlier_terms
from autograder.learning.report import sections_of
from autograder.results.store import result_path


@pytest.fixture
def courses(tmp_path, monkeypatch):
    """The small assignment in this term's folder and those of two before, of which none says its term."""
    places = {}
    for name in ("now", "before", "long_ago", "empty"):
        (tmp_path / name).mkdir()
        places[name] = make_place(tmp_path / name)
    record(places["now"], make_result("cem", term="2026-fall"))
    record(places["before"], make_result("ada", term="2025-fall"), make_result("ben", forward=10.0, term="2025-fall"))
    record(places["long_ago"], make_result("eva", term=""))
    monkeypatch.setattr(earlier, "load_course", lambda root: places[root.name][0])
    monkeypatch.setattr(asked, "load_course", lambda root, term: places["now"][0])
    monkeypatch.chdir(tmp_path)
    return {name: course for name, (course, _) in places.items()}


def terms(courses, text):
    return earlier_terms(text, courses["now"], courses["now"].assignments)


def test_an_earlier_terms_results(courses):
    """With the gradebook's points, under the term's name; else, or if that is taken, under the folder's."""
    found = terms(courses, "before, long_ago,before")
    assert [term.name for term in found] == ["2025-fall", "long_ago", "before"]
    rows = found[0].class_[NAME]
    assert [(row.student, row.score_so_far) for row in rows] == [("ada", 6.0), ("ben", 10.0)]
    assert terms(courses, None) == []


def test_what_can_not_be_read_is_left_out(courses):
    result_path(courses["before"], courses["before"].assignments[0], "ada").write_text("{")
    assert [row.student for row in terms(courses, "before")[0].class_[NAME]] == ["ben"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" , ", r"WITH names no folder: name those of earlier terms, or leave it out\."),
        ("before,nowhere", r"There is no folder nowhere: WITH names folders of earlier terms, with a comma between"),
        ("now", r"now is the folder that is reported on: WITH names those of earlier terms\."),
        ("empty", r"There are no results of a1_convolution in .*/empty/results: WITH names folders that were graded\."),
    ],
)
def test_folders_that_can_not_be_meant(courses, text, told):
    with pytest.raises(CourseError, match=told):
        terms(courses, text)


def test_each_assignment_gets_its_part(courses):
    (term,) = terms(courses, "before")
    found = {part.name: part for part in sections_of(courses["now"], {NAME: term.class_[NAME]}, earlier=[term])[NAME]}
    assert found["items"].values["terms"] == ["2025-fall"]
    assert sections_of(courses["now"], {NAME: []}, earlier=[term]) == {}


def test_the_command(courses, monkeypatch, capsys):
    """`make report WITH=before`: the page says how it was then."""
    monkeypatch.setattr("sys.argv", ["autograder", "report", NAME, "--with", "before"])
    assert command_line.main() == 0
    page = (courses["now"].root / "report" / f"{NAME}.html").read_text()
    assert "in 2025-fall</th>" in page and '<a href="#items">Items</a>' in page
    monkeypatch.setattr("sys.argv", ["autograder", "report", NAME, "--with", "nowhere"])
    assert command_line.main() == 2 and "There is no folder nowhere" in capsys.readouterr().out
