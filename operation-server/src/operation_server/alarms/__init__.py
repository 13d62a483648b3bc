"""Incidents and their alarms: what was found, put together; and what people do about it."""
