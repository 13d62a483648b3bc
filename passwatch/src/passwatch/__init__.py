"""The shared library of Passwatch: contracts, missions, settings, and thin clients of the engines."""
