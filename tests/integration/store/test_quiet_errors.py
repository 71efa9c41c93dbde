"""An error of the database says which rule was broken and never whose data broke it, in whatever log it ends."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tests.cast import at
from tracker.logs import log_to_home, report_unexpected
from tracker.store import tables as t

ADDRESS, NAME = "lin.secret@university.invalid", "林秘密"
WHO = {"email": ADDRESS, "name": NAME, "active": True, "created_at": at("2026-09-01")}  # a Tuesday


def same_address_twice(conn):
    conn.execute(t.person.insert(), [WHO, WHO])


def twice_in_one_statement(conn):
    conn.execute(t.person.insert().values([WHO, WHO]))


def a_row_that_lacks_something(conn):
    conn.execute(t.person.insert().values(**WHO | {"created_at": None}))


def a_language_that_there_is_not(conn):
    conn.execute(t.person.insert().values(**WHO, language=ADDRESS))


def nobody_of_that_number(conn):
    conn.execute(t.role_grant.insert().values(person_id=99, role=ADDRESS, granted_at=at("2026-09-01")))


def a_text_that_is_no_number(conn):
    if conn.dialect.name == "sqlite":  # which takes everything for a number
        same_address_twice(conn)
    conn.execute(select(func.abs(text("CAST(:it AS INTEGER)").bindparams(it=ADDRESS))))


FAULTS = [
    same_address_twice,
    twice_in_one_statement,
    a_row_that_lacks_something,
    a_language_that_there_is_not,
    nobody_of_that_number,
    a_text_that_is_no_number,
]


def fails(store, fault) -> None:
    with store.transaction() as conn:
        fault(conn)


def chained(store, fault) -> None:
    try:
        try:
            fails(store, fault)
        except DBAPIError as first:
            report_unexpected("by itself")
            raise LookupError("another one meanwhile") from first
    except LookupError:
        raise RuntimeError("and one more")  # noqa: B904  (chained without being asked)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.__name__)
def test_the_log_names_no_address_that_broke_a_rule(store, desk, monkeypatch, fault, tmp_path):
    home = tmp_path / "logged"
    home.mkdir()
    (home / "home.json").write_text('{"kind": "real"}')
    for name, now in (("handlers", []), ("propagate", False)):  # put back afterwards
        monkeypatch.setattr(logging.getLogger("tracker"), name, now)
    log_to_home(replace(desk.settings, home=home))
    try:
        chained(store, fault)
    except RuntimeError:
        report_unexpected("chained")
    log = (home / "log" / "milepost.log").read_text("utf-8")
    assert log.count("sqlalchemy.exc.") == 2, "by itself, and as the cause of another"
    assert "DETAIL" not in log
    assert not [one for one in (ADDRESS, NAME) if one in log]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.__name__)
def test_no_other_log_does_either(store, fault):
    """Those of the web server and of libraries write to where they are told to, in words of their own."""
    with pytest.raises(DBAPIError) as seen:
        fails(store, fault)
    error = seen.value
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "%s", (error,), (DBAPIError, error, error.__traceback__))
    said = logging.Formatter().format(record) + repr(error) + repr(error.orig)
    assert not [one for one in (ADDRESS, NAME) if one in said]


def test_the_rule_that_was_broken_is_named(store):
    with pytest.raises(DBAPIError, match=r"uq_person_email|person\.email"):
        fails(store, same_address_twice)
