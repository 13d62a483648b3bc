"""Trains the served models (``make train``)."""

from __future__ import annotations

from training.command import app

app()
