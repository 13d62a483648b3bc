"""Runs the command."""

from detection.evaluation.segments.command import app

if __name__ == "__main__":
    app()
