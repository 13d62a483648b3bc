"""Judgements: one subsystem of one revision each."""
