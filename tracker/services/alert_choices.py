"""How a person wants to be told: her digest, her quiet hours, her days off, her zone. What is urgent cannot be switched off."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date

from sqlalchemy import select, update

from tracker.domain import quiet
from tracker.domain.quiet import Choice
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, Problem, Stale
from tracker.services.hold_rules import after_quiet
from tracker.services.telling import choices_of
from tracker.store import tables as t
from tracker.store.writing import StaleVersion, Tx, Unchanged, inserting

MOST_QUIET_HOURS = 16
"""A day has room left to be told in; more would be a way to switch the urgent off."""


@dataclass(frozen=True)
class AlertChoice:
    """The viewer's choice; `version` 0 where she never chose and the defaults hold."""

    choice: Choice
    version: int


def my_alert_choice(ctx: Context) -> AlertChoice:
    """The viewer's own. Raises Forbidden for who is nobody."""
    person_id = _herself(ctx)
    with ctx.store.read() as conn:
        version = conn.execute(select(t.alert_choice.c.version).where(t.alert_choice.c.person_id == person_id)).scalar_one_or_none()
        return AlertChoice(choices_of(conn, [person_id])[person_id], version or 0)


def next_digest(ctx: Context, choice: Choice) -> tuple[date, str]:
    """The local day and hour ("08:00") of the next digest by a choice, if anything comes to stand in it."""
    day, at = quiet.digest_at(ctx.now, choice, ctx.calendar, catch_up=False)
    return day, f"{at.astimezone(quiet.zone(choice.time_zone)):%H:%M}"


def choose_alerts(
    ctx: Context,
    *,
    digest: bool,
    digest_hour: int,
    quiet_from: int,
    quiet_until: int,
    rest_on_days_off: bool,
    time_zone: str,
    expected_version: int,
    key: str,
) -> AlertChoice:
    """Keep the viewer's choice; mails that wait already follow it. Hours are 0 to 23 on the clock of `time_zone`.

    Raises Forbidden, Invalid (named by field), Stale.
    """
    person_id = _herself(ctx)
    choice = _checked(Choice(digest, digest_hour, quiet_from, quiet_until, rest_on_days_off, "UTC"), time_zone)
    return _keep(ctx, person_id, choice, expected_version, key)


def stop_digests(ctx: Context, *, key: str) -> bool:
    """End the viewer's digests by mail, from now on; what would stand in them is in her inbox. False where they had ended already.

    The other choices stay. For the link at the foot of a digest, and the one-click header of RFC 8058. Raises Forbidden.
    """
    mine = my_alert_choice(ctx)
    if not mine.choice.digest:
        return False
    _keep(ctx, _herself(ctx), replace(mine.choice, digest=False), mine.version, key)
    return True


def _checked(choice: Choice, time_zone: str) -> Choice:
    problems = []
    try:
        choice = replace(choice, time_zone=time_zone)
    except ValueError:
        problems.append(Problem("time_zone", "There is no time zone called {name}.", {"name": time_zone[:60]}))
    if sum(choice.is_quiet(hour) for hour in range(24)) > MOST_QUIET_HOURS:
        msgid = "At most {n} quiet hours a day: what is urgent has to reach you on its day."
        problems.append(Problem("quiet_until", msgid, {"n": MOST_QUIET_HOURS}))
    elif choice.digest and choice.is_quiet(choice.digest_hour):
        problems.append(Problem("digest_hour", "This hour lies in your quiet hours."))
    if problems:
        raise Invalid(problems)
    return choice


def _keep(ctx: Context, person_id: int, choice: Choice, expected_version: int, key: str) -> AlertChoice:
    values = asdict(choice)

    def body(tx: Tx) -> dict:
        c = t.alert_choice
        if expected_version:
            kept = tx.conn.execute(select(c).where(c.c.person_id == person_id, c.c.version == expected_version)).mappings().one_or_none()
            if kept is not None and all(kept[name] == value for name, value in values.items()):
                raise Unchanged(version=expected_version)
            changed = update(c).where(c.c.person_id == person_id, c.c.version == expected_version)
            if tx.conn.execute(changed.values(**values, version=expected_version + 1)).rowcount != 1:
                raise StaleVersion("the choice was changed meanwhile")
        else:
            first = inserting(tx.conn, c).values(person_id=person_id, **values).on_conflict_do_nothing(index_elements=["person_id"])
            if tx.conn.execute(first.returning(c.c.person_id)).first() is None:
                raise StaleVersion("a choice was made meanwhile")
        moved = _follow(tx, ctx, person_id, choice)
        tx.record("alert_choice", person_id, {**values, "mails": moved})
        tx.touch("alerts")
        return {"version": expected_version + 1}

    try:
        done = ctx.store.write(ctx.request("alerts.choose", key, (person_id, sorted(values.items()), expected_version)), body)
    except StaleVersion as stale:
        raise Stale() from stale
    return AlertChoice(choice, done["version"])


def _follow(tx: Tx, ctx: Context, person_id: int, choice: Choice) -> int:
    """Let what waits for her morning or her digest wait for the new one; returns how many mails did. What a silence holds stays."""
    o = t.outbox.c
    waits = o.person_id == person_id, o.status == "pending", o.attempts == 0, o.channel == "mail", o.waits_for != "silence"
    rows = tx.conn.execute(
        select(o.id, o.person_id, o.sort, o.digest_on, o.available_at, o.waits_for, o.payload_json).where(*waits).with_for_update()
    ).all()
    urgent = after_quiet(tx.conn, rows, ctx.now)  # by her new choice, which is kept already
    moved = 0
    for row in rows:
        daily = row.sort == "digest" and not row.payload_json.get("urgent")
        if not daily and (row.waits_for != "quiet" or row.available_at <= ctx.now):
            continue
        at = quiet.digest_of(row.digest_on, ctx.now, choice) if daily else urgent[row.id]
        if at != row.available_at:
            tx.conn.execute(update(t.outbox).where(o.id == row.id).values(available_at=at))
            moved += 1
    return moved


def _herself(ctx: Context) -> int:
    if ctx.viewer.person_id is None:
        raise Forbidden()
    return ctx.viewer.person_id
