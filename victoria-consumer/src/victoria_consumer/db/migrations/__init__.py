"""The takes' schema migrations (Alembic)."""
