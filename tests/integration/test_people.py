"""People, roles and sessions through the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.cast import PASSWORD, Cast, at, key
from tracker.services import accounts, audit_trail, directory, memberships, passwords, people, sessions
from tracker.services.errors import Forbidden, Invalid, NotFound
from tracker.services.viewer import Role
from tracker.store import audit
from tracker.store import tables as t
from tracker.store.writing import StaleVersion

NOW = at("2026-09-01")


def fields_of(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [problem.field for problem in refused.value.problems]


def opened(cast: Cast, who: str) -> str:
    return cast.desk.store.write_quiet(NOW, lambda tx: sessions.new_session(tx, cast.person(who).id, at=NOW)).sid


def lives(cast: Cast, sid: str) -> bool:
    return bool(sessions.living(cast.desk.store, {sid}, NOW))


def try_it(ctx, email: str, password: str, origin: str = "o", when=NOW):
    return accounts.sign_in(ctx, email=email, password=password, origin=origin, user_agent="", at=when)


def test_an_added_person_signs_in_with_the_temporary_password(cast: Cast):
    made = people.add_person(cast.ctx("admin"), email=" New.Person@Office.INVALID", name="示範  新人\u202e", key=key())
    signed_in = try_it(cast.ctx(), "new.person@office.invalid", made.temporary_password)
    assert signed_in.person_id == made.person_id
    row = directory.people_list(cast.ctx("admin"), search="new.person")[0][0]
    assert (row.name, row.grants, row.can_sign_in) == ("示範 新人", (), True)


def test_the_machines_owner_adds_people_from_the_command_line(cast: Cast):
    made = people.add_person(cast.ctx("system"), email="ops@office.invalid", name="示範維運", password=PASSWORD, key=key())
    assert made.temporary_password is None
    assert people.person_id_of(cast.ctx("system"), "OPS@office.invalid") == made.person_id


def test_a_repeated_click_adds_once_and_shows_no_second_password(cast: Cast):
    ctx, one_key = cast.ctx("admin"), uuid4().hex
    first = people.add_person(ctx, email="twice@office.invalid", name="示範", key=one_key)
    second = people.add_person(ctx, email="twice@office.invalid", name="示範", key=one_key)
    assert second.person_id == first.person_id
    assert second.temporary_password is None


def test_passwords_and_tokens_are_nowhere_in_the_database(cast: Cast):
    made = people.add_person(cast.ctx("admin"), email="new@office.invalid", name="示範", key=key())
    token = try_it(cast.ctx(), "new@office.invalid", made.temporary_password).session.token
    with cast.desk.store.read() as conn:
        everything = "\n".join(str(row) for table in t.metadata.sorted_tables for row in conn.execute(select(table)))
    assert made.temporary_password not in everything
    assert token not in everything


def test_every_problem_of_a_new_person_is_named_at_once(cast: Cast):
    with pytest.raises(Invalid) as refused:
        people.add_person(cast.ctx("admin"), email="not an address", name=" \u200b", language="fr", password="short", key=key())
    assert fields_of(refused) == ["email", "name", "language", "password"]


@pytest.mark.parametrize("email", ["a@b", "a b@c.invalid", "a@c.invalid\nBcc: x@y.invalid", "a,b@c.invalid", "a@-c.invalid", "@c.invalid"])
def test_what_is_no_address_is_refused(cast: Cast, email: str):
    with pytest.raises(Invalid) as refused:
        people.add_person(cast.ctx("admin"), email=email, name="示範", key=key())
    assert fields_of(refused) == ["email"]


def test_an_address_belongs_to_one_person(cast: Cast):
    with pytest.raises(Invalid) as refused:
        people.add_person(cast.ctx("admin"), email="PI@own.invalid", name="示範", key=key())
    assert fields_of(refused) == ["email"]


ADMINISTRATION: dict[str, Callable] = {
    "list": lambda ctx, cast: directory.people_list(ctx),
    "programmes": lambda ctx, cast: directory.programme_choices(ctx),
    "add": lambda ctx, cast: people.add_person(ctx, email="x@office.invalid", name="x", key=key()),
    "password": lambda ctx, cast: people.new_temporary_password(ctx, person_id=cast.person("pi").id, key=key()),
    "off": lambda ctx, cast: people.set_active(ctx, person_id=cast.person("pi").id, active=False, expected_version=1, key=key()),
    "grant": lambda ctx, cast: people.grant_role(ctx, person_id=cast.person("pi").id, role=Role.AUDITOR, key=key()),
    "revoke": lambda ctx, cast: people.revoke_role(ctx, grant_id=1, key=key()),
    "member": lambda ctx, cast: memberships.add_membership(
        ctx, project_id=cast.project().id, person_id=cast.person("pi").id, role=Role.PI, party="academic", from_on=date(2026, 9, 1),
        key=key()
    ),
    "look up": lambda ctx, cast: people.person_id_of(ctx, "pi@own.invalid"),
}  # fmt: skip


@pytest.mark.parametrize("act", ADMINISTRATION)
@pytest.mark.parametrize("who", ["pi", "assistant", "officer", "chief", "auditor", "stranger_pi"])
def test_only_administrators_administer(cast: Cast, who: str, act: str):
    with pytest.raises(Forbidden):
        ADMINISTRATION[act](cast.ctx(who), cast)


@pytest.mark.parametrize("read", [audit_trail.event_page, audit_trail.object_types, audit_trail.check_chain])
def test_the_audit_trail_is_for_administrator_and_auditor(cast: Cast, read: Callable):
    for who in ("pi", "assistant", "officer", "chief"):
        with pytest.raises(Forbidden):
            read(cast.ctx(who))
    for who in ("admin", "auditor"):
        read(cast.ctx(who))


def test_a_role_given_and_taken_ends_the_open_sessions(cast: Cast):
    ctx, pi, sid = cast.ctx("admin"), cast.person("pi").id, opened(cast, "pi")
    grant_id = people.grant_role(ctx, person_id=pi, role=Role.OFFICER, programme_id=cast.project().programme_id, key=key())
    assert not lives(cast, sid)
    again = opened(cast, "pi")
    assert Role.OFFICER in cast.ctx("pi").viewer.roles
    people.revoke_role(ctx, grant_id=grant_id, key=key())
    assert not lives(cast, again)
    assert Role.OFFICER not in cast.ctx("pi").viewer.roles
    with pytest.raises(NotFound):
        people.revoke_role(ctx, grant_id=grant_id, key=key())


@pytest.mark.parametrize(
    ("role", "in_programme", "field"),
    [
        (Role.OFFICER, False, "programme"),
        (Role.CHIEF, False, "programme"),
        (Role.ADMINISTRATOR, True, "programme"),
        (Role.PI, False, "role"),
    ],
)
def test_a_role_and_its_programme_must_fit(cast: Cast, role: Role, in_programme: bool, field: str):
    programme_id = cast.project().programme_id if in_programme else None
    with pytest.raises(Invalid) as refused:
        people.grant_role(cast.ctx("admin"), person_id=cast.person("pi").id, role=role, programme_id=programme_id, key=key())
    assert fields_of(refused) == [field]


def test_the_last_administrator_stays(cast: Cast):
    ctx, admin = cast.ctx("admin"), cast.person("admin").id
    grant = next(g for row in directory.people_list(ctx)[0] if row.person_id == admin for g in row.grants)
    with pytest.raises(Invalid):
        people.revoke_role(ctx, grant_id=grant.grant_id, key=key())
    with pytest.raises(Invalid):
        people.set_active(ctx, person_id=admin, active=False, expected_version=1, key=key())
    people.grant_role(ctx, person_id=cast.person("pi").id, role=Role.ADMINISTRATOR, key=key())
    people.revoke_role(ctx, grant_id=grant.grant_id, key=key())
    with pytest.raises(Forbidden):
        directory.people_list(cast.ctx("admin"))


def test_switching_off_works_on_the_state_that_was_seen(cast: Cast):
    pi, ctx = cast.person("pi").id, cast.ctx("admin")
    people.set_active(ctx, person_id=pi, active=False, expected_version=1, key=key())
    with pytest.raises(StaleVersion):
        people.set_active(ctx, person_id=pi, active=True, expected_version=1, key=key())


def test_a_membership_opens_the_project(cast: Cast):
    values = {"project_id": cast.project("foreign").id, "person_id": cast.person("pi").id, "from_on": date(2026, 9, 1)}
    memberships.add_membership(cast.ctx("admin"), **values, role=Role.ASSISTANT, party="company", key=key())
    assert cast.project("foreign").id in cast.ctx("pi").viewer.project_ids
    with pytest.raises(Invalid) as refused:
        memberships.add_membership(cast.ctx("admin"), **values, role=Role.CHIEF, party="x", until_on=date(2026, 8, 1), key=key())
    assert fields_of(refused) == ["role", "party", "until_on"]


def with_password(cast: Cast, who: str) -> None:
    hashed = passwords.hashed(PASSWORD)
    cast.desk.store.write_quiet(
        NOW, lambda tx: tx.conn.execute(t.person.update().where(t.person.c.id == cast.person(who).id).values(password_hash=hashed)).rowcount
    )


def test_changing_ones_password_ends_the_other_sessions_only(cast: Cast):
    with_password(cast, "pi")
    here, there = opened(cast, "pi"), opened(cast, "pi")
    new = "eight black swans on a lake"
    accounts.set_own_password(cast.ctx("pi"), current=PASSWORD, new=new, keep_sid=here, at=NOW, key=key())
    assert lives(cast, here)
    assert not lives(cast, there)
    assert try_it(cast.ctx(), "pi@own.invalid", new).person_id == cast.person("pi").id
    with pytest.raises(accounts.SignInRefused):
        try_it(cast.ctx(), "pi@own.invalid", PASSWORD)


def test_an_open_screen_is_no_place_to_guess_the_password(cast: Cast):
    with_password(cast, "pi")
    here = opened(cast, "pi")
    change = {"new": "eight black swans on a lake", "keep_sid": here, "at": NOW}
    for _ in range(accounts.FREE_TRIES_ACCOUNT):
        with pytest.raises(Invalid):
            accounts.set_own_password(cast.ctx("pi"), current="wrong", **change, key=key())
    with pytest.raises(accounts.TooManyTries):
        accounts.set_own_password(cast.ctx("pi"), current=PASSWORD, **change, key=key())


def test_a_hash_of_older_cost_is_renewed_at_sign_in(cast: Cast):
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    pi = cast.person("pi").id
    cast.desk.store.write_quiet(
        NOW, lambda tx: tx.conn.execute(t.person.update().where(t.person.c.id == pi).values(password_hash=old)).rowcount
    )
    try_it(cast.ctx(), "pi@own.invalid", PASSWORD)
    with cast.desk.store.read() as conn:
        kept = conn.execute(select(t.person.c.password_hash).where(t.person.c.id == pi)).scalar_one()
    assert not passwords.needs_rehash(kept)


def test_one_ends_ones_own_sessions_and_nobody_elses(cast: Cast):
    mine, other, hers = opened(cast, "pi"), opened(cast, "pi"), opened(cast, "officer")
    with pytest.raises(NotFound):
        sessions.sign_out(cast.ctx("pi"), hers, key=key())
    with pytest.raises(NotFound):
        sessions.end_other_sessions(cast.ctx("pi"), hers, key=key())
    assert [s.is_this for s in sessions.own_sessions(cast.ctx("pi"), mine, at=NOW)].count(True) == 1
    assert sessions.end_other_sessions(cast.ctx("pi"), mine, key=key()) == 1
    assert (lives(cast, mine), lives(cast, other), lives(cast, hers)) == (True, False, True)
    sessions.sign_out(cast.ctx("pi"), mine, key=key())
    assert not lives(cast, mine)
    assert sessions.why_ended(cast.desk.store, mine) == "signed_out"


def test_the_language_is_ones_own_choice(cast: Cast):
    accounts.set_language(cast.ctx("pi"), "en", key=key())
    assert cast.ctx("pi").viewer.language == "en"
    with pytest.raises(Invalid):
        accounts.set_language(cast.ctx("pi"), "fr", key=key())


def test_the_trail_shows_the_newest_first_and_checks_whole(cast: Cast):
    people.grant_role(cast.ctx("admin"), person_id=cast.person("pi").id, role=Role.AUDITOR, key=key())
    events, pages = audit_trail.event_page(cast.ctx("auditor"))
    assert (events[0].action, events[0].actor, pages) == ("role.grant", "示範admin", 1)
    assert [e.seq for e in events] == sorted((e.seq for e in events), reverse=True)
    only, _ = audit_trail.event_page(cast.ctx("auditor"), object_type="role_grant")
    assert {e.object_type for e in only} == {"role_grant"}
    checked = audit_trail.check_chain(cast.ctx("auditor"))
    assert checked.is_whole
    with cast.desk.store.read() as conn:
        assert audit.verify(conn, checked.anchor) == []
