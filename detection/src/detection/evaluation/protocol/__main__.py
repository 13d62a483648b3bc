"""Runs the protocol's command."""

from detection.evaluation.protocol.command import app

if __name__ == "__main__":
    app()
