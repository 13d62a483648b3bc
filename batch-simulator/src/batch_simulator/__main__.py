"""``python -m batch_simulator``."""

from batch_simulator.cli import app

if __name__ == "__main__":
    app(prog_name="python -m batch_simulator")
