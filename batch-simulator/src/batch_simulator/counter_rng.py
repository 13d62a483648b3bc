"""A counter-based random number generator: reproducible, and the same however the time axis is cut.

A number is a hash of a key (whose noise it is) and a counter (its absolute time or its place), never the next one of
a running generator, so two processes that make two halves of a record make what one would have made. The hash is
two rounds of SplitMix64's finaliser; generators of this kind are those of Salmon et al., "Parallel random numbers: as
easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = (np.uint64(n) for n in (30, 27, 31, 11))
_SPLINE_GAIN = 1.45
"""Makes the cubic B-spline of independent unit normals have about unit variance."""


def key(*parts: object) -> int:
    """A 64-bit key of these parts' text."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _hash(seed: int, index: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        x = index * _GOLDEN + np.uint64(seed)
        x = (x ^ (x >> _S30)) * _M1
        x = (x ^ (x >> _S27)) * _M2
        x = (x ^ (x >> _S31)) + _GOLDEN
        x = (x ^ (x >> _S30)) * _M2
        return x ^ (x >> _S31)


def uniform(seed: int, index: Integers) -> Floats:
    """A number in [0, 1) for each index."""
    return np.asarray((_hash(seed, index.astype(np.uint64)) >> _S11) * 2.0**-53, dtype=np.float64)


def normal(seed: int, index: Integers) -> Floats:
    """A standard normal number for each index (Box and Muller)."""
    twice = index.astype(np.uint64) * np.uint64(2)
    u = 1.0 - (_hash(seed, twice) >> _S11) * 2.0**-53
    v = (_hash(seed, twice + np.uint64(1)) >> _S11) * 2.0**-53
    return np.asarray(np.sqrt(-2.0 * np.log(u)) * np.cos(2.0 * np.pi * v), dtype=np.float64)


def smooth_noise(seed: int, time_s: Floats, step_s: float) -> Floats:
    """A smooth random function of absolute time with about unit variance, changing over about ``step_s``.

    The cubic B-spline of normal numbers on a lattice: its first two derivatives are continuous.
    """
    place = time_s / step_s
    cell = np.floor(place).astype(np.int64)
    f = place - cell
    first = int(cell.min()) - 1
    lattice = normal(seed, np.arange(first, int(cell.max()) + 3, dtype=np.int64))
    i = cell - first - 1
    g = 1.0 - f
    spline = (
        g**3 * lattice[i]
        + (3 * f**3 - 6 * f**2 + 4) * lattice[i + 1]
        + (3 * g**3 - 6 * g**2 + 4) * lattice[i + 2]
        + f**3 * lattice[i + 3]
    )
    return np.asarray(spline * (_SPLINE_GAIN / 6.0), dtype=np.float64)


def draw(seed: int, low: float, high: float) -> float:
    """One number in [low, high)."""
    return low + (high - low) * float(uniform(seed, np.zeros(1, dtype=np.int64))[0])
