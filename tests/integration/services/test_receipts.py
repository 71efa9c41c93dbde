"""Receipts: told once, checkable by anybody for ever, and a changed content that no trigger stopped shows."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text, update

from tests.cast import key
from tests.integration.alerts.support import change, deliver_on, outbox_rows
from tests.integration.cli_support import run_tracker
from tests.integration.services.support_reports import opened, returned, submitted, write
from tests.integration.services.windows import stating, taken_back
from tracker.domain.report_checks import receipt_number
from tracker.i18n import Translator
from tracker.notify.transport import DeliveryProblem, LocalOutbox
from tracker.services.audit_trail import check_chain
from tracker.services.errors import Invalid, NotFound
from tracker.services.inbox import unread_count
from tracker.services.notices import mark_notices_read, notice_list
from tracker.services.printed_files import Form
from tracker.services.printed_receipt import print_receipt
from tracker.services.receipts import Verdict, check_receipt, receipt_page
from tracker.services.report_drafts import report_screen
from tracker.services.report_submission import receipt_of, submit_report
from tracker.store import tables as t
from tracker.store.receipt_check import broken_receipts


class Away:
    """A mail server that does not answer."""

    name = "smtp"

    def send(self, message):
        raise DeliveryProblem("away")

    def close(self):
        pass


@pytest.fixture
def receipt(cast):
    """The receipt of the first quarterly report, handed in on 2026-09-01 (a Tuesday) at 09:00."""
    return receipt_of(cast.ctx("pi"), submitted(cast))


def mails(cast, status=None):
    return [row for row in outbox_rows(cast, status) if row.notice_id]


def tamper(cast, receipt, **columns) -> None:
    """Change a stored version with the triggers out of the way, as only the owner of the machine can."""
    with cast.desk.store.transaction() as conn:
        if cast.desk.store.is_postgres:
            conn.execute(text("ALTER TABLE report_version DISABLE TRIGGER USER"))
        else:
            conn.execute(text("DROP TRIGGER report_version_no_update"))
        conn.execute(update(t.report_version).where(t.report_version.c.id == receipt.version_id).values(**columns))
        if cast.desk.store.is_postgres:
            conn.execute(text("ALTER TABLE report_version ENABLE TRIGGER USER"))


# --- the mail -------------------------------------------------------------------------------------------------------------------


def test_the_receipt_goes_at_once_to_the_investigators_each_in_her_inbox_and_by_mail(cast, receipt):
    deliver_on(cast, LocalOutbox(), "2026-09-01", "09:01")
    sent = mails(cast, "sent")
    assert [row.address for row in sent] == ["pi@own.invalid", "company-pi@own.invalid"]
    said = sent[0].payload_json
    assert said["subject"] == f"回執 {receipt.number}：每季執行進度及績效指標 第1年第1季（DEMO-OWN-01）"
    for fact in (receipt.number, receipt.sha256, "115-09-01 (2026-09-01) 09:00:00", "示範主持人", f"/receipt?version={receipt.version_id}"):
        assert fact in said["text"]
    assert [one.text.receipt_number for one in notice_list(cast.ctx("pi"))] == [receipt.number]
    assert notice_list(cast.ctx("officer")) == []


def test_one_mail_a_version_also_after_an_outage(cast, receipt):
    for minute in ("09:01", "09:03", "09:10"):
        deliver_on(cast, Away(), "2026-09-01", minute)
    assert [row.status for row in mails(cast)] == ["pending", "pending"]
    for _ in range(2):
        deliver_on(cast, LocalOutbox(), "2026-09-02", "09:00")
    assert [row.status for row in mails(cast)] == ["sent", "sent"]
    assert len({row.dedup_key for row in mails(cast)}) == 2


def test_a_double_click_tells_once_and_a_second_version_once_more(cast):
    report_id = submitted(cast)
    returned(cast, report_id, on="2026-09-02", reply_by="2026-09-16")
    write(cast, report_id, "progress", "補充", on="2026-09-03")
    ctx, same = cast.ctx("pi", on="2026-09-03"), key()
    version = report_screen(ctx, report_id).state.row.version
    for _ in range(2):
        submit_report(ctx, report_id=report_id, expected_version=version, key=same)
    assert [row.dedup_key.rsplit("|", 1)[0].split("|")[0] for row in mails(cast)] == ["receipt"] * 4


def test_who_was_switched_off_gets_no_mail_and_who_left_keeps_her_receipt(cast, receipt):
    change(cast, t.person, cast.person("company_pi").id, active=False)
    with cast.desk.store.read() as conn:
        mine = conn.execute(select(t.membership.c.id).where(t.membership.c.person_id == cast.person("pi").id)).scalar_one()
    change(cast, t.membership, mine, until_on=cast.ctx("pi").today.replace(year=2025))
    deliver_on(cast, LocalOutbox(), "2026-09-02", "09:00")
    assert {row.address: row.status for row in mails(cast)} == {"pi@own.invalid": "sent", "company-pi@own.invalid": "cancelled"}


def test_notices_are_counted_and_marked_as_read_by_their_owner_only(cast, receipt):
    mine = [one.id for one in notice_list(cast.ctx("pi"))]
    assert mark_notices_read(cast.ctx("stranger_pi"), notice_ids=mine, key=key()) == 0
    assert len(notice_list(cast.ctx("pi"), unread_only=True)) == 1
    before = unread_count(cast.ctx("pi"))
    assert mark_notices_read(cast.ctx("pi"), key=key()) == 1
    assert (notice_list(cast.ctx("pi"), unread_only=True), before - unread_count(cast.ctx("pi"))) == ([], 1)


# --- the page and the check -----------------------------------------------------------------------------------------------------


def test_the_page_shows_the_funders_own_number_where_it_discharges(cast, receipt):
    from tests.integration.services.support_reports import evidence
    from tracker.services.discharge import record_discharge

    row = cast.obligation("quarterly_report", "Y1Q1")
    change(cast, t.obligation, row.id, discharged_by="external")
    assert receipt_page(cast.ctx("pi"), receipt.version_id).funder is None
    paper = {"received_on": "115-09-01", "receipt_number": "科部第1號", "document_id": evidence(cast)}
    record_discharge(cast.ctx("pi"), obligation_id=row.id, **paper, key=key())
    found = receipt_page(cast.ctx("officer"), receipt.version_id)
    assert (found.external, found.funder.number, found.row.receipt_number) == (True, "科部第1號", receipt.number)


def test_a_receipt_of_a_foreign_project_does_not_exist(cast, receipt):
    with pytest.raises(NotFound):
        receipt_page(cast.ctx("stranger_pi"), receipt.version_id)


@pytest.mark.parametrize(
    ("who", "sha", "verdict", "knows"),
    [
        ("pi", "", Verdict.HOLDS, True),
        ("auditor", "right", Verdict.GENUINE, True),
        ("officer", "wrong", Verdict.OTHER_HASH, True),
        ("stranger_pi", "right", Verdict.GENUINE, False),  # whoever holds the paper may check it
        ("stranger_pi", "wrong", Verdict.UNKNOWN, False),
        ("stranger_pi", "", Verdict.UNKNOWN, False),  # and nobody learns of a project by trying numbers
    ],
)
def test_anybody_checks_a_number_with_its_hash(cast, receipt, who, sha, verdict, knows):
    given = {"": "", "right": receipt.sha256.upper() + " ", "wrong": "0" * 64}[sha]
    found = check_receipt(cast.ctx(who), number=f" {receipt.number.lower()} ", sha256=given)
    assert (found.verdict, bool(found.project_code)) == (verdict, knows)


def test_a_mistyped_number_is_said_to_be_one(cast, receipt):
    for number in ("", "MP-1", receipt.number[:-1] + ("A" if receipt.number[-1] != "A" else "B")):
        with pytest.raises(Invalid):
            check_receipt(cast.ctx("pi"), number=number)
    with pytest.raises(Invalid):
        check_receipt(cast.ctx("pi"), number=receipt.number, sha256="xyz")
    unknown = receipt_number(cast.ctx("pi").today, 999_999, 1)
    assert check_receipt(cast.ctx("pi"), number=unknown).verdict is Verdict.UNKNOWN


def test_a_withdrawn_version_keeps_a_genuine_receipt_that_says_so(cast, monkeypatch):
    stating(monkeypatch)
    report_id = submitted(cast)
    mine = receipt_of(cast.ctx("pi"), report_id)
    taken_back(cast, report_id, on="2026-09-02")
    found = check_receipt(cast.ctx("stranger_pi"), number=mine.number, sha256=mine.sha256)
    assert found.verdict is Verdict.GENUINE
    assert found.withdrawn_at is not None


# --- changed behind its back ----------------------------------------------------------------------------------------------------


def test_every_receipt_holds_as_long_as_nobody_touches_it(cast, receipt):
    hand = opened(cast, "quarterly_report", "Y1Q2")
    assert hand
    with cast.desk.store.read() as conn:
        assert broken_receipts(conn) == []
    assert check_chain(cast.ctx("auditor")).is_whole


def test_a_changed_content_breaks_the_receipt_and_names_it(cast, receipt):
    content = json.loads(json.dumps({"form": "x", "texts": {"progress": "竄改"}}))
    tamper(cast, receipt, content_json=content)
    with cast.desk.store.read() as conn:
        assert [(one.receipt_number, one.code) for one in broken_receipts(conn)] == [(receipt.number, "content_changed")]
    assert check_receipt(cast.ctx("pi"), number=receipt.number).verdict is Verdict.BROKEN
    stranger = cast.ctx("stranger_pi")
    assert check_receipt(stranger, number=receipt.number, sha256=receipt.sha256).verdict is Verdict.BROKEN
    assert check_receipt(stranger, number=receipt.number, sha256="0" * 64).verdict is Verdict.UNKNOWN
    findings = check_chain(cast.ctx("auditor")).findings
    assert [one.code for one in findings if receipt.number in one.detail] == ["content_changed"]


def test_a_content_changed_together_with_its_hash_still_differs_from_the_event(cast, receipt):
    from hashlib import sha256

    from tracker.store.types import json_text

    content = {"form": "x", "texts": {"progress": "竄改"}}
    tamper(cast, receipt, content_json=content, content_sha256=sha256(json_text(content).encode()).hexdigest())
    with cast.desk.store.read() as conn:
        assert [one.code for one in broken_receipts(conn)] == ["hash_changed"]


# --- the command ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(cast, tmp_path, receipt):
    """A home of its own with the cast's database in it."""
    if cast.desk.store.is_postgres:
        pytest.skip("the command opens a home's own file")
    folder = tmp_path / "home"
    assert run_tracker("init", home=folder)[0] == 0
    target = next(folder.glob("*.sqlite3"))
    target.unlink()
    cast.desk.store.copy_into(target)
    return folder


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("words", "status", "verdict"),
    [((), 0, "holds"), (("--sha", "right"), 0, "genuine"), (("--sha", "0" * 64), 1, "other_hash"), (("--sha", "abc"), 2, None)],
)
def test_the_command_says_by_its_status_whether_it_is_genuine(home, receipt, words, status, verdict):
    words = tuple(receipt.sha256 if word == "right" else word for word in words)
    code, out, err = run_tracker("receipt", "verify", receipt.number, *words, "--json", home=home)
    assert code == status, err
    if verdict:
        assert json.loads(out)["verdict"] == verdict


@pytest.mark.sqlite
def test_the_command_reads_the_hash_from_the_file_of_the_receipt(home, receipt, tmp_path):
    import zlib

    packed = zlib.compress(f"{receipt.number} {receipt.sha256}".encode())
    files = {
        "good.json": json.dumps({"number": receipt.number, "sha256": receipt.sha256}).encode(),
        "good.pdf": b"%PDF-1.7\n1 0 obj<<>>stream\n" + packed + b"\nendstream endobj\n%%EOF",
        "changed.json": json.dumps({"sha256": "f" * 64}).encode(),
        "other.json": json.dumps({"number": "MP-1150901-000999-01-K", "sha256": receipt.sha256}).encode(),
        "empty.pdf": b"%PDF-1.7\n%%EOF",
    }
    found = {}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        found[name] = run_tracker("receipt", "verify", receipt.number, "--file", str(tmp_path / name), home=home)[0]
    assert found == {"good.json": 0, "good.pdf": 0, "changed.json": 1, "other.json": 2, "empty.pdf": 2}
    assert run_tracker("receipt", "verify", receipt.number, "--file", str(tmp_path / "none.pdf"), home=home)[0] == 2
    assert run_tracker("receipt", "verify", "MP-1", home=home)[0] == 2
    assert run_tracker("receipt", "verify", receipt.number, home=tmp_path / "nowhere")[0] == 2


@pytest.mark.sqlite
@pytest.mark.parametrize("language", ["zh_TW", "en"])
def test_the_command_reads_the_receipt_as_it_is_printed(cast, home, receipt, tmp_path, language):
    printed = print_receipt(cast.ctx("pi"), receipt.version_id, Form.PDF, Translator(language))
    (tmp_path / printed.filename).write_bytes(printed.content)
    code, out, err = run_tracker("receipt", "verify", receipt.number, "--file", str(tmp_path / printed.filename), "--json", home=home)
    assert (code, json.loads(out)["verdict"]) == (0, "genuine"), err


@pytest.mark.sqlite
def test_the_audit_command_names_the_receipt_that_is_broken(cast, home, receipt):
    assert run_tracker("audit", "verify", home=home)[0] == 0
    tamper(cast, receipt, content_json={"form": "x"})
    target = next(home.glob("*.sqlite3"))
    target.unlink()
    cast.desk.store.copy_into(target)
    code, out, _ = run_tracker("audit", "verify", "--json", home=home)
    assert (code, json.loads(out)["receipts"]) == (1, [receipt.number])
