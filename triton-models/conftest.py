"""Makes the packages of this folder importable for its tests."""
