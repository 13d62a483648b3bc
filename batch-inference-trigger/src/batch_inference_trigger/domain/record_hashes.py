"""What is remembered of every record's content: one hash each, so that a resend with other values is noticed. Pure.

Hashes are kept in blocks of consecutive records, so that a ledger row stays small whatever a batch's length, and a
new chunk rewrites only the blocks it touches. Inside a block a hash of zero means that the record was not seen; a
record whose hash is zero is remembered as one.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator

from passwatch.contracts import HASH_BYTES, IndexSpan

BLOCK_RECORDS = 1024


def blocks_of(first: int, records: int) -> range:
    """The numbers of the blocks that hold records ``first`` … ``first + records - 1``."""
    return range(first // BLOCK_RECORDS, (first + records - 1) // BLOCK_RECORDS + 1)


class RecordHashes:
    """The hashes of a batch's records, as far as blocks were given.

    Taking in hashes is commutative and idempotent: of several hashes of one record the smallest is kept, and the
    record counts as a conflict from the second different one on.
    """

    def __init__(self, blocks: dict[int, bytes] | None = None) -> None:
        self.blocks: dict[int, bytes] = dict(blocks or {})
        self.changed: set[int] = set()

    def absorb(self, first: int, hashes: bytes) -> list[IndexSpan]:
        """Take in one little-endian uint64 per record from ``first`` on; returns the records that conflict."""
        conflicts: list[IndexSpan] = []
        for block, offset, part in _split(first, _without_zero(hashes)):
            old = self.blocks.get(block, b"")
            start = offset * HASH_BYTES
            stop = start + len(part)
            known = old[start:stop].ljust(len(part), b"\0")
            if known == part:
                continue
            if not any(known):
                merged = part
            else:
                merged, found = _merge(known, part)
                base = block * BLOCK_RECORDS + offset
                conflicts += [IndexSpan(first=base + i, count=1) for i in found]
            if merged != known:
                self.blocks[block] = old[:start].ljust(start, b"\0") + merged + old[stop:]
                self.changed.add(block)
        return conflicts


def _split(first: int, hashes: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The parts of ``hashes`` per block: block number, offset of the first record in it, the part."""
    at = 0
    while at < len(hashes):
        block, offset = divmod(first + at // HASH_BYTES, BLOCK_RECORDS)
        size = min((BLOCK_RECORDS - offset) * HASH_BYTES, len(hashes) - at)
        yield block, offset, hashes[at : at + size]
        at += size


def _without_zero(hashes: bytes) -> bytes:
    if bytes(HASH_BYTES) not in hashes:
        return hashes
    return _bytes(array("Q", (value or 1 for value in _uint64(hashes))))


def _merge(known: bytes, given: bytes) -> tuple[bytes, list[int]]:
    """The joined hashes of the same records, and the positions at which they differ."""
    old, new = _uint64(known), _uint64(given)
    conflicts: list[int] = []
    for i, value in enumerate(new):
        if not old[i]:
            old[i] = value
        elif old[i] != value:
            conflicts.append(i)
            old[i] = min(old[i], value)
    return _bytes(old), conflicts


def _uint64(raw: bytes) -> array[int]:
    values = array("Q", raw)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _bytes(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()
