"""How this installation is set up: missions, topics, limits."""
