"""One sandbox with PyTorch for all that grades networks: starting it takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.sandbox import Sandbox


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened
