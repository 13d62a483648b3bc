"""The victoria-consumer: telemetry from Kafka, checked at the door, into VictoriaMetrics, then told as progress."""
