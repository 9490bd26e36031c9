"""SECURITY.md promises nothing that no test holds."""

import ast
import re

import pytest

from autograder.course.course import REPOSITORY

NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
TEXT = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED.findall(TEXT)}))
def test_every_test_that_it_names_is_there(file):
    tree = ast.parse((REPOSITORY / "tests" / file).read_text(encoding="utf-8"))
    there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {name for other, name in NAMED.findall(TEXT) if other == file} <= there


def test_every_line_of_its_tables_names_one():
    """But for those on what tiers there are."""
    tables = TEXT.partition("## A student who is curious")[2]
    rows = [
        line for line in tables.splitlines() if line.startswith("| ") and not line.startswith(("| wants", "| slip"))
    ]
    assert len(rows) > 25
    assert [row for row in rows if not NAMED.search(row)] == []


def test_nothing_is_named_that_is_no_test():
    """`::` stands in names of tests alone."""
    assert TEXT.count("::") == len(NAMED.findall(TEXT))
