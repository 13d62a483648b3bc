"""What the served models' forecasts are worth beside readouts that learned nothing beforehand, and simple rules."""
