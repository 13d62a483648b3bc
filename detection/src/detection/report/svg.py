"""A scale for figures that are drawn as SVG: those of the evaluation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detection.types import Floats


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from values to coordinates."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, values: Floats) -> Floats:
        """Coordinates of values, those outside put on the border."""
        inside = np.clip(values, self.low, self.high)
        return self.begin + (inside - self.low) / (self.high - self.low) * (self.end - self.begin)

    def at(self, value: float) -> float:
        """One coordinate."""
        return float(self(np.array([value]))[0])
