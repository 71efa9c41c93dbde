"""A storm for the alerts: real workers that are killed, days that are jumped over, and a mail server that misbehaves.

Used short by `test_chaos.py` and long by `benchmarks.bench_crash`.
"""
