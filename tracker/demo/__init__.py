"""The demonstration: an invented portfolio, acted out through the real services on the days on which it would have happened."""
