"""Results and progress into the database."""
