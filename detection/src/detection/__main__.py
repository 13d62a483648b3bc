"""Runs the ``passwatch`` command."""

from detection.command import app

if __name__ == "__main__":
    app()
