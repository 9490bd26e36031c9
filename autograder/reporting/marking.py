"""What a TA sees beside each written answer in formgrader: the mark scheme, the model answer, the comment bank.

It is put there while formgrader shows the page, from solutions/ and comments.csv. No file in autograded/ holds it, and
feedback pages have another filter, so it reaches nobody else.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import pass_context

from autograder.course.course import CourseError, load_course
from autograder.course.questions import model_answers
from autograder.reporting.comment_bank import EVERY, BankComment, read_comments
from autograder.reporting.safe_markdown import safe_markdown

MARKS = "**Marks.**"  # what stands before it in a source is the model answer, what follows the mark scheme
STYLE = """<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
.marking { display: flex; flex-wrap: wrap; gap: 1em 2em; align-items: flex-start; }
.marking-answer { flex: 2 1 20em; min-width: 0; overflow-wrap: anywhere; }
.marking-answer img { max-width: 100%; }
.marking-notes { flex: 1 1 16em; min-width: 0; border-left: 4px solid #0550ae; background: #eef5ff;
  padding: .4em .8em; }
.marking-notes h5 { font-weight: 700; margin: .4em 0; }
.marking-notes summary { cursor: pointer; display: list-item; }
.marking-notes button { display: block; width: 100%; text-align: left; margin: .3em 0; padding: .2em .5em;
  border: 1px solid #9ab; border-radius: 4px; background: #fff; white-space: normal; }
@media (max-width: 700px) { #notebook-container, #notebook { padding: 0; } .container { padding: 0 4px; }
  .nbgrader_cell > .panel-heading { height: auto; overflow: hidden; }
  .nbgrader_cell .pull-right { float: none !important; }
  .input_area, .output_area, .highlight, .text_cell_render { overflow-x: auto; }
  .navbar-fixed-top { position: static; } .navbar .navbar-nav { margin: 0; } body { padding-top: 0 !important; }
  .navbar .breadcrumb { margin: 0; padding: 0; } .navbar .breadcrumb > li { line-height: 1.5; } }
</style>"""
# A pick is saved as formgrader saves what is typed. formgrader's keys want MathJax, also where it can't be fetched.
SCRIPT = """<script>
window.MathJax = window.MathJax || {Hub: {Startup: {signal: {Interest: function (call) { call("End"); }}}}};
document.addEventListener("click", function (event) {
  var pick = event.target.closest(".marking-notes button");
  if (!pick) return;
  var cell = $(pick).closest(".nbgrader_cell");
  var score = cell.find("input.score"), comment = cell.find("textarea.comment");
  var before = comment.val(), points = Number(pick.dataset.points), most = Number(pick.dataset.most);
  comment.val((before ? before + "\\n\\n" : "") + pick.dataset.text).trigger("change");
  autosize.update(comment);
  if (points) {
    var sum = points + (score.val() !== "" ? Number(score.val()) : points < 0 ? most : 0);
    score.val(Math.round(Math.min(most, Math.max(0, sum)) * 1e4) / 1e4).trigger("change");
  }
});
</script>"""


@pass_context
def marking_markdown(context: Any, source: str) -> str:
    """nbconvert's filter `markdown2html` in formgrader: safe, and with the TA's notes beside a written answer."""
    answer = safe_markdown(context, source)
    resources, cell = context.get("resources") or {}, context.get("cell") or {}
    metadata = cell.get("metadata", {}).get("nbgrader", {})
    if not (resources.get("submission_id") and metadata.get("grade") and metadata.get("solution")):
        return answer
    root = Path(resources["metadata"]["path"]).parents[2]  # of autograded/<student>/<assignment>
    notes = notes_html(root, resources["assignment_id"], metadata)
    once = "" if resources.get("has_marking") else STYLE + SCRIPT
    resources["has_marking"] = True
    return (
        f'{once}<div class="marking"><div class="marking-answer">{answer}</div>'
        f'<aside class="marking-notes">{notes}</aside></div>'
    )


def notes_html(root: Path, assignment: str, metadata: Mapping[str, Any]) -> str:
    """The notes on one question; a sentence where they can't be read."""
    name, most = metadata["grade_id"], float(metadata.get("points") or 0)
    parts = []
    try:
        model, _, marks = model_answers(load_course(root).assignment(assignment)).get(name, "").partition(MARKS)
        if marks.strip():
            parts.append(f"<h5>Mark scheme</h5>{safe_markdown({}, marks)}")
        if model.strip():
            parts.append(f"<details><summary>Model answer</summary>{safe_markdown({}, model)}</details>")
        if not parts:
            parts.append("<p>solutions/ has no model answer and no mark scheme for this.</p>")
        comments = [comment for comment in read_comments(root) if comment.question in (name, EVERY)]
        parts += ["<h5>Comments</h5>"] * bool(comments) + [button(comment, most) for comment in comments]
    except CourseError as error:
        parts.append(f"<p>{html.escape(str(error))}</p>")
    return "".join(parts)


def button(comment: BankComment, most: float) -> str:
    points = f" <b>{comment.points:+g}</b>".replace("-", "−") if comment.points else ""
    return (
        f'<button type="button" title="{html.escape(comment.text)}" data-text="{html.escape(comment.text)}" '
        f'data-points="{comment.points:g}" data-most="{most:g}">{html.escape(comment.key)}{points}</button>'
    )
