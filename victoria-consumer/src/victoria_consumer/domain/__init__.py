"""Pure: what is admitted, how it is written, what may be committed."""
