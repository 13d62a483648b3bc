"""What is done with the messages of each topic."""
