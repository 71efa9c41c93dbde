"""Cached reads are shared by all sessions, so what tells them apart decides who sees what."""

from __future__ import annotations

from tests.cast import Cast, key
from tracker.services import accounts, people
from tracker.services.viewer import Role
from tracker.ui.cache import cached


def read_by(cast: Cast, who: str, *, on: str = "2026-09-01", topics: tuple[str, ...] = ("people",), inputs: tuple = ()) -> list:
    ctx = cast.ctx(who, on=on)
    return cached(ctx, "test", topics, lambda: [ctx.viewer.name, ctx.today], *inputs)


def test_the_same_person_on_the_same_day_gets_what_was_read_before(cast: Cast):
    assert read_by(cast, "pi") is read_by(cast, "pi")


def test_another_person_another_day_or_another_input_is_read_anew(cast: Cast):
    first = read_by(cast, "pi")
    assert read_by(cast, "officer")[0] != first[0]
    assert read_by(cast, "pi", on="2026-09-02")[1] != first[1]
    assert read_by(cast, "pi", inputs=("x",)) is not first


def test_a_write_to_its_topic_makes_it_stale_and_another_does_not(cast: Cast):
    first = read_by(cast, "pi")
    accounts.set_language(cast.ctx("officer"), "en", key=key())
    assert read_by(cast, "pi") is first
    people.grant_role(cast.ctx("admin"), person_id=cast.person("officer").id, role=Role.AUDITOR, key=key())
    assert read_by(cast, "pi") is not first


def test_a_new_role_is_a_new_scope(cast: Cast):
    first = read_by(cast, "pi", topics=())
    people.grant_role(cast.ctx("admin"), person_id=cast.person("pi").id, role=Role.AUDITOR, key=key())
    assert read_by(cast, "pi", topics=()) is not first
