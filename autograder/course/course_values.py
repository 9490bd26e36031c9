"""What a value of `course.toml` may be. Each function gives the end of "KEY must be ...", or nothing if all is well."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

SEASONS = ("winter", "spring", "summer", "fall")  # in the order of a year, so that terms sort
TERM_NAME = re.compile(rf"(\d{{4}})-({'|'.join(SEASONS)})")
PLUGIN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


def is_text(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else "a text in quotes, not empty"


def is_name(value: Any) -> str:
    right = isinstance(value, str) and re.fullmatch(r"a\d+_[a-z0-9_]+", value)
    return "" if right else 'a name such as "a1_convolution": a, a number, an underscore, small letters'


def is_seconds(value: Any) -> str:
    right = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
    return "" if right else "a number of seconds above 0"


def is_flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false"


def is_texts(value: Any) -> str:
    right = isinstance(value, list) and value and not any(map(is_text, value))
    return "" if right else 'a list of names in quotes, such as ["a1_convolution"]'


def is_data_set(value: Any) -> str:
    return "" if value in ("cifar10", "synthetic", "colors") else '"cifar10", "synthetic" or "colors"'


def is_term(value: Any) -> str:
    right = isinstance(value, str) and TERM_NAME.fullmatch(value)
    return "" if right else f'a year and a season, such as "2026-fall" (seasons: {", ".join(SEASONS)})'


def is_moment(value: Any) -> str:
    right = isinstance(value, datetime) and value.tzinfo is not None
    return "" if right else "a date and time with its offset from UTC, such as 2026-10-19T23:59:00+02:00"


def is_address(value: Any) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    right = (
        parts and (parts.scheme in ("http", "https") and parts.netloc or parts.scheme == "file") and " " not in value
    )
    return "" if right else 'an address such as "https://github.com/OWNER/REPOSITORY/tree/BRANCH"'


def is_late_policy(value: Any) -> str:
    """A table is looked into by course_file.py."""
    right = isinstance(value, dict) or isinstance(value, str) and (value in ("none", "zero") or PLUGIN.fullmatch(value))
    plugin = 'an nbgrader plugin of your own such as "late.HalfADay"'
    return "" if right else f'"none", "zero", {plugin}, or a table such as {{tokens = 3, percent_per_day = 25}}'


def is_attempt(value: Any) -> str:
    return "" if value in ("latest", "best") else '"latest" or "best"'


def is_amount(unit: str, least: int, most: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        right = isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most
        return "" if right else f"a number of {unit} from {least} to {most}"

    return check


def is_tokens(value: Any) -> str:
    return "" if is_whole(value, 0, 100) else "a whole number from 0 to 100"


def is_disclosure(value: Any) -> str:
    """What `reporting/disclosure.py` knows."""
    return "" if value in ("names", "sentences", "everything") else '"names", "sentences" or "everything"'


def is_line(value: Any) -> str:
    right = not is_text(value) and value.isprintable() and len(value) <= 300
    return "" if right else "one line of text in quotes, of at most 300 characters"


def is_variation(value: Any) -> str:
    right = (
        isinstance(value, (int, float, str)) or isinstance(value, list) and value and not any(map(is_variation, value))
    )
    return "" if right else "a number, a text, or a list of them"


def is_count(value: Any) -> str:
    return "" if is_whole(value, 1, 1000) else "a whole number from 1 to 1000"


def is_channels(value: Any) -> str:
    """LeNet's weights are told apart by their shapes, and ten biases belong to its last layer."""
    right = isinstance(value, list) and len(value) == 2 and all(is_whole(entry, 4, 100) for entry in value)
    right = right and value[0] < value[1] and 10 not in value
    return "" if right else "two whole numbers from 4 to 100, the second larger, neither of them 10"


def is_image_size(value: Any) -> str:
    return "" if is_whole(value, 20, 32) else "a whole number from 20 to 32, the size of CIFAR-10's images"


def is_percents(count: int) -> Callable[[Any], str]:
    """Checks thresholds: as many as the question has points for."""

    def check(value: Any) -> str:
        right = isinstance(value, list) and len(value) == count and all(is_whole(entry, 1, 99) for entry in value)
        right = right and all(low < high for low, high in zip(value, value[1:]))
        return "" if right else f"{count} rising whole numbers from 1 to 99, each worth 2 points"

    return check


def is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_table(value: Any) -> str:
    return "" if isinstance(value, dict) else "a table"
