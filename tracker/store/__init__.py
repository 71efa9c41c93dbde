"""The system of record: tables, the one driver, the one way to write, the audit chain."""
