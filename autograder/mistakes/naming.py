"""How a test's hint names a mistake: `looks like: ` and its name, in the notebooks as on the pages."""

from __future__ import annotations

from cnnlab.checking.hints import LOOKS_LIKE as LOOKS_LIKE
