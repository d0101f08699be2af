"""Decisions without I/O: no socket, file, clock, environment or random number."""
