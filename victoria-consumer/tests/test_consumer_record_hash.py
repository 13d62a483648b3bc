"""A record's hash differs for other values, and for nothing else."""

from __future__ import annotations

import base64

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from victoria_consumer.domain.record_hash import encode_hashes, record_hashes
from victoria_consumer.domain.source import channel_key

FLOATS = st.floats(allow_infinity=False, width=64)
MATRICES = arrays(np.float64, (4, 6), elements=FLOATS)
KEYS = np.array([channel_key(f"c{i}") for i in range(4)], dtype=np.uint64)
TIMES = np.arange(6, dtype=np.int64) * 30_000 + 1_700_000_000_000


@given(MATRICES, st.permutations(range(4)), st.integers(1, 5))
def test_hash_is_of_the_record_alone(values: np.ndarray, order: list[int], cut: int) -> None:
    """Neither the order of the channels nor the cut into chunks changes a record's hash."""
    whole = record_hashes(TIMES, values, KEYS)
    parts = [
        record_hashes(TIMES[span], np.ascontiguousarray(values[order][:, span]), KEYS[order])
        for span in (slice(None, cut), slice(cut, None))
    ]
    assert np.array_equal(whole, np.concatenate(parts))


@given(MATRICES, st.integers(0, 3), st.integers(0, 5), FLOATS)
def test_hash_changes_with_a_value(values: np.ndarray, channel: int, record: int, other: float) -> None:
    """A record whose value differs, by however little, hashes differently; one whose value is equal does not."""
    changed = values.copy()
    changed[channel, record] = other
    before, after = record_hashes(TIMES, values, KEYS), record_hashes(TIMES, changed, KEYS)
    old = values[channel, record]
    equal = old == other or (np.isnan(old) and np.isnan(other))
    assert (before[record] == after[record]) == equal
    assert np.array_equal(np.delete(before, record), np.delete(after, record))


@given(MATRICES)
def test_missing_sample_counts_as_none(values: np.ndarray) -> None:
    """A channel that is missing throughout hashes like one that was never there."""
    values[2] = np.nan
    rest = [0, 1, 3]
    assert np.array_equal(
        record_hashes(TIMES, values, KEYS), record_hashes(TIMES, np.ascontiguousarray(values[rest]), KEYS[rest])
    )


def test_hash_changes_with_time_and_channel() -> None:
    """The same values at another time, or of another channel, hash differently; swapping two channels' values too."""
    values = np.array([[1.0], [2.0]])
    base = record_hashes(TIMES[:1], values, KEYS[:2])[0]
    others = {
        int(record_hashes(TIMES[1:2], values, KEYS[:2])[0]),
        int(record_hashes(TIMES[:1], values, KEYS[2:])[0]),
        int(record_hashes(TIMES[:1], values[::-1].copy(), KEYS[:2])[0]),
    }
    assert int(base) not in others
    assert len(others) == 3


def test_hash_is_stable() -> None:
    """Hashes are the same in every process and release: resends are compared with what was stored long ago."""
    hashes = record_hashes(TIMES[:2], np.array([[1.5, -0.0]]), KEYS[:1])
    assert [f"{h:016x}" for h in hashes.tolist()] == STABLE
    assert base64.b64decode(encode_hashes(hashes)) == b"".join(int(h, 16).to_bytes(8, "little") for h in STABLE)


STABLE = ["62e1944422b2fa6c", "8f39d2af68483aa8"]
