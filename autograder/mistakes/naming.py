"""How a test's hint names a mistake: `looks like: ` and its name."""

from __future__ import annotations

LOOKS_LIKE = "looks like: "
