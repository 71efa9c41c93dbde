"""Programmes as data: TOML in, frozen objects out."""
