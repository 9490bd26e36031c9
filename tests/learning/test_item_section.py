"""The part of the report on items: what stands there, for whom, and that all of it is text."""

import html
import re

import pytest
from hand_made import NAME, make_place
from simulated_class import by_chance, standing

from autograder.learning import item_section
from autograder.reporting.class_report import write_reports

EVIL = "<script>alert(1)</script>'\""
BEST_FAIL = ["-+++++"] * 6 + ["+++++-"] * 4 + ["+---+-"] * 15 + ["---+--"] * 15


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path)


def page_of(place, rows, before=None, anonymous=False) -> str:
    section = item_section.item_section(*place, rows, before or {}, anonymous)
    (path,) = write_reports(place[0], {NAME: rows}, anonymous, {NAME: [section]})
    return path.read_text(encoding="utf-8")


def words(page: str) -> str:
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def class_of(marks):
    return [standing(f"s{number:02}", conv=mark) for number, mark in enumerate(marks)]


def test_the_table(place):
    """What is worth a look, with its figures, and whose submissions to read; all else is folded away."""
    text = words(page_of(place, class_of(BEST_FAIL)))
    assert "of 40 hand-ins that could be graded." in text and "Too few" not in text.partition("Worth a look")[0]
    assert "1 conv 1 conv The best quarter loses it at least as often as the others (6 of 10, 15 of 30)" in text
    assert "Read first: s00, s01, s02. 1 48 % 33 to 63 −0.16 −0.45 to 0.16 40 0.1 0.1 2 conv 6" in text
    assert "All others: 3 item, and what to do" in text


def test_without_names(place):
    page = page_of(place, class_of(BEST_FAIL), anonymous=True)
    assert "The best quarter loses it" in page and "Read first" not in page and not re.search(r"\bs\d\d\b", page)


def test_the_plot(place):
    """A mark for each item that has a discrimination: it leads to its row, and is told in words."""
    page = page_of(place, by_chance(80, [(b, 1.5) for b in (-1, 0, 1, -9)], split=2))
    plot = page[page.index('<h2 id="items">') :]
    plot = plot[plot.index("<svg") : plot.index("</svg>")]
    links = re.findall(r'<a href="#(item-\d)"', plot)
    assert len(links) == 5 and all(f'<tr id="{link}">' in page for link in links)
    assert plot.count("<circle") == 3 and plot.count("<rect") == 2 and 'aria-label="Each item by the share' in plot
    assert re.search(r"<title>conv 2 \(conv\): \d\d %, discrimination 0\.\d\d</title>", plot)
    assert "Not drawn: 1, of which too few answers differ." in page


def test_the_plot_keeps_numbers_apart():
    """What would lie on each other is written as one; nothing is drawn outside of the field."""
    marks = [{"x": x, "y": y, "row": {"number": n}} for n, (x, y) in enumerate([(0, 0), (5, 5), (60, 0), (0, 90)], 1)]
    assert [label["text"] for label in item_section.labels_of(marks)] == ["1, 2", "3", "4"]
    assert item_section.y_of(-1) == item_section.TOP + item_section.HEIGHT and item_section.y_of(1) == item_section.TOP
    assert item_section.plot_of([{"r": None}]) is None


@pytest.mark.parametrize("students", [1, 3])
def test_a_small_class_says_so(place, students):
    page = page_of(place, class_of(["+-", "-+", "++"][:students]))
    text = words(page)
    assert (
        "Too few to say much: discrimination takes 20 answers." in text
        and "Nothing: there are too few answers." in text
    )
    assert f"Too few to say: {students} answers, and it takes 20." in text
    assert "<svg" not in page[page.index('<h2 id="items">') : page.index('<h2 id="time">')]


def test_nobody_could_be_graded(place):
    text = words(page_of(place, [standing("ada", status="missing")]))
    assert "of 0 hand-ins that could be graded" in text


def test_an_earlier_term(place):
    """A column of its own, and a sentence where the difference is no chance; both tests' hash says if they changed."""
    before, now = class_of(["+-", "++"] * 50), class_of(["+-", "++", "--", "-+"] * 25)
    text = words(page_of(place, now, {"2025-fall": before, "2024-fall": []}))
    assert "in 2025-fall" in text and "2024-fall" not in text and "100 % −60 to −40 since" in text
    assert "Harder than in 2025-fall" in text and "what was changed?" in text
    for row in before:
        row.result.made_by = {"tests": "other"}
    assert "the hidden tests were changed in between, too." in words(page_of(place, now, {"2025-fall": before}))


def test_whatever_stands_in_a_result_is_text(place):
    rows = class_of(BEST_FAIL)
    for row in rows:
        row.result.questions[0].name = EVIL
        for test in row.result.questions[0].tests:
            test.question, test.title = EVIL, EVIL
    page = page_of(place, rows, {EVIL: rows})
    assert "<script" not in page and page.count("&lt;script&gt;") > 10 and 'href="javascript' not in page


def test_the_page_is_as_safe_as_before(place):
    """It loads nothing, and twice it is the same."""
    rows = by_chance(80, [(b, 1.5) for b in (-1, 0, 1, -9)])
    page = page_of(place, rows)
    assert page == page_of(place, rows)
    assert all(link.startswith(("#", "../")) for link in re.findall(r'(?:src|href)="([^"]*)"', page))
    assert "default-src 'none'" in page and "url(http" not in page
