"""The analysis-worker of Passwatch."""
