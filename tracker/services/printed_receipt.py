"""The receipt of a submission on paper: always a PDF, and always the same one while nothing new is known."""

from __future__ import annotations

import json

from sqlalchemy import Connection, Row

from tracker.clock import civil_day
from tracker.domain.minguo import both
from tracker.exchange.printed import Facts, PrintedDocument, Whole
from tracker.i18n import Translator
from tracker.notify.wording import period_text
from tracker.services.context import Context
from tracker.services.dossier_words import day
from tracker.services.errors import NotFound
from tracker.services.printed_files import Form, PrintedFile, made
from tracker.services.printed_reports import instant
from tracker.services.receipts import ReceiptPage, receipt_page
from tracker.store import q_dossier, q_versions


def print_receipt(ctx: Context, version_id: int, form: Form, t: Translator) -> PrintedFile:
    """The receipt of one submitted version, for everybody who may see it. Raises NotFound, also for any other form than a PDF."""
    if form != Form.PDF:
        raise NotFound()
    page = receipt_page(ctx, version_id)
    with ctx.store.read() as conn:
        event = _event(conn, page.row)
    document = _document(page, event, t)
    number, sha256 = page.row.receipt_number, page.row.content_sha256
    return made(
        document, "receipt", f"{page.row.project_code}-{number}", form, number=Whole(number), sha256=Whole(sha256), **_words(page, t)
    )


def _document(page: ReceiptPage, event: Row | None, t: Translator) -> PrintedDocument:
    row = page.row
    return PrintedDocument(
        title=t("Receipt of a submission"),
        language=t.language,
        head=(t.pick(row.programme_zh, row.programme_en), row.project_code),
        page_words=t.gettext("Page {n} of {all}"),
        foot=Whole(t("Receipt {number}", number=row.receipt_number)),
        banner=t("Taken back on {day}", day=both(civil_day(row.withdrawn_at))) if page.withdrawn else "",
        on=civil_day(row.submitted_at),
        facts=Facts((*_what(page, t), *_proof(row, event, t))),
    )


def _what(page: ReceiptPage, t: Translator) -> list[tuple[str, ...]]:
    row, period = page.row, period_text(t, page.row.period_label)
    facts: list[tuple[str, ...]] = [
        (t("Project"), f"{row.project_code} {t.pick(row.project_zh, row.project_en)}"),
        (t("Organisation"), row.organisation),
        (t("What was handed in"), " · ".join(part for part in (t.pick(row.title_zh, row.title_en), period) if part)),
        (t("Version"), str(row.number)),
        (t("Received at (Taipei time)"), instant(row.submitted_at), "strong"),
        (t("Handed in by"), row.submitter + (t(" ({about})", about=t("on behalf of {name}", name=row.behalf)) if row.behalf else "")),
    ]
    if row.due_on is not None and row.first_submitted_on is not None:
        judged = t("in time") if row.first_submitted_on <= row.due_on else t("after the due day")
        said = t("{due}; first handed in on {first}: {judged}", due=both(row.due_on), first=both(row.first_submitted_on), judged=judged)
        facts.append((t("Due"), said))
    elif row.due_on is not None:
        facts.append((t("Due"), day(row.due_on)))
    return facts


def _proof(row: Row, event: Row | None, t: Translator) -> list[tuple[str, ...]]:
    facts: list[tuple[str, ...]] = [(t("SHA-256 of the content"), Whole(row.content_sha256), "code")]
    if event is not None:
        facts.append((t("Event of the audit trail"), str(event.seq), "code"))
        facts.append((t("Hash of the event"), Whole(event.hash), "code"))
    return facts


def _words(page: ReceiptPage, t: Translator) -> dict[str, str]:
    """What stands below the facts: the funder's own receipt, and how the receipt is checked."""
    row, funder = page.row, ""
    if page.external:
        agency = t.pick(row.authority_zh, row.authority_en)
        if page.funder is not None:
            given = {"agency": agency, "day": both(page.funder.received_on), "number": page.funder.number}
            funder = t("Handed in to {agency} as well: received {day}, receipt {number}.", **given)
        else:
            funder = t("This receipt does not stand for the one of {agency}: it has to be handed in there as well.", agency=agency)
    newer = t("A later version of this report is in force: {n}.", n=page.newer) if page.newer is not None else ""
    command = Whole(f"tracker receipt verify {row.receipt_number} --file receipt.pdf")
    verify = t(
        "On the machine of the installation the command below says whether this receipt is genuine and whether what was handed in is "
        "stored unchanged. The hash is the one of the content as stored; the audit trail holds it too."
    )
    return {"funder": funder, "newer": newer, "verify_title": t("How to check this receipt"), "verify": verify, "command": command}


def _event(conn: Connection, row: Row) -> Row | None:
    """The Event of the submission, by the version that its payload names."""
    for found in q_versions.submission_events(conn, row.report_id):
        if json.loads(found.payload_json).get("version") == row.number:
            return q_dossier.event(conn, found.seq)
    return None
