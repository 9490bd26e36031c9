"""The feedback page: for everyone, with a person's grades in it, and unable to run anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nbformat
import pytest
from hand_made import NAME, answered, grade_by_hand, hand_in, make_place, make_result, record, stale_pages, write_pages

from autograder.reporting import feedback

EVIL = """<script>alert(1)</script> <img src=x onerror=alert(1)> <a href="javascript:alert(1)">here</a>
<svg onload="alert(1)"></svg> <iframe srcdoc="<script>alert(1)</script>"></iframe> <b style="position:fixed">bold</b>
[link](javascript:alert(1)) ![picture](https://example.org/who-reads-this.png) <form action="https://example.org"></form>
<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math> and $a < b$"""


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path)


def pages(place, *results) -> dict[str, str]:
    """Record results, write all stale pages, and read them."""
    record(place, *results)
    write_pages(place, results)
    return {r.student: feedback.page_path(*place, r.student).read_text(encoding="utf-8") for r in results}


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_everyone_gets_a_page(place):
    """Graded, missing and unreadable submissions alike, each with its reason."""
    hand_in(place[0], "amy", answered(conv_forward_naive_code="def conv_forward_naive(x):\n    return x"))
    hand_in(place[0], "bob", "")
    found = pages(
        place,
        make_result("amy"),
        make_result("bob", forward=0.0, status="unreadable", reason="a1.ipynb is empty"),
        make_result("eve", forward=0.0, status="missing", reason="Nothing was handed in"),
    )
    assert "out of shape (2, 4, 3, 2)" in found["amy"] and "6 of 24" in found["amy"]
    assert "return</span> <span" in found["amy"]
    assert "a1.ipynb is empty" in found["bob"] and "Nothing was handed in" in found["eve"]


def test_what_is_wrong_comes_first(place):
    """The summary lists the failed question before the rest, with its hint, and links to it."""
    page = pages(place, make_result("amy"))["amy"]
    assert page.index("looks like: output width") < page.index("out of shape")
    assert 'href="#conv_forward_naive"' in page and 'name="conv_forward_naive"' in page


def test_only_answers_are_shown(place):
    """The notebook's text is left out, but for the question above a written answer."""
    page = pages(place, make_result("amy"))["amy"]
    assert "A small assignment" not in page and "import numpy" not in page and "cnnlab.check" not in page
    assert "Say it." in page


def test_a_persons_grade_and_comment_appear(place):
    """A page is stale once a TA has graded; the new one has the score and the comment."""
    hand_in(place[0], "amy", answered(written_why="Because."))
    before = pages(place, make_result("amy"))["amy"]
    assert "not graded yet, 5 points" in before and "5 of these points are for written answers" in before
    assert stale_pages(place, [make_result("amy")]) == []
    grade_by_hand(place, "amy", "written_why", 4.5, "Nearly: **think** of the edge.")
    assert stale_pages(place, [make_result("amy")]) == ["amy"]
    after = pages(place, make_result("amy"))["amy"]
    assert "10.5 of 24" in after and "4.5 of 5" in after and "<strong>think</strong>" in after
    assert "not graded yet" not in after


def test_a_lost_page_is_stale(place):
    """So is one that nbgrader or somebody else wrote."""
    result = make_result("amy")
    pages(place, result)
    path = feedback.page_path(*place, "amy")
    path.write_text("<html></html>")
    assert stale_pages(place, [result]) == ["amy"]
    path.unlink()
    assert stale_pages(place, [result]) == ["amy"]


def test_nothing_of_a_students_runs(place):
    """HTML in answers, added cells, names and outputs can show text, and nothing else."""
    notebook = answered(written_why=EVIL, conv_forward_naive_code=f"def conv_forward_naive(x):\n    '''{EVIL}'''")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": "<script>2</script>"})]
    hand_in(place[0], "amy", notebook)
    result = make_result("amy", output=EVIL, notes=[EVIL])
    result.questions[0].tests[1].returned = EVIL
    page = pages(place, result)["amy"]
    mathjax = r"<script(?: src=\"https://cdnjs[^>]*| type=\"text/x-mathjax-config\")>.*?</script>"
    found = Tags(re.sub(mathjax, "", page, flags=re.DOTALL))
    assert not found.tags & {"script", "iframe", "object", "embed", "form", "math", "base", "link"}
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert not [value for name, value in found.attributes if name in ("href", "src") and value[:1] != "#"]
    assert "<b>bold</b>" in page and "$a &lt; b$" in page


def test_pages_are_self_contained(place):
    """Nothing is loaded from anywhere, unless an answer has formulas: then MathJax."""
    assert "http" not in pages(place, make_result("amy"))["amy"]
    hand_in(place[0], "bob", answered(written_why="Because $x$."))
    assert "MathJax" in pages(place, make_result("bob"))["bob"]


def test_a_students_name_is_text(place):
    """Even one that looks like HTML."""
    assert "<title>a1_convolution · &lt;i&gt;amy</title>" in pages(place, make_result("<i>amy"))["<i>amy"]


def test_many_pages_in_processes(place, monkeypatch):
    """Several processes give the same pages."""
    results = [make_result(f"s{number}") for number in range(4)]
    alone = pages(place, *results)
    for result in results:
        feedback.page_path(*place, result.student).unlink()
    monkeypatch.setattr(feedback, "MOST_ALONE", 1)
    done = []
    write_pages(place, results, 2, done.append)
    assert sorted(done) == list(alone)
    assert all(feedback.page_path(*place, student).read_text() == page for student, page in alone.items())


def test_nbgrader_makes_the_same_page(place):
    """`nbgrader generate_feedback`, with this course's settings, shows the same grades and messages."""
    from nbgrader.converters import GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    from autograder.reporting.nbgrader_settings import read_config

    ours = pages(place, make_result("amy"))["amy"]
    feedback.page_path(*place, "amy").unlink()
    feedback.page_path(*place, "amy").parent.rmdir()
    config = read_config(place[0].root)
    config.CourseDirectory.root = str(place[0].root)
    config.CourseDirectory.assignment_id = NAME
    GenerateFeedback(coursedir=CourseDirectory(config=config), config=config).start()
    theirs = feedback.page_path(*place, "amy").read_text()
    assert theirs.split("</head>")[1].split() == ours.split("</head>")[1].split("<!-- made from")[0].split()


def test_formgrader_runs_nothing_either(place):
    """The page a TA grades on takes Markdown through the same filter."""
    from nbconvert.exporters import HTMLExporter

    from autograder.reporting.autograded import autograded_path
    from autograder.reporting.feedback_page import NBGRADER_TEMPLATES
    from autograder.reporting.nbgrader_settings import read_config

    hand_in(place[0], "amy", answered(written_why=EVIL))
    record(place, make_result("amy"))
    config = read_config(place[0].root)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [str(NBGRADER_TEMPLATES)]
    names = {"submission_id": "1", "notebook_path": "", "base_url": "", "student": "amy", "index": 0, "total": 1}
    names |= {"assignment_id": NAME, "notebook_id": NAME, "last_name": "", "first_name": ""}
    page, _ = HTMLExporter(config=config).from_filename(str(autograded_path(*place, "amy")), resources=names)
    assert "alert(1)</script>" not in page and "onerror" not in page and "javascript:alert" not in page
