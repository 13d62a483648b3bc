"""Runs the fault plan's commands."""

from training.faults.command import app

if __name__ == "__main__":
    app()
