"""PostgreSQL: which batch took up which time in which take."""
