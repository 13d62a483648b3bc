"""What a forecast must beat: the last value kept, and a linear autoregression."""

from __future__ import annotations

import numpy as np

from training.data import HORIZON, WINDOW, Series

RIDGE = 1e-3


def persistence(cut: Series) -> Series:
    """Forecast [n, 10] of windows [n, 20]: the last value stays."""
    return np.repeat(cut[:, WINDOW - 1 : WINDOW], HORIZON, axis=1)


class Autoregression:
    """One linear map for all channels from a window's changes to its future, by ridge regression.

    It sees levels relative to the window's last value, as the networks do.
    """

    def __init__(self, train: Series) -> None:
        past, future = self._relative(train)
        weight = 1.0 / np.maximum(past.std(1, keepdims=True), 0.03)
        gram = (past * weight).T @ (past * weight)
        gram += RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram), dtype=np.float32)
        self.coefficients = np.linalg.solve(gram, (past * weight).T @ (future * weight))

    def __call__(self, cut: Series) -> Series:
        """Forecast [n, 10] of windows [n, 20 or 30]."""
        past, _ = self._relative(cut)
        return cut[:, WINDOW - 1 : WINDOW] + past @ self.coefficients

    @staticmethod
    def _relative(cut: Series) -> tuple[Series, Series]:
        relative = cut - cut[:, WINDOW - 1 : WINDOW]
        return relative[:, : WINDOW - 1], relative[:, WINDOW:]
