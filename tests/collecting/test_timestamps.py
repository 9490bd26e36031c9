"""timestamp.txt: known times and zones are understood, everything else is no time, and told."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from autograder.collecting.timestamps import ZONES, HandedIn, read_time, read_timestamp, why_odd

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
        ("2026-10-19 23:30:00 +14:00", "19 09:30"),
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
        ("1792449000.5", "19 22:30"),
        ("999999999", "09 01:46"),
    ],
)
def test_a_time(text, day_and_time):
    assert f"{read_time(text):%d %H:%M}" == day_and_time and read_time(text).tzinfo is None


@pytest.mark.parametrize(
    "text, why",
    [
        ("2026-10-19 23:30:00 CST", "names CST, which is the time of several zones"),
        ("2026-10-19 23:30:00 IST", "names IST, which is the time of several zones"),
        ("2026-10-19 23:30:00 XYZ", "the zone of “2026-10-19 23:30:00 XYZ” is not known"),
        ("2026-10-19 23:30:00 Mars/Phobos", "is not known"),
        ("2026-10-19 23:30:00 ../../etc/passwd", "is not known"),
        ("2026-10-19 23:30:00 CEST UTC", "names two zones"),
        ("2026-10-19 23:30:00 -25:00", "is in no zone that there is"),
        ("2026-10-19 23:30:00 +14:01", "is in no zone that there is"),
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


# where and in which month a zone's name is in use: the time zone database knows how far it is from UTC
JANUARY, JULY = 1, 7
IN_USE = dict.fromkeys(["UTC", "GMT", "UT", "Z"], ("Etc/UTC", JANUARY)) | {
    **{"WET": ("Europe/Lisbon", JANUARY), "WEST": ("Europe/Lisbon", JULY), "BST": ("Europe/London", JULY)},
    **{"CET": ("Europe/Berlin", JANUARY), "MEZ": ("Europe/Berlin", JANUARY), "CEST": ("Europe/Berlin", JULY)},
    **{"MESZ": ("Europe/Berlin", JULY), "EET": ("Europe/Helsinki", JANUARY), "EEST": ("Europe/Helsinki", JULY)},
    **{"MSK": ("Europe/Moscow", JANUARY), "TRT": ("Europe/Istanbul", JANUARY), "WAT": ("Africa/Lagos", JANUARY)},
    **{"CAT": ("Africa/Maputo", JANUARY), "SAST": ("Africa/Johannesburg", JANUARY)},
    **{"EAT": ("Africa/Nairobi", JANUARY), "PKT": ("Asia/Karachi", JANUARY), "NPT": ("Asia/Kathmandu", JANUARY)},
    **{"ICT": ("Asia/Bangkok", JANUARY), "WIB": ("Asia/Jakarta", JANUARY), "HKT": ("Asia/Hong_Kong", JANUARY)},
    **{"SGT": ("Asia/Singapore", JANUARY), "AWST": ("Australia/Perth", JANUARY), "JST": ("Asia/Tokyo", JANUARY)},
    **{"KST": ("Asia/Seoul", JANUARY), "ACST": ("Australia/Adelaide", JULY), "ACDT": ("Australia/Adelaide", JANUARY)},
    **{"AEST": ("Australia/Sydney", JULY), "AEDT": ("Australia/Sydney", JANUARY), "NZST": ("Pacific/Auckland", JULY)},
    **{"NZDT": ("Pacific/Auckland", JANUARY), "NST": ("America/St_Johns", JANUARY), "NDT": ("America/St_Johns", JULY)},
    **{"EST": ("America/New_York", JANUARY), "EDT": ("America/New_York", JULY), "CDT": ("America/Chicago", JULY)},
    **{"MST": ("America/Denver", JANUARY), "MDT": ("America/Denver", JULY), "PST": ("America/Los_Angeles", JANUARY)},
    **{"PDT": ("America/Los_Angeles", JULY), "AKST": ("America/Anchorage", JANUARY)},
    **{"AKDT": ("America/Anchorage", JULY), "HST": ("Pacific/Honolulu", JANUARY)},
    **{"BRT": ("America/Sao_Paulo", JANUARY), "ART": ("America/Argentina/Buenos_Aires", JANUARY)},
}


@pytest.mark.parametrize("name", ZONES)
def test_a_zone_is_as_far_from_utc_as_where_it_is_in_use(name):
    place, month = IN_USE[name]
    there = datetime(2026, month, 19, 12, tzinfo=ZoneInfo(place))
    assert read_time(f"2026-{month:02}-19 12:00:00 {name}") == there.astimezone(timezone.utc).replace(tzinfo=None)


def test_every_zone_in_use_is_known():
    assert ZONES.keys() == IN_USE.keys()


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


PAST = "more than a year from the due date: is its clock right?"
TO_COME = "which is still to come: is its clock right?"


@pytest.mark.parametrize(
    "when, due, told",
    [
        (datetime(2026, 10, 19, 22, 0), DUE, ""),
        (datetime(2026, 11, 20), DUE, TO_COME),
        (datetime(2026, 11, 2), DUE, ""),
        (datetime(2026, 11, 2, 0, 1), DUE, TO_COME),
        (datetime(1970, 1, 1), DUE, PAST),
        (datetime(2025, 1, 1), DUE, PAST),
        (datetime(2025, 9, 14, 21, 59), DUE, ""),  # 400 days
        (datetime(2025, 9, 14, 21, 58), DUE, PAST),
        (datetime(1999, 12, 31), None, PAST),
        (datetime(2000, 1, 1), None, ""),
    ],
)
def test_a_time_that_can_hardly_be_right(when, due, told):
    said = why_odd(HandedIn(when), due, NOW)
    assert said == (told and f"timestamp.txt says {when:%Y-%m-%d %H:%M} UTC, {told}")


def test_a_file_of_a_few_kilobytes_is_read(tmp_path):
    for size, read in ((4096, True), (4097, False)):
        (tmp_path / "timestamp.txt").write_bytes(b"2026-10-19 22:30:00 UTC\n".ljust(size))
        assert (read_timestamp(tmp_path / "timestamp.txt").when is not None) is read
