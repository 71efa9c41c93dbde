"""Telling the people of many projects at once, each what concerns hers: what `notices.tell` does, in as many statements as for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from tracker.services.context import Context
from tracker.services.notices import mail_row, notice_row
from tracker.services.policy import Target
from tracker.services.recipients import Recipient
from tracker.services.telling import tell_news, tell_urgent_news
from tracker.store import tables as t
from tracker.store.bulk import among
from tracker.store.writing import Tx


@dataclass(frozen=True)
class ProjectNews:
    """What is told of one project. `once` names it, as in `notices.tell`; `at_once`: by a mail of its own, or in one
    mail with what is told her at once of other projects, as soon as it is not quiet with her; else in the next digest."""

    project: Target
    people: Iterable[Recipient]
    once: str
    params: Mapping[str, Any]
    at_once: bool


def tell_of_projects(tx: Tx, ctx: Context, kind: str, news: Sequence[ProjectNews]) -> int:
    """Put a notice of each into the inboxes of its people and into mails; inside the write that it is about. Returns how many."""
    wanted = {f"{kind}|{one.once}|{person.person_id}": (one, person) for one in news for person in one.people}
    n = t.notice.c
    for known in tx.conn.scalars(select(n.dedup_key).where(among(n.dedup_key, wanted))).all() if wanted else ():
        del wanted[known]
    if not wanted:
        return 0
    rows = [notice_row(ctx, kind, person, _about(one.project), one.params, dedup) for dedup, (one, person) in wanted.items()]
    ids = {row.dedup_key: row.id for row in tx.conn.execute(insert(t.notice).returning(n.id, n.dedup_key), rows)}
    soon = {dedup: person for dedup, (one, person) in wanted.items() if one.at_once}
    often = Counter(person.person_id for person in soon.values())
    alone = {dedup: person for dedup, person in soon.items() if often[person.person_id] == 1}
    mails = [mail_row(tx, ctx, kind, person, ids[dedup], dedup, ctx.now) for dedup, person in alone.items()]
    if mails:
        tx.conn.execute(insert(t.outbox), mails)
    tell_urgent_news(tx, ctx, {ids[dedup]: person for dedup, person in soon.items() if dedup not in alone})
    daily = {ids[dedup]: person for dedup, (_, person) in wanted.items() if dedup not in soon}
    if daily:
        tell_news(tx, ctx, daily)
    tx.touch("alerts")
    return len(ids)


def _about(project: Target) -> dict[str, int | None]:
    return {"project_id": project.project_id, "programme_id": project.programme_id}
