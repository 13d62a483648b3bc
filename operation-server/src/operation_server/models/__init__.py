"""The versions of the served models: what the repository holds, and which of them Triton serves."""
