"""Runs the evaluation command."""

from detection.evaluation.command import app

if __name__ == "__main__":
    app()
