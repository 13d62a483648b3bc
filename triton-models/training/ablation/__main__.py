"""Runs the ablation."""

from training.ablation.command import app

if __name__ == "__main__":
    app()
