"""Numbers that change by term: `[variations]` of course.toml → `cnnlab/variations.json` and the text of notebooks.

All code, visible checks and hidden tests included, reads them from `cnnlab.variations`. In a source's text,
`{{cost_filters * 76}}` becomes the value of that expression.
"""

from __future__ import annotations

import importlib
import json
import re

from autograder.course.course import REPOSITORY, Course, CourseError
from autograder.files import write_atomically
from cnnlab import variations
from cnnlab.networks import lenet

FILE = REPOSITORY / "cnnlab" / "variations.json"
PLACE = re.compile(r"\{\{([^{}\n]+)\}\}")
IN_CODE = re.compile(r'VARIATIONS\["(\w+)"\]')
IMPORT = "from cnnlab.variations import VARIATIONS\n"


def variations_text(course: Course) -> str:
    """The text of `cnnlab/variations.json` for a term."""
    return json.dumps(course.variations, indent=1, ensure_ascii=False) + "\n"


def write_variations(course: Course) -> bool:
    """Bring `cnnlab/variations.json` up to date with course.toml, in this process too; whether it changed."""
    if not difference_of_variations(course):
        return False
    write_atomically(FILE, variations_text(course))
    importlib.reload(variations)
    importlib.reload(lenet)
    return True


def difference_of_variations(course: Course) -> list[str]:
    """A sentence if `cnnlab/variations.json` is not what course.toml gives for this term."""
    if FILE.exists() and FILE.read_text(encoding="utf-8") == variations_text(course):
        return []
    problem = f"cnnlab/variations.json is not what course.toml gives for {course.term}"
    return [f"{problem}: run `make build` and commit the result."]


def fill(text: str, where: str) -> str:
    """A text with the value of each `{{expression}}` of this term's numbers in its place.

    `round`, `commas`, `grouped` and `lenet_parameters` may be used in it.

    Args:
        where: the file, for the message.

    Raises:
        CourseError: an expression can't be computed.
    """
    names = {**variations.VARIATIONS, "round": round, "commas": commas, "grouped": grouped}
    names |= {"lenet_parameters": lenet.lenet_parameters, "__builtins__": {}}

    def value(match: re.Match) -> str:
        try:
            return str(eval(match[1].strip(), names))  # our own source, as trusted as its code cells
        except Exception as error:
            known = ", ".join(variations.VARIATIONS) or "none"
            raise CourseError(
                f"{where}: {match[0]} can't be computed ({error}). [variations] of course.toml has: {known}."
            ) from None

    return PLACE.sub(value, text)


def fill_code(source: str, where: str) -> str:
    """A code cell as students see it: `VARIATIONS["cost_filters"]` is its value, too, without an import."""
    return fill(IN_CODE.sub(r"{{\1}}", source.replace(IMPORT, "")), where)


def commas(number: int) -> str:
    """120000 as 120,000."""
    return f"{number:,}"


def grouped(number: int) -> str:
    r"""120000 as LaTeX sets it: 120\,000."""
    return f"{number:,}".replace(",", "\\,")
