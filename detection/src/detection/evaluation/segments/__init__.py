"""Evaluation on labelled segments of telemetry, as OPS-SAT-AD has them."""
