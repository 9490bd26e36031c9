"""What the mistakes in the dilated, 1x1, 1-D and 3-D convolutions are made with."""

from typing import Any

from autograder.mistakes import Base, Mistake

loops = Base("a1_convolution", "loops")


def tests(question: str, *names: str) -> tuple[str, ...]:
    """Names of a question's tests; "together" is lost with any of them."""
    return tuple(f"test_{question}_{name}" for name in (*names, "together"))


def mistake(
    question: str, name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any
) -> Mistake:
    return loops.mistake(name, question, hint, *changes, loses=loses, **fields)
