"""Runs the detector on a file."""

from detection.command import app

app()
