"""The version of the service."""

from __future__ import annotations

VERSION = "0.1.0"
"""As in pyproject.toml; an image runs the code without installing the package, so it cannot be asked for there."""
