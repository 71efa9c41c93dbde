"""Measurements at 30,000 projects and 600,000 obligations; see README.md."""
