"""Signing in at the edge: tokens fetched, kept and renewed, and put on requests."""
