"""Column types that mean and sort the same on SQLite and on PostgreSQL.

SQLite tables are STRICT, which knows only INTEGER, REAL, TEXT and BLOB. Civil dates, instants, decimals and JSON are
therefore TEXT, and they are TEXT on PostgreSQL too: one representation, one sort order, one set of queries, and a
copy from one engine to the other compares byte by byte. The texts of `CivilDate` and `Instant` have a fixed width
and sort in time order under every collation. `DecimalText` and `JsonText` do not sort; order and sum in Python, or
store whole units (money is a whole number of NT$).
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, MetaData, String, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit id; on SQLite the plain INTEGER that becomes the rowid when it is the primary key."""


class CivilDate(TypeDecorator[date]):
    """A civil date (no time, no zone) as ISO text `YYYY-MM-DD`. Refuses a datetime with TypeError."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            raise TypeError(f"a civil date is a datetime.date, not {value!r}")
        return value.isoformat()

    def process_result_value(self, value: str | None, dialect: Any) -> date | None:
        return None if value is None else date.fromisoformat(value)


class Instant(TypeDecorator[datetime]):
    """An aware instant as UTC text `YYYY-MM-DDTHH:MM:SS.ffffffZ`. Refuses a naive datetime with TypeError."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        return None if value is None else instant_text(value)

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class DecimalText(TypeDecorator[Decimal]):
    """An exact finite decimal as text without exponent. Refuses floats, NaN and infinities with TypeError."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            raise TypeError(f"a quantity is a Decimal, not {value!r}")
        number = Decimal(value)
        if not number.is_finite():
            raise TypeError(f"a quantity is a finite number, not {value!r}")
        return format(number, "f")

    def process_result_value(self, value: str | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value)


class JsonText(TypeDecorator[Any]):
    """JSON as canonical text: sorted keys, no spaces, no ASCII escapes, no NaN. `None` is SQL NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else json_text(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else json.loads(value)


def instant_text(value: datetime) -> str:
    """`value` (aware, any zone) as fixed-width UTC text. Raises TypeError for a naive datetime."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError(f"an instant is an aware datetime, not {value!r}")
    return _utc_text(value if value.tzinfo is UTC else value.astimezone(UTC))


@lru_cache(maxsize=256)  # one write stamps thousands of rows with the same instant
def _utc_text(moment: datetime) -> str:
    # Not strftime: %Y is not padded to four digits on every platform.
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def json_text(value: Any) -> str:
    """`value` as canonical JSON: equal values give equal texts, so a fingerprint or a hash of it is stable."""
    return _CANONICAL.encode(value)


def make_strict(metadata: MetaData) -> MetaData:
    """Mark every table of `metadata` STRICT on SQLite, so that no table has to say so itself."""
    for table in metadata.tables.values():
        table.dialect_options["sqlite"]["strict"] = True
    return metadata


@compiles(String, "sqlite")
def _text_name(_type: String, _compiler: Any, **_: Any) -> str:
    return "TEXT"


@compiles(Boolean, "sqlite")
@compiles(BigInteger, "sqlite")
def _integer_name(_type: Any, _compiler: Any, **_: Any) -> str:
    # STRICT refuses the names BOOLEAN and BIGINT; both are stored as INTEGER anyway.
    return "INTEGER"
