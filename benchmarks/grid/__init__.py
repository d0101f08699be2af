"""Ways of following an update, compared in virtual time."""
