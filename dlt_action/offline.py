"""Reports made again, without a network, from a saved event log."""
