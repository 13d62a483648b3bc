"""What every engine's module is given: the stack's folder, its ports and its secrets."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from passwatch_native.credentials import Credentials
from passwatch_native.paths import CHECKOUT, Checkout
from passwatch_native.ports import PortPlan


@dataclass(frozen=True, slots=True)
class Layout:
    """One stack on disk."""

    dir: Path
    ports: PortPlan
    credentials: Credentials
    checkout: Checkout = CHECKOUT

    @property
    def data(self) -> Path:
        """What the engines store."""
        return self.dir / "data"

    @property
    def etc(self) -> Path:
        """Rendered configuration; some of it holds secrets."""
        return self.dir / "etc"

    @property
    def model_repository(self) -> Path:
        """What Triton serves: the shipped versions of the models, and those that were added here."""
        return self.data / "triton/models"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.dir / "logs"

    @property
    def id(self) -> str:
        """A short name for this folder, for what needs a name outside of it."""
        return hashlib.sha256(str(self.dir).encode()).hexdigest()[:10]
