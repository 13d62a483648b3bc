"""PostgreSQL: every statement of the service."""
