"""How fast the program is, beside what others use: `make bench`."""
