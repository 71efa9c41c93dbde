"""Milepost: a post-award milestone and performance tracker for publicly funded research programmes."""
