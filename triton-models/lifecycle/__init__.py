"""From a span of stored telemetry to a candidate version of the models, and what it would change."""
