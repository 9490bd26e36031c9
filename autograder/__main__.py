"""The command line: `python -m autograder VERB`. Each verb is one function in `verbs/`, below what it takes."""

from __future__ import annotations

import os
import sys

from autograder import AutograderError
from autograder.verbs import course, exchange, grading, reporting  # noqa: F401  (what they define are the verbs)
from autograder.verbs.arguments import parser
from autograder.verbs.terminal import console, print_problems

RESUMED = ("grade", "regrade", "locate", "demo", "collect")  # stopped, they go on where they were


def main() -> int:
    arguments = parser(__doc__).parse_args()
    try:
        return arguments.function(arguments)
    except AutograderError as error:
        print_problems([str(error)])
        return 2
    except KeyboardInterrupt as stop:
        lines = [f"Stopped ({stop})." if str(stop) else "Stopped."]
        if arguments.verb in RESUMED:
            lines.append("Nothing is lost: the same command goes on where it stopped.")
        console.print(*lines, highlight=False)
        return 130
    except BrokenPipeError:  # `make mistakes | head`: whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
