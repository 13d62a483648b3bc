"""``python -m passwatch_native``: the commands behind the Makefile's targets."""

from __future__ import annotations

from passwatch_native.cli import app

if __name__ == "__main__":
    app()
