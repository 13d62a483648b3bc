"""Consuming Kafka: one loop, typed faults, one policy for what cannot be read, and when offsets are committed.

A handler says how a message is read and how what was read is written. The loop does the rest: whatever one message
does to the code that reads or writes it, that message alone ends in the dead-letter topic, with its reason and origin;
what would hold up every message (an engine that is away) is waited for; nothing is committed before it is written.
"""
