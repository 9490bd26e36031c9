"""`python -m cnnlab a1_convolution.ipynb`: the table of cnnlab.progress() for a notebook's file, without a browser."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from cnnlab.checking.notebook_file import as_markdown, as_text, check_file
from cnnlab.notebooks.document import DocumentError


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 if every question passes all its visible checks, 1 if not, 2 if a file is no notebook of ours."""
    parser = argparse.ArgumentParser("python -m cnnlab", description="Run the visible checks of notebooks.")
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK", help="a1_convolution.ipynb, for example")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also add the table to this file")
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # not every terminal has a ✓
    status = 0
    for path in options.notebooks:
        try:
            progress, notes = check_file(path)
        except DocumentError as error:
            print(error, file=sys.stderr)
            status = 2
            continue
        print(as_text(progress, notes))
        if options.markdown:
            with open(options.markdown, "a", encoding="utf-8", errors="replace") as file:
                file.write(as_markdown(progress, notes))
        status = status or int(not progress.passed)
    return status


if __name__ == "__main__":
    sys.exit(main())
