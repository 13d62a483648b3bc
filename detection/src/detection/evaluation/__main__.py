"""Runs the evaluation command."""

from detection.evaluation.command import app

app()
