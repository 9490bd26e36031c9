"""course.toml: what a right one gives, and the sentence and line for each thing that can be wrong with one."""

import io
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hand_made import make_course, make_place, make_result, record, write_grades
from nbgrader.api import Gradebook
from rich.console import Console
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import course as courses
from autograder.course.course import REPOSITORY, CourseError, load_course, require_late_policy
from autograder.course.late import LatePolicy
from autograder.grading.pipeline import grade_class
from autograder.grading.run import Job
from autograder.reporting import gradebook_steps

FILE = """\
[course]
name = "A course"
term = "2026-fall"

[variations]
channels = [20, 50]
threshold = 0.7

[[assignments]]
name = "a1_first"
title = "First"
seconds_per_call = 10
seconds_per_submission = 120
torch = false

[[assignments]]
name = "a2_second"
title = "Second"
seconds_per_call = 0.5
seconds_per_submission = 60
forbidden = ["torch"]

[terms.2026-fall]
seed = "one"
students_fetch_from = "https://github.com/OWNER/REPOSITORY"
late = "zero"
due.a1_first = 2026-10-19T23:59:00+02:00

[terms.2027-winter]
seed = "two"
assignments = ["a2_second"]
variations.channels = [16, 40]
"""


@pytest.fixture
def read(tmp_path):
    def read(text: str = FILE, term: str = ""):
        path = tmp_path / "course.toml"
        path.write_text(text)
        return load_course(tmp_path, path, term)

    return read


def test_a_course_and_its_term(read):
    course = read()
    assert (course.name, course.term, course.seed, course.late) == ("A course", "2026-fall", "one", "zero")
    assert [assignment.name for assignment in course.assignments] == ["a1_first", "a2_second"]
    first, second = course.assignments
    assert (first.torch, second.torch, second.forbidden) == (False, True, ("torch",))
    assert first.due == datetime(2026, 10, 19, 23, 59, tzinfo=timezone(timedelta(hours=2))) and second.due is None
    assert course.variations == {"channels": [20, 50], "threshold": 0.7}


def test_what_students_see_and_whom_they_ask(read):
    course = read(FILE.replace('late = "zero"', 'feedback = "names"\ncontact = "Ask Ada."'))
    assert (course.disclosure, course.contact) == ("names", "Ask Ada.")
    assert (read().disclosure, read().contact) == ("", "")


def test_another_term(read):
    course = read(term="2027-winter")
    assert (course.seed, course.late, course.students_fetch_from) == ("two", "none", "")
    assert [assignment.name for assignment in course.assignments] == ["a2_second"]
    assert course.variations == {"channels": [16, 40], "threshold": 0.7}


def test_a_late_policy_of_our_own(read):
    """As keys, as a table in a line, or under a head of its own."""
    keys = {"grace_minutes": 15, "tokens": 3, "hours_per_token": 48, "percent_per_day": 12.5, "cut_off_days": 7}
    expected = LatePolicy(timedelta(minutes=15), 3, timedelta(days=2), 12.5, 0, timedelta(days=7))
    dotted = "\n".join(f"late.{key} = {value}" for key, value in keys.items())
    inline = "late = {" + ", ".join(f"{key} = {value}" for key, value in keys.items()) + "}"
    for written in (dotted, inline):
        assert read(FILE.replace('late = "zero"', written)).late == expected
    head = "[terms.2026-fall.late]\n" + dotted.replace("late.", "")
    assert read(FILE.replace('late = "zero"', "") + head).late == expected
    assert read(FILE.replace('late = "zero"', "late.percent_once = 100")).late == LatePolicy(percent_once=100)
    with pytest.raises(CourseError, match=r"^course.toml, line 35: tokens must be a whole number"):
        read(FILE.replace('late = "zero"', "") + head.replace("tokens = 3", "tokens = 300"))


def test_the_example_of_a_late_policy_is_one(read):
    text = (REPOSITORY / "course.toml").read_text(encoding="utf-8")
    text = text.replace('\nlate = "none"', "").replace("\n# late = {", "\nlate = {")
    assert read(text).late == LatePolicy(timedelta(minutes=15), 3, timedelta(days=1), 25, 0, timedelta(days=7))


def test_the_due_date_is_no_reason_to_grade_again(read):
    before, after = (
        read(FILE.replace("2026-10-19T23", hour)).assignments[0] for hour in ("2026-10-19T23", "2026-10-19T20")
    )
    assert before != after and repr(before) == repr(after)


WRONG = [  # what is replaced by what, and the sentence
    ('name = "A course"', "", "line 1: course has no name: add it."),
    ('name = "A course"', 'nmae = "A course"', "line 2: course knows no 'nmae': did you mean 'name'?"),
    ('name = "A course"', "name = 7", "line 2: name must be a text in quotes, not empty, not 7."),
    ('term = "2026-fall"', 'term = "fall"', "line 3: term must be a year and a season, such as \"2026-fall\""),
    ('term = "2026-fall"', 'term = "2028-fall"', "line 3: there is no term '2028-fall'. There are: 2026-fall,"),
    ("[course]", "[cours]", "line 1: course.toml knows no 'cours': did you mean 'course'?"),
    ("[terms.2026-fall]", "[term.2026-fall]", "line 23: course.toml knows no 'term': did you mean 'terms'?"),
    ("[variations]", "[varations]", "line 5: course.toml knows no 'varations': did you mean 'variations'?"),
    ("threshold = 0.7", "threshold = {}", "line 7: threshold must be a number, a text, or a list of them, not {}."),
    ("[[assignments]]", "[[assignment]]", "line 9: course.toml knows no 'assignment': did you mean 'assignments'?"),
    ('name = "a1_first"', "", "line 9: assignments has no name: add it."),
    ('name = "a1_first"', 'name = "First"', 'line 10: name must be a name such as "a1_convolution"'),
    ("seconds_per_call = 10", "seconds_per_cal = 10", "line 12: assignments knows no 'seconds_per_cal': did you mean"),
    ("seconds_per_call = 10", "seconds_per_call = 0", "line 12: seconds_per_call must be a number of seconds above 0"),
    ("seconds_per_call = 10", 'seconds_per_call = "10"', "must be a number of seconds above 0, not '10'."),
    ("seconds_per_call = 10", "seconds_per_call = true", "must be a number of seconds above 0, not True."),
    ("seconds_per_call = 10", "seconds_per_call = inf", "must be a number of seconds above 0, not inf."),
    ("torch = false", 'torch = "no"', "line 14: torch must be true or false, not 'no'."),
    ("torch = false", 'images = "mnist"', 'line 14: images must be "cifar10", "synthetic" or "colors", not \'mnist\'.'),
    ('name = "a2_second"', 'name = "a1_first"', "line 17: the assignment 'a1_first' is there twice."),
    ('["torch"]', '"torch"', 'line 21: forbidden must be a list of names in quotes, such as ["a1_convolution"]'),
    ('["torch"]', "[]", "line 21: forbidden must be a list of names in quotes"),
    ('seed = "one"', "", "line 23: terms.2026-fall has no seed: add it."),
    ('seed = "one"', 'seed = ""', "line 24: seed must be a text in quotes, not empty, not ''."),
    ("https://github.com/", "github.com/", "line 25: students_fetch_from must be an address such as"),
    ('late = "zero"', 'feedback = "all"', 'line 26: feedback must be "names", "sentences" or "everything", not '),
    ('late = "zero"', "feedback = true", 'line 26: feedback must be "names", "sentences" or "everything", not True.'),
    ('late = "zero"', 'contact = ""', "line 26: contact must be one line of text in quotes, of at most 300 characters"),
    ('late = "zero"', 'contact = "a\\nb"', "line 26: contact must be one line of text in quotes"),
    ('late = "zero"', f'contact = "{"a" * 301}"', "line 26: contact must be one line of text in quotes"),
    ('late = "zero"', 'late = "half"', 'line 26: late must be "none", "zero", an nbgrader plugin of your own'),
    ('late = "zero"', "late = 25", "or a table such as {tokens = 3, percent_per_day = 25}, not 25."),
    ('late = "zero"', "late = {}", "late does not say what is taken off: add percent_per_day, or percent_once (100 if"),
    ('late = "zero"', "late.tokens = 3", "line 23: late does not say what is taken off"),
    ('late = "zero"', "late.token = 3", "line 26: terms.2026-fall.late knows no 'token': did you mean 'tokens'?"),
    ('late = "zero"', "late = {percent_per_day = 25, percent_once = 9}", "line 26: late has percent_per_day and"),
    ('late = "zero"', "late.percent_per_day = 0", "line 26: percent_per_day must be a number of percent from 1 to 100"),
    ('late = "zero"', "late.percent_once = 101", "percent_once must be a number of percent from 1 to 100, not 101."),
    ('late = "zero"', "late.percent_once = true", "percent_once must be a number of percent from 1 to 100, not True."),
    ('late = "zero"', "late.percent_once = nan", "percent_once must be a number of percent from 1 to 100, not nan."),
    ('late = "zero"', "late.tokens = 1.5", "line 26: tokens must be a whole number from 0 to 100, not 1.5."),
    ('late = "zero"', "late.tokens = -1", "line 26: tokens must be a whole number from 0 to 100, not -1."),
    ('late = "zero"', 'late.grace_minutes = "15"', "grace_minutes must be a number of minutes from 0 to 1440, not"),
    ('late = "zero"', "late.hours_per_token = 0", "line 26: hours_per_token must be a number of hours from 1 to 720"),
    ('late = "zero"', 'attempt = "first"', 'attempt must be "latest" or "best", not '),
    ('late = "zero"', 'late = "zero"\nattempt = "best"', 'line 27: the best attempt can be told only where late is'),
    ('late = "zero"', "late = {percent_once = 20, hours_per_token = 24}", "hours_per_token is of no use without"),
    ('late = "zero"', "late.cut_off_days = -1", "line 26: cut_off_days must be a number of days from 0 to 366, not"),
    ("T23:59:00+02:00", "T23:59:00", "line 27: a1_first must be a date and time with its offset from UTC"),
    ("2026-10-19T23:59:00+02:00", '"Monday"', "such as 2026-10-19T23:59:00+02:00, not 'Monday'."),
    ("due.a1_first", "due.a1_frist", "line 27: terms.2026-fall.due knows no 'a1_frist': did you mean 'a1_first'?"),
    ("due.a1_first = 2026-10-19T23:59:00+02:00", "due = 2026-10-19", "line 27: due must be a table, not 2026-10-19."),
    ('seed = "two"', 'seed = "one"', "line 30: 2027-winter has the seed of 2026-fall: give it another one"),
    ("[terms.2027-winter]", "[terms.2027-Winter]", "line 29: the term '2027-Winter' must be named by a year"),
    ('["a2_second"]', '["a2_secnd"]', "line 31: there is no assignment 'a2_secnd': did you mean 'a2_second'?"),
    ("variations.channels", "variations.chanels", "line 32: terms.2027-winter.variations knows no 'chanels': did"),
    ("[16, 40]", "[16, 40, 60]", "line 32: channels must be like its default [20, 50], not [16, 40, 60]."),
    ("[16, 40]", '"16"', "line 32: channels must be like its default [20, 50], not '16'."),
    ('assignments = ["a2_second"]', "colour = 1", "line 31: terms.2027-winter knows no 'colour'. There are: seed,"),
]  # fmt: skip


@pytest.mark.parametrize("old, new, sentence", WRONG, ids=[sentence[:40] for _, _, sentence in WRONG])
def test_what_is_wrong_is_said_with_its_line(read, old, new, sentence):
    assert old in FILE
    with pytest.raises(CourseError) as raised:
        read(FILE.replace(old, new, 1) if new else FILE.replace(old, "# gone", 1))
    assert str(raised.value).startswith("course.toml") and sentence in str(raised.value)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("", "course.toml has no course: README"),
        ("course = 1\nassignments = []\nterms = {}", "line 1: course must be a table: write [course] above its keys."),
        (
            "assignments = [1]\n[course]\n[terms.x]",
            "line 1: assignments must be tables: write [[assignments]] above each",
        ),
        ("assignments = []\nterms = {}\n[course]", "line 2: terms must be tables: write [terms.2026-fall] above"),
        ("[course]\nname = \n", "course.toml is not valid TOML: Invalid value (at line 2"),
    ],
)
def test_a_file_that_is_no_course_at_all(read, text, sentence):
    with pytest.raises(CourseError) as raised:
        read(text)
    assert sentence in str(raised.value)


def test_a_term_that_is_not_there(read):
    with pytest.raises(
        CourseError, match=r"has no term '2030-spring': add \[terms.2030-spring\] with a seed of its own"
    ):
        read(term="2030-spring")


@pytest.mark.parametrize(
    "key, value, sentence",
    [
        ("cost_filters", "0", "cost_filters must be a whole number from 1 to 1000, not 0."),
        ("lenet_channels", "[20, 50, 80]", "lenet_channels must be two whole numbers from 4 to 100, the second larger"),
        ("lenet_channels", "[50, 20]", "the second larger, neither of them 10, not [50, 20]."),
        ("lenet_channels", "[10, 20]", "neither of them 10, not [10, 20]."),
        ("lenet_channels", "[2, 200]", "two whole numbers from 4 to 100"),
        ("image_size", "40", "image_size must be a whole number from 20 to 32, the size of CIFAR-10's images, not 40."),
        ("image_size", "28.0", "image_size must be a whole number from 20 to 32"),
        ("lenet_percents", "[40, 50]", "must be 8 rising whole numbers from 1 to 99, each worth 2 points, not"),
        ("convnet_percents", "[50, 60, 60, 65, 70, 75]", "convnet_percents must be 6 rising whole numbers"),
        ("convnet_percents", "[50, 60, 65, 70, 75, 175]", "convnet_percents must be 6 rising whole numbers"),
    ],
)
def test_numbers_that_an_assignment_can_do_nothing_with(read, key, value, sentence):
    """As a default, and as a term's."""
    lines = (REPOSITORY / "course.toml").read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{key} ="))
    changed = [*lines[:at], f"{key} = {value}", *lines[at + 1 :]]
    extended = [*lines, "[terms.2031-fall]", 'seed = "another"', f"variations.{key} = {value}"]
    for text, line in ((changed, at + 1), (extended, len(extended))):
        with pytest.raises(CourseError) as raised:
            read("\n".join(text))
        assert f"line {line}: " in str(raised.value) and sentence in str(raised.value)


def test_numbers_that_an_assignment_misses(read):
    text = (REPOSITORY / "course.toml").read_text(encoding="utf-8")
    with pytest.raises(CourseError, match="variations has no image_size: add it."):
        read(text.replace("\nimage_size =", "\nother_size ="))


def test_variations_that_are_no_table(read):
    with pytest.raises(CourseError, match=r"line 1: variations must be a table: write \[variations\] above its keys"):
        read("variations = 3\n" + FILE.replace("[variations]\nchannels = [20, 50]\nthreshold = 0.7\n", ""))


def test_a_term_that_is_no_table(read):
    with pytest.raises(CourseError, match="terms.2026-fall must be a table, not 1."):
        read(FILE.split("[terms.2026-fall]")[0] + "[terms]\n2026-fall = 1\n")


# --- what nbgrader is told ------------------------------------------------------------------------------------------


def test_the_due_date_reaches_the_gradebook(tmp_path):
    """In UTC; and a later change of it as well."""
    course, assignment = make_course(tmp_path)
    for hour in (23, 20):
        due = datetime(2026, 10, 19, hour, 59, tzinfo=timezone(timedelta(hours=2)))
        gradebook_steps.sync_assignment(course, replace(assignment, due=due))
        with Gradebook(f"sqlite:///{course.gradebook}") as book:
            assert book.find_assignment(assignment.name).duedate == datetime(2026, 10, 19, hour - 2, 59)


PLUGIN = """
from nbgrader.plugins import BasePlugin
class HalfADay(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1
class Other:
    pass
"""


@pytest.fixture
def late(tmp_path, monkeypatch):
    """Puts a course.toml with this late policy, and a module with plugins, in the place of the repository's."""

    def late(policy):
        (tmp_path / "course.toml").write_text(FILE.replace('late = "zero"', f'late = "{policy}"'))
        (tmp_path / "late_by_a_test.py").write_text(PLUGIN)
        (tmp_path / "broken_by_a_test.py").write_text("1 +")
        monkeypatch.setattr(courses, "REPOSITORY", tmp_path)
        monkeypatch.syspath_prepend(tmp_path)
        return load_course(tmp_path)

    return late


@pytest.mark.parametrize(
    "policy, expected",
    [
        ("zero", ("LateSubmissionPlugin", "penalty_method")),
        ("late_by_a_test.HalfADay", ("AssignLatePenalties", "plugin_class")),
    ],
)
def test_the_late_policy_is_nbgraders(late, policy, expected):
    require_late_policy(late(policy))
    config = PyFileConfigLoader("nbgrader_config.py", path=str(REPOSITORY)).load_config()
    assert config[expected[0]][expected[1]] == policy


@pytest.mark.parametrize(
    "policy, sentence",
    [
        (
            "foo_by_a_test.Bar",
            "late names 'foo_by_a_test.Bar', which can't be imported (ModuleNotFoundError: No module",
        ),
        ("late_by_a_test.Bar", "which can't be imported (AttributeError: module 'late_by_a_test' has no attribute"),
        ("broken_by_a_test.Bar", "which can't be imported (SyntaxError: "),
        ("late_by_a_test.Other", "late_by_a_test.Other is no class made from nbgrader.plugins.BasePlugin."),
        ("late_by_a_test.BasePlugin.name", "which can't be imported (ModuleNotFoundError: "),
    ],
)
def test_a_late_policy_that_is_no_plugin(late, policy, sentence):
    """Said with its line before anybody is graded."""
    course = late(policy)
    console = Console(file=io.StringIO())
    with pytest.raises(CourseError) as raised:
        grade_class(Job(course, course.assignments[0], True), None, 1, False, console)
    assert str(raised.value).startswith("course.toml, line 26: ") and sentence in str(raised.value)


def test_nbgraders_export_leaves_our_grades_csv(tmp_path):
    """`nbgrader export` has a file of its own."""
    place = make_place(tmp_path)
    record(place, make_result("amy"))
    write_grades(place, [make_result("amy")])
    ours = (tmp_path / "grades.csv").read_bytes()
    nbgrader = [sys.executable, "-m", "nbgrader", "export"]
    done = subprocess.run(nbgrader, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "grades.csv").read_bytes() == ours
    assert "amy" in (tmp_path / "nbgrader_export.csv").read_text()
