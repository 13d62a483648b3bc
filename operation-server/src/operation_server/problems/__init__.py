"""One error shape (RFC 9457) for every way to fail."""
