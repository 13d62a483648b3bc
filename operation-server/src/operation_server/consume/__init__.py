"""From Kafka into PostgreSQL."""
