"""The operation-server of Passwatch."""
