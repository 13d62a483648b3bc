"""Anomaly events."""
