"""From flags and environment to one frozen `Settings`, or to all problems."""
