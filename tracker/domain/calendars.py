"""Working days of the Taiwanese administration, as an immutable value; `programmes.calendars` loads it from files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

from tracker.domain.minguo import WEEKDAYS_EN, WEEKDAYS_ZH
from tracker.domain.reasons import Reason

ONE_DAY = timedelta(days=1)

# The 22 first-level divisions of Taiwan: closures for natural disasters are declared by each of them (rules §1.1).
COUNTIES: Mapping[str, str] = MappingProxyType(
    {
        "臺北市": "Taipei City", "新北市": "New Taipei City", "桃園市": "Taoyuan City", "臺中市": "Taichung City",
        "臺南市": "Tainan City", "高雄市": "Kaohsiung City", "基隆市": "Keelung City", "新竹市": "Hsinchu City",
        "嘉義市": "Chiayi City", "新竹縣": "Hsinchu County", "苗栗縣": "Miaoli County", "彰化縣": "Changhua County",
        "南投縣": "Nantou County", "雲林縣": "Yunlin County", "嘉義縣": "Chiayi County", "屏東縣": "Pingtung County",
        "宜蘭縣": "Yilan County", "花蓮縣": "Hualien County", "臺東縣": "Taitung County", "澎湖縣": "Penghu County",
        "金門縣": "Kinmen County", "連江縣": "Lienchiang County",
    }
)  # fmt: skip


class OutsideCalendar(ValueError):
    """A day was asked about that the calendar does not cover; `day` is that day."""

    def __init__(self, day: date, first: date, last: date) -> None:
        super().__init__(f"{day.isoformat()} is outside the working-day calendar ({first.year} to {last.year})")
        self.day = day


def worked_at_most(days: int) -> int:
    """How many of so many days in a row can be working days, whatever tables and closures come.

    Of seven in a row at least one is off: a table that says otherwise is read by nobody (`tracker.exchange.holiday_table`).
    """
    return days - days // 7


@lru_cache(maxsize=512)
def canonical_county(text: str) -> str | None:
    """The Chinese name of a county or city, from Chinese (台 or 臺) or English text; None when none has that name.

    English without a suffix means the city where a county shares its name ("Hsinchu" is 新竹市).
    """
    name = text.strip().replace("台", "臺")
    if name in COUNTIES:
        return name
    plain = " ".join(name.casefold().replace("-", " ").split())
    for suffix in ("", " city", " county"):
        for zh, en in COUNTIES.items():
            if plain + suffix == en.casefold():
                return zh
    return None


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """Which civil days (Asia/Taipei) the administration works.

    `days_off`: Mondays to Fridays off; `working_weekends`: make-up working days; every other Saturday and Sunday is
    off. Days after `official_through` or before `tabled_from` are projections (`is_provisional`). `computed_years` are
    past or present years taken from a library because no official table was at hand. `closures` are office closures
    for natural disasters by county and count only in the calendar made by `for_county`. Outside `first_day` to
    `last_day` every question raises OutsideCalendar. `base` is the shipped calendar where tables or closures of an
    installation were laid over it, and `issue` the store's revision at which they were read. Equal and hashed by
    version, county and content.
    """

    version: str
    days_off: frozenset[date]
    working_weekends: frozenset[date]
    official_through: date
    closures: Mapping[str, frozenset[date]] = field(default_factory=dict)
    names: Mapping[date, Reason] = field(default_factory=dict)
    computed_years: frozenset[int] = frozenset()
    tabled_from: date = date.min
    first_day: date = date.min
    last_day: date = date.max
    county: str | None = None
    closed: frozenset[date] = frozenset()
    base: WorkingCalendar | None = field(default=None, repr=False)
    issue: int = 0

    def __post_init__(self) -> None:
        by_county = {canonical_county(name) or name: frozenset(days) for name, days in self.closures.items()}
        object.__setattr__(self, "closures", MappingProxyType(by_county))
        object.__setattr__(self, "_by_county", {})

    def _identity(self) -> tuple[object, ...]:
        bounds = (self.official_through, self.tabled_from, self.first_day, self.last_day, self.computed_years)
        return (self.version, self.county, bounds, self.days_off, self.working_weekends, self.closed, self.names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkingCalendar) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((self.version, self.county))

    def for_county(self, county: str | None) -> WorkingCalendar:
        """This calendar with the closures of the county of the *receiving* office; itself when there are none."""
        if county is None:
            return self
        key = canonical_county(county) or county
        cache: dict[str, WorkingCalendar] = self.__dict__["_by_county"]
        if key not in cache:
            closed = self.closures.get(key, frozenset())
            cache[key] = self._closed_on(key, closed) if closed else self
        return cache[key]

    def _closed_on(self, county: str, closed: frozenset[date]) -> WorkingCalendar:
        return replace(
            self,
            county=county,
            closed=closed,
            days_off=self.days_off | frozenset(day for day in closed if day.weekday() < 5),
            working_weekends=self.working_weekends - closed,
        )

    def is_working(self, day: date) -> bool:
        """True when the administration as a whole works on `day`."""
        if not self.first_day <= day <= self.last_day:
            raise OutsideCalendar(day, self.first_day, self.last_day)
        if day.weekday() < 5:
            return day not in self.days_off
        return day in self.working_weekends

    def next_working(self, day: date) -> date:
        """`day` itself when it is a working day, else the first working day after it (民法 122)."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def previous_working(self, day: date) -> date:
        """`day` itself when it is a working day, else the last working day before it."""
        while not self.is_working(day):
            day -= ONE_DAY
        return day

    def is_provisional(self, day: date) -> bool:
        """True when `day` lies where no table has been checked: the answer may change when one is published."""
        return day > self.official_through or day < self.tabled_from

    def is_computed(self, day: date) -> bool:
        """True when `day` lies in a tabled year that was computed rather than copied from an official table."""
        return day.year in self.computed_years

    def describe(self, day: date) -> Reason:
        """What `day` is, for an explanation: 「星期五，國慶日補假」 / "Friday, National Day (substitute)"."""
        weekday_zh, weekday_en = f"星期{WEEKDAYS_ZH[day.weekday()]}", WEEKDAYS_EN[day.weekday()]
        if day in self.closed:
            return Reason(f"{weekday_zh}，天然災害停止上班", f"{weekday_en}, offices closed for a natural disaster")
        if day in self.working_weekends:
            return Reason(f"{weekday_zh}，補行上班日", f"{weekday_en}, make-up working day")
        name = self.names.get(day)
        if name is not None:
            return Reason(f"{weekday_zh}，{name.zh}", f"{weekday_en}, {name.en}")
        if day.weekday() < 5 and day in self.days_off:
            return Reason(f"{weekday_zh}，放假日", f"{weekday_en}, day off")
        return Reason(weekday_zh, weekday_en)

    def consulted(self, first: date, last: date) -> Iterable[date]:
        """The days from `first` to `last`, both included."""
        return (first + timedelta(days=step) for step in range((last - first).days + 1))
