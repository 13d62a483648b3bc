"""The ``passwatch`` command: the detector on files, without any engine."""
