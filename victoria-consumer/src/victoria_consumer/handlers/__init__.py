"""Kafka and VictoriaMetrics: telemetry in, samples stored, progress out."""
