"""Faults of known size on simulated satellites, and how well the detector finds them."""
