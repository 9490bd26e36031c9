"""timestamp.txt: known times and zones are understood, everything else is no time, and told."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone

import pytest

from autograder.collecting.timestamps import HandedIn, read_time, read_timestamp, why_odd

DUE = datetime(2026, 10, 19, 23, 59, tzinfo=timezone(timedelta(hours=2)))
NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text, day_and_time",
    [
        ("2026-10-19 22:30:00 UTC", "19 22:30"),
        ("2026-10-19 22:30:00.123456 UTC", "19 22:30"),
        ("2026-10-19 22:30:00", "19 22:30"),
        ("2026-10-19T22:30:00Z", "19 22:30"),
        ("20261019T223000Z", "19 22:30"),
        ("20261019T223000+0200", "19 20:30"),
        ("2026-10-19T22:30:00.5+02:00", "19 20:30"),
        ("2026-10-19T23:30:00+02:00[Europe/Berlin]", "19 21:30"),
        ("2026-10-19 23:30:00 CEST", "19 21:30"),
        ("2026-10-19 18:30:00 EDT", "19 22:30"),
        ("2026-10-19 22:30:00 mesz", "19 20:30"),
        ("2026-10-19 22:30:00 UTC+2", "19 20:30"),
        ("2026-10-19 22:30 GMT-0500", "20 03:30"),
        ("2026-10-19 23:30:00 +05:30", "19 18:00"),
        ("2026-10-19 23:30:00 Europe/Berlin", "19 21:30"),
        ("2026-10-19 23:30:00 America/Argentina/Buenos_Aires", "20 02:30"),
        ("2026-10-19 23:30:00 Etc/GMT+2", "20 01:30"),
        ("Mon Oct 19 22:30:00 CEST 2026", "19 20:30"),
        ("Mon, 19 Oct 2026 22:30:00 +0200 (CEST)", "19 20:30"),
        ("Mon Oct 19 2026 23:30:00 GMT+0200 (Central European Summer Time)", "19 21:30"),
        ("Oct 19, 2026 10:30 PM PDT", "20 05:30"),
        ("19.10.2026 22:30", "19 22:30"),
        ("1792449000", "19 22:30"),
        ("1792449000000", "19 22:30"),
    ],
)
def test_a_time(text, day_and_time):
    assert f"{read_time(text):%d %H:%M}" == day_and_time and read_time(text).tzinfo is None


@pytest.mark.parametrize(
    "text, why",
    [
        ("2026-10-19 23:30:00 CST", "names CST, which is the time of several zones"),
        ("2026-10-19 23:30:00 XYZ", "the zone of “2026-10-19 23:30:00 XYZ” is not known"),
        ("2026-10-19 23:30:00 Mars/Phobos", "is not known"),
        ("2026-10-19 23:30:00 ../../etc/passwd", "is not known"),
        ("2026-10-19 23:30:00 CEST UTC", "names two zones"),
        ("2026-10-19 23:30:00 -25:00", "is in no zone that there is"),
        ("10/11/2026 22:30", "can't be read as a time"),
        ("22:30", "can't be read as a time"),
        ("2026-10-19", "can't be read as a time"),
        ("2026-10-19 25:30:00 UTC", "can't be read as a time"),
        ("yesterday", "can't be read as a time"),
        ("", "it is empty"),
        ("9999-12-31 23:59:59 PST", "is no time that a calendar has"),
        ("99999999999999999999 " * 3, "can't be read as a time"),
    ],
)
def test_no_time(text, why):
    """What could mean several moments, or none."""
    with pytest.raises(ValueError, match=why.replace("/", "\\/")):
        read_time(text)


@pytest.mark.parametrize(
    "data, hour",
    [
        (b"\xef\xbb\xbf2026-10-19 22:30:00 UTC\r\n", 22),
        ("2026-10-19 22:30:00 UTC".encode("utf-16"), 22),
        (b"\n\n2026-10-19 21:30:00 UTC\n2nd try", 21),
    ],
)
def test_as_editors_save_it(tmp_path, data, hour):
    (tmp_path / "timestamp.txt").write_bytes(data)
    assert read_timestamp(tmp_path / "timestamp.txt") == HandedIn(datetime(2026, 10, 19, hour, 30))


@pytest.mark.parametrize(
    "make, why",
    [
        (os.mkfifo, "it is a link or no ordinary file"),
        (os.mkdir, "it is a link or no ordinary file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is a link or no ordinary file"),
        (lambda path: path.write_bytes(b"2026-10-19 22:30:00 UTC" + b" " * 5000), "it has 5023 bytes"),
        (lambda path: path.write_bytes(b"\0\xff\xfe\n"), "can't be read as a time"),
        (lambda path: path.write_bytes(b"\x1b[2J"), r"“\\x1b\[2J”"),
        (lambda path: path.write_bytes(b" \n"), "it is empty"),
    ],
)
def test_what_is_no_time_is_told(tmp_path, make, why):
    """Neither followed nor waited for; the sentence says that it counts as on time."""
    make(tmp_path / "timestamp.txt")
    found = read_timestamp(tmp_path / "timestamp.txt")
    assert found.when is None
    with pytest.raises(AssertionError, match=why):
        raise AssertionError(why_odd(found, DUE))
    assert why_odd(found, DUE).endswith("it is not known when this was handed in, and it counts as on time")
    assert "\x1b" not in found.problem


def test_no_file_is_no_problem(tmp_path):
    assert read_timestamp(tmp_path / "timestamp.txt") == HandedIn()
    assert why_odd(HandedIn(), DUE) == ""


@pytest.mark.parametrize(
    "when, told",
    [
        (datetime(2026, 10, 19, 22, 0), ""),
        (datetime(2026, 11, 20), "which is still to come: is its clock right?"),
        (datetime(1970, 1, 1), "more than a year from the due date: is its clock right?"),
        (datetime(2025, 1, 1), "more than a year from the due date: is its clock right?"),
    ],
)
def test_a_time_that_can_hardly_be_right(when, told):
    assert why_odd(HandedIn(when), DUE, NOW).endswith(told) and bool(why_odd(HandedIn(when), DUE, NOW)) == bool(told)
