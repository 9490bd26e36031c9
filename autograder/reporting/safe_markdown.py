"""Markdown of students (and of TAs' comments) as HTML that can't run anything in the browser it is read in."""

from __future__ import annotations

import html
import re
import secrets
from typing import Any

import bleach
from jinja2 import pass_context
from mistune import HTMLRenderer
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.reporting.formulas import mathml

TAGS = frozenset(
    "a abbr b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre s small span strong "
    "sub sup table tbody td th thead tr u ul".split()
)


PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")  # never SVG, which may hold scripts
ATTACHED = re.compile(r'src="attachment:([^"]*)"')
LINK = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
COLOUR = re.compile(r"[a-z]{1,2}\d?|cpf|err|esc|ges")  # what Pygments calls the parts of code
LONG_RUN = re.compile(r"\S{1000}")  # without a blank: Pygments' lexers take the square of its length


MARK = f"formula-{secrets.token_hex(16)}-"  # nobody can write it: what stands in its place is not cleaned
MOST_FORMULAS = 300  # of one text


class Renderer(IPythonRenderer):
    """nbconvert's, which ends where an attachment is not there, and colours code of any language and length.

    Formulas stay apart in `formulas`, and a mark in their place: cleaning would take them for unknown HTML.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.formulas: list[str] = []

    def inline_math(self, body: str) -> str:
        return self._set_apart(body, False)

    def block_math(self, body: str) -> str:
        return self._set_apart(body, True)

    def multiline_math(self, text: str) -> str:
        return text

    def latex_environment(self, name: str, body: str) -> str:
        return self._set_apart(rf"\begin{{{name}}}{body}\end{{{name}}}", True)

    def _set_apart(self, tex: str, block: bool) -> str:
        many = len(self.formulas) >= MOST_FORMULAS
        self.formulas.append(f"<code>{html.escape(tex)}</code>" if many else mathml(tex.strip(), block))
        return f"{MARK}{len(self.formulas) - 1}."

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return HTMLRenderer.image(self, re.sub(rf"{MARK}\d+\.", "formula", text), url, title)

    def block_code(self, code: str, info: str | None = None) -> str:
        return super().block_code(code, info) if can_be_coloured(code) else f"<pre>{html.escape(code)}</pre>"


@pass_context
def safe_markdown(context: Any, source: str) -> str:
    """Takes the place of nbconvert's filter `markdown2html`, which lets raw HTML through, scripts included."""
    cell = context.get("cell") or {}
    renderer = Renderer(escape=False, exclude_anchor_links=True)
    rendered = CLEANER.clean(MarkdownWithMath(renderer=renderer).render(source))
    rendered = re.sub(rf"{MARK}(\d+)\.", lambda match: renderer.formulas[int(match[1])], rendered)
    attachments = cell.get("attachments") or {}
    return ATTACHED.sub(lambda match: f'src="{data_of(attachments.get(match[1]))}"', rendered)


def data_of(attachment: Any) -> str:
    """An attached picture as an address; empty if it is none."""
    kinds = [kind for kind in PICTURES if isinstance(attachment, dict) and kind in attachment]
    data = attachment[kinds[0]] if kinds else ""
    return f"data:{kinds[0]};base64,{data}" if re.fullmatch(r"[A-Za-z0-9+/=\s]+", data) else ""


def can_be_coloured(code: str) -> bool:
    return len(code) <= 20_000 and not LONG_RUN.search(code)


def is_safe(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stay: links, pictures, colours of code. No styles: they could cover the page.

    Nor other classes: formgrader's own scripts and styles go by them, "full-credit" for one. Nor links within the
    reader's own server, where other files of the student's may lie.
    """
    if name == "href":
        return tag == "a" and LINK.match(value) is not None
    if name == "class":
        return (tag, value) == ("div", "highlight") or (tag == "span" and COLOUR.fullmatch(value) is not None)
    if name == "src":  # any other address is asked for by the reader's browser, in the reader's name
        return tag == "img" and value.startswith(("attachment:", *(f"data:{kind};base64," for kind in PICTURES)))
    return name in {"alt", "title", "align", "colspan", "rowspan", "start"}


PROTOCOLS = {"http", "https", "mailto", "data", "attachment"}
CLEANER = bleach.Cleaner(tags=TAGS, attributes=is_safe, protocols=PROTOCOLS, strip=True)
