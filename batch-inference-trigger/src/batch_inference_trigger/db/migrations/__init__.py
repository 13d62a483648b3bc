"""The ledger's schema migrations (Alembic)."""
