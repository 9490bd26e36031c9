"""The trusted side: builds notebooks, grades submissions, releases terms. Students never get it."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]

# jsonschema imports it where it is installed, to check IRIs, which no notebook holds. Its import compiles 38 grammars:
# half of the time that it takes to open a gradebook.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: it is not to be found


class AutograderError(Exception):
    """What a person has to know: the text is the sentence for them. Whatever else is raised is a bug, or a result."""
