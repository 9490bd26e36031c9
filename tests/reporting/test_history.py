"""history/: lines are added whole or not at all, and what can't be read is never taken for empty."""

from __future__ import annotations

import os

import pytest
from hand_made import NAME, make_course

from autograder.course.course import CourseError
from autograder.reporting import history
from autograder.reporting.exports import note_export, read_exports
from autograder.reporting.history import append_lines, read_lines

LINES = [{"student": "amy", "to": {"comment": "“Good”, said Zoë"}}, {"student": "ben", "to": {}}]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "history" / "a1.jsonl"


def test_lines_come_back_in_their_order(path):
    assert read_lines(path) == []
    append_lines(path, LINES[:1])
    append_lines(path, LINES[1:])
    append_lines(path, [])
    assert read_lines(path) == LINES and path.read_text(encoding="utf-8").count("\n") == 2


@pytest.mark.parametrize("cut", range(1, 27, 5))
def test_a_line_that_a_crash_cut_off_is_no_line(path, cut):
    """Left out when it is read, taken away when the next is written."""
    append_lines(path, LINES)
    path.write_bytes(path.read_bytes()[:-cut])
    assert read_lines(path) == LINES[:1]
    append_lines(path, LINES[1:])
    assert read_lines(path) == LINES


@pytest.mark.parametrize("damage", [b"{\n", b"\xff\xfe\n", b"[1]\n", b"\x00\x00\n"])
def test_a_damaged_line_is_told_with_its_number(path, damage):
    append_lines(path, LINES)
    path.write_bytes(path.read_bytes() + damage)
    with pytest.raises(CourseError, match="history/a1.jsonl, line 3 can't be read .*: it keeps what people typed"):
        read_lines(path)


def test_what_can_not_be_read_is_not_empty(path):
    path.mkdir(parents=True)
    with pytest.raises(CourseError, match="history/a1.jsonl can't be read .Is a directory.: nothing was changed"):
        read_lines(path)


def test_a_full_disk_leaves_whole_lines(path, monkeypatch):
    append_lines(path, LINES[:1])

    def fill(file, data):
        os.write(file.fileno(), data[:10])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(history, "write_whole", fill)
        with pytest.raises(CourseError, match="history/a1.jsonl can't be written .No space left on device."):
            append_lines(path, LINES[1:])
    assert path.read_bytes().endswith(b"}\n") and read_lines(path) == LINES[:1]


def test_exports_of_one_assignment(tmp_path):
    course, assignment = make_course(tmp_path)
    assert read_exports(course, assignment) == []
    note_export(course, assignment, "canvas", {"ben", "amy"})
    append_lines(history.exports_path(course), [{"assignment": "a2_fast_layers", "for": "moodle", "students": []}])
    (line,) = read_exports(course, assignment)
    assert (line["assignment"], line["for"], line["students"]) == (NAME, "canvas", ["amy", "ben"])
    assert line["when"].endswith("+00:00")
