"""When a submission was handed in, as its timestamp.txt says it: any file may lie there, and a guess may cost points.

nbgrader's collectors write `2026-10-19 21:30:00.000000 UTC`. Times that other tools and people write are read where
they can mean one moment only; all others are no time, and the TA is told.
"""

from __future__ import annotations

import re
import stat
import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path

from dateutil.parser import parse

from autograder.course.identifiers import shown
from autograder.reading.files import read_bytes
from autograder.reading.formats import UnreadableSubmission, decode

FILE = "timestamp.txt"
MOST_BYTES = 4096
WORST = timedelta(days=400)  # from the due date
SOON = timedelta(days=1)  # a clock may be so wrong
UNKNOWN = f"{FILE}: {{}}, so it is not known when this was handed in, and it counts as on time"

# Hours from UTC. In two zones at once, and so refused: CST (Chicago, Shanghai, Havana), IST (Delhi, Dublin, Jerusalem)
ZONES: dict[str, float] = {"UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1}
ZONES |= {"CEST": 2, "MESZ": 2}
ZONES |= {"EET": 2, "EEST": 3, "MSK": 3, "TRT": 3, "WAT": 1, "CAT": 2, "SAST": 2, "EAT": 3, "PKT": 5, "NPT": 5.75}
ZONES |= {"ICT": 7, "WIB": 7, "HKT": 8, "SGT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5}
ZONES |= {"AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "NST": -3.5, "NDT": -2.5, "EST": -5, "EDT": -4, "CDT": -5}
ZONES |= {"MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "BRT": -3, "ART": -3}
TWO_MEANINGS = {"CST", "IST"}

EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}")
CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?|(?<=T)\d{4}(?:\d{2})?"
OFFSET = re.compile(
    r"(?:(?<!/)\b(?:UTC|GMT)\s?|(?<=[\d ]))([+\u2212-])(\d{1,2})(?::?(\d{2}))?(?=\s|$|\(|\[)", re.IGNORECASE
)
PLACE = re.compile(r"\[?\b([A-Za-z]+(?:/[A-Za-z_+\-0-9]+)+)\]?")
WORD = re.compile(r"(?<![A-Za-z])[A-Za-z]{1,5}(?![A-Za-z])")
PLAIN = re.compile(
    r"am|pm|t|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|jan|feb|mar|march|apr|april|may|june?|july?|aug|sept?|oct|nov|dec"
)
ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{8}T|\d{4}/\d{1,2}/\d{1,2}")


@dataclass(frozen=True)
class HandedIn:
    """When it was handed in, in UTC without a zone as nbgrader keeps it; None if that is not known, and why."""

    when: datetime | None = None
    problem: str = ""


def read_timestamp(path: Path) -> HandedIn:
    """The time in a submission's timestamp.txt; no time and no problem where there is no file."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return HandedIn()
    except OSError as error:
        return unknown(f"it can't be opened ({error.strerror})")
    if not stat.S_ISREG(status.st_mode):
        return unknown("it is a link or no ordinary file")
    if status.st_size > MOST_BYTES:
        return unknown(f"it has {status.st_size} bytes")
    try:
        text, _ = decode(read_bytes(path))
    except UnreadableSubmission as error:
        return unknown(str(error).partition(";")[0])
    line = next((line.strip() for line in text.strip("\ufeff").splitlines() if line.strip()), "")
    try:
        return HandedIn(read_time(line))
    except ValueError as error:
        return unknown(str(error))


def unknown(why: str) -> HandedIn:
    return HandedIn(None, UNKNOWN.format(why))


def why_odd(handed_in: HandedIn, due: datetime | None, now: datetime | None = None) -> str:
    """What a TA should know of a time: that it is not known, or can hardly be right; "" for most."""
    if handed_in.when is None:
        return handed_in.problem
    when = handed_in.when.replace(tzinfo=timezone.utc)
    if when > (now or datetime.now(timezone.utc)) + SOON:
        return f"{FILE} says {when:%Y-%m-%d %H:%M} UTC, which is still to come: is its clock right?"
    if when.year < 2000 or (due and abs(when - due) > WORST):
        return f"{FILE} says {when:%Y-%m-%d %H:%M} UTC, more than a year from the due date: is its clock right?"
    return ""


def read_time(text: str, here: tzinfo = timezone.utc) -> datetime:
    """A moment in UTC, without a zone. A time that names no zone is that of a clock `here`: in UTC, as for nbgrader.

    Raises:
        ValueError: it can't be read, or could mean several moments; the text says which.
    """
    said = shown(text[:60])
    if not text:
        raise ValueError("it is empty")
    if EPOCH.fullmatch(text):
        seconds = float(text) / (1000 if len(text) == 13 else 1)
        return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)
    rest, zone = take_zone(text, said)
    try:
        when = read_clock(rest)
    except (ValueError, OverflowError, TypeError):
        raise ValueError(f"“{said}” can't be read as a time") from None
    try:
        aware = when.replace(tzinfo=zone) if zone else when.replace(tzinfo=here)
        return aware.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise ValueError(f"“{said}” is no time that a calendar has") from None


def take_zone(text: str, said: str) -> tuple[str, timezone | zoneinfo.ZoneInfo | None]:
    """What is left of a text without its zone, and the zone; ValueError if it is not known or has two meanings."""
    date = ISO.match(text)
    start = date.end() if date else 0  # the hyphens of a date are no offset
    if found := OFFSET.search(text, start):
        rest = text[: found.start()] + re.sub(r"\(.*\)|\[.*\]|[A-Z]{1,5}$", "", text[found.end() :])
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        if minutes > 14 * 60:
            raise ValueError(f"“{said}” is in no zone that there is")
        return rest, timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
    if found := PLACE.search(text):
        try:
            zone = zoneinfo.ZoneInfo(found[1])
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            raise ValueError(f"the zone of “{said}” is not known") from None
        return WORD.sub(lambda word: word[0] if is_plain(word[0]) else "", text.replace(found[0], " ")), zone
    words = [word for word in WORD.finditer(text) if not is_plain(word[0])]
    for word in words:
        name = word[0].upper()
        if name in TWO_MEANINGS:
            raise ValueError(f"“{said}” names {name}, which is the time of several zones")
        if name not in ZONES:
            raise ValueError(f"the zone of “{said}” is not known")
    offsets = {ZONES[word[0].upper()] for word in words}
    if len(offsets) > 1:
        raise ValueError(f"“{said}” names two zones")
    rest = WORD.sub(lambda word: word[0] if is_plain(word[0]) else " ", text)
    return rest, timezone(timedelta(hours=offsets.pop())) if offsets else None


def is_plain(word: str) -> bool:
    """Whether a word belongs to a date or a clock, not to a zone."""
    return bool(PLAIN.fullmatch(word.lower()))


def read_clock(text: str) -> datetime:
    """Date and time of day; ValueError if one is missing or day and month could be exchanged."""
    text = text.strip(" ,")
    if ISO.match(text):
        ways = [parse(text, default=datetime(year, 1, 1), ignoretz=True) for year in (2001, 2002)]
    else:
        ways = [
            parse(text, default=datetime(year, month, day), dayfirst=dayfirst, ignoretz=True)
            for year, month, day in ((2001, 1, 1), (2002, 2, 2))
            for dayfirst in (False, True)
        ]
    if len(set(ways)) > 1 or not re.search(r"\d\D*\d\D*", text):
        raise ValueError
    if not re.search(rf"{CLOCK}|\d\s*[ap]m\b", text, re.IGNORECASE):
        raise ValueError
    return ways[0]
