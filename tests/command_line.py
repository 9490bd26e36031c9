"""`python -m autograder` in the process of the tests."""

from __future__ import annotations

import sys

import pytest

from autograder.__main__ import main


def run_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, *arguments: str) -> tuple[int, str]:
    """Its exit code, and all that it says with one space between words."""
    monkeypatch.setattr(sys, "argv", ["autograder", *arguments])
    try:
        code = main()
    except SystemExit as end:  # argparse's
        code = end.code
    return code, " ".join("".join(capsys.readouterr()).split())
