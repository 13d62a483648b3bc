"""The engines: for each its configuration, its program and its readiness."""
