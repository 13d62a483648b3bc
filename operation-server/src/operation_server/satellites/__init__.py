"""The satellites that telemetry has come of."""
