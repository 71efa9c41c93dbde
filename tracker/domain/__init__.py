"""Pure rules: functions of (facts, today, calendar). Standard library only; never asks the clock."""
