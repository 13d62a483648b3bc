"""Full-text search over results, behind one interface."""
