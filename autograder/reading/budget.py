"""How much of one hand-in is read: enough for any notebook that a person writes, and a few seconds for any other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_CODE = 5_000_000  # characters of all cells together
FREE = 200_000  # characters whose tokens nobody counts
MAX_PARSED = 300_000  # tokens of the others
MAX_REPAIRED = 300_000  # tokens that are looked at again while cells that do not parse are repaired
MAX_STATEMENTS = 8_000
MAX_PROCESSES = 20  # started to ask about newer syntax
TOKEN = re.compile(r"[\w.]+|[^\w\s]")


@dataclass
class Budget:
    """What may still be spent on one submission. A notebook of the course takes a hundredth of it."""

    characters: int = field(default_factory=lambda: MAX_CODE)
    tokens: int = field(default_factory=lambda: MAX_PARSED)
    repairs: int = field(default_factory=lambda: MAX_REPAIRED)
    statements: int = field(default_factory=lambda: MAX_STATEMENTS)
    processes: int = field(default_factory=lambda: MAX_PROCESSES)

    def take_text(self, source: str) -> bool:
        """Whether there is room to parse a text; if so, it is paid for."""
        if len(source) > self.characters:
            return False
        self.characters -= len(source)
        if MAX_CODE - self.characters > FREE:  # no notebook of the course comes as far: counting costs time, too
            tokens = count_tokens(source)
            if tokens > self.tokens:
                return False
            self.tokens -= tokens
        return True

    def take_repair(self, tokens: int) -> bool:
        self.repairs -= tokens
        return self.repairs >= 0

    def take_statement(self) -> bool:
        self.statements -= 1
        return self.statements >= 0

    def take_process(self) -> bool:
        self.processes -= 1
        return self.processes >= 0


def count_tokens(source: str) -> int:
    return sum(1 for _ in TOKEN.finditer(source))
