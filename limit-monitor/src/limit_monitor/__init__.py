"""Checks telemetry against the limits of its mission as it arrives, before the pass is over."""
