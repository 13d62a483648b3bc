"""The batch-inference-trigger of Passwatch."""
