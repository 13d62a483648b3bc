"""Which versions of the served models judge: those that the calibration in force was fitted with.

Versions are changed by activating calibrations fitted with others, after the server was told to serve them beside the
old ones. So a forecast is never judged by another version's calibration, whatever comes first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from detection.api import Forecaster, ForecasterUnavailable

PATIENCE_S = 60.0
"""So long after it was first missed, a version that is not served is waited for."""


class ServedModel(Protocol):
    """A model of which several versions may be served; see :class:`detection.forecasters.triton.TritonForecaster`."""

    @property
    def model(self) -> str:
        """The model's name."""
        ...

    def at(self, version: str | None) -> Forecaster:
        """This version if it is served, otherwise the newest."""
        ...


class ServedModels:
    """Gives forecasters of the versions that are wanted."""

    def __init__(self, models: Sequence[ServedModel], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._models = tuple(models)
        self._monotonic = monotonic
        self._missed: dict[tuple[str, str], float] = {}

    @property
    def names(self) -> list[str]:
        """The models' names."""
        return [model.model for model in self._models]

    def at(self, wanted: Mapping[str, str], only: str | None = None) -> list[Forecaster]:
        """A forecaster of each model, or of one; of the wanted versions as far as they are served.

        Raises:
            ForecasterUnavailable: the server does not answer or does not serve a model.
        """
        return [model.at(wanted.get(model.model)) for model in self._models if only in (None, model.model)]

    def missing(self, wanted: Mapping[str, str], forecasters: Sequence[Forecaster]) -> str | None:
        """In words, which wanted versions these forecasters are not; None if all are what was wanted."""
        others = [f for f in forecasters if f.model in wanted and f.version != wanted[f.model]]
        for forecaster in forecasters:
            if forecaster not in others:
                self._missed.pop((forecaster.model, forecaster.version), None)
        return "; ".join(f"{f.model} is served as {f.version}, not as {wanted[f.model]}" for f in others) or None

    def wait_for(self, wanted: Mapping[str, str], forecasters: Sequence[Forecaster]) -> None:
        """Accept what is missing if it was waited for long enough: judging without a model beats not judging.

        Raises:
            ForecasterUnavailable: a version is missing, and has not been for long: a server that was started a moment
                ago may not serve it yet.
        """
        problem = self.missing(wanted, forecasters)
        if problem is None:
            return
        now = self._monotonic()
        gone = [(f.model, wanted[f.model]) for f in forecasters if wanted.get(f.model, f.version) != f.version]
        since = [self._missed.setdefault(key, now) for key in gone]
        if now - max(since) < PATIENCE_S:
            raise ForecasterUnavailable(problem)
