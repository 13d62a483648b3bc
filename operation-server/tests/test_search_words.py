"""Words and questions, understood once for every search engine."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operation_server.search.elastic import question
from operation_server.search.index import SearchQuery
from operation_server.search.postgres import tsquery
from operation_server.search.question import Term, understand
from operation_server.search.words import LONGEST, words


@given(st.text(max_size=300))
def test_a_word_is_letters_and_digits_and_nothing_that_an_engine_would_split(text: str) -> None:
    """No word is empty, too long, or holds a space, a quote, an underscore or anything else but letters and digits."""
    for word in words(text):
        assert 1 <= len(word) <= LONGEST
        assert re.fullmatch(r"[^\W_]+", word)
        assert not any(c.isspace() for c in word)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_space_parts_words_and_nothing_else_joins_them(left: str, right: str) -> None:
    """The words of two texts side by side are those of the one, then those of the other."""
    assert words(f"{left} {right}") == words(left) + words(right)


@given(st.text(alphabet="aBcÄß-_.:/ 019", max_size=60))
def test_case_does_not_matter(text: str) -> None:
    """A text has the same words in capitals."""
    assert words(text.upper()) == words(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("battery_temp", ["battery", "temp"]),
        ("SAT-001", ["sat", "001"]),
        ("41.2", ["41", "2"]),
        ("solar_panel_1_voltage", ["solar", "panel", "1", "voltage"]),
        ("−5.5 °C", ["5", "5", "c"]),
        ("ＳＡＴ", ["sat"]),
        ("x" * 300, ["x" * LONGEST]),
    ],
)
def test_names_and_numbers_fall_apart_into_words(text: str, found: list[str]) -> None:
    """Parts of a name find it, also those that look like a number."""
    assert words(text) == found


PLAIN = st.text(alphabet="abc019_-.", min_size=1, max_size=12).filter(lambda t: words(t) and not t.startswith("-"))


@given(PLAIN)
def test_what_stands_there_is_asked_for_as_a_phrase(text: str) -> None:
    """A name, quoted or not, asks for its words one after the other; with `-` before it, that they are not there."""
    phrase = Term(tuple(words(text)))
    assert understand(text) == understand(f'"{text}"') == ((phrase,),)
    assert understand(f"-{text}") == understand(f'-"{text}"') == ((Term(phrase.words, excluded=True),),)


@given(st.lists(PLAIN, min_size=1, max_size=4), st.lists(PLAIN, min_size=1, max_size=4))
def test_or_binds_weaker_than_standing_side_by_side(left: list[str], right: list[str]) -> None:
    """`a b or c d` is (a and b) or (c and d); an `or` without a side changes nothing."""
    one, other = " ".join(left), " ".join(right)
    assert understand(f"{one} OR {other}") == understand(one) + understand(other)
    assert understand(f"or {one} or or") == understand(one)


def test_a_quoted_or_is_a_word() -> None:
    """In quotes `or` is what it says."""
    assert understand('a "or" b') == ((Term(("a",)), Term(("or",)), Term(("b",))),)


@given(st.text(max_size=200))
def test_any_text_is_a_question(text: str) -> None:
    """Whatever is typed is understood; without a word in it both engines are asked for nothing."""
    groups = understand(text)
    assert all(term.words for group in groups for term in group)
    assert (question(SearchQuery(text=text), None, 1) is None) == (groups == ())


def test_the_question_as_postgresql_spells_it() -> None:
    """A phrase keeps its order, `-` is not, side by side is and, `or` is or."""
    assert tsquery(understand('a_b -"c" or d')) == "('a' <-> 'b') & !('c') | ('d')"
