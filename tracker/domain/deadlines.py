"""The three dates of an obligation and the reasons for them (rules §1; 民法 119-123, 行政程序法 48).

`nominal` is the arithmetic of the clause, `due_on` the legal last day by which lateness is judged, `file_by` the last
working day that is safe under every reading. All are civil days in Asia/Taipei.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from tracker.domain import periods
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.minguo import both, weekday_zh
from tracker.domain.periods import Period
from tracker.domain.reasons import Reason

__all__ = ["Deadline", "Reason", "after", "before", "fixed", "until"]

ONE_DAY = timedelta(days=1)
SATURDAY = 5
NOON = "12:00"


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something is owed, and why.

    `anchor`: the day counted from (None for a date that was not counted). `file_by_time`: "12:00" (Asia/Taipei) when a
    Saturday moved to the next working day, else None. `provisional`: a day that was looked up lies in a year whose
    working-day table is not published. `because`: one Reason for each step, in order.
    """

    anchor: date | None
    nominal: date
    due_on: date
    file_by: date
    file_by_time: str | None
    calendar_version: str
    provisional: bool
    because: tuple[Reason, ...]


def after(anchor: date, period: Period, calendar: WorkingCalendar) -> Deadline:
    """The deadline of "within `period` after `anchor`" (「…後 n 個月內」); the anchor day is not counted.

    Rolls to the next working day (民法 122, 行政程序法 48-4). Give the calendar of the receiving office's county.
    Raises ValueError beyond year 9999 and OutsideCalendar where working days are unknown.
    """
    nominal = periods.forward(anchor, period)
    return _rolled(anchor, nominal, calendar, (_start_reason(anchor), _end_reason(anchor, period, nominal)))


def until(last: date, calendar: WorkingCalendar, anchor: date | None = None, *why: Reason) -> Deadline:
    """The deadline of a duty whose last day the rule itself names, such as the end of the starting month.

    `last` rolls as a forward period's last day does; `why` explains how it was found. Raises OutsideCalendar.
    """
    stated = why or (Reason(f"規定之末日為 {_zh(last)}。", f"The rule names {_en(last)} as the last day."),)
    return _rolled(anchor, last, calendar, stated)


def before(expiry: date, period: Period, calendar: WorkingCalendar) -> Deadline:
    """The deadline of "`period` before `expiry`" (「期滿前 n 個月」): never later than nominal (rules §1.3).

    `due_on` is the nominal day, working or not; `file_by` is the last working day on or before the strict reading, in
    which the expiry day itself is not counted. Raises ValueError before year 1 and OutsideCalendar.
    """
    nominal = periods.backward_nominal(expiry, period)
    strict = periods.backward_strict(expiry, period)
    file_by = calendar.previous_working(strict)
    provisional = calendar.is_provisional(strict) or calendar.is_provisional(file_by)
    because = (
        _remaining_reason(expiry, period, nominal),
        _NEVER_LATER,
        _strict_reason(strict, file_by, calendar),
        _calendar_reason(calendar, file_by, strict),
    )
    return Deadline(expiry, nominal, nominal, file_by, None, calendar.version, provisional, because)


def fixed(on: date, calendar: WorkingCalendar) -> Deadline:
    """The deadline of a date that a document states. It is never moved: an official date always wins.

    `file_by` is the last working day on or before it. Raises OutsideCalendar.
    """
    file_by = calendar.previous_working(on)
    provisional = calendar.is_provisional(on) or calendar.is_provisional(file_by)
    stated = Reason(f"文件載明期日為 {_zh(on)}，以文件為準，不另推算。", f"The document states {_en(on)}; it stands as it is.")
    safe = (
        Reason("該日為上班日，當日送件即可。", "That is a working day, so filing on it is safe.")
        if file_by == on
        else Reason(
            f"該日非上班日（{calendar.describe(on).zh}），最遲安全送件日提前至 {_zh(file_by)}。",
            f"That is not a working day ({calendar.describe(on).en}); the last safe day to file is {_en(file_by)}.",
        )
    )
    because = (stated, safe, _calendar_reason(calendar, file_by, on))
    return Deadline(None, on, on, file_by, None, calendar.version, provisional, because)


def _rolled(anchor: date | None, nominal: date, calendar: WorkingCalendar, start: tuple[Reason, ...]) -> Deadline:
    due_on = calendar.next_working(nominal)
    moved = due_on != nominal
    noon = NOON if moved and nominal.weekday() == SATURDAY else None
    because = [*start, _roll_reason(nominal, due_on, calendar)]
    if noon:
        because.append(_noon_reason(due_on))
    because.append(_calendar_reason(calendar, nominal, due_on))
    provisional = calendar.is_provisional(nominal) or calendar.is_provisional(due_on)
    return Deadline(anchor, nominal, due_on, due_on, noon, calendar.version, provisional, tuple(because))


# The sentences. Each depends on few values, so a batch of many rows builds most of them once.

_NEVER_LATER = Reason(
    "期滿前之期限係往前逆算，查無得順延之依據，遇休息日亦不往後順延。",
    "A limit counted back from an expiry is never put off because of a day off: no authority for that is known.",
)


@lru_cache(maxsize=8192)
def _zh(day: date) -> str:
    return f"{both(day)} {weekday_zh(day)}"


@lru_cache(maxsize=8192)
def _en(day: date) -> str:
    return f"{day:%A} {both(day)}"


@lru_cache(maxsize=512)
def _length(period: Period) -> Reason:
    number, zh, en = (period.months, "個月", "month") if period.months else (period.days, "日", "day")
    return Reason(f"{number}{zh}", f"{number} {en}{'' if number == 1 else 's'}")


@lru_cache(maxsize=8192)
def _start_reason(anchor: date) -> Reason:
    first = anchor + ONE_DAY
    return Reason(
        f"起算事由日 {_zh(anchor)} 為始日，不算入，自 {_zh(first)} 起算（民法第120條第2項、行政程序法第48條第2項）。",
        f"The starting day {_en(anchor)} is not counted; counting begins on {_en(first)} "
        "(Civil Code art. 120-2, Administrative Procedure Act art. 48-2).",
    )


@lru_cache(maxsize=8192)
def _end_reason(anchor: date, period: Period, nominal: date) -> Reason:
    length = _length(period)
    if period.days:
        return Reason(
            f"計{length.zh}，期間末日為 {_zh(nominal)}（民法第121條第1項）；期間內之休息日不扣除。",
            f"A period of {length.en} ends on {_en(nominal)} (Civil Code art. 121-1); days off inside the period are not deducted.",
        )
    first = anchor + ONE_DAY
    if first.day == 1:
        zh, en = "自月之首日起算，以整月計", "counting begins on the first of a month, so whole months count"
    elif nominal.day + 1 == first.day:
        zh, en = (
            "以與起算日相當日之前一日為末日",
            "the last day is the one before the day that corresponds to the first",
        )
    else:
        zh, en = (
            "末月無相當日，以該月之末日為末日",
            "the last month has no corresponding day, so it is that month's last day",
        )
    return Reason(
        f"計{length.zh}，{zh}，期間末日為 {_zh(nominal)}（民法第121條第2項、第123條第1項）。",
        f"A period of {length.en} ends on {_en(nominal)}: {en} (Civil Code art. 121-2, 123-1).",
    )


@lru_cache(maxsize=8192)
def _roll_reason(nominal: date, due_on: date, calendar: WorkingCalendar) -> Reason:
    if due_on == nominal:
        if nominal in calendar.working_weekends:
            return Reason("末日雖為週末，惟係補行上班日，不順延。", "The last day is a make-up working day, so it does not move.")
        return Reason("末日為上班日，不順延。", "The last day is a working day, so it does not move.")
    days = list(calendar.consulted(nominal, due_on - ONE_DAY))
    zh = "、".join(f"{day.month}/{day.day}（{calendar.describe(day).zh}）" for day in days)
    en = "; ".join(f"{day:%m-%d} ({calendar.describe(day).en})" for day in days)
    return Reason(
        f"末日為休息日，順延至次一上班日 {_zh(due_on)}（民法第122條、行政程序法第48條第4項）；休息日：{zh}。",
        f"The last day is a day off, so the next working day {_en(due_on)} takes its place "
        f"(Civil Code art. 122, Administrative Procedure Act art. 48-4). Days off: {en}.",
    )


@lru_cache(maxsize=4096)
def _noon_reason(due_on: date) -> Reason:
    return Reason(
        f"末日原為星期六，行政程序法第48條第4項以其次星期一「上午」為期間末日：為求穩妥，請於 {_zh(due_on)} 中午12:00前送達。",
        "The last day was a Saturday, for which Administrative Procedure Act art. 48-4 speaks of the *morning* of the "
        f"next Monday: to be safe, file before 12:00 on {_en(due_on)}.",
    )


@lru_cache(maxsize=8192)
def _remaining_reason(expiry: date, period: Period, nominal: date) -> Reason:
    length = _length(period)
    return Reason(
        f"期滿日為 {_zh(expiry)}（當日24時屆滿）；"
        f"送件日之後須尚餘完整{length.zh}，故逆算末日為 {_zh(nominal)}"
        "（民法未明定逆算，依第120條、第121條相同之計算方式）。",
        f"The period expires at the end of {_en(expiry)}; {length.en} must remain whole after the day of filing, "
        f"so the last day is {_en(nominal)} "
        "(the Civil Code has no rule for counting back; art. 120 and 121 are applied the same way).",
    )


@lru_cache(maxsize=8192)
def _strict_reason(strict: date, file_by: date, calendar: WorkingCalendar) -> Reason:
    head_zh = f"從嚴解釋，期滿日亦不算入，為 {_zh(strict)}"
    head_en = f"On the strict reading, which does not count the expiry day, it is {_en(strict)}"
    if strict == file_by:
        return Reason(f"{head_zh}，當日為上班日，即最遲安全送件日。", f"{head_en}, a working day: the last safe day to file.")
    days = list(calendar.consulted(file_by + ONE_DAY, strict))
    zh = "、".join(f"{day.month}/{day.day}（{calendar.describe(day).zh}）" for day in days)
    en = "; ".join(f"{day:%m-%d} ({calendar.describe(day).en})" for day in days)
    return Reason(
        f"{head_zh}；其為休息日，最遲安全送件日提前至上班日 {_zh(file_by)}；休息日：{zh}。",
        f"{head_en}, a day off; the last safe day to file is the working day {_en(file_by)} before it. Days off: {en}.",
    )


@lru_cache(maxsize=8192)
def _calendar_reason(calendar: WorkingCalendar, first: date, last: date) -> Reason:
    zh, en = "", ""
    if calendar.is_provisional(first) or calendar.is_provisional(last):
        zh = "；所查年度尚無經核對之官方日曆表，為暫定推估，公布後可能變動"
        en = "; no official table has been checked for that year yet, so this is provisional and may change"
    elif calendar.is_computed(first) or calendar.is_computed(last):
        zh = "；該年度日曆為程式推算（非官方表）"
        en = "; that year's table was computed, not copied from the official one"
    place_zh = f"，含{calendar.county}停班日" if calendar.county else ""
    place_en = f", with the closures of {calendar.county}" if calendar.county else ""
    return Reason(f"上班日曆版本 {calendar.version}{place_zh}{zh}。", f"Working-day calendar {calendar.version}{place_en}{en}.")
