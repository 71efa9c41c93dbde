"""A report on paper: a draft as it stands for its writers, a submitted version as it was handed in for everybody who may see that."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from tracker.clock import TAIPEI, civil_day
from tracker.domain.minguo import both
from tracker.exchange.printed import Facts, PrintedDocument, Whole
from tracker.i18n import Translator
from tracker.notify.wording import period_text
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.dossier_words import day
from tracker.services.errors import NotFound
from tracker.services.policy import Act, Target
from tracker.services.printed_files import Form, PrintedFile, made
from tracker.services.report_blocks import Reading, report_blocks
from tracker.services.report_content import content_of
from tracker.services.report_state import LATE_REASON, OPEN_FOR_WRITING, ReportState, load_state
from tracker.services.review_rounds import note_read
from tracker.store import q_dossier, q_project, q_versions
from tracker.store.q_reports import VersionRow

_LEADERS = ("pi", "co_pi")


def instant(at: datetime) -> str:
    """An instant in Taipei time to the second, the day in both calendars."""
    local = at.astimezone(TAIPEI)
    return f"{both(local.date())} {local:%H:%M:%S}"


def print_draft(ctx: Context, report_id: int, form: Form, t: Translator) -> PrintedFile:
    """What is written now, marked as a draft on every page; once it was handed in, the version as it was handed in.

    For those who may see the draft. Raises NotFound, Forbidden.
    """
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
        policy.authorise(ctx.viewer, Act.SEE_DRAFT, state.target)
        if state.row.status not in OPEN_FOR_WRITING:
            return print_report(ctx, report_id, None, form, t)
        facts = [*_about(conn, state, t), (t("Written so far"), t("as of {day}", day=instant(ctx.now)))]
    if reason := str(state.value(LATE_REASON)).strip():
        facts.append((t("Why it comes late"), reason))
    document = PrintedDocument(
        **_frame(state, t),
        banner=t("Draft, not handed in"),
        foot=t("Draft as of {day}", day=instant(ctx.now)),
        on=ctx.today,
        facts=Facts(tuple(facts)),
        blocks=report_blocks(content_of(state), Reading(state.form, t, gaps=True)),
    )
    return made(document, "document", f"{_name(state)}-draft", form)


def print_report(ctx: Context, report_id: int, version: int | None, form: Form, t: Translator) -> PrintedFile:
    """A submitted version (None: the newest) as it was handed in; the same file whenever it is printed.

    For everybody who may see it, a reviewer who was given it included. One that was taken back is its members' own again, and says so.
    Raises NotFound, Forbidden.
    """
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
        row = state.row
        policy.authorise(ctx.viewer, Act.SEE_SUBMITTED, Target(row.project_id, row.p_programme_id, report_id))
        chosen = _chosen(ctx, conn, state, version)
        whole = q_versions.by_id(conn, chosen.id)
        panel = not policy.may(ctx.viewer, Act.SEE_PROJECT, state.target)
        facts = (*_about(conn, state, t), *_submitted(chosen, whole, t, panel=panel))
    if row.status == "submitted" and chosen is state.versions[-1]:
        note_read(ctx, report_id)  # on paper, too, it has been read
    document = PrintedDocument(
        **_frame(state, t),
        banner=t("Taken back on {day}", day=both(civil_day(whole.withdrawn_at))) if whole.withdrawn_at else "",
        foot=Whole(t("Receipt {number}", number=chosen.receipt_number)),
        on=civil_day(chosen.submitted_at),
        facts=Facts(facts),
        blocks=report_blocks(chosen.content, Reading(state.form, t)),
    )
    return made(document, "document", f"{_name(state)}-v{chosen.number}", form)


def _chosen(ctx: Context, conn: Connection, state: ReportState, number: int | None) -> VersionRow:
    """The version with this number; None: the newest that stands, for members also one that was taken back. Raises NotFound."""
    back = q_versions.withdrawals(conn, state.row.project_id)
    standing = [one for one in state.versions if one.id not in back]
    own = policy.may(ctx.viewer, Act.SEE_DRAFT, state.target)
    found = [one for one in (state.versions if own else standing) if number in (None, one.number)]
    if not found:
        raise NotFound()
    return standing[-1] if number is None and standing else found[-1]


def _frame(state: ReportState, t: Translator) -> dict:
    row = state.row
    period = period_text(t, row.o_period_label)
    return {
        "title": t.pick(row.o_title_zh, row.o_title_en) + (t(" ({about})", about=period) if period else ""),
        "subtitle": t.pick(row.p_title_zh, row.p_title_en),
        "language": t.language,
        "head": (t.pick(row.g_title_zh, row.g_title_en), row.p_code),
        "page_words": t.gettext("Page {n} of {all}"),
    }


def _about(conn: Connection, state: ReportState, t: Translator) -> list[tuple[str, ...]]:
    """What the report is about: project, people, period, day, form."""
    row, head = state.row, q_dossier.head(conn, state.row.project_id)
    leaders = [one.name for one in q_project.members(conn, row.project_id) if one.role in _LEADERS and one.until_on is None]
    period = f"{day(row.o_period_start_on)} – {day(row.o_period_end_on)}" if row.o_period_start_on else "—"
    return [
        (t("Project"), f"{row.p_code} {t.pick(row.p_title_zh, row.p_title_en)}"),
        (t("Organisation"), head.organisation if head is not None else "—"),
        (t("Principal investigators"), t(", ").join(leaders) or "—"),
        (t("Period"), period),
        (t("Due"), day(row.o_due_on)),
        (t("Form"), f"{t.pick(state.form.title.zh, state.form.title.en)} ({state.form.version})"),
    ]


def _submitted(version: VersionRow, whole, t: Translator, *, panel: bool) -> list[tuple[str, ...]]:
    """The facts of a submission; a panel judges the work, not why it came late or by whose hand."""
    behalf = whole.behalf and not panel
    by = whole.submitter + (t(" ({about})", about=t("on behalf of {name}", name=whole.behalf)) if behalf else "")
    facts: list[tuple[str, ...]] = [
        (t("Handed in"), t("version {n}, {at}, by {name}", n=version.number, at=instant(version.submitted_at), name=by)),
        (t("Receipt number"), Whole(version.receipt_number), "code"),
        (t("SHA-256"), Whole(version.sha256), "code"),
    ]
    if version.late_reason and not panel:
        facts.append((t("Why it comes late"), version.late_reason))
    if whole.reason:
        facts.append((t("Why it was corrected"), whole.reason))
    return facts


def _name(state: ReportState) -> str:
    row = state.row
    return f"{row.p_code}-{row.o_rule}-{row.o_period_label}".replace("/", "-")
