"""PostgreSQL: the ledger of batches, and the outbox of tasks."""
