"""What the class did: who computes the same is found, asked in the sandbox, kept, and shown."""

from __future__ import annotations

import html
import json
import re
from dataclasses import asdict, replace

import pytest
from small_class import EARLIER, KNOWN, NAME, NOW, QUESTION, WITH_LIST, grade, hand_in, make_class

from autograder.grading.grade import Grader
from autograder.grading.survey import survey
from autograder.learning import behaviour
from autograder.learning.answers import Answers
from autograder.learning.behaviour import Behaviour, behaviour_path, read_behaviour
from autograder.learning.earlier import EarlierTerm
from autograder.learning.groups import find_groups
from autograder.learning.groups_section import groups_section
from autograder.learning.learn import CanNotLearn, Learner
from autograder.learning.nearest import nearest_to
from autograder.sandbox import SandboxUnavailable
from autograder.steps.processes import Crew, Died

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """This term's class, and one of the term before."""
    now = make_class(tmp_path_factory.mktemp("now"), NOW)
    course, _, rows = make_class(tmp_path_factory.mktemp("earlier"), EARLIER, "2027-winter")
    return *now, [EarlierTerm("2027-winter", course, {NAME: rows})]


@pytest.fixture(scope="module")
def found(place):
    return find_groups(*place)


def members(found, question):
    return [{member.student for member in group.members} for group in found.groups.get(question, [])]


def texts(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_those_who_compute_the_same_are_one_group_over_the_terms(found):
    """However they write it; the largest group first."""
    assert members(found, QUESTION) == [{"ada", "ben", "cem", "eve", "kim"}]
    assert members(found, "convolve2d") == [{"dora", "eve", "lou"}]
    assert {member.student for member in found.right[QUESTION]} >= {"ida", "jo", "max"}


def test_what_hangs_or_ends_its_process_costs_nobody_else(found):
    stopped = {group.example.student: group.answers.stopped for group in found.groups["conv1x1_forward"]}
    assert stopped == {"fay": True, "gus": True, "hal": False} and not found.unseen


def test_what_computes_what_is_right_says_so(found):
    """A loop where none is allowed."""
    (hal,) = [group for group in found.groups["conv1x1_forward"] if group.right]
    assert [member.student for member in hal.members] == ["hal"]


def test_a_group_has_the_name_that_the_bank_knows_it_by(found):
    (known,), (unknown,) = found.groups["convolve2d"], found.groups[QUESTION]
    assert "rows only" in known.hint and unknown.hint == ""


def test_what_is_named_this_term_is_named(found):
    """Whatever a term before knew: its results stay as they are."""
    (group,) = found.groups["convolve2d"]
    member, earlier = group.members[0], replace(group.members[0], hint="", earlier=True)
    assert replace(group, members=[member, earlier, earlier]).hint == member.hint
    assert replace(group, members=[earlier]).hint == ""


def test_the_second_time_nobody_is_asked(place, found, monkeypatch):
    monkeypatch.setattr(behaviour, "Crew", None)
    again = find_groups(*place)
    assert {q: [g.id for g in groups] for q, groups in again.groups.items()} == {
        q: [g.id for g in groups] for q, groups in found.groups.items()
    }


def test_only_who_handed_in_anew_is_asked_again(tmp_path, monkeypatch):
    course, assignment, rows = make_class(tmp_path, {"ben": KNOWN, "cem": WITH_LIST})
    find_groups(course, assignment, rows)
    hand_in(course, "cem", KNOWN)
    with Grader(course, assignment) as grader:
        grade(grader, "cem")
    asked = []

    class Counted(Crew):
        def each(self, entries):
            asked.extend(one.submission.student for (one,) in entries)
            return super().each(entries)

    monkeypatch.setattr(behaviour, "Crew", Counted)
    found = find_groups(course, assignment, survey(course, assignment))
    assert asked == ["cem"] and members(found, "convolve2d") == [{"ben", "cem"}]


def test_a_hand_in_that_was_not_graded_yet_is_in_no_group(tmp_path):
    course, assignment, rows = make_class(tmp_path, {"ben": KNOWN, "cem": KNOWN})
    hand_in(course, "cem", WITH_LIST)
    assert members(find_groups(course, assignment, rows), "convolve2d") == [{"ben"}]


def test_a_process_that_dies_is_told(tmp_path, monkeypatch):
    course, assignment, rows = make_class(tmp_path, {"ben": KNOWN})

    class Dying(Crew):
        def each(self, entries):
            return [(entry, Died(2)) for entry in entries]

    monkeypatch.setattr(behaviour, "Crew", Dying)
    found = find_groups(course, assignment, rows)
    assert found.unseen == {"ben": "the process that read its answers died 2 times"} and not found.groups
    page = groups_section(course, assignment, found, anonymous=False).html
    assert "Not asked: ben: the process that read its answers died 2 times" in " ".join(texts(page).split())


def test_a_question_that_can_not_be_asked_is_not_asked_for_ever(tmp_path):
    """Training takes too long to be asked again: known once, and in no group."""
    path = tmp_path / "ada.json"
    path.write_text(json.dumps({"format": 1, **asdict(Behaviour("x", "y", answers={"overfit": Answers([], [])}))}))
    found = read_behaviour(path)
    assert found.serves("x", "y", ["overfit"]) and not found.serves("x", "y", ["overfit", "lenet"])
    assert found.answers["overfit"].empty


def test_where_code_can_not_be_shut_in_the_page_says_so(tmp_path, monkeypatch):
    """And nothing else of the report is lost by it."""
    course, assignment, rows = make_class(tmp_path, {"ben": KNOWN, "cem": KNOWN})

    class Refused(Crew):
        def each(self, entries):
            raise SandboxUnavailable("This machine can't shut student code in.")

    monkeypatch.setattr(behaviour, "Crew", Refused)
    found = find_groups(course, assignment, rows)
    page = " ".join(texts(groups_section(course, assignment, found, anonymous=False).html).split())
    assert "Not asked: ben, cem: This machine can't shut student code in." in page and "Nobody lost" not in page
    page = " ".join(texts(groups_section(course, assignment, found, anonymous=True).html).split())
    assert "Not asked: 2 students: This machine can't shut student code in." in page


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "answers": {"a": 3}, "right": []}'])
def test_what_is_kept_and_damaged_counts_as_nothing(tmp_path, text):
    path = tmp_path / "ada.json"
    path.write_text(text)
    assert read_behaviour(path) == read_behaviour(tmp_path / "none.json")


def test_the_page(place, found):
    """Size, share, who, the shortest code, what makes it right, and the name or that there is none."""
    course, assignment, *_ = place
    page = " ".join(texts(groups_section(course, assignment, found, anonymous=False).html).split())
    (group,) = found.groups[QUESTION]
    assert (
        f"{group.id} : not named Ada Lovelace (ada), Ben Byron (ben), cem, eve The shortest of them def receptive"
        in page
    )
    assert "5 1 of them earlier 100 %" in page and "kim" not in page
    assert "- j *= k if s > 1 else 1" in page and "+ j *= s" in page
    assert (
        "computes what is right on these inputs: what it lost has another cause" in page and "a filter flipped" in page
    )


def test_an_anonymous_page_has_no_name_and_no_code(place, found):
    course, assignment, *_ = place
    page = texts(groups_section(course, assignment, found, anonymous=True).html)
    assert found.groups[QUESTION][0].id in page and "def " not in page
    assert not re.search(r"\b(ada|ben|Ada|Byron|eve|hal)\b", page)


def test_whose_code_is_not_to_be_shown(tmp_path):
    """Neither as an example, nor as the right answer beside one; the group is the same."""
    course, assignment, rows = make_class(tmp_path, {"ben": KNOWN, "cem": KNOWN + "# mine\n", "ida": ""})
    (course.root / "opt-out.txt").write_text("ben  # by mail\nida\n")
    found = find_groups(course, assignment, rows)
    (group,) = found.groups["convolve2d"]
    assert len(group.members) == 2 and group.example.student == "cem" and not found.right.get("convolve2d")
    (course.root / "opt-out.txt").write_text("ben\ncem\nida\n")
    page = texts(groups_section(course, assignment, find_groups(course, assignment, rows), False).html)
    assert "No code is shown: they have opted out." in page and "k[::-1]" not in page


def test_a_backward_pass_that_got_no_cache_is_in_a_group_that_says_so(tmp_path):
    """It computes nothing that could be compared, and nothing is learned from it."""
    text = "\ndef conv_forward_naive(x, w, b, conv_param):\n    raise KeyError\n"
    text += "\ndef conv_backward_naive(dout, cache):\n    return dout, dout\n"
    course, assignment, rows = make_class(tmp_path, {"ben": text})
    found = find_groups(course, assignment, rows)
    (group,) = found.groups["conv_backward_naive"]
    assert group.follows == "conv_forward_naive raised KeyError" and not found.groups["conv_forward_naive"][0].follows
    page = texts(groups_section(course, assignment, found, False).html)
    assert "could not be asked: conv_forward_naive raised KeyError" in page
    with pytest.raises(CanNotLearn, match="could not be asked: conv_forward_naive raised KeyError. There is nothing"):
        Learner(course, assignment, found, ()).group(group.id)


def test_answers_do_not_depend_on_the_term(tmp_path):
    ids = []
    for term in ("2026-fall", "2027-winter"):
        course, assignment, rows = make_class(tmp_path / term, {"ben": KNOWN}, term)
        ids.append(find_groups(course, assignment, rows).groups["convolve2d"][0].id)
        assert read_behaviour(behaviour_path(course, assignment, "ben")).answers
    assert ids[0] == ids[1]


# --- the nearest right answer ----------------------------------------------------------------------------------------


def test_the_nearest_right_answer_is_shown_in_the_same_names():
    wrong = "def f(x):\n    total = 0\n    for i in range(len(x)):\n        total = x[i]\n    return total\n"
    near = "def f(values):\n    s = 0  # sum\n    for n in range(len(values)):\n        s += values[n]\n    return s\n"
    nearest = nearest_to(wrong, ["def f(x):\n    return sum(x)\n", near])
    assert nearest.place == 1
    changes = [line for line in nearest.diff if line[0] in "+-"]
    assert changes == ["-        total = x[i]", "+        total += x[i]"]


@pytest.mark.parametrize("wrong, right", [("def f(:", ["x = 1"]), ("x = 1", []), ("x = 1", ["def f(:"])])
def test_there_may_be_none(wrong, right):
    assert nearest_to(wrong, right) is None
