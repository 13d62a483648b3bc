"""Pure: when a batch is complete, and the tasks that judge it."""
