# ruff: noqa: E501  (one service is one line)
"""What people might type or send where alerts are run: refused by name or kept harmless, on the file and on the server. Never another
error, never half a write."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.services import authorisation_world as made
from tests.integration.services.authorisation_table import (
    _CLOSED,
    _COURSE,
    _WORDS,
    _alert_of_pi,
    _as_previewed,
    _confirmed_table,
    _contact,
    _silence,
)
from tests.integration.services.authorisation_world import Place, World, as_role
from tests.integration.services.test_hostile_input import FORBIDDEN, TEXTS, Form, _in, _plain
from tests.official_table import table
from tracker.services import (
    alert_acts,
    alert_choices,
    alert_templates,
    alerts,
    calendar_feeds,
    calendar_reading,
    chat_channels,
    chat_hosts,
    closures,
    delivery_acts,
    delivery_desk,
    institution_contacts,
    mail_links,
    mass_holds,
    signal_courses,
    signal_list,
    silence_changes,
    template_previews,
    working_days,
)
from tracker.services.errors import Forbidden, Invalid, NotFound, ServiceError, Stale
from tracker.services.mail_links import LinkRefused
from tracker.store import tables as t

_SLACK = {
    "name": "另一頻道",
    "service": "slack",
    "address": "https://hooks.slack.com/services/T9/B9/xyz",
    "programme_id": None,
    "language": "en",
}
_HOW = {"digest": True, "digest_hour": 8, "quiet_from": 20, "quiet_until": 8, "rest_on_days_off": False, "time_zone": "Asia/Taipei"}


def _said(service: Any, make: Any) -> Any:
    """For a service that only reads, and takes no key."""
    return lambda ctx, w, p, changes: service(ctx, **{**make(w, p), **changes})


def _table_of(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    return working_days.put_table_in_force(ctx, **{**_confirmed_table(w, p), **changes})


def _noted(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    note = changes["note"].replace("\r", "").replace("\n", "").replace("\ud800", "")  # a file that is read holds no half of a letter
    content = table(2030, off={"2030-09-02": note})
    seen = working_days.preview_table(ctx, content=content, filename="119.csv")
    confirmed = {"expected_calendar": seen.outcome.old_version, "confirmed": seen.outcome.digest}
    return working_days.put_table_in_force(ctx, content=content, filename="119.csv", source="示範公告", **confirmed, key=key())


def _closed(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    return closures.enter_closures(ctx, **{"closures": _CLOSED, "source": "示範公告", **_as_previewed(w, closures=_CLOSED), **changes})


def _worded(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    words = {name: value for name, value in changes.items() if name in _WORDS.__dataclass_fields__}
    more = {name: value for name, value in changes.items() if name not in words}
    given = {"name": "before", "programme_id": p.programme, "words": replace(_WORDS, **words), "expected": None, **more}
    return alert_templates.edit_template(ctx, **given, key=key())


def _hosted(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    return chat_hosts.set_hosts(ctx, hosts=[chat_hosts.ChatHost(changes["host"])], seen=[], key=key())


def _listed(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    return delivery_desk.mail_page(ctx, delivery_desk.Filters(**changes))


FORMS = (
    Form("make_silence", "chief", "own", _in(silence_changes.make_silence, "entry", lambda w, p: _silence(p, "silence")), texts=("reason", "obligation_kind", "stage", "role"), ids=("project_id", "programme_id", "person_id")),
    Form("pause", "officer", "own", _in(silence_changes.make_silence, "entry", lambda w, p: _silence(p, "pause")), texts=("reason",), ids=("project_id",)),
    Form("preview_silence", "chief", "own", lambda ctx, w, p, changes: silence_changes.preview_silence(ctx, replace(_silence(p, "silence"), **changes)), texts=("obligation_kind", "stage", "role"), ids=("project_id", "programme_id")),
    Form("lift_silence", "chief", "own", _plain(silence_changes.lift_silence, lambda w, p: {"silence_id": p.silence, "reason": "理由", "expected_version": 1}), texts=("reason",), ids=("silence_id",)),
    Form("person_to_silence", "chief", "own", _said(silence_changes.person_to_silence, lambda w, p: {"email": "x@own.invalid", "programme_id": p.programme}), texts=("email",), ids=("programme_id",)),
    Form("add_contact", "officer", "own", _in(institution_contacts.add_contact, "entry", lambda w, p: _contact(p, "another"), lambda w, p: {"programme_id": p.programme}), texts=("organisation", "name", "email", "language"), ids=("programme_id",)),
    Form("change_contact", "officer", "own", _in(institution_contacts.change_contact, "entry", lambda w, p: _contact(p, "changed"), lambda w, p: {"contact_id": p.contact, "expected_version": 1}), texts=("organisation", "name", "email", "language"), ids=("contact_id",)),
    Form("add_channel", "admin", "own", _plain(chat_channels.add_channel, lambda w, p: dict(_SLACK)), texts=("name", "service", "address", "language"), ids=("programme_id",)),
    Form("add_channel line", "admin", "own", _plain(chat_channels.add_channel, lambda w, p: {**_SLACK, "service": "line", "address": "t" * 40}), texts=("recipient", "address")),
    Form("add_channel webhook", "admin", "own", _plain(chat_channels.add_channel, lambda w, p: {**_SLACK, "service": "webhook"}), texts=("address",)),
    Form("change_channel", "admin", "own", _plain(chat_channels.change_channel, lambda w, p: {"channel_id": p.channel, "name": "名", "programme_id": None, "language": "en", "expected_version": 1}), texts=("name", "address", "recipient", "language"), ids=("channel_id", "programme_id")),
    Form("set_hosts", "admin", "own", _hosted, texts=("host",)),
    Form("edit_template", "admin", "own", _worded, texts=("subject_zh", "opening_zh", "chat_zh", "subject_en", "opening_en", "chat_en", "name"), ids=("programme_id", "expected")),
    Form("template_view", "admin", "own", _said(alert_templates.template_view, lambda w, p: {"name": "before"}), texts=("name",)),
    Form("examples", "admin", "own", _said(template_previews.examples, lambda w, p: {"name": "before"}), texts=("name",)),
    Form("edit_course", "admin", "own", _plain(signal_courses.edit_course, lambda w, p: {"kind": "review_waiting", "programme_id": p.programme, "draft": _COURSE, "reason": "理由", "expected_version": None}), texts=("reason", "kind"), ids=("programme_id", "expected_version")),
    Form("put_table_in_force", "admin", "own", _table_of, texts=("source", "filename", "expected_calendar", "confirmed")),
    Form("note of a table", "admin", "own", _noted, texts=("note",)),
    Form("enter_closures", "admin", "own", _closed, texts=("source", "expected_calendar", "confirmed")),
    Form("read_closure_text", "admin", "own", _said(closures.read_closure_text, lambda w, p: {}), texts=("content",)),
    Form("choose_alerts", "pi", "own", _plain(alert_choices.choose_alerts, lambda w, p: {**_HOW, "expected_version": 0}), texts=("time_zone",)),
    Form("snooze", "pi", "own", _plain(alert_acts.snooze, lambda w, p: {"alert_id": _alert_of_pi(w, p), "until_on": None}), texts=(), ids=()),
    Form("delegate_alert", "pi", "own", _plain(alert_acts.delegate_alert, lambda w, p: {"alert_id": _alert_of_pi(w, p), "to_person_id": 0}), ids=("alert_id", "to_person_id")),
    Form("cancel_deliveries", "admin", "own", _plain(delivery_acts.cancel_deliveries, lambda w, p: {"delivery_ids": [p.delivery], "reason": "理由"}), texts=("reason",)),
    Form("release", "admin", "own", _plain(mass_holds.release, lambda w, p: {"hold_id": p.hold, "reason": "理由", "expected_version": 1}), texts=("reason",), ids=("hold_id",)),
    Form("make_feed", "pi", "own", _plain(calendar_feeds.make_feed, lambda w, p: {"scope": "person"}), texts=("scope",), ids=("project_id", "programme_id")),
    Form("mail_page", "admin", "own", _listed, texts=("person", "project"), ids=("silence_id", "hold_id")),
    Form("alert_list", "admin", "own", _said(alerts.alert_list, lambda w, p: {}), texts=("project",)),
    Form("signal_list", "admin", "own", _said(signal_list.signal_list, lambda w, p: {}), texts=("project",)),
    Form("open_feed", "system", "own", lambda ctx, w, p, changes: calendar_reading.open_feed(ctx, changes["token"]), texts=("token",)),
    Form("open_link", "system", "own", lambda ctx, w, p, changes: mail_links.open_link(ctx, changes["token"], public_url="http://x.invalid"), texts=("token",)),
)  # fmt: skip


@pytest.fixture
def world(desk) -> World:
    """Everything there is to write about, on the engine under test."""
    return made._build(SimpleNamespace(desk=desk))


class _Undo(Exception):
    """What was written is rolled back, so that the next text meets the same world."""


def _tried(world: World, form: Form, changes: dict[str, Any]) -> str:
    """What came of it: "kept", or what refused it. Anything else is raised; what was kept must be harmless, and is rolled back."""
    store = world.cast.desk.store
    ctx = as_role(world, form.role)
    real, came = type(store).write, {}

    def write(self, request, body, **more):
        def looked(tx):
            body(tx)
            came["shown"] = "\n".join(repr(tuple(row)) for one in t.metadata.sorted_tables for row in tx.conn.execute(select(one)).all())
            raise _Undo

        return real(self, request, looked, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(store), "write", write)
        try:
            form.call(ctx, world, world.places[form.where], changes)
        except _Undo:
            bad = [hex(ord(c)) for c in FORBIDDEN if repr(c).strip("'") in came["shown"]]
            return f"kept {bad}" if bad else "kept"
        except Invalid as refused:
            str(refused)
            return "kept" if refused.problems else "refused without a field"
        except (NotFound, Stale, Forbidden, LinkRefused) as refused:
            return "kept" if str(refused) else "refused without a word"
        except ServiceError as other:
            return "kept" if str(other) else "refused without a word"
    return "kept"


@pytest.mark.parametrize("name", TEXTS)
def test_no_strange_text_breaks_a_form_of_the_alerts_or_is_kept_harmful(world, name):
    wrong = {}
    for form in FORMS:
        for field in form.texts:
            try:
                came = _tried(world, form, {field: TEXTS[name]})
            except Exception as error:  # every form is to be tried, whatever one of them does
                came = f"{type(error).__name__}: {str(error)[:160]}"
            if came != "kept":
                wrong[f"{form.name}.{field}"] = came
    assert not wrong, "\n".join(f"{place}: {came}" for place, came in wrong.items())


@pytest.mark.parametrize("number", [0, -1, 2**62, 999_999])
def test_no_number_that_nothing_has_breaks_a_form_of_the_alerts(world, number):
    wrong = {}
    for form in FORMS:
        for field in form.ids:
            try:
                came = _tried(world, form, {field: number})
            except Exception as error:
                came = f"{type(error).__name__}: {str(error)[:160]}"
            if came != "kept":
                wrong[f"{form.name}.{field}"] = came
    assert not wrong, "\n".join(f"{place}: {came}" for place, came in wrong.items())


def test_a_text_of_pages_is_refused_by_the_name_of_its_field_and_not_said_again(world):
    wrong = {}
    for form in (one for one in FORMS if one.name != "note of a table"):  # a file, whose reader measures it
        for field in form.texts:
            try:
                form.call(as_role(world, form.role), world, world.places[form.where], {field: "長" * 250_000})
                came = "taken" if field not in ("filename", "person", "project") else ""  # cut, or only looked for
            except (Invalid, NotFound, Stale, LinkRefused) as refused:
                came = "says the whole text again" if len(str(refused)) > 2_000 else ""
            except Exception as error:
                came = f"{type(error).__name__}: {str(error)[:160]}"
            if came:
                wrong[f"{form.name}.{field}"] = came
    assert not wrong, "\n".join(f"{place}: {came}" for place, came in wrong.items())
