"""Formulas: MathML for what a person writes, and text for whatever else stands between dollars."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.reporting import formulas, safe_markdown
from autograder.reporting.formulas import mathml

TAG = re.compile(r"<(/?)(\w+)((?: \w+=\"[^\"<>]*\")*)>")
PIECES = [r"\frac", r"\text{", r"\href{javascript:alert(1)}", r"\begin{matrix}", r"\end{matrix}", r"\left(", r"\right"]
PIECES += ["{", "}", "^", "_", "&", r"\\", "x", "1", "<script>", '"', "'", "<", ">", "&lt;", r"\sqrt", r"\color{red}"]
PIECES += [r"\style{position:fixed}", r"\class{x}", r"\mathbb{R}", "%", "#", "\n", r"\hspace{9em}", r"\limits", r"\sum"]


def check_harmless(page: str) -> None:
    """Known elements and attributes, and no other angle bracket."""
    for _, element, attributes in TAG.findall(page):
        assert element in formulas.ELEMENTS | {"code"}
        names = re.findall(r" (\w+)=", attributes)
        assert set(names) <= formulas.ATTRIBUTES | {"width"}
    assert not set("<>") & set(TAG.sub("", page))


def test_what_a_person_writes():
    assert mathml("K_1", False) == '<math display="inline"><mrow><msub><mi>K</mi><mn>1</mn></msub></mrow></math>'
    assert mathml(r"\frac{a}{b}", True).startswith('<math display="block"><mrow><mfrac>')
    assert "<mo>&lt;</mo>" in mathml("a < b", False) and "σ" in mathml(r"\sigma", False)


@pytest.mark.parametrize("tex", [r"\frac{1}{", "^" * 900, "{" * 1000, r"\sqrt{" * 200, r"\begin{matrix}" * 50])
def test_what_is_no_formula_stays_as_it_was_written(tex):
    assert mathml(tex, False) == f"<code>{tex}</code>"


@pytest.mark.parametrize("command", [r"\newcommand", r"\renewcommand", r"\def", r"\let"])
def test_macros_are_not_expanded(command):
    """A few of them, each made of the one before, would fill the memory."""
    assert mathml(rf"{command}\a{{bb}}\a", False).startswith("<code>")


def test_a_long_formula_stays_as_it_was_written():
    assert mathml("x+" * 800, False).startswith("<code>x+x+")


def test_a_formula_that_becomes_too_large(monkeypatch):
    monkeypatch.setattr(formulas, "MOST_TEXT", 100)
    assert mathml("a+b+c+d+e", False) == "<code>a+b+c+d+e</code>"


@pytest.mark.parametrize(
    "hidden", ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", '"><b onload=x>']
)
def test_text_in_a_formula_is_text(hidden):
    """The converter alone would let it out."""
    page = mathml(rf"\text{{{hidden}}}", False)
    check_harmless(page)
    assert "script&gt;" in page or "onload" in page


@pytest.mark.parametrize("tex", [r"\hspace{-100em}x", r"\mspace{9999em}x", r"\href{javascript:alert(1)}{x}"])
def test_nothing_leaves_its_place(tex):
    page = mathml(tex, False)
    check_harmless(page)
    assert "100em" not in page and "9999" not in page and "javascript" not in page


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_whatever_stands_between_dollars_is_harmless(tex):
    check_harmless(mathml(tex, False))


def test_formulas_in_a_text():
    page = safe_markdown.safe_markdown(
        {}, "Of $a<b$ and `$c$`, \\$5:\n\n$$\\sqrt{2}$$\n\n\\begin{equation}x\\end{equation}"
    )
    assert page.count("<math") == 3 and "<code>$c$</code>" in page and "$5" in page and "formula-" not in page


def test_a_formula_in_the_name_of_a_picture():
    """An attribute holds no elements."""
    page = safe_markdown.safe_markdown({}, "![$x$](data:image/png;base64,aaaa)")
    assert page == '<p><img src="data:image/png;base64,aaaa" alt="formula"></p>\n'


def test_many_formulas(monkeypatch):
    """The first ones are shown, the others stay as they were written."""
    monkeypatch.setattr(safe_markdown, "MOST_FORMULAS", 2)
    page = safe_markdown.safe_markdown({}, "$a$ $b$ $c$")
    assert page.count("<math") == 2 and "<code>c</code>" in page


def test_nobody_can_write_a_mark():
    """It is drawn anew in each process, and none is left on a page."""
    assert len(safe_markdown.MARK) > 32
    page = safe_markdown.safe_markdown({}, "formula-0123-0. $a$ $b$")
    assert "formula-0123-0." in page and safe_markdown.MARK not in page
