"""Health of the service, and its metrics."""
