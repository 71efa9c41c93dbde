"""Conditions of one report on the project's side: sent back and untouched, written and not handed in, claimed without a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from tracker.domain.report_checks import QuantityError, parse_quantity
from tracker.programmes.report_types import FieldType, Holds, ReportType, Required
from tracker.services.report_forms import form_of
from tracker.services.signal_conditions import Found, Survey, condition
from tracker.store import q_signal_reports as more
from tracker.store import q_signals as q
from tracker.store import tables as t

UNTOUCHED, UNSUBMITTED, EVIDENCE = "return_untouched", "draft_unsubmitted", "evidence_missing"
UNMENDED, UNSHOWN = "return_unmended", "reached_unshown"

_ONE_DAY = timedelta(days=1)
_OF_A_YEAR = timedelta(days=366)
_LATE_TOO = timedelta(days=30)
"""A missing file stays a matter for so long after the legal day."""


@condition(UNTOUCHED)
def untouched(survey: Survey) -> Iterable[Found]:
    """Returned reports in which nobody has written for some working days, while their answer is not due yet: from then on its own
    reminders say enough."""
    for row in q.returned(survey.conn, survey.of_project(t.obligation.c.project_id)):
        if row.sent_back_at is None or (row.reply_by is not None and row.reply_by < survey.today):
            continue
        since = survey.day_of(max(at for at in (row.sent_back_at, row.saved_at) if at is not None))
        begins = survey.working_day(since, survey.course(UNTOUCHED, row.programme_id).numbers["days"], row.county)
        if begins <= survey.today:
            params = {"since": since.isoformat(), "day": row.reply_by.isoformat() if row.reply_by else None}
            yield Found(
                f"report:{row.report_id}", since, begins, row.project_id, row.programme_id, "report", (("obligation", row.id),),
                obligation_id=row.id, params=params, ladder_ids=(row.reply_id,),
            )  # fmt: skip


@condition(UNMENDED)
def unmended(survey: Survey) -> Iterable[Found]:
    """Returned reports in which somebody wrote, while the files of sections that were sent back are still the old ones. Where nobody
    wrote a word, that is the matter (`UNTOUCHED`)."""
    rows = [
        row for row in q.returned(survey.conn, survey.of_project(t.obligation.c.project_id))
        if row.sent_back_at and row.saved_at and row.saved_at > row.sent_back_at and not (row.reply_by and row.reply_by < survey.today)
    ]  # fmt: skip
    ids = {row.report_id for row in rows}
    reopened, saved = more.reopened(survey.conn, ids), more.saved_fields(survey.conn, ids)
    for row in rows:
        since = survey.day_of(row.sent_back_at)
        begins = survey.working_day(since, survey.course(UNMENDED, row.programme_id).numbers["days"], row.county)
        if begins > survey.today:
            continue
        mended = {field for field, at in saved[row.report_id].items() if at > row.sent_back_at}
        form = form_of(survey.conn, row.form_id)
        old = [one for one in reopened.get(row.report_id, ()) if _has_old_files(form, one, saved[row.report_id], mended)]
        if old:
            yield Found(
                f"report:{row.report_id}", since, begins, row.project_id, row.programme_id, "report", (("obligation", row.id),),
                obligation_id=row.id, ladder_ids=(row.reply_id,), busy=survey.day_of(row.saved_at) >= survey.today,
                params={"since": since.isoformat(), "day": row.reply_by.isoformat() if row.reply_by else None, "n": len(old)},
            )  # fmt: skip


def _has_old_files(form: ReportType, section_id: str, saved: Mapping[str, Any], mended: set[str]) -> bool:
    """Whether a section has files and none of them was brought or taken out since it was sent back."""
    section = form.section(section_id)
    if section is None:
        return False
    files = {one.id for one in section.fields if one.type == FieldType.FILES}
    if section.holds == Holds.CHECKPOINTS:
        files |= {field for field in {*saved, *mended} if field.startswith("checkpoint:") and field.endswith(":evidence")}
    return bool(files & set(saved)) and not files & mended


@condition(UNSHOWN)
def unshown(survey: Survey) -> Iterable[Found]:
    """Reports that were handed in and say that a checkpoint was reached, without a file, while the office has not judged it."""
    since = survey.ctx.now - _OF_A_YEAR
    by_report: dict[int, list[Row]] = defaultdict(list)
    for row in more.unshown_claims(survey.conn, since, survey.of_project(t.obligation.c.project_id)):
        if row.actual >= row.target:
            by_report[row.report_id].append(row)
    for rows in by_report.values():
        row, arrived = rows[0], survey.day_of(rows[0].submitted_at)
        begins = survey.working_day(arrived, survey.course(UNSHOWN, row.programme_id).numbers["days"], row.county)
        if begins <= survey.today:
            yield Found(
                f"report:{row.report_id}", arrived, begins, row.project_id, row.programme_id, "report", (("obligation", row.id),),
                obligation_id=row.id, params={"since": arrived.isoformat(), "n": len(rows)},
            )  # fmt: skip


@condition(UNSUBMITTED)
def unsubmitted(survey: Survey) -> Iterable[Found]:
    """Drafts that somebody has written in, whose day is near or has passed. On a day on which somebody writes nobody is told."""
    plans = survey.plans
    first = survey.today - timedelta(days=plans.most(UNSUBMITTED, "until"))
    last = survey.today + timedelta(days=plans.most(UNSUBMITTED, "days"))
    for row in q.drafts(survey.conn, first, last, survey.of_project(t.obligation.c.project_id)):
        numbers = survey.course(UNSUBMITTED, row.programme_id).numbers
        begins = row.file_by_on - timedelta(days=numbers["days"])
        over = survey.today > row.due_on + timedelta(days=numbers["until"])
        if not _begun(row) or begins > survey.today or over or (row.opens_on and row.opens_on > survey.today):
            continue
        saved = survey.day_of(row.saved_at)
        yield Found(
            f"report:{row.report_id}", row.due_on, begins, row.project_id, row.programme_id, "report", (("obligation", row.id),),
            obligation_id=row.id, params={"day": row.due_on.isoformat(), "since": saved.isoformat()},
            busy=saved >= survey.today and row.due_on >= survey.today, ladder_ids=(row.id,),
        )  # fmt: skip


@condition(EVIDENCE)
def evidence(survey: Survey) -> Iterable[Found]:
    """Drafts near their day that claim a reached target without the file that shows it, or lack a file that their form asks for."""
    last = survey.today + timedelta(days=survey.plans.most(EVIDENCE, "days"))
    rows = [
        row for row in q.drafts(survey.conn, survey.today - _LATE_TOO, last, survey.of_project(t.obligation.c.project_id)) if _begun(row)
    ]
    written = q.draft_fields(survey.conn, {row.report_id for row in rows})
    targets = q.targets(survey.conn, {row.project_id for row in rows})
    for row in rows:
        begins = row.file_by_on - timedelta(days=survey.course(EVIDENCE, row.programme_id).numbers["days"])
        if begins > survey.today:
            continue
        missing = len(_missing_files(form_of(survey.conn, row.form_id), written[row.report_id])) + _unshown(written[row.report_id], targets)
        if missing:
            yield Found(
                f"report:{row.report_id}", row.due_on, begins, row.project_id, row.programme_id, "report", (("obligation", row.id),),
                obligation_id=row.id, params={"day": row.due_on.isoformat(), "n": missing}, ladder_ids=(row.id,),
                busy=survey.day_of(row.saved_at) >= survey.today and row.file_by_on > survey.today + _ONE_DAY,
            )  # fmt: skip


def _begun(row: Row) -> bool:
    """Whether somebody wrote something: what carries over from the last report was saved when the report was opened."""
    return row.saved_at is not None and row.saved_at > row.created_at


def _missing_files(form: ReportType, written: Mapping[str, Any]) -> list[str]:
    """The fields for files that must not be empty and are."""
    asked = (one for one in form.fields.values() if one.type == FieldType.FILES and one.required != Required.NO)
    return [one.id for one in asked if not written.get(one.id)]


def _unshown(written: Mapping[str, Any], targets: Mapping[int, Decimal]) -> int:
    """How many checkpoints are claimed as reached without a file."""
    count = 0
    for field, value in written.items():
        kind, _, rest = field.partition(":")
        number, _, what = rest.partition(":")
        if kind != "checkpoint" or what != "actual" or not number.isdigit():
            continue
        try:
            claimed = parse_quantity(str(value))
        except QuantityError:
            continue
        target = targets.get(int(number))
        if claimed is not None and target is not None and claimed >= target and not written.get(f"checkpoint:{number}:evidence"):
            count += 1
    return count
