"""Job runs, without I/O: started with a token, followed to their end, canceled."""
