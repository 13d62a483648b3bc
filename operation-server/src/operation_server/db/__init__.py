"""PostgreSQL: connections, schema and tables."""
