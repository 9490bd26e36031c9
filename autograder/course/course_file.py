"""`course.toml`, read strictly: whatever is missing, misspelt or of the wrong kind is a sentence with its line."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import AutograderError
from autograder.course.course_values import (
    is_address,
    is_amount,
    is_attempt,
    is_channels,
    is_count,
    is_data_set,
    is_disclosure,
    is_flag,
    is_image_size,
    is_late_policy,
    is_line,
    is_moment,
    is_name,
    is_percents,
    is_seconds,
    is_table,
    is_term,
    is_text,
    is_texts,
    is_tokens,
    is_variation,
)
from autograder.course.toml_lines import Place, find_lines, line_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REQUIRED = True


class CourseError(AutograderError):
    """Something in the course's own files is wrong; the text says what, where, and what to do."""


Keys = Mapping[str, tuple[Callable[[Any], str], bool]]  # key -> (check, whether it is required)

COURSE: Keys = {"name": (is_text, REQUIRED), "term": (is_term, REQUIRED)}
ASSIGNMENT: Keys = {
    "name": (is_name, REQUIRED),
    "title": (is_text, REQUIRED),
    "seconds_per_call": (is_seconds, REQUIRED),
    "seconds_per_submission": (is_seconds, REQUIRED),
    "torch": (is_flag, False),
    "forbidden": (is_texts, False),
    "images": (is_data_set, False),
}
TERM: Keys = {
    "seed": (is_text, REQUIRED),
    "students_fetch_from": (is_address, False),
    "assignments": (is_texts, False),
    "late": (is_late_policy, False),
    "attempt": (is_attempt, False),
    "feedback": (is_disclosure, False),
    "contact": (is_line, False),
    "due": (is_table, False),
    "variations": (is_table, False),
}
LATE: Keys = {  # a late policy of our own; late.py says what each means
    "grace_minutes": (is_amount("minutes", 0, 1440), False),
    "tokens": (is_tokens, False),
    "hours_per_token": (is_amount("hours", 1, 720), False),
    "percent_per_day": (is_amount("percent", 1, 100), False),
    "percent_once": (is_amount("percent", 1, 100), False),
    "cut_off_days": (is_amount("days", 0, 366), False),
}
NUMBERS: Mapping[str, Mapping[str, Callable[[Any], str]]] = {  # variations that an assignment needs
    "a1_convolution": {"cost_size": is_count, "cost_filters": is_count},
    "a4_lenet": {
        "lenet_channels": is_channels,
        "image_size": is_image_size,
        "lenet_percents": is_percents(8),
        "convnet_percents": is_percents(6),
    },
}
TOP = ("course", "assignments", "terms", "variations")


@dataclass(frozen=True)
class CourseFile:
    """A course.toml whose every key and value is known to be right."""

    path: Path
    table: dict[str, Any]
    lines: dict[Place, int]

    def error(self, place: Place, problem: str) -> CourseError:
        line = line_of(self.lines, place)
        return CourseError(f"{self.path.name}, line {line}: {problem}" if line else f"{self.path.name}: {problem}")


def read_course_file(path: Path) -> CourseFile:
    """Read and check a course file.

    Raises:
        CourseError: it is missing, no TOML, or the first key that is missing, unknown or wrong, with its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except FileNotFoundError:
        raise CourseError(f"{path} is missing: every course has one.") from None
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path.name} is not valid TOML: {error}.") from None
    file = CourseFile(path, table, find_lines(text))
    check_top(file)
    check_table(file, ("course",), table["course"], COURSE)
    names = check_assignments(file)
    check_variations(file, (), table.get("variations", {}), names)
    for term, settings in table["terms"].items():
        check_term(file, ("terms", term), settings, names)
    check_seeds(file)
    if table["course"]["term"] not in table["terms"]:
        known = ", ".join(table["terms"])
        raise file.error(("course", "term"), f"there is no term {table['course']['term']!r}. There are: {known}.")
    return file


def check_top(file: CourseFile) -> None:
    refuse_unknown(file, (), file.table, TOP)  # first: a key that is missing may only be misspelt
    for key in ("course", "assignments", "terms"):
        if key not in file.table:
            raise CourseError(f"{file.path.name} has no {key}: README, “You are an instructor”, shows what it needs.")
    if is_table(file.table["course"]):
        raise file.error(("course",), "course must be a table: write [course] above its keys.")
    if not isinstance(file.table["assignments"], list) or any(map(is_table, file.table["assignments"])):
        raise file.error(("assignments",), "assignments must be tables: write [[assignments]] above each of them.")
    if is_table(file.table["terms"]) or not file.table["terms"]:
        raise file.error(("terms",), "terms must be tables: write [terms.2026-fall] above the keys of that term.")


def check_assignments(file: CourseFile) -> list[str]:
    """Names of all assignments; each once, in the order of their numbers."""
    names: list[str] = []
    for number, entry in enumerate(file.table["assignments"]):
        place = ("assignments", number)
        check_table(file, place, entry, ASSIGNMENT)
        if entry["name"] in names:
            raise file.error((*place, "name"), f"the assignment {entry['name']!r} is there twice.")
        names.append(entry["name"])
    return names


def check_term(file: CourseFile, place: Place, settings: Any, names: list[str]) -> None:
    if wrong := is_term(place[-1]):
        raise file.error(place, f"the term {place[-1]!r} must be named by {wrong}.")
    check_table(file, place, settings, TERM)
    for name in settings.get("assignments", ()):
        if name not in names:
            raise file.error((*place, "assignments"), f"there is no assignment {name!r}{nearest(name, names)}")
    check_late(file, (*place, "late"), settings.get("late"))
    late = settings.get("late", "none")
    if settings.get("attempt") == "best" and isinstance(late, str) and late != "none":
        problem = f'the best attempt can be told only where late is "none" or a table, and it is "{late}".'
        raise file.error((*place, "attempt"), problem)
    due = settings.get("due", {})
    refuse_unknown(file, (*place, "due"), due, settings.get("assignments", names))
    check_table(file, (*place, "due"), due, {name: (is_moment, False) for name in due})
    check_variations(file, place, settings.get("variations", {}), names)


def check_late(file: CourseFile, place: Place, late: Any) -> None:
    """A late policy that is a table says what a late day costs, in one way."""
    if is_table(late):
        return
    check_table(file, place, late, LATE)
    if "percent_per_day" in late and "percent_once" in late:
        raise file.error((*place, "percent_once"), "late has percent_per_day and percent_once: keep one of them.")
    if "percent_per_day" not in late and "percent_once" not in late:
        problem = "late does not say what is taken off: add percent_per_day, or percent_once (100 if nothing counts)."
        raise file.error(place, problem)
    if "hours_per_token" in late and not late.get("tokens"):
        raise file.error((*place, "hours_per_token"), "hours_per_token is of no use without tokens: add tokens.")


def check_seeds(file: CourseFile) -> None:
    """Two terms with one seed have the same hidden inputs: last term's answers would pass."""
    first: dict[str, str] = {}
    for term, settings in file.table["terms"].items():
        other = first.setdefault(settings["seed"], term)
        if other != term:
            problem = f"{term} has the seed of {other}: give it another one, so that its hidden inputs are others."
            raise file.error(("terms", term, "seed"), problem)


def check_variations(file: CourseFile, term: Place, values: Any, names: list[str]) -> None:
    """Defaults (`term` empty), or what a term has instead: only what has a default, and of the same kind."""
    place, defaults = (*term, "variations"), file.table.get("variations", {})
    if is_table(values):
        raise file.error(place, "variations must be a table: write [variations] above its keys.")
    needed = {key: check for name in names for key, check in NUMBERS.get(name, {}).items()}
    for key, value in values.items():
        if wrong := needed.get(key, is_variation)(value):
            raise file.error((*place, key), f"{key} must be {wrong}, not {as_written(value)}.")
    refuse_unknown(file, place, values, defaults)
    for key, value in values.items():
        if shape(value) != shape(defaults[key]):
            raise file.error((*place, key), f"{key} must be like its default {defaults[key]!r}, not {value!r}.")
    for key in needed:
        if key not in defaults:
            raise file.error(("variations",), f"variations has no {key}: add it.")


def shape(value: Any) -> Any:
    return [shape(entry) for entry in value] if isinstance(value, list) else type(value)


def check_table(file: CourseFile, place: Place, table: Any, keys: Keys) -> None:
    """All required keys are there, no other ones than these, and each is what it must be."""
    where = ".".join(str(part) for part in place if isinstance(part, str))
    if wrong := is_table(table):
        raise file.error(place, f"{where} must be {wrong}, not {table!r}.")
    refuse_unknown(file, place, table, keys)
    for key, (check, required) in keys.items():
        if key not in table:
            if required:
                raise file.error(place, f"{where} has no {key}: add it.")
        elif wrong := check(table[key]):
            raise file.error((*place, key), f"{key} must be {wrong}, not {as_written(table[key])}.")


def as_written(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)


def refuse_unknown(file: CourseFile, place: Place, table: Mapping[str, Any], known: Any) -> None:
    where = ".".join(str(part) for part in place if isinstance(part, str)) or file.path.name
    for key in table:
        if key not in known:
            raise file.error((*place, key), f"{where} knows no {key!r}{nearest(key, list(known))}")


def nearest(key: str, known: list[str]) -> str:
    found = difflib.get_close_matches(key, known, 1, 0.5)
    return f": did you mean {found[0]!r}?" if found else f". There are: {', '.join(known) or 'none'}."
