"""What operation-server and whoever starts Triton must agree on."""

from __future__ import annotations

KEY_HEADER = "passwatch-key"
"""The header with the key to what changes Triton (``--http-restricted-api``): loading and unloading of models."""
