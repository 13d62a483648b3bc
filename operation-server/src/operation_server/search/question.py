"""What is asked for in words, understood once for every engine."""

from __future__ import annotations

import re
from dataclasses import dataclass

from operation_server.search.words import words

_PART = re.compile(r'(?P<no>-?)"(?P<phrase>[^"]*)"|(?P<not>-?)(?P<word>\S+)')
OR = "or"


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow one another, or, if ``excluded``, do not."""

    words: tuple[str, ...]
    excluded: bool = False


Group = tuple[Term, ...]
"""Terms of which each must hold."""


def understand(text: str) -> tuple[Group, ...]:
    """The groups of terms of which one must hold; none if the text has no word in it, and then nothing is found.

    A name that falls apart into words is a phrase of them. `or` binds weaker than standing side by side.

    >>> understand('SAT-001 -noise or "drifts slowly"')  # doctest: +NORMALIZE_WHITESPACE
    ((Term(words=('sat', '001'), excluded=False), Term(words=('noise',), excluded=True)),
     (Term(words=('drifts', 'slowly'), excluded=False),))
    """
    groups: list[list[Term]] = [[]]
    for part in _PART.finditer(text):
        if part["word"] is not None and (part["not"] + part["word"]).casefold() == OR:
            groups.append([])
            continue
        found = words(part["phrase"] if part["word"] is None else part["word"])
        if found:
            groups[-1].append(Term(tuple(found), excluded=bool(part["no"] or part["not"])))
    return tuple(tuple(group) for group in groups if group)
