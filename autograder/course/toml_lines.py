"""In which line of a TOML file a key stands: Python's own reader does not say, and a person wants to know."""

from __future__ import annotations

import re

HEADER = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"""\s*(?P<name>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
Place = tuple[str | int, ...]  # ("assignments", 0, "name"): tables and keys by name, tables of a list by number


def find_lines(text: str) -> dict[Place, int]:
    """The line, from 1, of every table and key that has a line of its own."""
    lines: dict[Place, int] = {}
    table: Place = ()
    counts: dict[Place, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header, key = HEADER.match(line), KEY.match(line)
        if key:
            lines.setdefault((*table, *parts(key["name"])), number)
        elif header:
            table = parts(header["name"])
            if header["open"] == "[[":
                counts[table] = counts.get(table, -1) + 1
                lines.setdefault(table, number)
                table = (*table, counts[table])
            for depth in range(1, len(table) + 1):  # [terms.2026-fall] is where `terms` begins
                lines.setdefault(table[:depth], number)
    return lines


def line_of(lines: dict[Place, int], place: Place) -> int | None:
    """The line of a key, or of the nearest table around it that has one."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place)


def parts(name: str) -> Place:
    """`terms.2026-fall` as ("terms", "2026-fall")."""
    return tuple(part.strip("\"'") for part in PART.findall(name))
