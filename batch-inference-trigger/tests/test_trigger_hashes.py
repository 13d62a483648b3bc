"""Record hashes: what is remembered, and what counts as a conflict."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from batch_inference_trigger.domain.record_hashes import BLOCK_RECORDS, RecordHashes, blocks_of

chunks = st.lists(
    st.tuples(
        st.integers(BLOCK_RECORDS - 20, BLOCK_RECORDS + 20), st.lists(st.integers(0, 3), min_size=1, max_size=30)
    ),
    max_size=10,
)


def packed(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}Q", *values)


def absorb_all(items: list[tuple[int, list[int]]]) -> tuple[dict[int, bytes], set[int]]:
    known = RecordHashes()
    conflicts: set[int] = set()
    for first, values in items:
        conflicts |= {span.first for span in known.absorb(first, packed(values))}
    return {block: raw.rstrip(b"\0") for block, raw in known.blocks.items()}, conflicts


@given(chunks)
def test_conflicts_are_the_records_seen_with_different_hashes(items: list[tuple[int, list[int]]]) -> None:
    """A record conflicts exactly if two different hashes of it were seen; 0 and 1 count as the same."""
    seen: dict[int, set[int]] = {}
    for first, values in items:
        for i, value in enumerate(values):
            seen.setdefault(first + i, set()).add(value or 1)
    assert absorb_all(items)[1] == {i for i, values in seen.items() if len(values) > 1}


@given(chunks, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(items: list[tuple[int, list[int]]], random: object) -> None:
    """Any order and any repetition of chunks ends in the same hashes and the same conflicts."""
    shuffled = [*items, *items[::2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert absorb_all(shuffled) == absorb_all(items)


def test_a_replay_changes_no_block() -> None:
    """Known hashes taken in again leave nothing to be written."""
    values = packed(list(range(5, 3005)))
    known = RecordHashes()
    known.absorb(100, values)
    again = RecordHashes(known.blocks)
    assert again.absorb(100, values) == []
    assert again.changed == set()
    assert known.changed == set(blocks_of(100, 3000)) == {0, 1, 2, 3}
