"""What the simulator's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from passwatch.mission import Mission, load_mission

MISSIONS = Path(__file__).resolve().parents[2] / "missions"


@pytest.fixture(scope="session")
def default_mission() -> Mission:
    """The 33-channel mission as shipped."""
    return load_mission(MISSIONS / "default.json")


@pytest.fixture(scope="session")
def simple_mission() -> Mission:
    """The seven-channel mission as shipped."""
    return load_mission(MISSIONS / "simple.json")


@pytest.fixture(scope="session")
def recorded_mission() -> Mission:
    """The mission of NASA's recordings as shipped."""
    return load_mission(MISSIONS / "nasa-smap-msl.json")
