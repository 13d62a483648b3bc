"""Batches, their revisions and verdicts."""
