"""Numbers that change by term: `[variations]` of course.toml → `cnnlab/variations.json` and the text of notebooks.

All code, visible checks and hidden tests included, reads them from `cnnlab.variations`. In a source's Markdown,
`{{cost_filters * 76}}` becomes the value of that expression.
"""

from __future__ import annotations

import importlib
import json
import re

from autograder.course import REPOSITORY, Course, CourseError
from autograder.result import write_atomically
from cnnlab import variations

FILE = REPOSITORY / "cnnlab" / "variations.json"
PLACE = re.compile(r"\{\{([^{}\n]+)\}\}")


def variations_text(course: Course) -> str:
    """The text of `cnnlab/variations.json` for a term."""
    return json.dumps(course.variations, indent=1, ensure_ascii=False) + "\n"


def write_variations(course: Course) -> bool:
    """Bring `cnnlab/variations.json` up to date with course.toml, in this process too; whether it changed."""
    if not difference_of_variations(course):
        return False
    write_atomically(FILE, variations_text(course))
    importlib.reload(variations)
    return True


def difference_of_variations(course: Course) -> list[str]:
    """A sentence if `cnnlab/variations.json` is not what course.toml gives for this term."""
    if FILE.exists() and FILE.read_text(encoding="utf-8") == variations_text(course):
        return []
    problem = f"cnnlab/variations.json is not what course.toml gives for {course.term}"
    return [f"{problem}: run `make build` and commit the result."]


def fill(text: str, where: str) -> str:
    """A text with the value of each `{{expression}}` of this term's numbers in its place; `grouped` may be used in it.

    Args:
        where: the file, for the message.

    Raises:
        CourseError: an expression can't be computed.
    """
    names = {**variations.VARIATIONS, "grouped": grouped, "__builtins__": {}}

    def value(match: re.Match) -> str:
        try:
            return str(eval(match[1].strip(), names))  # our own source, as trusted as its code cells
        except Exception as error:
            known = ", ".join(variations.VARIATIONS) or "none"
            raise CourseError(
                f"{where}: {match[0]} can't be computed ({error}). [variations] of course.toml has: {known}."
            ) from None

    return PLACE.sub(value, text)


def grouped(number: int) -> str:
    r"""120000 as LaTeX sets it: 120\,000."""
    return f"{number:,}".replace(",", "\\,")
