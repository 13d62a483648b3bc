"""On-demand judgements: submit and dispatch."""
