"""Markdown of students (and of TAs' comments) as HTML that can't run anything in the browser it is read in."""

from __future__ import annotations

from typing import Any

import bleach
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

TAGS = frozenset(
    "a abbr b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre s small span strong "
    "sub sup table tbody td th thead tr u ul".split()
)


@pass_context
def safe_markdown(context: Any, source: str) -> str:
    """Takes the place of nbconvert's filter `markdown2html`, which lets raw HTML through, scripts included."""
    cell = context.get("cell") or {}
    renderer = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}), exclude_anchor_links=True)
    rendered = MarkdownWithMath(renderer=renderer).render(source)
    return CLEANER.clean(rendered)


def is_safe(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stay: classes, links, pictures. No styles: they could cover the page."""
    if name == "href":
        return tag == "a"
    if name == "src":  # any other address is asked for by the reader's browser, in the reader's name
        return tag == "img" and value.startswith("data:image/")
    return name in {"class", "alt", "title", "align", "colspan", "rowspan", "start"}


CLEANER = bleach.Cleaner(tags=TAGS, attributes=is_safe, protocols={"http", "https", "mailto", "data"}, strip=True)
