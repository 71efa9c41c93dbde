"""Acts out the whole history of the sample portfolio, from the first project in 2020 to the day on which the demo stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from tracker.bootstrap import Desk
from tracker.clock import DEMO_TIME, TAIPEI, SystemClock
from tracker.demo.alerting import lay_out_alerting
from tracker.demo.office import give_notice, lay_out_office
from tracker.demo.reports import answer_call, lay_out_reports
from tracker.demo.samples import Account, SampleProject, Samples
from tracker.demo.stage import Stage
from tracker.demo.together import lay_out_together
from tracker.notify.transport import LocalOutbox
from tracker.services.alert_mail import MailSettings, links_of
from tracker.services.alerts import look
from tracker.services.chat_delivery import LocalChat
from tracker.services.checkpoints import plan_checkpoints
from tracker.services.delivery import deliver
from tracker.services.people import add_person, grant_role, person_id_of
from tracker.services.programmes import programme_id_of
from tracker.services.projects import enter_project
from tracker.services.recalculation import recalculate
from tracker.services.signals import watch
from tracker.services.viewer import Role

EIGHT = time(8, 0)
#: For how long before its day the demo was looked at every day; before that once a week, to be built in reasonable time.
DAILY = timedelta(days=150)
#: For how long before its day what is wrong beyond a date was looked for, and dates followed the working days.
WATCHED = timedelta(days=45)


def build(desk: Desk, samples: Samples, day: date, public_url: str, say: Callable[[date], None]) -> Stage:
    """Play everything that happens up to 09:00 Taipei on `day`; `say` hears of each civil day on which something happens."""
    stage = Stage(desk, samples)
    for account in samples.accounts:
        if account.is_staff:
            appointed = datetime.combine(account.from_on, EIGHT, TAIPEI)
            stage.later(appointed, lambda at, account=account: _appoint(stage, account, at))
    for project in samples.projects:
        entered = stage.office_hour(project.entered_on, project)
        stage.later(entered, lambda at, project=project: _enter(stage, project, at))
    for notice in samples.notices:
        given = datetime.combine(notice["on"], time(15, 0), TAIPEI)
        stage.later(given, lambda at, notice=notice: give_notice(stage, notice, at))
    lay_out_together(stage, answer_call)
    lay_out_alerting(stage)
    mails = MailSettings(desk.settings.mail_from, public_url, links_of(desk.secrets, public_url))
    first = min(project.entered_on for project in samples.projects)
    stage.later(datetime.combine(first, DEMO_TIME), lambda at: _look(stage, mails, day, at))
    stage.play(datetime.combine(day, DEMO_TIME), say)
    return stage


def _appoint(stage: Stage, account: Account, at: datetime) -> None:
    """Add a member of staff and give her role; her password is made at the end, and only for her."""
    ctx = stage.context(None, at)
    if account.email not in stage.person_ids:
        added = add_person(ctx, email=account.email, name=account.name, language=account.language, key=stage.key())
        stage.person_ids[account.email] = added.person_id
    programme_id = programme_id_of(ctx, account.programme) if account.programme else None
    grant_role(ctx, person_id=stage.person_ids[account.email], role=Role(account.role), programme_id=programme_id, key=stage.key())


def _enter(stage: Stage, project: SampleProject, at: datetime) -> None:
    """Enter a project with its plan, and lay out what happens in it."""
    ctx = stage.context(None, at)
    entered = enter_project(ctx, project.entry, key=stage.key())
    stage.project_ids[project.entry.code] = entered.project_id
    for member in project.entry.members:
        stage.person_ids[member.email] = person_id_of(ctx, member.email)
    plan_checkpoints(ctx, project_id=entered.project_id, checkpoints=project.checkpoints, indicators=project.indicators, key=stage.key())
    lay_out_reports(stage, project, "entry")
    lay_out_office(stage, project)


def _look(stage: Stage, mails: MailSettings, end: date, at: datetime) -> None:
    """What the worker does each morning; and again tomorrow, or (long before the day of the demo) in a week."""
    ctx = stage.context(None, at)
    watched = end - at.date() <= WATCHED
    if watched:
        recalculate(ctx)
    look(ctx, brake=False)
    if watched:
        watch(ctx, brake=False)
    while deliver(ctx, LocalOutbox(), mails, wall=SystemClock().now, batch=200, chat=LocalChat()).claimed:
        continue
    pause = timedelta(days=1 if end - at.date() <= DAILY else 7)
    stage.later(at + pause, lambda then: _look(stage, mails, end, then))
