"""The batch-simulator of Passwatch."""
