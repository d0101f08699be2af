"""The edge: sockets, files, threads, signals and clocks; no decisions."""
