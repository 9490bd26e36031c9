"""The numbers that a term may have otherwise than another: `VARIATIONS["cost_filters"]`.

`variations.json` is made by `make build` from course.toml.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def frozen(value: Any) -> Any:
    """Lists as tuples: nobody changes them by accident."""
    return tuple(map(frozen, value)) if isinstance(value, list) else value


TABLE = Path(__file__).with_name("variations.json")
VARIATIONS = {name: frozen(value) for name, value in json.loads(TABLE.read_text(encoding="utf-8")).items()}
