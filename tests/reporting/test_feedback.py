"""The feedback page: for everyone, with a person's grades in it, and unable to run anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser

import nbformat
import pytest
from hand_made import NAME, answered, grade_by_hand, hand_in, make_place, make_result, record, stale_pages, write_pages

from autograder.course.late import LatePolicy
from autograder.reporting import feedback, feedback_page, page_facts
from autograder.results.store import result_path

EVIL = """<script>alert(1)</script> <img src=x onerror=alert(1)> <a href="javascript:alert(1)">here</a>
<svg onload="alert(1)"></svg> <iframe srcdoc="<script>alert(1)</script>"></iframe> <b style="position:fixed">bold</b>
[link](javascript:alert(1)) ![picture](https://example.org/who-reads-this.png) <form action="https://example.org"></form>
<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math> and $a < b$ and
$\\text{<script>alert(1)</script>} \\href{javascript:alert(1)}{x}$ ![$a$](data:image/png;base64,aaaa)"""
DUE = datetime(2026, 10, 19, 23, 59, tzinfo=timezone(timedelta(hours=2)))
DAY = timedelta(days=1)


@pytest.fixture
def place(tmp_path):
    """A course that shows everything."""
    return with_settings(make_place(tmp_path), disclosure="everything")


def with_settings(place, due=None, **settings):
    course, assignment = place
    assignment = replace(assignment, due=due)
    return replace(course, assignments=(assignment,), **settings), assignment


def pages(place, *results, now=None) -> dict[str, str]:
    """Record results, write all stale pages, and read them."""
    record(place, *results)
    write_pages(place, results, now=now)
    return {r.student: feedback.page_path(*place, r.student).read_text(encoding="utf-8") for r in results}


def page_of(place, result, now=None) -> str:
    return pages(place, result, now=now)[result.student]


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
    assert 'href="#conv_forward_naive"' in page and 'id="conv_forward_naive"' in page


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
    found = Tags(page)
    assert not found.tags & {"script", "iframe", "object", "embed", "form", "base", "link"}
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    addresses = [value for name, value in found.attributes if name in ("href", "src", "xlink:href")]
    assert not [value for value in addresses if not value.startswith(("#", "data:image/png;base64,"))]
    assert "<b>bold</b>" in page and "<mo>&lt;</mo>" in page and "&lt;script&gt;" in page


def test_pages_are_self_contained(place):
    """Nothing is loaded from anywhere, formulas included; and the browser would refuse to."""
    hand_in(place[0], "amy", answered(written_why="Because $x$."))
    page = page_of(place, make_result("amy"))
    assert "://" not in page and "@import" not in page and "url(" not in page
    assert "<math" in page and "default-src 'none'" in page


def test_pages_can_be_read_by_everyone(place):
    """A language, one first heading, headings in order, heads of tables, words for signs, a width for telephones."""
    page = page_of(place, make_result("amy"))
    assert '<html lang="en">' in page and page.count("<h1>") == 1 and page.index("<h1>") < page.index("<h2")
    assert '<th scope="col">question</th>' in page and '<th scope="row">returned</th>' in page
    assert 'aria-label="failed"' in page and "width=device-width" in page and "prefers-color-scheme: dark" in page
    assert "@media print" in page


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


def test_nbgrader_makes_the_same_page(place, monkeypatch):
    """`nbgrader generate_feedback`, with this course's settings, shows the same and hides the same."""
    place = with_settings(place, disclosure="sentences", contact="Ask Ada.")
    monkeypatch.setattr(feedback_page, "load_course", lambda folder: place[0])
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
    assert theirs.split() == ours.split("<!-- made from")[0].split() and "Ask Ada." in theirs
    assert not shows_inputs(theirs)


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


# --- what students may see ------------------------------------------------------------------------------------------

HIDDEN = ("(2, 3, 7, 5)", "(2, 4, 3, 2)", "(2, 4, 3, 3)", "<svg")


def shows_inputs(page: str) -> bool:
    assert any(text in page for text in HIDDEN) == all(text in page for text in HIDDEN)
    return all(text in page for text in HIDDEN)


def test_levels(tmp_path):
    """Names of tests; sentences without hidden inputs; everything. Points are the same."""
    place, result = make_place(tmp_path), make_result("amy", output="printed")
    names, sentences, everything = (
        page_of(with_settings(place, disclosure=level), result) for level in ("names", "sentences", "everything")
    )
    assert (shows_inputs(names), shows_inputs(sentences), shows_inputs(everything)) == (False, False, True)
    assert ["output width computed" in page for page in (names, sentences, everything)] == [False, True, True]
    assert ["printed" in page for page in (names, sentences, everything)] == [False, False, True]
    assert all("right output for every shape" in page and "6 of 24" in page for page in (names, sentences, everything))
    assert "Of each test only its name is shown." in names and "What the tests call your code with" in sentences


def test_staff_see_everything_all_the_same(tmp_path):
    """autograded/, which formgrader shows, does not follow the level."""
    from autograder.reporting.autograded import autograded_path

    place = with_settings(make_place(tmp_path), disclosure="names")
    page_of(place, make_result("amy"))
    notebook = autograded_path(*place, "amy").read_text()
    assert "(2, 4, 3, 2)" in notebook and "output width computed" in notebook


def test_inputs_are_held_back_until_the_due_date(tmp_path):
    """The page is made again when that moment has passed; it names the moment with its zone."""
    place, result = with_settings(make_place(tmp_path), due=DUE), make_result("amy")
    before = page_of(place, result, now=DUE)
    assert not shows_inputs(before)
    assert "is not shown before Mon 19 Oct 23:59 +02:00: until then somebody may still hand in." in before
    assert stale_pages(place, [result], now=DUE - DAY) == []
    assert stale_pages(place, [result], now=DUE + timedelta(seconds=1)) == ["amy"]
    after = page_of(place, result, now=DUE + timedelta(seconds=1))
    assert shows_inputs(after) and "is not shown" not in after
    assert stale_pages(place, [result], now=DUE + 30 * DAY) == []


def test_a_level_that_the_term_names_holds_after_the_due_date(tmp_path):
    for level in ("names", "sentences"):
        place = with_settings(make_place(tmp_path), due=DUE, disclosure=level)
        assert not shows_inputs(page_of(place, make_result("amy"), now=DUE + 99 * DAY))
    place = with_settings(place, due=DUE, disclosure="everything")
    assert shows_inputs(page_of(place, make_result("amy"), now=DUE - DAY))


@pytest.mark.parametrize(
    ("late", "days"),
    [
        ("none", 0),
        ("zero", 0),
        (LatePolicy(percent_per_day=25), 3),  # a fourth day would cost all
        (LatePolicy(percent_per_day=30), 3),
        (LatePolicy(percent_per_day=100), 0),
        (LatePolicy(tokens=3, percent_per_day=25), 6),
        (LatePolicy(tokens=2, token=timedelta(hours=12), percent_once=100), 1),
        (LatePolicy(percent_once=50, cut_off=5 * DAY), 5),
        (LatePolicy(percent_per_day=10, cut_off=2 * DAY), 2),
        (LatePolicy(grace=2 * DAY, percent_once=50, cut_off=DAY), 2),
    ],
)
def test_when_nobody_can_hand_in_any_more(tmp_path, late, days):
    """The last moment at which a hand-in can still earn points, by the late policy."""
    place = with_settings(make_place(tmp_path), due=DUE, late=late)
    closing = page_facts.closing_time(*place, {})
    assert closing == DUE + days * DAY
    (tmp_path / "students.csv").write_text("id\namy\n")
    (tmp_path / "extensions.csv").write_text("student,assignment,days\namy,a1_convolution,4\n")
    assert page_facts.closing_time(*place, {}) == DUE + (days + 4) * DAY


@pytest.mark.parametrize("settings", [{"due": None}, {"late": LatePolicy(percent_once=50)}, {"late": "late.HalfADay"}])
def test_inputs_stay_hidden_where_it_is_never_certain_to_be_over(tmp_path, settings):
    place = with_settings(make_place(tmp_path), **{"due": DUE, **settings})
    facts = page_facts.read_facts(*place, ["amy"], {}, DUE + 999 * DAY)["amy"]
    assert facts.level == "sentences" and facts.held_back == "What the tests call your code with is not shown."


def test_an_extension_of_nbgraders_counts(tmp_path):
    from hand_made import open_gradebook

    from autograder.reporting.gradebook import read_entries

    place = with_settings(make_place(tmp_path), due=DUE)
    hand_in(place[0], "amy", answered())
    record(place, make_result("amy"))
    with open_gradebook(place) as book:
        book.find_submission(NAME, "amy").extension = 2 * DAY
        book.db.commit()
    assert page_facts.closing_time(*place, read_entries(*place)) == DUE + 2 * DAY


def test_without_a_result_nothing_is_shown(place):
    """A file that can't be read: everything is open, and what autograded/ holds stays with the staff."""
    record(place, make_result("amy"))
    result_path(*place, "amy").write_text("{")
    write_pages(place, [make_result("amy")])
    page = feedback.page_path(*place, "amy").read_text()
    assert not shows_inputs(page) and "a person will look at it" in page and "conv_forward_naive" in page


# --- who, when, whom to ask -----------------------------------------------------------------------------------------


def test_name_and_times(tmp_path):
    """The class list's name; when it was handed in, in the zone of the due date, and that date."""
    place = with_settings(make_place(tmp_path), due=DUE)
    (tmp_path / "students.csv").write_text("id,first_name,last_name\namy,Amy,O'Hara\n")
    hand_in(place[0], "amy", answered(), "2026-10-19 20:30:00 UTC")
    page = page_of(place, make_result("amy"))
    assert "<title>a1_convolution · Amy O&#39;Hara</title>" in page and "(amy)" in page
    assert "<dd>Mon 19 Oct 22:30 +02:00</dd>" in page and "<dd>Mon 19 Oct 23:59 +02:00</dd>" in page
    (tmp_path / "students.csv").write_text("id,first_name,last_name\namy,Amy,Hara\n")
    assert stale_pages(place, [make_result("amy")]) == ["amy"]


def test_a_time_that_is_not_known(tmp_path):
    """It counts as on time, which is said; where nothing was handed in, no time is."""
    place = with_settings(make_place(tmp_path), due=DUE)
    hand_in(place[0], "amy", answered())
    assert "at a time that is not known: it counts as on time" in page_of(place, make_result("amy"))
    nothing = make_result("eve", forward=0.0, status="missing", reason="Nothing was handed in.")
    assert "at a time" not in page_of(place, nothing)


def test_whom_to_ask(place):
    contact = "Ask <ada@example.org>."
    page = page_of(with_settings(place, contact=contact), make_result("amy"))
    assert "<dt>Questions?</dt><dd>Ask &lt;ada@example.org&gt;.</dd>" in page
    assert stale_pages(with_settings(place, contact=contact), [make_result("amy")]) == []
    assert stale_pages(with_settings(place, contact="Ask Ben."), [make_result("amy")]) == ["amy"]


def test_the_late_penalty_is_explained(tmp_path):
    place = with_settings(make_place(tmp_path), due=DUE, late=LatePolicy(percent_per_day=25))
    hand_in(place[0], "amy", answered(), "2026-10-20 20:59:00 UTC")
    page = page_of(place, make_result("amy"))
    assert "Handed in 23 h after Mon 19 Oct 23:59 +02:00: 25 % off for 1 day: −1.5." in page and "4.5 of 24" in page


def test_a_question_that_a_person_has_settled(place):
    """Its points count in the table of questions, too, and it is open no more."""
    result = make_result("amy")
    result.questions[0].tests[1].outcome, result.questions[0].tests[1].text = "open", "it can't be judged"
    hand_in(place[0], "amy", answered())
    before = page_of(place, result)
    assert "<b>Open.</b> conv_forward_naive: it can&#39;t be judged" in before and "6 of 10 so far" in before
    assert "This is not final" in before
    grade_by_hand(place, "amy", "conv_forward_naive", 8.5)
    after = page_of(place, result)
    assert "<b>Open.</b>" not in after and "8.5 of 10</td>" in after and "graded by a person" in after
    assert "This is not final" not in after and "so far" not in after
