"""民國 dates: a strict reader and the formatter for every screen, mail and import (rules §5).

民國 year = Gregorian year − 1911; months and days are the same. General date libraries read 民國 text silently wrong,
so nothing else may parse a date that a person wrote.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime

ROC_OFFSET = 1911
FIRST_YEAR, LAST_YEAR = 1990, 2060
WEEKDAYS_ZH = "一二三四五六日"
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

CODES = ("empty", "unreadable", "month_only", "ask", "no_such_day", "weekday", "out_of_range")
_EXPLAINED = {
    "empty": "no date was given",
    "unreadable": "not a date that can be read",
    "month_only": "a year and a month, but no day",
    "ask": "the year is not certain; write 民國 years with three digits or Gregorian years with four",
    "no_such_day": "there is no such day",
    "weekday": "the weekday does not belong to that date",
    "out_of_range": f"outside {FIRST_YEAR} to {LAST_YEAR}",
}

_ERA = r"(?P<era>中華民國|民國|西元)?"
_WEEKDAY = r"(?:\(?(?:星期|週|周|禮拜)(?P<day_name>[一二三四五六日天])\)?|\((?P<short_name>[一二三四五六日天])\))?"
_TWIN = r"(?:\((?P<twin>[0-9]{4}-[0-9]{2}-[0-9]{2})\))?"
_DATE = re.compile(
    _ERA
    + r"(?:(?P<y>[0-9]{2,4})(?:年(?P<m1>[0-9]{1,2})月(?P<d1>[0-9]{1,2})日"
    + r"|(?P<sep>[/.-])(?P<m2>[0-9]{1,2})(?P=sep)(?P<d2>[0-9]{1,2}))"
    + r"|(?P<compact>[0-9]{6,8}))"
    + _WEEKDAY
    + _TWIN
)
_MONTH = re.compile(_ERA + r"(?P<y>[0-9]{2,4})(?:年(?P<m1>[0-9]{1,2})月|[/.-](?P<m2>[0-9]{1,2}))")
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))
_DASHES = dict.fromkeys(map(ord, "\u2010\u2012\u2013\u2212"), "-")
_SPLIT_NUMBER = re.compile(r"[0-9]\s+[0-9]")
_SPACES = re.compile(r"\s+")


class DateTextError(ValueError):
    """A date that cannot be taken as written. `code` is one of CODES; `text` is what was given."""

    def __init__(self, code: str, text: object) -> None:
        super().__init__(f"{_EXPLAINED[code]}: {text!r}")
        self.code = code
        self.text = str(text)


def parse_date(value: object) -> date:
    """The civil date that `value` states: a date, a datetime (its date), an int or text in the grammar of rules §5.

    Text and whole numbers: 民國 year of three digits (or 7 digits in one, 1150101) or Gregorian year of four, with
    / . - or 年月日; optional 民國 or 西元; optional weekday, which must agree; full-width digits, compatibility
    characters, spaces and line breaks between the parts are understood. Raises DateTextError with its code:
    `month_only` for 109/04, `ask` for any two-digit year, and so on.
    """
    if isinstance(value, datetime):
        return _in_range(value.date(), value)
    if isinstance(value, date):
        return _in_range(value, value)
    text = _normalised(value)
    match = _DATE.fullmatch(text)
    if match is None:
        raise DateTextError("month_only" if _month_parts(text, value) else "unreadable", value)
    year, month, day = _numbers(match)
    found = _existing(_gregorian(year, match["era"], value), month, day, value)
    _check_companions(match, found, value)
    return found


def parse_month(value: object) -> tuple[int, int]:
    """(Gregorian year, month) of text such as 109/04 or 中華民國 114 年 7 月.

    Raises DateTextError; a whole date is `unreadable` here, so that nobody loses a day unnoticed.
    """
    text = _normalised(value)
    parts = _month_parts(text, value)
    if parts is None:
        raise DateTextError("unreadable", value)
    return parts


def roc(day: date) -> str:
    """The short form "115-08-31"; years before 民國 100 are padded to three digits, to be read back."""
    return f"{day.year - ROC_OFFSET:03d}-{day.month:02d}-{day.day:02d}"


def roc_long(day: date) -> str:
    """The long form 「民國115年8月31日」."""
    return f"民國{day.year - ROC_OFFSET}年{day.month}月{day.day}日"


def both(day: date) -> str:
    """Both calendars side by side: "115-08-31 (2026-08-31)"."""
    return f"{roc(day)} ({day.isoformat()})"


def weekday_zh(day: date) -> str:
    """「星期一」 to 「星期日」."""
    return f"星期{WEEKDAYS_ZH[day.weekday()]}"


def _normalised(value: object) -> str:
    """Text with its characters unified and its spaces gone; refuses what only looks like a digit."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise DateTextError("empty" if value is None else "unreadable", value)
    text = str(value)
    if not text.isascii():
        for character in set(text):
            # ① or ² would become a digit and lengthen the day before it.
            if not character.isascii() and not "０" <= character <= "９" and _hides_digit(character):
                raise DateTextError("unreadable", value)
        text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_DASHES)
    text = text.strip()
    if not text:
        raise DateTextError("empty", value)
    if _SPLIT_NUMBER.search(text):
        raise DateTextError("unreadable", value)
    return _SPACES.sub("", text)


def _hides_digit(character: str) -> bool:
    return any("0" <= piece <= "9" for piece in unicodedata.normalize("NFKC", character))


def _numbers(match: re.Match[str]) -> tuple[str, int, int]:
    compact = match["compact"]
    if compact:
        return compact[:-4], int(compact[-4:-2]), int(compact[-2:])
    return match["y"], int(match["m1"] or match["m2"]), int(match["d1"] or match["d2"])


def _gregorian(year: str, era: str | None, value: object) -> int:
    if len(year) == 2:
        raise DateTextError("ask", value)
    number = int(year)
    if len(year) == 4:
        # A four-digit year under 1912, or one that claims to be 民國, is a slip that only the writer can settle.
        if number <= ROC_OFFSET or era in ("民國", "中華民國"):
            raise DateTextError("ask", value)
        return number
    if era == "西元":
        raise DateTextError("ask", value)
    if number == 0:
        raise DateTextError("out_of_range", value)
    return number + ROC_OFFSET


def _existing(year: int, month: int, day: int, value: object) -> date:
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        raise DateTextError("no_such_day", value)
    return _in_range(date(year, month, day), value)


def _in_range(day: date, value: object) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DateTextError("out_of_range", value)
    return day


def _check_companions(match: re.Match[str], found: date, value: object) -> None:
    """The weekday and the Gregorian twin beside a date are checksums: they must agree."""
    name = match["day_name"] or match["short_name"]
    if name and WEEKDAYS_ZH.index("日" if name == "天" else name) != found.weekday():
        raise DateTextError("weekday", value)
    if match["twin"] and match["twin"] != found.isoformat():
        raise DateTextError("ask", value)


def _month_parts(text: str, value: object) -> tuple[int, int] | None:
    match = _MONTH.fullmatch(text)
    if match is None:
        return None
    year, month = _gregorian(match["y"], match["era"], value), int(match["m1"] or match["m2"])
    if not 1 <= month <= 12:
        raise DateTextError("no_such_day", value)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DateTextError("out_of_range", value)
    return year, month
