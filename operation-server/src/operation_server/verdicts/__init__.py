"""Pure rules about verdicts: aggregate, status, diff between revisions."""
