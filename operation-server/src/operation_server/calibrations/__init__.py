"""What telemetry is judged by: calibrations, and the versions of the models that they were fitted with."""
