"""What changed in a project since it was approved, by day: terms, days, decisions, corrections, checkpoints added later."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, Row

from tracker.clock import civil_day
from tracker.store import q_dossier, q_project

#: A plan entered within these days after the project is the plan, not a change of it.
_STILL_ENTERING = timedelta(days=60)
_EVENTS = ("project.extend", "project.correct_end", "project.plan_checkpoints")


@dataclass(frozen=True)
class ChangeLine:
    """One change. `what` names its sort (a key of `dossier_words.CHANGE_MSGIDS`), `zh` and `en` what it concerns ("" for the project).

    `before` and `after` are days; `why` and `letter` are as they were written.
    """

    on: date
    what: str
    zh: str = ""
    en: str = ""
    period: str = ""
    before: date | None = None
    after: date | None = None
    amount: int | None = None
    why: str = ""
    letter: str = ""


def change_lines(conn: Connection, head: Row) -> tuple[ChangeLine, ...]:
    """Every change of a project, oldest first. The caller has authorised."""
    found = [
        *_of_the_term(conn, head),
        *_of_obligations(conn, head.id),
        *_by_letters(conn, head.id),
        *_by_decisions(conn, head.id),
        *_corrections(conn, head.id),
    ]
    return tuple(sorted(found, key=lambda line: line.on))


def _of_the_term(conn: Connection, head: Row) -> list[ChangeLine]:
    found: list[ChangeLine] = []
    extended = False
    for row in q_dossier.project_events(conn, head.id, _EVENTS):
        on, payload = civil_day(row.at), json.loads(row.payload_json)
        if row.action == "project.plan_checkpoints":
            codes = ", ".join(payload.get("planned", ()))
            if codes and on - head.entered_on > _STILL_ENTERING:
                found.append(ChangeLine(on, "checkpoints_added", codes, codes))
            continue
        extended = True
        before, after = (date.fromisoformat(day) for day in payload["end_on"])
        what = "extended" if row.action == "project.extend" else "end_corrected"
        found.append(ChangeLine(on, what, before=before, after=after, letter=payload.get("letter_number") or ""))
    if not extended and head.end_on != head.original_end_on:
        # It was extended before it was entered here; the day of that letter is not known.
        found.append(ChangeLine(head.entered_on, "extended_before", before=head.original_end_on, after=head.end_on))
    return found


def _of_obligations(conn: Connection, project_id: int) -> list[ChangeLine]:
    return [
        ChangeLine(
            civil_day(row.decided_at), f"obligation_{row.kind}", row.title_zh, row.title_en, row.period_label,
            row.old_due_on, row.new_due_on, why=row.reason, letter=row.letter_number,
        )
        for row in q_dossier.obligation_changes(conn, project_id)
    ]  # fmt: skip


def _by_letters(conn: Connection, project_id: int) -> list[ChangeLine]:
    return [
        ChangeLine(
            civil_day(row.recorded_at), "date_given", row.title_zh or row.obligation_zh or row.rule,
            row.title_en or row.obligation_en or row.rule, row.period_label, after=row.given_on or row.due_on, letter=row.letter_number,
        )
        for row in q_dossier.official_dates(conn, project_id)
    ]  # fmt: skip


def _by_decisions(conn: Connection, project_id: int) -> list[ChangeLine]:
    rows = [row for row in q_project.evaluations(conn, project_id) if row.decision_id]
    by_id = {row.decision_id: row for row in rows}
    found = [
        ChangeLine(row.decided_on, "terminated", why=row.reason, letter=row.letter_number) for row in rows if row.course == "terminate"
    ]
    for effect in q_project.effects(conn, list(by_id)):
        decision = by_id[effect.decision_id]
        found.append(
            ChangeLine(decision.decided_on, f"effect_{effect.kind}", amount=effect.amount, why=effect.detail, letter=decision.letter_number)
        )
    return found


def _corrections(conn: Connection, project_id: int) -> list[ChangeLine]:
    return [
        ChangeLine(civil_day(row.submitted_at), "report_corrected", row.title_zh, row.title_en, row.period_label, why=row.reason)
        for row in q_dossier.corrections(conn, project_id)
    ]
