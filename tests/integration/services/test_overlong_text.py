# ruff: noqa: E501  (one service is one line)
"""A text that is too long is refused by name, with nothing written, on both engines: no field of a screen cuts or drops it before."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.services import authorisation_world as made
from tests.integration.services.authorisation_table import _changing, _contact, _desk, _hand_over, _meeting
from tests.integration.services.authorisation_world import Place, World, as_role
from tests.integration.services.test_hostile_input import DAYS, FORMS, Form, _in, _plain
from tracker.services import (
    action_life,
    chat_channels,
    conditions,
    delivery_desk,
    directory,
    hand_overs,
    institution_contacts,
    meeting_conclusions,
    meetings,
    memberships,
    obligation_changes,
    people,
    project_page,
    receipts,
    report_corrections,
    report_withdrawal,
)
from tracker.services.delivery_desk import Filters
from tracker.services.errors import Invalid, NotFound
from tracker.services.meeting_conclusions import Conclusion
from tracker.store import tables as t

LONG = "長" * 250_000
"""Longer than every field, a draft of a report too."""


def _conclude(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    row = replace(Conclusion(p.project, "project", "補件", "2026-10-30"), **changes)
    return meeting_conclusions.conclude(ctx, meeting_id=p.meeting_held, conclusions=(row,), expected_version=1, key=key())


def _due(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    return obligation_changes.extend(ctx, **_changing(p, **{"new_due_on": "2031-01-10"} | changes))


_ACTION = {"expected_version": 1}
_DONE = {"expected_version": 2}
_CHANNEL = {
    "name": "示範頻道",
    "service": "slack",
    "address": "https://hooks.slack.com/services/T1/B1/abc",
    "programme_id": None,
    "language": "en",
}

MORE = (
    Form("plan_meeting", "officer", "own", _in(meetings.plan_meeting, "entry", _meeting), texts=("title_zh", "title_en", "place", "letter_number", "starts_at", "preparation"), days=("held_on", "prepare_by")),
    Form("edit_meeting", "officer", "own", _in(meetings.edit_meeting, "entry", _meeting, lambda w, p: {"meeting_id": p.meeting, "expected_version": 1}), texts=("title_zh", "title_en", "place", "letter_number")),
    Form("reschedule_meeting", "officer", "own", _plain(meetings.reschedule_meeting, lambda w, p: {"meeting_id": p.meeting, "held_on": "2026-10-21", "reason": "改期", **_ACTION}), texts=("reason", "letter_number", "starts_at"), days=("held_on",)),
    Form("cancel_meeting", "officer", "own", _plain(meetings.cancel_meeting, lambda w, p: {"meeting_id": p.meeting, **_ACTION}), texts=("reason",)),
    Form("record_minutes", "officer", "own", _plain(meetings.record_minutes, lambda w, p: {"meeting_id": p.meeting_held, "document_id": None, **_ACTION}), texts=("minutes",)),
    Form("conclude", "officer", "own", _conclude, texts=("body",), days=("due_on",)),
    Form("say_done", "pi", "own", _plain(action_life.say_done, lambda w, p: {"item_id": p.action, "document_id": None, **_ACTION}), texts=("note",)),
    Form("close_item", "officer", "own", _plain(action_life.close_item, lambda w, p: {"item_id": p.action_done, **_DONE}), texts=("note",)),
    Form("send_back", "officer", "own", _plain(action_life.send_back, lambda w, p: {"item_id": p.action_done, "reason": "缺件", "due_on": "2026-10-30", **_DONE}), texts=("reason",), days=("due_on",)),
    Form("drop_item", "officer", "own", _plain(action_life.drop_item, lambda w, p: {"item_id": p.action, **_ACTION}), texts=("reason",)),
    Form("move_due", "officer", "own", _plain(action_life.move_due, lambda w, p: {"item_id": p.action, "reason": "展延", "due_on": "2026-10-30", **_ACTION}), texts=("reason", "letter_number"), days=("due_on",)),
    Form("set_aside", "other_officer", "foreign", _plain(conditions.set_aside, lambda w, p: {"obligation_id": p.assumed, **_ACTION}), texts=("reason",)),
    Form("extend", "officer", "own", _due, texts=("reason", "letter_number"), days=("new_due_on",)),
    Form("waive", "officer", "own", lambda ctx, w, p, changes: obligation_changes.waive(ctx, **_changing(p, **changes)), texts=("reason", "letter_number")),
    Form("skip", "officer", "own", lambda ctx, w, p, changes: obligation_changes.skip(ctx, **_changing(p, **changes)), texts=("reason", "letter_number")),
    Form("reinstate", "officer", "own", lambda ctx, w, p, changes: obligation_changes.reinstate(ctx, **_changing(p, **changes)), texts=("reason", "letter_number")),
    Form("withdraw", "pi", "own", _plain(report_withdrawal.withdraw, lambda w, p: {"report_id": p.waiting_report, **_DONE}), texts=("reason",)),
    Form("open_correction", "pi", "own", _plain(report_corrections.open_correction, lambda w, p: {"report_id": p.waiting_report, **_DONE}), texts=("reason",)),
    Form("hand_over a project", "admin", "own", _in(hand_overs.hand_over, "order", lambda w, p: _hand_over(w, p)["order"]), texts=("letter_number", "reason")),
    Form("hand_over a desk", "admin", "own", _in(hand_overs.hand_over, "order", lambda w, p: _desk(w, p)["order"]), texts=("reason",)),
    Form("add_assistant", "pi", "own", _plain(memberships.add_assistant, lambda w, p: {"project_id": p.project, "email": "helper@new.invalid", "name": "示範新助理"}), texts=("email", "name"), days=("until_on",)),
    Form("change_address", "admin", "own", _plain(people.change_address, lambda w, p: {"person_id": w.cast.person("pi").id, **_ACTION}), texts=("email",)),
    Form("add_contact", "officer", "own", _in(institution_contacts.add_contact, "entry", lambda w, p: _contact(p, "another"), lambda w, p: {"programme_id": p.programme}), texts=("name", "email")),
    Form("change_contact", "officer", "own", _in(institution_contacts.change_contact, "entry", lambda w, p: _contact(p, "changed"), lambda w, p: {"contact_id": p.contact, **_ACTION}), texts=("name", "email")),
    Form("add_channel", "admin", "own", _plain(chat_channels.add_channel, lambda w, p: dict(_CHANNEL)), texts=("name", "address")),
    Form("check_receipt", "pi", "own", lambda ctx, w, p, changes: receipts.check_receipt(ctx, **{"number": "MP-1150901-000123-01-K"} | changes), texts=("number", "sha256")),
)  # fmt: skip

KEPT = {("store_document", "filename")}
"""A file's name is cut, keeping its ending."""


@pytest.fixture
def world(desk) -> World:
    """Everything there is to write about, on the engine under test; who is refused leaves it as it was."""
    return made._build(SimpleNamespace(desk=desk))


def _stored(world: World) -> list[str]:
    with world.cast.desk.store.read() as conn:
        return [repr(sorted(map(repr, conn.execute(select(table)).all()))) for table in t.metadata.sorted_tables]


def _answer(world: World, form: Form, changes: dict[str, Any]) -> tuple[list[str], str]:
    """The fields that the refusal names and what it says; NotFound names none. Anything else is raised, and so is no refusal at all."""
    try:
        form.call(as_role(world, form.role), world, world.places[form.where], changes)
    except Invalid as refused:
        return [problem.field for problem in refused.problems], str(refused)
    except NotFound:
        return [], "not found"
    raise AssertionError("it was taken")


def _wrong(world: World, forms: tuple[Form, ...], sort: str, text: str) -> dict[str, str]:
    wrong = {}
    for form in forms:
        for field in getattr(form, sort):
            if (form.name, field) in KEPT:
                continue
            try:
                named, said = _answer(world, form, {field: text})
            except Exception as error:  # every form is to be tried, whatever one of them does
                wrong[f"{form.name}.{field}"] = f"{type(error).__name__}: {str(error)[:120]}"
                continue
            if said != "not found" and not named:
                wrong[f"{form.name}.{field}"] = said[:120]
            if len(said) > 2_000 and form.name != "enter_project":  # comes from a file, whose reader measures each cell
                wrong[f"{form.name}.{field}"] = "the message says the whole text again"
            if form in MORE and not any(field in one for one in named):
                wrong[f"{form.name}.{field}"] = f"names {named}: {said[:120]}"
    return wrong


def test_a_text_that_is_too_long_is_refused_by_the_name_of_its_field_with_nothing_written(world):
    before = _stored(world)
    assert _wrong(world, (*FORMS, *MORE), "texts", LONG) == {}
    assert _stored(world) == before


@pytest.mark.parametrize("text", ["9" * 5_000, "１１５" * 2_000, "115-08-31" + " " * 5_000 + "x", DAYS[-1] * 500])
def test_a_day_that_is_too_long_is_answered_like_any_day_that_is_none(world, text):
    before = _stored(world)
    assert _wrong(world, (*FORMS, *MORE), "days", text) == {}
    assert _stored(world) == before


def test_looking_for_a_text_of_pages_finds_nothing_and_breaks_nothing(world):
    admin = as_role(world, "admin")
    assert directory.people_list(admin, search=LONG)[1] == 0
    assert project_page.project_list(admin, LONG).total == 0
    for person, project in ((LONG, ""), ("", LONG), ("a\0b", "c\0d")):
        assert delivery_desk.mail_page(admin, Filters(person=person, project=project)).rows == ()
