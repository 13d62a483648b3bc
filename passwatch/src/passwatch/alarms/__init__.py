"""Findings, the incidents that they are put together to, and the life cycle of an alarm. Pure: no clock, no I/O."""
