"""Signing in, without I/O: what is asked of whom, and what its answers mean."""
