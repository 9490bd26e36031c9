"""Texts that students choose, for a terminal or a table."""


def printable(text: str) -> str:
    """One line without control characters, which could begin a formula or drive a terminal."""
    return "".join(character if character.isprintable() else " " for character in text).strip()
