"""Who is told and how in the sample portfolio: contacts, a policy, words, a chat channel, acts on alerts, pauses, closures, a feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from tracker.clock import TAIPEI
from tracker.demo.samples import SampleProject
from tracker.demo.stage import Stage
from tracker.domain.alert_policy import Level, overlaid
from tracker.notify.templates import Words
from tracker.services.alert_acts import acknowledge, delegate_alert, snooze
from tracker.services.alert_templates import edit_template, template_view
from tracker.services.calendar_feeds import FeedScope, make_feed
from tracker.services.chat_channels import add_channel
from tracker.services.chat_hosts import ChatHost, set_hosts
from tracker.services.closures import enter_closures, preview_closures
from tracker.services.context import Context
from tracker.services.course_drafts import CourseDraft, StepDraft
from tracker.services.inbox import inbox_list
from tracker.services.institution_contacts import ContactEntry, add_contact
from tracker.services.ladders import edit_ladder, programme_views
from tracker.services.programmes import programme_id_of
from tracker.services.signal_courses import course_view, edit_course
from tracker.services.silence_changes import SilenceEntry, make_silence
from tracker.services.silences import PAUSE

Deed = Mapping[str, Any]
Act = Callable[[Stage, Deed, Context], None]
ADMIN, CHIEF = "admin@demo.invalid", "chief@demo.invalid"
_MORNING, _AFTERNOON = time(11, 15), time(14, 30)


def lay_out_alerting(stage: Stage) -> None:
    """Put everything of the file that is about alerts on the agenda; who does it is an account with that very right."""
    for name, (who, hour, act) in _ACTS.items():
        for deed in stage.samples.together[name]:
            at = datetime.combine(deed["on"], deed.get("at", hour), TAIPEI)
            stage.later(at, lambda at, act=act, deed=deed, who=who: act(stage, deed, stage.context(who(stage, deed), at)))


def _programme(stage: Stage, deed: Deed, ctx: Context) -> int:
    return programme_id_of(stage.context(None, ctx.now), deed["programme"])


def _project(stage: Stage, deed: Deed) -> SampleProject:
    return next(one for one in stage.samples.projects if one.entry.code == deed["project"])


def _contact(stage: Stage, deed: Deed, ctx: Context) -> None:
    entry = ContactEntry(deed["organisation"], deed["name"], deed["email"])
    add_contact(ctx, programme_id=_programme(stage, deed, ctx), entry=entry, key=stage.key())


def _policy(stage: Stage, deed: Deed, ctx: Context) -> None:
    view = next(one for one in programme_views(ctx) if one.code == deed["programme"])
    levels = [Level.from_dict(level) for level in deed["levels"]]
    own = replace(view.policies.policy, levels=overlaid(view.policies.policy.levels, {level.role: level for level in levels}))
    policies = replace(view.policies, policy=own)
    edit_ladder(ctx, programme_id=view.programme_id, policies=policies, expected_version=view.version, key=stage.key())


def _words(stage: Stage, deed: Deed, ctx: Context) -> None:
    programme_id = _programme(stage, deed, ctx)
    seen = template_view(ctx, name=deed["name"], programme_id=programme_id)
    words = Words(deed["subject_zh"], deed["subject_en"], deed["opening_zh"], deed["opening_en"])
    edit_template(ctx, name=deed["name"], programme_id=programme_id, words=words, expected=seen.version, key=stage.key())


def _course(stage: Stage, deed: Deed, ctx: Context) -> None:
    programme_id = _programme(stage, deed, ctx)
    seen = course_view(ctx, kind=deed["signal"], programme_id=programme_id)
    steps = tuple(StepDraft(one["after"], tuple(one["tells"]), one.get("urgent", False)) for one in deed["steps"])
    draft = CourseDraft(True, {**seen.course.numbers, **deed["numbers"]}, steps)
    place = {"kind": deed["signal"], "programme_id": programme_id, "expected_version": seen.version}
    edit_course(ctx, **place, draft=draft, reason=deed["reason"], key=stage.key())


def _channel(stage: Stage, deed: Deed, ctx: Context) -> None:
    """A webhook to a host that cannot exist; and a demo sends nothing anyway."""
    set_hosts(ctx, hosts=[ChatHost(deed["host"])], seen=(), key=stage.key())
    add_channel(
        ctx, name=deed["name"], service="webhook", address=f"https://{deed['host']}/hooks/sample",
        programme_id=_programme(stage, deed, ctx), language="zh_TW", key=stage.key(),
    )  # fmt: skip


def _alert(stage: Stage, deed: Deed, ctx: Context) -> int:
    """Her newest alert of that obligation."""
    obligation_id = stage.obligation(_project(stage, deed), deed["item"]).id
    return max(item.alert_id for item in inbox_list(ctx) if item.obligation_id == obligation_id)


def _seen(stage: Stage, deed: Deed, ctx: Context) -> None:
    acknowledge(ctx, alert_id=_alert(stage, deed, ctx), via=deed["via"], key=stage.key())


def _snoozed(stage: Stage, deed: Deed, ctx: Context) -> None:
    snooze(ctx, alert_id=_alert(stage, deed, ctx), until_on=deed["until"], key=stage.key())


def _asked(stage: Stage, deed: Deed, ctx: Context) -> None:
    alert_id = _alert(stage, deed, ctx)
    helper = stage.person_ids[_project(stage, deed).email("assistant")]
    delegate_alert(ctx, alert_id=alert_id, to_person_id=helper, key=stage.key())


def _silence(stage: Stage, deed: Deed, ctx: Context) -> None:
    until = datetime.combine(deed["until"], time(18, 0), TAIPEI)
    entry = SilenceEntry(until, deed["reason"], programme_id=_programme(stage, deed, ctx), obligation_kind=deed["kind"])
    make_silence(ctx, entry, key=stage.key())


def _pause(stage: Stage, deed: Deed, ctx: Context) -> None:
    until = datetime.combine(deed["until"], time(18, 0), TAIPEI)
    project_id = stage.project_ids[deed["project"]]
    make_silence(ctx, SilenceEntry(until, deed["reason"], PAUSE, project_id=project_id), key=stage.key())


def _closure(stage: Stage, deed: Deed, ctx: Context) -> None:
    closed = [(deed["county"], deed["closed"])]
    outcome = preview_closures(ctx, closures=closed)
    enter_closures(
        ctx, closures=closed, source=deed["source"], expected_calendar=outcome.old_version, confirmed=outcome.digest, key=stage.key()
    )


def _feed(stage: Stage, deed: Deed, ctx: Context) -> None:
    """The address is shown once, to whoever makes it: nobody keeps this one."""
    make_feed(ctx, scope=FeedScope.PERSON, key=stage.key())


def _investigator(stage: Stage, deed: Deed) -> str:
    return _project(stage, deed).email("pi")


def _named(stage: Stage, deed: Deed) -> str:
    return deed["officer"]


def _chief(stage: Stage, deed: Deed) -> str:
    return CHIEF


def _admin(stage: Stage, deed: Deed) -> str:
    return ADMIN


#: What the file may hold: who does it, at which hour, and how.
_ACTS: dict[str, tuple[Callable[[Stage, Deed], str], time, Act]] = {
    "contact": (_named, _AFTERNOON, _contact),
    "policy": (_chief, _AFTERNOON, _policy),
    "words": (_admin, _AFTERNOON, _words),
    "course": (_admin, _AFTERNOON, _course),
    "channel": (_admin, _AFTERNOON, _channel),
    "closure": (_admin, _MORNING, _closure),
    "silence": (_chief, _AFTERNOON, _silence),
    "pause": (_named, _AFTERNOON, _pause),
    "feed": (_investigator, _MORNING, _feed),
    "asked": (_investigator, _MORNING, _asked),
    "seen": (_investigator, _MORNING, _seen),
    "snoozed": (_investigator, _MORNING, _snoozed),
}
