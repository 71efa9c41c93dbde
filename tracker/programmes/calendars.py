"""Load the working-day tables under data/calendars/tw, and later years from `holidays`, into one WorkingCalendar.

The tables are data with a source each (rules §4): a year is `official` when its days are those of the published table
and `computed` when a library supplied them. Years without a table come from the library when the calendar is loaded
and are provisional. The version names the newest check, the library's version and a hash of every day, so that any
change of the data is seen.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import holidays

from tracker.config import data_dir
from tracker.domain.calendars import WorkingCalendar, canonical_county
from tracker.domain.reasons import Reason
from tracker.programmes.issued_calendar import IssuedYear, fingerprint, issued

FIRST_YEAR, LAST_YEAR = 2001, 2060  # the five-day week of the administration began in 2001
STATUSES = ("official", "computed")
_TABLE_KEYS = {"year", "status", "source", "note", "checked_on", "working_weekends", "day_off", "weekend_holiday"}
_REQUIRED_KEYS = ("year", "status", "source", "checked_on", "day_off")
_NAMED_KEYS = {"on", "zh", "en"}
_CLOSURE_KEYS = {"county", "on", "source", "checked_on"}


class CalendarDataError(ValueError):
    """The calendar files contradict themselves; `problems` lists every one as "file: what is wrong"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class YearTable:
    """One year's table as shipped. `checked_on`: the day on which its source was compared."""

    year: int
    status: str
    source: str
    note: str
    checked_on: date
    days_off: frozenset[date]
    working_weekends: frozenset[date]
    names: dict[date, Reason]


@dataclass(slots=True)
class _Days:
    """What is being gathered for the whole calendar."""

    off: set[date] = field(default_factory=set)
    working: set[date] = field(default_factory=set)
    names: dict[date, Reason] = field(default_factory=dict)


def load_calendar(
    directory: Path | str | None = None, years: Iterable[IssuedYear] = (), closures: Mapping[str, Iterable[date]] | None = None
) -> WorkingCalendar:
    """The working calendar of the administration, 2001 to 2060, from the tables in `directory` (default: shipped).

    `years` and `closures` are what was issued since and brought in (see `issued_calendar`). Raises CalendarDataError with every
    problem of the files at once, FileNotFoundError when there is no table.
    Loaded once a process for each directory.
    """
    base = _load(Path(directory) if directory is not None else data_dir() / "calendars" / "tw")
    years = tuple(years)
    return issued(base, years, closures or {}) if years or closures else base


@lru_cache(maxsize=8)
def _load(directory: Path) -> WorkingCalendar:
    tables = load_tables(directory)
    closures, closures_checked = load_closures(directory / "closures.toml")
    days = _Days()
    for table in tables:
        days.off |= table.days_off
        days.working |= table.working_weekends
        days.names |= table.names
    tabled = {table.year for table in tables}
    _add_library_years(days, [year for year in range(FIRST_YEAR, LAST_YEAR + 1) if year not in tabled])
    official = [table.year for table in tables if table.status == "official"]
    computed = frozenset(table.year for table in tables if table.status == "computed")
    newest = max([table.checked_on for table in tables] + closures_checked)
    made = WorkingCalendar(
        version=f"tw-{newest:%Y.%m}+holidays-{holidays.__version__}",
        days_off=frozenset(days.off),
        working_weekends=frozenset(days.working),
        official_through=date(max(official, default=min(tabled) - 1), 12, 31),
        closures=closures,
        names=days.names,
        computed_years=computed,
        tabled_from=date(min(tabled), 1, 1),
        first_day=date(FIRST_YEAR, 1, 1),
        last_day=date(LAST_YEAR, 12, 31),
    )
    return replace(made, version=f"{made.version}+{fingerprint(made)}")


def load_tables(directory: Path) -> tuple[YearTable, ...]:
    """The shipped tables in order of year. Raises CalendarDataError, or FileNotFoundError when there is none."""
    paths = sorted(path for path in directory.glob("*.toml") if path.stem.isdigit())
    if not paths:
        raise FileNotFoundError(f"no working-day table in {directory}")
    problems: list[str] = []
    tables = [table for path in paths if (table := _read_table(path, problems)) is not None]
    years = [table.year for table in tables]
    if not problems and years != list(range(years[0], years[0] + len(years))):
        problems.append(f"{directory.name}: the years {years} leave a gap")
    if problems:
        raise CalendarDataError(problems)
    return tuple(tables)


def _read_table(path: Path, problems: list[str]) -> YearTable | None:
    raw = _toml(path, problems)
    if raw is None:
        return None
    before = len(problems)
    problems += [f"{path.name}: unknown key {key}" for key in sorted(set(raw) - _TABLE_KEYS)]
    problems += [f"{path.name}: {key} is missing" for key in _REQUIRED_KEYS if not raw.get(key)]
    if raw.get("year") != int(path.stem):
        problems.append(f"{path.name}: its year is {raw.get('year')!r}")
    if raw.get("status") not in STATUSES:
        problems.append(f"{path.name}: status must be one of {', '.join(STATUSES)}")
    if not _civil(raw.get("checked_on")):
        problems.append(f"{path.name}: checked_on is not a date")
    off = _named(path, raw.get("day_off", []), problems)
    weekend = _named(path, raw.get("weekend_holiday", []), problems)
    worked = raw.get("working_weekends", [])
    _check_days(path, "day_off", list(off), range(5), problems)
    _check_days(path, "weekend_holiday", list(weekend), range(5, 7), problems)
    _check_days(path, "working_weekends", worked, range(5, 7), problems)
    if len(problems) > before:
        return None
    return YearTable(
        year=raw["year"],
        status=raw["status"],
        source=raw["source"],
        note=raw.get("note", ""),
        checked_on=raw["checked_on"],
        days_off=frozenset(off),
        working_weekends=frozenset(worked),
        names=off | weekend,
    )


def _toml(path: Path, problems: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path.name}: {error}")
        return None


def _civil(value: object) -> bool:
    return type(value) is date


def _named(path: Path, rows: list[dict[str, Any]], problems: list[str]) -> dict[date, Reason]:
    named: dict[date, Reason] = {}
    for row in rows:
        if set(row) != _NAMED_KEYS or not _civil(row["on"]):
            problems.append(f"{path.name}: a day needs exactly on, zh, en: {row}")
        elif row["on"] in named:
            problems.append(f"{path.name}: {row['on']} stands there twice")
        else:
            named[row["on"]] = Reason(row["zh"], row["en"])
    return named


def _check_days(path: Path, key: str, days: list[Any], weekdays: range, problems: list[str]) -> None:
    for day in days:
        if not _civil(day) or day.year != int(path.stem) or day.weekday() not in weekdays:
            problems.append(f"{path.name}: {day} does not belong under {key}")


def load_closures(path: Path) -> tuple[dict[str, frozenset[date]], list[date]]:
    """(closures by county, the days on which their sources were checked); both empty when there is no such file.

    Raises CalendarDataError for an unknown county, a missing source or any other key.
    """
    if not path.exists():
        return {}, []
    problems: list[str] = []
    raw = _toml(path, problems) or {}
    if set(raw) - {"closure"}:
        problems.append(f"{path.name}: unknown keys {sorted(set(raw) - {'closure'})}")
    found: dict[str, set[date]] = {}
    checked: list[date] = []
    for row in raw.get("closure", []):
        problem = _closure_problem(row)
        if problem:
            problems.append(f"{path.name}: {problem}: {row}")
            continue
        found.setdefault(canonical_county(row["county"]) or row["county"], set()).add(row["on"])
        checked.append(row["checked_on"])
    if problems:
        raise CalendarDataError(problems)
    return {county: frozenset(days) for county, days in found.items()}, checked


def _closure_problem(row: dict[str, Any]) -> str | None:
    if set(row) != _CLOSURE_KEYS:
        return f"needs exactly {', '.join(sorted(_CLOSURE_KEYS))}"
    if canonical_county(str(row["county"])) is None:
        return "no such county"
    if not _civil(row["on"]) or not _civil(row["checked_on"]):
        return "not a date"
    return None if str(row["source"]).strip() else "no source"


def _add_library_years(days: _Days, years: list[int]) -> None:
    """Fill `years` from `holidays`. The year after each is loaded too: its New Year can be substituted before it."""
    if not years:
        return
    span = range(min(years), max(years) + 2)
    zh = holidays.country_holidays("TW", years=span, language="zh_TW")
    en = holidays.country_holidays("TW", years=span, language="en_US")
    wanted = set(years)
    for day in zh:
        if day.year in wanted:
            days.names[day] = Reason(*tidy_names(zh[day], en[day]))
            if day.weekday() < 5:
                days.off.add(day)
    days.working |= {day for day in zh.weekend_workdays if day.year in wanted}


def tidy_names(zh: str, en: str) -> tuple[str, str]:
    """The library's names of a day as the tables write them."""
    zh = re.sub(r"放假日（(\S+) 補班）", r"調整放假（\1 補班）", zh).replace("; ", "、")
    en = re.sub(r"Day off \(substituted from (\d\d)/(\d\d)/(\d{4})\)", r"day off exchanged for \3-\1-\2", en)
    return zh, en.replace("(observed)", "(substitute)").replace("Labor Day", "Labour Day").replace("; ", " and ")
