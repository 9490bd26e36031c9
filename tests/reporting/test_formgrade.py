"""`make formgrade`: nbgrader's formgrader at the right page, with the TA's notes, and what is typed there stays."""

from __future__ import annotations

import http.cookiejar
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from hand_made import make_course, make_place, make_result, record

from autograder.course.course import REPOSITORY, Course, CourseError, load_course
from autograder.course.questions import model_answers, points_of_questions
from autograder.reporting import formgrade, gradebook, gradebook_steps
from autograder.reporting.comment_bank import read_comments, require_questions
from autograder.reporting.feedback import page_path, write_feedback
from autograder.reporting.nbgrader_settings import read_config
from autograder.reporting.safe_markdown import safe_markdown
from autograder.results.result import GRADED, QuestionResult, Result
from cnnlab.checking.outcomes import FAILED, TestReport

NAME = "a1_convolution"
EVIL = """Reason <script>pwned</script><img src=x onerror=pwned> <a href="javascript:pwned">1</a>
[2](data:text/html,pwned) <span class="full-credit">3</span> <a href="evil.html">4</a>
</div></div></aside> <button data-text="pwned">5</button>
<aside class="marking-notes">5 points for anything</aside>"""


def grade_class(root: Path) -> tuple[Course, list[Result]]:
    """The first assignment with two students, whose written answers are not graded yet."""
    course = load_course(root)
    assignment = course.assignments[0]
    (root / "students.csv").write_text(
        'id,first_name,last_name\namy,Amy,A\neve,<script>pwned</script>,"""><img src=x>"\n'
    )
    (root / "comments.csv").write_text(
        'question,key,text,points\nall,no reason,"You say **what**, not why.",-1\n'
        "written_padding,half,<b>Half</b>,2.5\n"
    )
    results = []
    for student, answer in (("amy", "Because it stays linear."), ("eve", EVIL)):
        notebook = nbformat.v4.reads(assignment.notebook.read_text(encoding="utf-8"))
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") in points_of_questions(assignment, by_hand=True):
                cell.source = answer
        folder = course.submitted / student / NAME
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{NAME}.ipynb")
        questions = [
            QuestionResult(name, points, [TestReport(name, "test_values", "right values", points, FAILED)])
            for name, points in points_of_questions(assignment).items()
        ]
        results.append(Result(NAME, student, GRADED, "", questions, file=f"{NAME}.ipynb", suite="s1"))
    record((course, assignment), *results)
    return course, results


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return grade_class(tmp_path_factory.mktemp("course"))


class Window:
    """A browser without a screen: it keeps cookies, and sends what formgrader's scripts send."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, address: str) -> str:
        with self._opener.open(address) as answer:
            return answer.read().decode()

    def api(self, path: str, method: str = "GET", **values) -> list | dict:
        base = self.addresses[0].partition("/formgrader/")[0]
        headers = {"X-CSRFToken": next(c.value for c in self.cookies if c.name == "_xsrf")}
        data = json.dumps(values).encode() if values else None
        request = urllib.request.Request(f"{base}/formgrader/api/{path}", data, headers, method=method)
        return json.loads(self.get(request))


@pytest.fixture(scope="module")
def window(graded):
    """formgrader as the verb starts it; Ctrl-C ends it."""
    command = [sys.executable, "-u", "-m", "autograder", "formgrade", NAME, "--no-browser"]
    command += ["--course", str(graded[0].root)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, preexec_fn=hear_interrupts
    ) as server:
        try:
            lines = []
            for line in server.stdout:
                lines.append(line.strip())
                if line.startswith("Ctrl-C"):
                    break
            yield Window([match[0] for match in map(re.compile(r"http://127\.0\.0\.1:\S+").search, lines) if match])
            server.send_signal(signal.SIGINT)
            assert server.wait(60) == 0
        finally:
            server.kill()


def hear_interrupts() -> None:
    """A shell lets what it starts in the background, these tests too, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_page_for_each_open_question(window, graded):
    """The first open answer of each; the field that is chosen there is its points'."""
    pages = [window.get(address) for address in window.addresses]
    assert len(pages) == 1 + len(points_of_questions(graded[0].assignments[0], by_hand=True))
    for page, address, name in zip(pages, window.addresses, model_answers(graded[0].assignments[0])):
        fields = re.findall(r'class="[\w -]*\btabbable\b[^>]*|tabbable"', page)
        index = int(re.search(r"index=(\d+)", address)[1])
        assert f'id="{name}"' in fields[index]


def test_only_with_the_token(window):
    """Nobody else on this machine may look in."""
    base = window.addresses[0].partition("/formgrader/")[0]
    with urllib.request.urlopen(f"{base}/formgrader/api/assignments") as answer:
        assert answer.url.startswith(f"{base}/login?")


def test_the_notes_beside_an_answer(window):
    """Mark scheme, model answer and comment bank; a comment's text can't leave its place."""
    page = window.get(window.addresses[0])
    assert page.count("<h5>Mark scheme</h5>") == page.count('<aside class="marking-notes">') == 3
    assert "nothing new; 1 as one" in " ".join(page.split()) and page.count("<script>\nwindow.MathJax") == 1
    (pick,) = re.findall(r"<button[^>]*>no reason <b>−1</b>", page)[:1]
    assert {'data-text="You say **what**, not why."', 'data-points="-1"', 'data-most="5"'} <= set(
        re.findall(r'data-\w+="[^"]*"', pick)
    )
    assert page.count('data-text="&lt;b&gt;Half&lt;/b&gt;"') == 1


def test_hostile_text_is_harmless(window, graded):
    """Of answers and of names: no script, no link into the server, nothing that formgrader's scripts listen to."""
    page = ""
    for address in (window.addresses[0], re.sub("submissions/(.*?)/", r"submissions/\1/next", window.addresses[0])):
        page += window.get(address)
    assert page.count("Reason pwned") == 3
    for bad in (
        "<script>pwned",
        "onerror",
        "javascript:",
        '"data:text',
        'class="full-credit">3',
        "evil.html",
        "<img src=x>",
    ):
        assert bad not in page
    assert 'data-text="pwned"' not in page and page.count('<aside class="marking-notes">') == 6
    assert "‹script›pwned‹/script›" in page


def test_points_and_comments_survive_a_regrade(window, graded):
    """Typed as the browser sends it, graded again, shown on the page; and the mark scheme on none."""
    course, results = graded
    assignment = course.assignments[0]
    window.get(window.addresses[0])
    (submission,) = [s for s in window.api(f"submitted_notebooks/{NAME}/{NAME}") if s["student"] == "amy"]
    grade = next(g for g in window.api(f"grades?submission_id={submission['id']}") if g["name"] == "written_stacking")
    comments = window.api(f"comments?submission_id={submission['id']}")
    comment = next(c for c in comments if c["name"] == "written_stacking")
    window.api(f"grade/{grade['id']}", "PUT", **{**grade, "manual_score": "3.5"})
    window.api(f"comment/{comment['id']}", "PUT", **{**comment, "manual_comment": "You say **what**, not why."})
    for suite in ("s2", "s3"):
        results[0].suite = suite
        assert gradebook_steps.record(course, assignment, results, (), lambda student: None) == {}
    entries = gradebook.read_entries(course, assignment)
    assert entries["amy"].scores["written_stacking"].manual == 3.5
    assert not entries["amy"].scores["written_stacking"].is_open
    assert write_feedback(course, assignment, ["amy", "eve"], entries, 1, lambda student: None) == {}
    page = page_path(course, assignment, "amy").read_text()
    assert "You say <strong>what</strong>, not why." in page and "3.5 of 5" in page


def test_a_mark_scheme_is_in_no_file(graded):
    """Neither in autograded/, nor on a page, nor anywhere else below the course's folder."""
    course, _ = graded
    assignment = course.assignments[0]
    write_feedback(
        course, assignment, ["amy", "eve"], gradebook.read_entries(course, assignment), 1, lambda student: None
    )
    lines = [line.strip() for text in model_answers(assignment).values() for line in text.splitlines()]
    telling = [line for line in lines if len(line) > 30]
    files = [path for path in course.root.rglob("*") if path.is_file() and path.suffix != ".db"]
    assert telling and {path.suffix for path in files} >= {".ipynb", ".html"}
    for path in files:
        text = path.read_text()
        assert not [line for line in telling if line in text] and "Mark scheme" not in text, path


def test_nbgraders_own_feedback_has_no_notes(graded, monkeypatch):
    """`nbgrader generate_feedback` knows the settings that formgrader's filter is in, and has another one."""
    from nbgrader.converters import GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    course, _ = graded
    monkeypatch.chdir(course.root)
    config = read_config(course.root)
    config.CourseDirectory.update(root=str(course.root), assignment_id=NAME)
    page = page_path(course, course.assignments[0], "amy")
    shutil.rmtree(page.parent)
    GenerateFeedback(coursedir=CourseDirectory(config=config), config=config).start()
    text = page.read_text()
    assert "Because it stays linear." in text and "Mark scheme" not in text and "nothing new; 1 as one" not in text


# --- what is told ---------------------------------------------------------------------------------------------------


def test_nothing_is_graded_yet(tmp_path):
    """Before anything else: what to run."""
    course, assignment = make_course(tmp_path)
    with pytest.raises(CourseError, match="There is no gradebook yet in .*run `make grade ASSIGNMENT=a1_convolution`"):
        formgrade.formgrade(course, assignment, 0, False, print)
    place = make_place(tmp_path)
    with pytest.raises(CourseError, match="Nothing of a1_convolution is graded yet: run `make grade"):
        formgrade.formgrade(*place, 0, False, print)


def test_a_port_in_use(tmp_path):
    place = make_place(tmp_path)
    record(place, make_result("amy"))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CourseError, match=rf"Port {port} is in use: name another one \(PORT=8890\)"):
            formgrade.formgrade(*place, port, False, print)
    with pytest.raises(CourseError, match="Port 70000 is no port"):
        formgrade.formgrade(*place, 70000, False, print)


def test_formgrader_is_not_there(tmp_path):
    """In a process of its own, since a server can't be started twice in one."""
    lines = [
        "import sys; from hand_made import make_place, make_result, record; from autograder.reporting import formgrade",
        "place = make_place(__import__('pathlib').Path(sys.argv[1])); record(place, make_result('amy'))",
        "formgrade.EXTENSION = 'nbgrader.nothing'; formgrade.formgrade(*place, 0, False, print)",
    ]
    folders = {"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'tests'}", "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines), str(tmp_path)], env=folders, capture_output=True, text=True
    )
    assert "formgrader is not there: nbgrader.nothing can't be loaded" in done.stderr


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("key,text\na,b\n", "comments.csv has no column 'question'"),
        ("question,key\na,b\n", "comments.csv has no column 'text'"),
        ("question,text\nall,\n", "line 2: a comment needs a question"),
        ("question,text,points\nall,b,two\n", "line 2: points are a number such as 2 or -0.5, not 'two'"),
        ("question,text,points\nall,b,nan\n", "line 2: points are a number"),
        ("question,text\nwritten_what,b\n", "there is no written answer 'written_what'. There are: written_why"),
    ],
)
def test_a_wrong_comment_bank(tmp_path, text, sentence):
    (tmp_path / "comments.csv").write_text(text)
    with pytest.raises(CourseError, match=sentence):
        require_questions(read_comments(tmp_path), {"written_why"})


def test_a_comment_bank_as_a_spreadsheet_saves_it(tmp_path):
    """Semicolons, a byte order mark, a decimal comma, no key."""
    (tmp_path / "comments.csv").write_text("\ufeffQuestion;Text;Points\r\nall;Why?;-0,5\r\n;;\r\n", encoding="utf-8")
    (comment,) = read_comments(tmp_path)
    assert (comment.question, comment.key, comment.text, comment.points) == ("all", "Why?", "Why?", -0.5)
    assert read_comments(tmp_path / "elsewhere") == []


def test_a_problem_with_comments_is_shown_in_their_place(tmp_path):
    """The page is shown all the same."""
    from autograder.reporting.marking import notes_html

    (tmp_path / "comments.csv").write_text("question,text,points\nall,b,<b>\n")
    notes = notes_html(tmp_path, NAME, {"grade_id": "written_stacking", "points": 5})
    assert "Mark scheme" in notes and "not &#x27;&lt;b&gt;&#x27;" in notes
    assert "no model answer" in notes_html(tmp_path / "elsewhere", NAME, {"grade_id": "conv_cost"})


@pytest.mark.parametrize(
    "source, shown",
    [
        ('<span class="full-credit">x</span>', "<span>x</span>"),
        ('<div class="navbar-fixed-top">x</div>', "<div>x</div>"),
        ("[x](data:text/html;base64,eA==)", "<a>x</a>"),
        ("[x](evil.html)", "<a>x</a>"),
        ("[x](//evil/x)", "<a>x</a>"),
        ("[x](https://example.org/a)", '<a href="https://example.org/a">x</a>'),
        ("```python\nif x: pass\n```", '<span class="k">if</span>'),
    ],
)
def test_classes_and_links(source, shown):
    """Colours of code stay, and links to the web; nothing that formgrader's own scripts go by."""
    assert shown in safe_markdown({}, source)
