"""Which of several files is the likeliest to be an assignment's notebook: told from their names alone."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from pathlib import Path

MOST_DEFINITIONS = 50  # of one name that are looked at, the last ones


def rank_name(path: Path, assignment: str) -> tuple[bool, bool, bool, int, int, str]:
    """Sorts the exact name first, then the assignment's renamed downloads, the newest (highest number) first."""
    wanted = f"{assignment}.ipynb"
    numbers = re.findall(r"\((\d{1,9})\)|-(?:Copy)?(\d{1,9})(?=\.|$|ipynb)", path.name)
    number = max((int(a or b) for a, b in numbers), default=0)
    like = _normalise(path.name).startswith(_normalise(assignment)) if assignment else False
    exact, nearly = path.name == wanted, path.name.lower() == wanted.lower()
    return not exact, not nearly, not like, -number, len(path.parts) if exact or like else 0, str(path)


def _normalise(name: str) -> str:
    """A file's name without the marks of a download: "Copy of A1 (2)-1.ipynb" → "a1"."""
    name = re.sub(r"^(?:copy of )+|\s*\(\d+\)|\.?-(?:copy)?\d+(?=[.\s]|ipynb|$)|\.?ipynb.*$", "", name.lower())
    return re.sub(r"[\s_-]+", "_", name).strip("_")


def count_answers(text: str, names: tuple[str, ...]) -> tuple[int, int]:
    """How many of the names a file's code answers, and how many it defines at all, stubs too; by its text alone.

    Nothing is parsed, so that twenty files cost no more than reading them.
    """
    if not names:
        return 0, 0
    any_name = "|".join(map(re.escape, names))
    start = re.compile(
        rf"^([ \t]*)(?:(?:async[ \t]+def|def|class)[ \t]+({any_name})\b|({any_name})[ \t]*(?::[^=\n]*)?=(?!=))",
        re.MULTILINE,
    )
    found: dict[str, deque[re.Match]] = defaultdict(lambda: deque(maxlen=MOST_DEFINITIONS))
    for match in start.finditer(text):
        found[match[2] or match[3]].append(match)
    answered = [name for name in found if any("NotImplementedError" not in _block(text, m) for m in found[name])]
    return len(answered), len(found)


def _block(text: str, match: re.Match[str]) -> str:
    """A definition's text, up to the next line that is not indented further."""
    end = re.compile(rf"^[ \t]{{0,{len(match[1])}}}[^\s)#]", re.MULTILINE).search(text, match.end())
    return text[match.start() : end.start() if end else len(text)]
