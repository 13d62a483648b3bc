"""Runs the detector on a file."""

from detection.command import app

if __name__ == "__main__":
    app()
