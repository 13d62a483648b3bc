"""The version of the service."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("passwatch-operation-server")
