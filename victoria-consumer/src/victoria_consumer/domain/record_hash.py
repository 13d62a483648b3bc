"""A hash per record of its event time and samples, so that a resend with other values is noticed."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

_TIME_KEY = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def record_hashes(
    timestamps: NDArray[np.int64], values: NDArray[np.float64], keys: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """One hash per record of ``timestamps`` (ms, [n]), ``values`` ([channels, n], nan = missing) and channel keys.

    A record's hash is the sum of a mixed word per sample and one for its time, so it depends neither on the order of
    the channels nor on how records were chunked, and a missing sample counts as one that was never there. Numbers
    that compare equal hash equal (-0.0 and 0.0, 1 and 1.0).
    """
    words: NDArray[np.uint64] = (values + 0.0).view(np.uint64)
    words ^= keys[:, None]
    _mix(words)
    missing = np.isnan(values)
    if missing.any():
        words[missing] = 0
    times = timestamps.astype(np.uint64) ^ _TIME_KEY
    _mix(times)
    times += words.sum(axis=0, dtype=np.uint64)
    return times


def encode_hashes(hashes: NDArray[np.uint64]) -> str:
    """Hashes as they travel: base64 of little-endian 64-bit words."""
    return base64.b64encode(hashes.astype("<u8", copy=False).tobytes()).decode()


def _mix(words: NDArray[np.uint64]) -> None:
    """Spread every bit of each word over all of it, in place (the finaliser of SplitMix64)."""
    scratch = np.empty_like(words)
    for shift, factor in ((30, _FIRST), (27, _SECOND)):
        np.right_shift(words, np.uint64(shift), out=scratch)
        words ^= scratch
        words *= factor
    np.right_shift(words, np.uint64(31), out=scratch)
    words ^= scratch
