"""How well the detector finds labelled events, beside plain baselines."""
