"""Text as words, once for every engine: each is given these words and never splits text by rules of its own."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 100
"""Characters of a word that count."""
MOST = 250
"""Words of a document that are searched; PostgreSQL keeps no more than 255 places of one word."""

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a text, in their order: runs of letters and digits, without case; so a part of a name finds it.

    >>> words("Battery_temp of SAT-001: 41.2")
    ['battery', 'temp', 'of', 'sat', '001', '41', '2']
    """
    return [word[:LONGEST] for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold())]
