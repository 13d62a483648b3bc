"""Records that never arrive: which of a satellite's are lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detection.types import Flags
from training.faults.inject import number


@dataclass(frozen=True, slots=True)
class Loss:
    """About this ``share`` of all records is lost, ``run`` in a row each time."""

    share: float = 0.0
    run: int = 1

    def kept(self, name: str, count: int) -> Flags:
        """Which of ``count`` records arrive, [count]: the same whenever it is asked for by this name."""
        begins = np.random.default_rng(number(f"{name} loses")).random(count) < self.share / self.run
        lost = np.zeros(count, dtype=np.bool_)
        for begin in np.flatnonzero(begins):
            lost[begin : begin + self.run] = True
        return ~lost
