"""The victoria-consumer: telemetry from Kafka, validated, into VictoriaMetrics, then reported as progress."""
