"""The model repository, and Triton that serves it."""
