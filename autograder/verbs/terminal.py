"""Where verbs print."""

from __future__ import annotations

from rich.console import Console

console = Console()


def print_problems(problems: list[str]) -> None:
    for problem in problems:
        console.print(f"✗ {problem}", style="red", markup=False, soft_wrap=True)
