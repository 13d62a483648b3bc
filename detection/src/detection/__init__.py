"""Turns telemetry samples into verdicts; no engine is needed."""
