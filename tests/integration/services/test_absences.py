"""Who is away, who stands in, and who may say so."""

from __future__ import annotations

import pytest

from tests.cast import Cast, key
from tests.integration.services.test_project_officer import second_officer
from tracker.services.absences import absence_desk, cancel_absence, record_absence
from tracker.services.errors import Forbidden, Invalid, NotFound
from tracker.services.people import grant_role
from tracker.services.viewer import Role


def away(
    cast: Cast, who="officer", *, by="officer", first="2026-09-10", last="2026-09-12", cover: int | None = None, on="2026-09-01"
) -> int:
    return record_absence(cast.ctx(by, on=on), person_id=cast.person(who).id, from_on=first, until_on=last, cover_id=cover, key=key())


def fields(refused) -> list[str]:
    return [p.field for p in refused.value.problems]


@pytest.mark.parametrize(
    ("by", "who", "error"),
    [
        ("officer", "officer", None), ("chief", "officer", None), ("admin", "other_officer", None), ("reviewer", "reviewer", None),
        ("officer", "chief", NotFound), ("chief", "other_officer", NotFound), ("other_officer", "officer", NotFound),
        ("reviewer", "officer", NotFound), ("officer", "pi", NotFound), ("pi", "pi", Forbidden), ("auditor", "officer", Forbidden),
    ],
)  # fmt: skip
def test_one_says_so_oneself_and_the_chief_for_her_programme(cast: Cast, by: str, who: str, error: type | None):
    if error is None:
        assert away(cast, who, by=by)
        return
    with pytest.raises(error):
        away(cast, who, by=by)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-09-12", "2026-09-10", "until_on"), ("2026-08-01", "2026-08-31", "until_on"), ("2026-09-10", "2027-09-12", "until_on"),
        ("", "2026-09-12", "from_on"), ("115-09-31", "2026-10-12", "from_on"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_meant_are_named(cast: Cast, first: str, last: str, field: str):
    with pytest.raises(Invalid) as refused:
        away(cast, first=first, last=last)
    assert fields(refused) == [field]


def test_roc_days_are_read(cast: Cast):
    away(cast, first="115-09-10", last="１１５－０９－１２")
    (line,) = absence_desk(cast.ctx("officer")).lines
    assert (line.from_on.isoformat(), line.until_on.isoformat(), line.uncovered, line.now) == ("2026-09-10", "2026-09-12", True, False)


@pytest.mark.parametrize("cover", ["officer", "chief", "pi", "other_officer"])
def test_who_stands_in_is_another_one_with_the_same_role_in_the_programme(cast: Cast, cover: str):
    with pytest.raises(Invalid) as refused:
        away(cast, cover=cast.person(cover).id)
    assert fields(refused) == ["cover_id"]


@pytest.mark.parametrize(
    ("first", "last", "free"),
    [
        ("2026-09-07", "2026-09-09", True), ("2026-09-07", "2026-09-10", False), ("2026-09-12", "2026-09-14", False),
        ("2026-09-13", "2026-09-14", True),
    ],
)  # fmt: skip
def test_who_is_away_herself_on_a_single_day_of_it_cannot_stand_in(cast: Cast, first: str, last: str, free: bool):
    other = second_officer(cast)
    away(cast, "other_officer", by="admin", first=first, last=last)
    if free:
        assert away(cast, cover=other)
        return
    with pytest.raises(Invalid) as refused:
        away(cast, cover=other)
    assert fields(refused) == ["cover_id"]


def test_two_absences_of_one_person_share_no_day(cast: Cast):
    number = away(cast)
    with pytest.raises(Invalid):
        away(cast, first="2026-09-12", last="2026-09-20")
    cancel_absence(cast.ctx("officer"), absence_id=number, key=key())
    assert away(cast, first="2026-09-12", last="2026-09-20")
    with pytest.raises(NotFound):
        cancel_absence(cast.ctx("officer"), absence_id=number, key=key())


def test_the_choices_hold_only_who_could_stand_in(cast: Cast):
    other = second_officer(cast)
    desk = absence_desk(cast.ctx("officer"))
    assert [(one.name, [cover[0] for cover in one.covers]) for one in desk.choices] == [("示範承辦人", [other])]
    assert {one.name for one in absence_desk(cast.ctx("chief")).choices} >= {"示範承辦人", "示範chief", "示範reviewer"}


def test_members_of_a_panel_are_not_shown_to_one_another(cast: Cast):
    grant_role(
        cast.ctx("admin"), person_id=cast.person("stranger_pi").id, role=Role.REVIEWER, programme_id=cast.project().programme_id, key=key()
    )
    away(cast, "stranger_pi", by="chief")
    assert absence_desk(cast.ctx("reviewer")).lines == ()
    assert [one.person_id for one in absence_desk(cast.ctx("reviewer")).choices] == [cast.person("reviewer").id]
    assert not absence_desk(cast.ctx("reviewer")).choices[0].coverable


def test_what_is_over_is_not_shown(cast: Cast):
    away(cast)
    assert len(absence_desk(cast.ctx("chief", on="2026-09-12")).lines) == 1
    assert absence_desk(cast.ctx("chief", on="2026-09-13")).lines == ()
