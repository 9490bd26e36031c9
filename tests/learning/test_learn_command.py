"""`make learn` from the command line, in a copy of the repository: graded, reported, learned, and on the pages."""

from __future__ import annotations

import re

import pytest
from small_class import NAME, PLANTED, TERSE, hand_in
from workshop import make_workshop, run

from autograder.course.course import load_course

NAMED = "the step multiplied by the kernel"


@pytest.mark.long
@pytest.mark.whole
def test_from_the_report_to_the_pages(tmp_path):
    shop = make_workshop(tmp_path / "shop")
    course = load_course(shop)
    for student, text in (("120037", PLANTED), ("ben", TERSE), ("cem", "")):
        hand_in(course, student, text)
    assert run(shop, "build").returncode == 0
    assert "3 of 3 graded" in run(shop, "grade", NAME, "--jobs", "1").stdout
    assert run(shop, "report", NAME, "--jobs", "1").returncode == 0
    report = shop / "report" / f"{NAME}.html"
    (id_,) = set(re.findall(r"receptive_field-[0-9a-f]{6}", report.read_text()))

    done = run(shop, "learn", NAME, "--group", "receptive_field-0", "--name", NAMED, "--jobs", "1")
    assert done.returncode == 2 and "There is no group 'receptive_field-0' now." in done.stdout
    done = run(shop, "learn", NAME, "--group", id_, "--name", NAMED, "--jobs", "1")
    assert done.returncode == 0, done.stdout
    assert f"Learned: autograder/mistakes/{NAME}/learned/the-step-multiplied-by-the-kernel.toml." in done.stdout
    assert "2 of 2 graded" in done.stdout and "2 of 2 in the group have the hint now." in done.stdout
    for student in ("120037", "ben"):
        assert NAMED in (shop / "feedback" / student / NAME / f"{NAME}.html").read_text()
    assert NAMED not in (shop / "feedback" / "cem" / NAME / f"{NAME}.html").read_text()
    learned = (
        shop / "autograder" / "mistakes" / NAME / "learned" / "the-step-multiplied-by-the-kernel.toml"
    ).read_text()
    assert not re.search("120037|lovelace|ada|example", learned, re.IGNORECASE)

    assert "3 of 3 graded" not in run(shop, "grade", NAME, "--jobs", "1").stdout  # the two are up to date
    assert run(shop, "report", NAME, "--jobs", "1").returncode == 0
    assert f"<code>{id_}</code>: {NAMED}" in report.read_text()
    done = run(shop, "learn", NAME, "--group", id_, "--name", "other words", "--jobs", "1")
    assert done.returncode == 2 and f"has a name already: {NAMED}." in done.stdout
