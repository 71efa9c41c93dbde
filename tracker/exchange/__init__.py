"""Spreadsheets in, verified copies out."""
