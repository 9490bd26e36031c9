"""A table in which single cells change, and no other byte."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.course import CourseError
from autograder.lms.table import MOST_BYTES, Table, read_number


def read(data, name="grades.csv"):
    return Table(data, name, lambda columns: "id" in columns)


LINES = ["ID,Name,Grade", '7,"O\'Brien, ""Bo""",', "8,José,12.50"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("last", [True, False])
def test_one_cell_changes_and_every_other_byte_stays(end, encoding, last):
    text = end.join(LINES) + end * last
    table = read(text.encode(encoding))
    assert table.to_bytes() == text.encode(encoding)
    table.put(1, 2, "3.00")
    assert table.to_bytes() == text.replace('Bo""",', 'Bo""",3.00').encode(encoding)
    assert table.text(1, 1) == 'O\'Brien, "Bo"' and table.text(2, 1) == "José"


def test_bytes_that_no_encoding_knows_stay():
    data = b"ID;Name\r\n7;Jos\xe9\x81\x8d\r\n"
    table = read(data)
    table.put(1, 0, "8")
    assert table.to_bytes() == data.replace(b"7", b"8")


@pytest.mark.parametrize(("head", "delimiter"), [("sep=;\r\n", ";"), ("", ";"), ("", "\t"), ("\ufeffsep=|\n", "|")])
def test_the_delimiter_is_found(head, delimiter):
    data = (head + f"ID{delimiter}A, and b\n1{delimiter}x\n").encode()
    table = read(data)
    assert table.delimiter == delimiter and table.heads() == ["ID", "A, and b"] and table.text(1, 1) == "x"
    assert table.to_bytes() == data


def test_a_quoted_cell_stays_quoted_and_one_with_the_delimiter_in_it_becomes_so():
    table = read(b'ID,"Grade",Other\n1,"5,00",\n')
    table.put(1, 1, "6")
    table.put(1, 2, '7,"0')
    assert table.to_bytes() == b'ID,"Grade",Other\n1,"6","7,""0"\n'


def test_a_row_without_its_empty_ends_gets_them():
    table = read(b"ID,Name,Note,Grade\n1,Ada\n2,Ben,,\n")
    table.put(1, 3, "9")
    assert table.text(1, 3) == "" and table.to_bytes() == b"ID,Name,Note,Grade\n1,Ada,,9\n2,Ben,,\n"


def test_numbers_are_written_as_the_file_writes_them():
    table = read(b'ID;Grade;Sum\n1;;7,50\n2;"6,00";8,00\n3;;\n')
    assert table.has_decimal_comma
    assert not table.put_number(1, 1, "4.25") and not table.put_number(2, 1, "6.00") and table.put_number(2, 2, "9.00")
    assert table.to_bytes() == b'ID;Grade;Sum\n1;4,25;7,50\n2;"6,00";9,00\n3;;\n'
    assert not read(b'ID,Title\n1.5,"2,5"\n').has_decimal_comma


def test_a_line_is_the_one_that_an_editor_shows():
    table = read(b'ID,Name\r\n1,"two\nlines"\r\n2,x\n')
    assert [table.line(row) for row in range(3)] == [1, 2, 4]


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2), min_size=1))
def test_any_table_is_read_as_csv_reads_it_and_comes_back(rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["ID", "x"], *rows])
    data = text.getvalue().encode()
    table = read(data)
    assert [[cell.text for cell in row] for row in table.rows[1:]] == rows
    table.put(0, 1, "y")
    assert table.to_bytes() == data.replace(b"ID,x", b"ID,y", 1)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04...", "grades.csv is a workbook (or another zip), not a CSV file"),
        (b"\xff\xfeI", "grades.csv can't be read as text"),
        (b"Nobody,Nothing\n1,2\n", "grades.csv does not begin as such a file does"),
        (b"", "grades.csv does not begin as such a file does"),
        (b"x" * (MOST_BYTES + 1), "grades.csv is larger than 50 MB"),
    ],
    ids=["workbook", "half a character", "another table", "empty", "too large"],
)
def test_what_is_no_such_table_is_said(data, sentence):
    with pytest.raises(CourseError, match=re.escape(sentence)):
        read(data)


@pytest.mark.parametrize(("text", "number"), [("7", 7), (" 7,5 ", 7.5), ("7.50", 7.5), ("EX", None), ("1,234.5", None)])
def test_a_number_is_a_number_and_nothing_else(text, number):
    assert read_number(text) == number
