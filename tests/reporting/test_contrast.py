"""Pages can be read by people who see little contrast: 4.5 to 1 at least, as WCAG 2.2 asks of text (1.4.3, AA)."""

import re

import pytest

from autograder.course.course import REPOSITORY

TEMPLATES = REPOSITORY / "autograder" / "reporting" / "templates"
PAGES = {"page": "answers/index.html.j2", "report": "class/base.html.j2"}
BEHIND = ("paper", "code", "warn", "note")
TEXT = ("ink", "muted", "link", "passed", "failed", "open", "late")
LEAST = 4.5
ONLY_ON = {"passed": ("paper", "code"), "failed": ("paper", "code"), "open": ("paper", "code"), "late": ("paper",)}
COLOUR = re.compile(r"--(\w+): (#[0-9a-f]{3,6});")


def luminance(colour: str) -> float:
    """Of `#rgb` or `#rrggbb`, from 0 to 1 (WCAG 2.2, "relative luminance")."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def schemes(name: str) -> dict[str, dict[str, str]]:
    """Colours by name, of the light page and of the dark one."""
    light, dark = re.findall(r":root \{(.*?)\}", (TEMPLATES / PAGES[name]).read_text(encoding="utf-8"), re.DOTALL)
    return {"light": dict(COLOUR.findall(light)), "dark": dict(COLOUR.findall(dark))}


def test_black_on_white_is_21_and_grey_is_less():
    assert contrast("#000", "#ffffff") == pytest.approx(21) and contrast("#8b949e", "#fff") < LEAST


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_text_stands_out(name, scheme):
    colours = schemes(name)[scheme]
    pairs = [(text, behind) for text in TEXT for behind in ONLY_ON.get(text, BEHIND)]
    there = [pair for pair in pairs if set(pair) <= colours.keys()]
    assert len(there) >= 6
    weak = {pair: round(contrast(*map(colours.get, pair)), 2) for pair in there}
    assert {pair: value for pair, value in weak.items() if value < LEAST} == {}
