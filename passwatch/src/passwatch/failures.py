"""Failures in the words of a log line or of a probe."""

from __future__ import annotations


def in_words(error: Exception) -> str:
    """The kind of the error and the first line of what it says; the rest of a driver's message is a statement."""
    said = str(error)
    return f"{type(error).__name__}: {said.splitlines()[0] if said else ''}".removesuffix(": ")
