"""What came of each question, as outputs of its grade cell, and a summary as the notebook's first cell.

Everything of the student's is escaped: these outputs are the only ones of an autograded notebook, and all are ours.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.course.course import CourseError
from autograder.results.result import GRADED, MISSING, UNGRADED, UNREADABLE, WAITS, QuestionResult, Result
from cnnlab.checking import outcomes
from cnnlab.checking.check_result import SIGNS, text_lines
from cnnlab.checking.heatmap import heatmap
from cnnlab.checking.outcomes import TestReport

SUMMARY = "summary"  # id of the cell that `embed` puts first
ORDER = (outcomes.OPEN, outcomes.ERROR, outcomes.FAILED, outcomes.NOT_ATTEMPTED, outcomes.NOT_CHECKED, outcomes.PASSED)
OPEN_SIGN = "?"
EXCUSED, EXCUSED_SIGN = "costs nothing: ", "≈"
TROUBLE = "the grader had trouble of its own here, which decides nothing: it will be asked again"
WAITING = "This is open: a person will look at it, and until then it costs you nothing."
HEAD = '<tr><th scope="col">question</th><th scope="col" class="points">points</th><th scope="col">why</th></tr>'
NOT_RUN = '<div class="muted">Not checked: the summary at the top says why.</div>'
MOST_OUTPUT = 4000  # characters of what the student's code printed

STYLE = """<style>
.ag { font: 15px/1.5 system-ui, sans-serif; color: var(--ink, #1f2328); overflow-wrap: anywhere; }
.ag .head { font-weight: 600; }
.ag .muted { color: var(--muted, #59636e); }
.ag .reason { border-left: 4px solid var(--open, #9a6700); padding: .4em .8em; background: var(--warn, #fff8e1); }
.ag .reason { margin: .6em 0; }
.ag table { border-collapse: collapse; margin: .5em 0; border: 0; }
.ag td, .ag th { padding: .15em .8em .15em 0; text-align: left; vertical-align: top; border: 0; background: none; }
.ag th { font-weight: normal; color: var(--muted, #59636e); }
.ag td.name, .ag th.name { white-space: nowrap; }
.ag td.points, .ag th.points { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.ag .test { margin: .6em 0; }
.ag summary { cursor: pointer; }
.ag .test .body { margin-left: 1.5em; }
.ag .test th { white-space: nowrap; }
.ag .test td { font-family: ui-monospace, Consolas, monospace; font-size: 13px; padding-right: 0; }
.ag .test td.hint { font-family: inherit; font-size: inherit; font-weight: 600; color: var(--link, #0550ae); }
.ag pre { font-size: 13px; background: var(--code, #f6f8fa); padding: .5em .8em; margin: .4em 0; border: 0; }
.ag pre { white-space: pre-wrap; color: inherit; }
.ag .sign { display: inline-block; width: 1.5em; font-weight: 700; color: var(--muted, #59636e); }
.ag .sign.passed { color: var(--passed, #1a7f37); } .ag .sign.failed { color: var(--failed, #cf222e); }
.ag .sign.open { color: var(--open, #9a6700); }
.ag figure { margin: .5em 0; } .ag figcaption { font-size: 13px; color: var(--muted, #59636e); }
</style>"""


def embed(notebook: NotebookNode, result: Result) -> NotebookNode:
    """Fill a result into a restored notebook, in place, such that nbgrader reads exactly its points from the outputs.

    Raises:
        CourseError: tests and notebook do not agree on the questions or their points.
    """
    questions = {question.name: question for question in result.questions}
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if is_test_cell(cell)}
    if set(cells) != set(questions):
        odd = ", ".join(sorted(set(cells) ^ set(questions)))
        raise CourseError(
            f"{result.assignment}: tests and notebook do not agree on {odd}. Run `make build`, then `make check`."
        )
    open_ = {question.name for question in result.open_questions}
    for name, cell in cells.items():
        if abs(cell.metadata.nbgrader.points - questions[name].max_points) > 1e-6:
            raise CourseError(
                f"{result.assignment}: {name} has other points in the notebook than in solutions/. Run `make build`."
            )
        cell.outputs, cell.execution_count = question_outputs(questions[name], name in open_), None
    notebook.cells.insert(0, summary_cell(result))
    return notebook


def is_test_cell(cell: NotebookNode) -> bool:
    metadata = cell.metadata.get("nbgrader", {})
    return bool(metadata.get("grade")) and not metadata.get("solution")


def question_outputs(question: QuestionResult, is_open: bool) -> list[NotebookNode]:
    """The points, as nbgrader's partial credit wants them, then the tests."""
    points = min(question.points, question.max_points)
    headline = f'<div class="ag"><span class="head">{html.escape(headline_of(question, is_open))}</span></div>'
    grade = {"text/plain": str(float(points)), "text/html": headline}
    tests = {"text/plain": question_text(question, is_open), "text/html": question_html(question, is_open)}
    return [output("execute_result", grade, execution_count=None), output("display_data", tests)]


def output(kind: str, data: dict[str, str], **more: Any) -> NotebookNode:
    """An output as nbformat makes it, without its check against the schema, which takes longer than all the rest."""
    return nbformat.from_dict({"output_type": kind, "metadata": {}, "data": data, **more})


def headline_of(question: QuestionResult, is_open: bool) -> str:
    so_far = " so far: it is open" if is_open else ""
    return f"{question.name} · {question.points:g} of {question.max_points:g} points{so_far}"


def question_text(question: QuestionResult, is_open: bool) -> str:
    """A question in the grammar of the course's messages, as plain text."""
    lines = [headline_of(question, is_open)]
    for test in map(for_reader, in_order(question)):
        lines += text_lines(test)
        lines += [f"    {EXCUSED}{test.excused}"] if test.excused else []
    return "\n".join(lines)


def for_reader(test: TestReport) -> TestReport:
    """A test as it is shown: of the grader's own trouble only that there was some. Its trace shows hidden tests."""
    if test.outcome != outcomes.ERROR:
        return test
    return replace(test, text=TROUBLE, called="", returned="", expected="", hint="", trace=[], picture=None)


def in_order(question: QuestionResult) -> list[TestReport]:
    """What went wrong first."""
    return sorted(question.tests, key=lambda test: ORDER.index(test.outcome))


def question_html(question: QuestionResult, is_open: bool) -> str:
    """Its tests, those that went wrong first. What several of them have to say is said once."""
    tests = [for_reader(test) for test in in_order(question)]
    if question.outcome == outcomes.NOT_ATTEMPTED and tests:
        return f'<div class="ag">{line_html(outcomes.NOT_ATTEMPTED, tests[0].text or "not attempted yet")}</div>'
    shown = next((test for test in tests if test.picture), None)  # one picture is enough to look at
    bodies = [(test, body_html(test, with_picture=test is shown)) for test in tests]
    parts = []
    for (look, body), group in itertools.groupby(bodies, key=lambda pair: (look_of(pair[0]), pair[1])):
        lines = "".join(line_html(look, test.title) for test, _ in group)
        parts.append(folded(lines) + body if look == outcomes.PASSED else f'<div class="test">{lines}{body}</div>')
    waiting = f"<div>{WAITING}</div>" if is_open else ""
    return f'<div class="ag">{waiting}{"".join(parts) or ("" if is_open else NOT_RUN)}</div>'


def look_of(test: TestReport) -> str:
    """The outcome that its sign shows: a test that costs nothing is not shown as one that does."""
    return EXCUSED if test.excused and test.outcome == outcomes.FAILED else test.outcome


def folded(lines: str) -> str:
    """What passed takes one line, and opens to all."""
    count = lines.count("<div>")
    passed = f"{count} tests passed" if count > 1 else "1 test passed"
    return f'<details class="test"><summary>{sign(outcomes.PASSED)}{passed}</summary>{lines}</details>'


def line_html(outcome: str, text: str) -> str:
    return f"<div>{sign(outcome)}{html.escape(text)}</div>"


def body_html(test: TestReport, with_picture: bool) -> str:
    """What was called, returned and expected; empty for a test that passed."""
    body = f"<div>{html.escape(EXCUSED + test.excused)}</div>" if test.excused else ""
    body += f"<div>{html.escape(test.text)}</div>" if test.text else ""
    labels = [label for label in ("called", "returned", "expected", "hint") if getattr(test, label)]
    if labels and test.outcome != outcomes.PASSED:
        body += f"<table>{''.join(label_row(label, getattr(test, label)) for label in labels)}</table>"
    if test.trace:
        body += f"<pre>{html.escape(chr(10).join(test.trace))}</pre>"
    if with_picture and test.picture:
        body += heatmap(test.picture)
    return f'<div class="body">{body}</div>' if body else ""


def label_row(label: str, text: str) -> str:
    return f'<tr><th scope="row">{label}</th><td class="{label}">{html.escape(text)}</td></tr>'


def sign(outcome: str) -> str:
    """Its sign, which a screen reader reads as a word."""
    character = EXCUSED_SIGN if outcome == EXCUSED else SIGNS.get(outcome, OPEN_SIGN)
    kind = "costs nothing" if outcome == EXCUSED else outcome.replace("_", " ") if outcome in SIGNS else "open"
    return f'<span class="sign {kind}" role="img" aria-label="{kind}">{character}</span>'


# --- the summary ----------------------------------------------------------------------------------------------------


def summary_cell(result: Result) -> NotebookNode:
    """The first cell: points, the reason if something is missing, one line a question, what the code printed."""
    data = {"text/html": summary_html(result), "text/plain": summary_text(result)}
    cell = {"cell_type": "code", "id": SUMMARY, "metadata": {"deletable": False, "editable": False}, "source": ""}
    return nbformat.from_dict({**cell, "execution_count": None, "outputs": [output("display_data", data)]})


def summary_html(result: Result) -> str:
    by_hand = "" if result.status in (MISSING, UNREADABLE) else " Written answers are graded by hand."
    parts = [f"<p><b>{points_in_words(result)}</b> from the tests{so_far(result)}.{by_hand}</p>"]
    if result.status != GRADED:
        label = "Open" if result.reason == UNGRADED else result.status.capitalize()
        parts.append(f'<div class="reason"><b>{label}.</b> {html.escape(result.reason)}</div>')
    for line in open_sentences(result):
        parts.append(f'<div class="reason"><b>Open.</b> {html.escape(line)}</div>')
    if any(question.tests for question in result.questions):
        rows = "".join(question_row(question) for question in sorted(result.questions, key=urgency))
        parts.append(f"<table>{HEAD}{rows}</table>")
    parts += [f'<div class="muted">Note: {html.escape(note)}</div>' for note in result.notes if note != result.reason]
    if result.output.strip():
        printed = html.escape(shorten_output(result.output))
        parts.append(f"<details><summary>What the code printed</summary><pre>{printed}</pre></details>")
    parts.append(f'<div class="muted">{html.escape(graded_from(result))}</div>')
    return f'{STYLE}<div class="ag">{"".join(parts)}</div>'


def points_in_words(result: Result) -> str:
    return f"{result.points:g} of {result.max_points:g} points"


def so_far(result: Result) -> str:
    most = sum(question.max_points for question in result.open_questions)
    return f" so far: questions of {most:g} points are open" if most else ""


def open_sentences(result: Result, open_: Collection[str] | None = None) -> list[str]:
    """For the student: what is open, why, and that nothing is lost.

    Args:
        open_: questions that no person has settled yet; all that the tests left open if None.
    """
    names: dict[str, list[str]] = {}
    for question in result.questions:
        if question.is_open and (open_ is None or question.name in open_):
            names.setdefault(reason_of_loss(question), []).append(question.name)
    return [f"{', '.join(questions)}: {why.rstrip('.')}. {WAITING}" for why, questions in names.items()]


def urgency(question: QuestionResult) -> int:
    excused = question.outcome == outcomes.FAILED and all(
        t.excused or t.outcome != outcomes.FAILED for t in question.tests
    )
    return ORDER.index(outcomes.PASSED if excused else question.outcome)


def question_row(question: QuestionResult) -> str:
    name, why = html.escape(question.name), html.escape(reason_of_loss(question))
    points = f"{question.points:g} of {question.max_points:g}"
    link = f'{sign(ORDER[urgency(question)])}<a href="#{name}">{name}</a>'
    return f'<tr><td class="name">{link}</td><td class="points">{points}</td><td>{why}</td></tr>'


def reason_of_loss(question: QuestionResult) -> str:
    """Why points are missing, in a few words: the first hint, else what went wrong first."""
    tests = [for_reader(test) for test in in_order(question) if test.outcome != outcomes.PASSED]
    if question.is_open:
        return next((test.text for test in tests if test.is_open and not test.text.startswith(WAITS)), TROUBLE)
    tests = [test for test in tests if not test.excused] or tests
    if not tests:
        return next((test.text for test in question.tests if test.text), "")
    if all(test.excused for test in tests):
        return EXCUSED + tests[0].excused
    first = next((test for test in tests if test.hint), tests[0])
    return first.hint or first.text or f"not yet: {first.title}"


def summary_text(result: Result) -> str:
    open_ = {question.name for question in result.open_questions}
    lines = [f"{points_in_words(result)} from the tests{so_far(result)}"]
    lines += [f"{result.status}: {result.reason}"] if result.status != GRADED else []
    lines += [f"open: {line}" for line in open_sentences(result)]
    lines += [headline_of(question, question.name in open_) for question in sorted(result.questions, key=urgency)]
    return "\n".join([*lines, *result.notes, graded_from(result)])


def graded_from(result: Result) -> str:
    """Where the result comes from, for whoever has to explain it."""
    graded = f"Graded from {result.file}" if result.file else "Nothing could be graded"
    unsafe = (
        "; without a sandbox" if result.sandbox == "none" else f"; sandbox: {result.sandbox}" if result.sandbox else ""
    )
    return f"{graded}{unsafe}."


def shorten_output(text: str) -> str:
    """The beginning and the end of a long text."""
    if len(text) <= MOST_OUTPUT:
        return text
    half = MOST_OUTPUT // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"
