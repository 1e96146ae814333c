"""Wording: numbers of things in messages."""


def counted(number: int, noun: str) -> str:
    """Return a number of things in words, such as "1 frame" or "2 frames"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
