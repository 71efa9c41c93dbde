"""Use cases: each authorises, owns its transaction and returns plain objects."""
