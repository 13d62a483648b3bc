"""Stored samples, out of VictoriaMetrics."""
