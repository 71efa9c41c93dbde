# ruff: noqa: E501  (one service is one line)
"""What people might type or send: refused with the field named, or kept harmless. Never another error, never half a write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.services.authorisation_world import Place, Template, World, as_role, call_entry
from tests.integration.services.support_reports import PDF
from tracker.services import (
    accounts,
    anchors,
    approval_reviews,
    approvals,
    checkpoints,
    data_call_changes,
    data_calls,
    discharge,
    document_dates,
    documents,
    evaluations,
    interest_conflicts,
    memberships,
    people,
    project_changes,
    projects,
    report_drafts,
    report_review,
    report_submission,
    review_comments,
    review_decisions,
    review_tasks,
)
from tracker.services.approvals import ApprovalPaper
from tracker.services.checkpoints import CheckpointEntry, IndicatorEntry
from tracker.services.data_call_forms import FieldEntry, FormEntry, SectionEntry
from tracker.services.date_entries import DateEntry
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.evaluations import DecisionEntry, EffectEntry, ScoreEntry
from tracker.services.policy import Act
from tracker.services.projects import MemberEntry, ProjectEntry
from tracker.services.viewer import Role
from tracker.store import audit
from tracker.store import tables as t

pytestmark = pytest.mark.sqlite  # looks into the file; `test_nul` of the stores and the cleaning itself run on both engines

TEXTS = {
    "script": "<script>alert(1)</script>",
    "formula": '=HYPERLINK("http://evil.invalid","x")',
    "nul": "a\0b",
    "controls": "a\x07\x1b[31mb\x7f",
    "bidi": "abc\u202efdp.exe\u2066",
    "surrogate": "a\ud800b",
    "emoji": "👩\u200d🔬 進度 ✅",
    "newlines": "a\r\nBcc: evil@x.invalid\u2028b",
    "fullwidth": "１２３－４５６",
    "blank": " \u3000\u200b\ufeff\n",
    "braces": "{title} {0} %s %(x)d",
}
MEGABYTE = "長" * 1_000_000
NUMBERS = ["NaN", "sNaN", "Infinity", "-Infinity", "1e400", "9" * 40, "-1", "１２", "²", "0x10", "1_000", "", "\0", "\ud800"]
DAYS = [
    "",
    "115/02/30",
    "0115-03-01",
    "01/02/03",
    "民國一一五年",
    "9999-12-31",
    "1/3/1",
    "１１５／０８／３１",
    "2026-08-31\0",
    "\ud800",
    "9" * 4000,
    "115年99月99日",
]
IDS = [0, -1, 2**62, 999_999]  # larger ones the screens and routes refuse themselves: tests/app, tests/web

FORBIDDEN = "".join(chr(c) for c in (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0xFEFF))


@dataclass(frozen=True)
class Form:
    """A write and its fields. `call` takes the world, the place and the changes."""

    name: str
    role: str
    where: str
    call: Callable[..., Any]
    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


def _plain(service: Callable[..., Any], make: Callable[[World, Place], dict[str, Any]]) -> Callable[..., Any]:
    return lambda ctx, w, p, changes: service(ctx, **{**make(w, p), **changes, "key": key()})


def _in(
    service: Callable[..., Any],
    parameter: str,
    make: Callable[[World, Place], Any],
    more: Callable[[World, Place], dict[str, Any]] = lambda w, p: {},
) -> Callable[..., Any]:
    """For a service that takes a form object: changes go into the object where it has such a field."""

    def call(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
        entry = make(w, p)
        inside = {name: value for name, value in changes.items() if name in entry.__dataclass_fields__}
        outside = {name: value for name, value in changes.items() if name not in inside}
        return service(ctx, **{**more(w, p), parameter: replace(entry, **inside), **outside, "key": key()})

    return call


def _date_entry(w: World, p: Place) -> DateEntry:
    return DateEntry(
        p.programme,
        p.project,
        p.rule,
        p.rule,
        p.period,
        "official",
        p.letter,
        given_on="2026-11-30",
        letter_number="示範字第3號",
        contract_page="1",
    )


def _own_item(w: World, p: Place) -> DateEntry:
    return replace(_date_entry(w, p), kind="contract_item", rule="new_item", period_label="-", title_zh="新項目")


def _by_rule(w: World, p: Place) -> DateEntry:
    return replace(_own_item(w, p), given_on=None, direction="after", anchor="project_start", months=3)


def _decision(w: World, p: Place) -> DecisionEntry:
    return DecisionEntry("continue", "2026-09-01", "示範字第4號", "七-(一)", "達成")


def _question(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    """One question of a call's form, of the kind that takes what is changed."""
    kind = "choice" if "choices" in changes else "number" if {"least", "most", "unit"} & set(changes) else "text"
    question = replace(FieldEntry(kind, "題", choices="甲\n乙"), **changes)
    entry = replace(call_entry(p.programme, p.project, "另一件"), form=FormEntry((SectionEntry("部分", fields=(question,)),)))
    return data_calls.issue_call(ctx, entry, project_ids=[p.project], key=key())


def _effect(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    effect = replace(EffectEntry("cut", "理由", 1000, 1), **changes)
    return evaluations.decide(
        ctx, evaluation_id=p.evaluation, entry=replace(_decision(w, p), effects=(effect,)), expected_version=1, key=key()
    )


def _score(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    score = replace(ScoreEntry("執行力", 4, 5, 1), **changes)
    return evaluations.record_evaluation(
        ctx, project_id=p.project, year=1, held_on="2026-09-01", scores=(score,), remarks="", expected_version=1, key=key()
    )


def _project(w: World, p: Place) -> ProjectEntry:
    return ProjectEntry(
        code="DEMO-NEW-01", programme="demo-sister-ai", title_zh="示範新計畫", organisation="示範大學", start_on=date(2026, 6, 1), end_on=date(2030, 5, 31),
        members=(MemberEntry("new@own.invalid", "示範新人", "pi"),), officer_email="new-officer@x.invalid", officer_name="示範承辦",
    )  # fmt: skip


def _amount(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    return projects.enter_project(ctx, replace(_project(w, p), approved_amounts=(changes["amount"],)), key=key())


def _member(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    member = replace(
        MemberEntry("new@own.invalid", "示範新人", "pi"), **{name.removeprefix("member_"): value for name, value in changes.items()}
    )
    return projects.enter_project(ctx, replace(_project(w, p), members=(member,)), key=key())


def _checkpoint(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    numbers = {name: _decimal(value) for name, value in changes.items() if name in ("target", "weight")}
    entry = replace(CheckpointEntry("C9", "查核點", Decimal(1), "件", Decimal(1), date(2026, 9, 1)), **{**changes, **numbers})
    return checkpoints.plan_checkpoints(ctx, project_id=p.project, checkpoints=(entry,), key=key())


def _indicator(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    numbers = {name: _decimal(value) for name, value in changes.items() if name in ("target", "baseline")}
    entry = replace(IndicatorEntry("K9", "指標", "件", Decimal(0), Decimal(1)), **{**changes, **numbers})
    return checkpoints.plan_checkpoints(ctx, project_id=p.project, indicators=(entry,), key=key())


def _decimal(value: str) -> Decimal:
    try:
        return Decimal(value)
    except ArithmeticError:
        return Decimal("NaN")


def _save(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    given = {"report_id": p.draft_report, "field": "progress", "value": "x", "base_rev": 1} | changes
    return report_drafts.save_field(ctx, **given)


def _attach(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    return report_drafts.save_field(ctx, report_id=p.draft_report, field="attachments", value=[changes["file"]], base_rev=0)


def _comment(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    return report_review.return_report(
        ctx,
        report_id=p.waiting_report,
        expected_version=2,
        comments={"progress": changes["progress"]},
        reply_by=date(2026, 9, 15),
        key=key(),
    )


def _condition(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    condition = review_decisions.Condition(**({"body": "補件", "due_on": "2026-10-01"} | changes))
    return review_decisions.accept_report(ctx, report_id=p.waiting_report, expected_version=2, conditions=(condition,), key=key())


def _document(ctx: Any, w: World, p: Place, changes: dict[str, Any]) -> Any:
    return documents.store_document(
        ctx, project_id=p.project, filename=changes["filename"] + ".pdf", content=PDF, purpose="letter", act=Act.ENTER_DATE, key=key()
    )


FORMS = (
    Form("set_language", "pi", "own", _plain(accounts.set_language, lambda w, p: {"language": "en"}), texts=("language",)),
    Form("add_person", "admin", "own", _plain(people.add_person, lambda w, p: {"email": "new@x.invalid", "name": "示範"}), texts=("email", "name", "language", "password")),
    Form("grant_role", "admin", "own", _plain(people.grant_role, lambda w, p: {"person_id": 1, "role": Role.AUDITOR}), texts=("role",), ids=("person_id",)),
    Form("new_temporary_password", "admin", "own", _plain(people.new_temporary_password, lambda w, p: {}), ids=("person_id",)),
    Form("revoke_role", "admin", "own", _plain(people.revoke_role, lambda w, p: {}), ids=("grant_id",)),
    Form("add_membership", "admin", "own", _plain(memberships.add_membership, lambda w, p: {"project_id": p.project, "person_id": 1, "role": Role.PI, "party": "academic", "from_on": date(2026, 9, 1)}), texts=("role", "party"), ids=("project_id", "person_id")),
    Form("enter_project", "admin", "own", _in(projects.enter_project, "entry", _project), texts=("code", "programme", "title_zh", "title_en", "organisation", "county", "officer_email", "officer_name")),
    Form("enter_project amounts", "admin", "own", _amount),
    Form("enter_project members", "admin", "own", _member, texts=("member_email", "member_name", "member_role", "member_party", "member_language")),
    Form("plan_checkpoints", "officer", "own", _checkpoint, texts=("code", "title_zh", "title_en", "unit", "success_test", "evidence_wanted"), numbers=("target", "weight")),
    Form("plan_indicators", "officer", "own", _indicator, texts=("code", "title_zh", "title_en", "unit", "counting", "good"), numbers=("target", "baseline")),
    Form("store_document", "officer", "own", _document, texts=("filename",)),
    Form("save_field", "pi", "own", _save, texts=("value", "field"), ids=("report_id", "base_rev")),
    Form("save_field choice", "pi", "own", lambda ctx, w, p, changes: _save(ctx, w, p, {"field": "state"} | changes), texts=("value",)),
    Form("save_field attachments", "pi", "own", _attach, ids=("file",)),
    Form("submit_report", "pi", "own", _plain(report_submission.submit_report, lambda w, p: {"report_id": p.draft_report, "expected_version": 1}), texts=("late_reason",), ids=("report_id", "expected_version")),
    Form("open_report", "pi", "own", _plain(report_drafts.open_report, lambda w, p: {}), ids=("obligation_id",)),
    Form("record_verdict", "officer", "own", _plain(report_review.record_verdict, lambda w, p: {"report_id": p.waiting_report, "checkpoint_id": p.checkpoint, "verdict": "not_met", "actual": "0"}), texts=("verdict", "remark"), numbers=("actual",), ids=("report_id", "checkpoint_id")),
    Form("return_report", "officer", "own", _comment, texts=("progress",)),
    Form("reset_report", "officer", "own", _plain(review_decisions.reset_report, lambda w, p: {"report_id": p.waiting_report, "expected_version": 2, "reason": "重寫", "reply_by": date(2026, 9, 15)}), texts=("reason",), ids=("report_id", "expected_version")),
    Form("accept_report condition", "officer", "own", _condition, texts=("body",), days=("due_on",), ids=("owner_id",)),
    Form("recommend", "reviewer", "own", _plain(review_tasks.recommend, lambda w, p: {"task_id": p.review_task, "expected_version": 1, "recommendation": "accept", "remark": "可行"}), texts=("recommendation", "remark"), ids=("task_id", "expected_version")),
    Form("give_task", "officer", "own", _plain(review_tasks.give_task, lambda w, p: {"task_id": p.step, "person_id": w.cast.person("chief").id, "expected_version": 1, "reason": "業務調整"}), texts=("reason",), ids=("task_id", "person_id", "expected_version")),
    Form("skip_seat", "officer", "own", _plain(review_tasks.skip_seat, lambda w, p: {"task_id": p.review_task, "expected_version": 1, "reason": "逾期"}), texts=("reason",), ids=("task_id", "expected_version")),
    Form("save_comment", "officer", "own", _plain(review_comments.save_comment, lambda w, p: {"report_id": p.waiting_report, "section": "progress", "field": "progress", "body": "意見"}), texts=("section", "field", "body"), ids=("report_id", "comment_id")),
    Form("withdraw_comment", "officer", "own", _plain(review_comments.withdraw_comment, lambda w, p: {"comment_id": p.comment, "expected_version": 1}), ids=("comment_id", "expected_version")),
    Form("declare_conflict", "officer", "own", _plain(interest_conflicts.declare_conflict, lambda w, p: {"project_id": p.project, "person_id": w.cast.person("reviewer").id, "reason": "同系所"}), texts=("reason",), ids=("project_id", "person_id")),
    Form("withdraw_conflict", "officer", "own", _plain(interest_conflicts.withdraw_conflict, lambda w, p: {}), ids=("conflict_id",)),
    Form("record_evaluation", "officer", "own", _plain(evaluations.record_evaluation, lambda w, p: {"project_id": p.project, "year": 1, "held_on": "2026-09-01", "scores": (ScoreEntry("執行力", 3, 5),), "remarks": "", "expected_version": 1}), texts=("remarks",), days=("held_on",), ids=("project_id", "year", "expected_version")),
    Form("record_evaluation score", "officer", "own", _score, texts=("criterion",), numbers=("score", "out_of", "weight")),
    Form("decide", "chief", "own", _in(evaluations.decide, "entry", _decision, lambda w, p: {"evaluation_id": p.evaluation, "expected_version": 1}), texts=("course", "letter_number", "clause", "reason"), days=("decided_on",), ids=("evaluation_id", "document_id")),
    Form("issue_call", "officer", "own", _in(data_calls.issue_call, "entry", lambda w, p: call_entry(p.programme, p.project, "另一件"), lambda w, p: {"project_ids": [p.project]}), texts=("title_zh", "title_en", "letter_number", "note", "label"), days=("due_on",), ids=("programme_id", "document_id")),
    Form("issue_call question", "officer", "own", _question, texts=("type", "zh", "en", "help_zh", "help_en", "unit", "choices", "least", "most"), numbers=("least", "most"), ids=("longest", "rows_most", "files_most")),
    Form("move_call", "officer", "own", _plain(data_call_changes.move_call, lambda w, p: {"call_id": p.call, "due_on": "2026-11-30", "letter_number": "示範字第10號", "reason": "展延", "expected_version": 1}), texts=("letter_number", "reason"), days=("due_on",), ids=("call_id", "expected_version")),
    Form("end_call", "officer", "own", _plain(data_call_changes.end_call, lambda w, p: {"call_id": p.call, "how": "closed", "reason": "已足", "expected_version": 1}), texts=("how", "reason"), ids=("call_id", "expected_version")),
    Form("decide effect", "chief", "own", _effect, texts=("kind", "detail"), ids=("amount", "project_year")),
    Form("add_approval", "pi", "own", _plain(approvals.add_approval, lambda w, p: {"project_id": p.project, "kind": "irb", "title": "示範"}), texts=("kind", "title", "board"), ids=("project_id",)),
    Form("record_proof", "pi", "own", _plain(approvals.record_proof, lambda w, p: {"approval_id": p.approval, "submitted_on": "2026-08-31", "document_id": p.letter, "expected_version": 1}), days=("submitted_on",), ids=("approval_id", "document_id", "expected_version")),
    Form("record_approval", "pi", "own", _in(approvals.record_approval, "paper", lambda w, p: ApprovalPaper("IRB-1", "2026-08-31", "2027-08-30", p.letter), lambda w, p: {"approval_id": p.approval, "expected_version": 1}), texts=("number",), days=("approved_on", "expires_on"), ids=("approval_id", "document_id")),
    Form("accept_approval", "officer", "own", _plain(approval_reviews.accept_approval, lambda w, p: {"expected_version": 1}), ids=("obligation_id",)),
    Form("return_approval", "officer", "own", _plain(approval_reviews.return_approval, lambda w, p: {"obligation_id": p.waiting_approval, "remark": "請補件", "reply_by": "2026-09-15", "expected_version": 1}), texts=("remark",), days=("reply_by",), ids=("obligation_id",)),
    Form("grant_exception", "other_officer", "foreign", _plain(approval_reviews.grant_exception, lambda w, p: {"obligation_id": p.assumed, "reason": "正當理由", "letter_number": "示範字第5號", "expected_version": 1}), texts=("reason", "letter_number"), ids=("obligation_id",)),
    Form("confirm_anchor", "other_officer", "foreign", _plain(anchors.confirm_anchor, lambda w, p: {"obligation_id": p.assumed, "anchor_on": "2025-09-02", "letter_number": "示範字第6號", "document_id": p.letter}), texts=("letter_number",), days=("anchor_on",), ids=("obligation_id", "document_id")),
    Form("enter_document_date", "officer", "own", _in(document_dates.enter_document_date, "entry", _date_entry), texts=("kind", "rule", "period_label", "basis", "direction", "letter_number", "clause", "contract_page", "title_zh", "title_en"), days=("given_on",), ids=("project_id", "programme_id", "document_id")),
    Form("enter_document_date item", "officer", "own", _in(document_dates.enter_document_date, "entry", _own_item), texts=("title_zh", "title_en", "rule")),
    Form("enter_document_date by rule", "officer", "own", _in(document_dates.enter_document_date, "entry", _by_rule), texts=("direction", "anchor"), ids=("months", "days")),
    Form("withdraw_document_date", "officer", "own", _plain(document_dates.withdraw_document_date, lambda w, p: {"document_date_id": p.given, "reason": "誤植"}), texts=("reason",), ids=("document_date_id",)),
    Form("record_discharge", "pi", "own", _plain(discharge.record_discharge, lambda w, p: {"obligation_id": p.external, "received_on": "2026-08-31", "receipt_number": "1", "document_id": p.letter}), texts=("receipt_number",), days=("received_on",), ids=("obligation_id", "document_id")),
    Form("extend_project", "officer", "own", _plain(project_changes.extend_project, lambda w, p: {"project_id": p.project, "end_on": "2030-06-30", "letter_number": "示範字第7號", "document_id": p.letter, "expected_version": 1}), texts=("letter_number",), days=("end_on",), ids=("project_id", "document_id", "expected_version")),
)  # fmt: skip


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("hostile"))


def _stored_texts(world: World) -> str:
    with world.cast.desk.store.read() as conn:
        return "\n".join(repr(tuple(row)) for table in t.metadata.sorted_tables for row in conn.execute(select(table)).all())


def _try(template: Template, form: Form, changes: dict[str, Any]) -> tuple[str, list[str]]:
    """What came of it: `kept`, or the sort of refusal with the fields it names. Anything else is raised."""
    with template.copy() as world:
        ctx, before = as_role(world, form.role), world.written()
        try:
            form.call(ctx, world, world.places[form.where], changes)
        except Invalid as refused:
            str(refused)  # its parameters fill its places
            assert world.written() == before
            return "invalid", [problem.field for problem in refused.problems]
        except (NotFound, Stale, Forbidden) as refused:
            assert world.written() == before
            return type(refused).__name__, []
        shown = _stored_texts(world)
        assert not [c for c in FORBIDDEN if repr(c).strip("'") in shown], "something invisible was kept"
        with world.cast.desk.store.read() as conn:
            assert audit.verify(conn) == []
        return "kept", []


def _cases(sort: str, values: Any) -> list[Any]:
    return [pytest.param(form, field, id=f"{form.name}-{field}") for form in FORMS for field in getattr(form, sort)]


@pytest.mark.parametrize(("form", "field"), _cases("texts", TEXTS))
def test_a_strange_text_is_kept_harmless_or_refused_by_name(template: Template, form: Form, field: str):
    for name, text in TEXTS.items():
        came, named = _try(template, form, {field: text})
        assert came in ("kept", "NotFound") or named, (name, came)


@pytest.mark.parametrize(("form", "field"), _cases("texts", TEXTS))
def test_a_megabyte_is_refused_by_name(template: Template, form: Form, field: str):
    came, named = _try(template, form, {field: MEGABYTE})
    assert came == "NotFound" or named or field == "filename", came  # a file's name is cut, keeping its ending


@pytest.mark.parametrize(("form", "field"), _cases("numbers", NUMBERS))
def test_a_strange_number_is_read_or_refused_by_name(template: Template, form: Form, field: str):
    for text in NUMBERS:
        came, named = _try(template, form, {field: text})
        assert came == "kept" or named, (text, came)


@pytest.mark.parametrize(("form", "field"), _cases("days", DAYS))
def test_a_strange_day_is_read_or_refused_by_name(template: Template, form: Form, field: str):
    for text in DAYS:
        came, named = _try(template, form, {field: text})
        assert came == "kept" or named, (text, came)


@pytest.mark.parametrize(("form", "field"), _cases("ids", IDS))
def test_a_number_that_nothing_has_is_not_found(template: Template, form: Form, field: str):
    for number in IDS:
        came, _ = _try(template, form, {field: number})
        assert came != "kept" or field in ("amount", "months", "days", "base_rev"), (number, came)


@pytest.mark.parametrize("amount", [-1, 2**63, 10**30])
def test_an_approved_amount_is_whole_dollars_of_a_possible_size(template: Template, amount: int):
    form = next(form for form in FORMS if form.name == "enter_project amounts")
    assert _try(template, form, {"amount": amount})[0] == "invalid"
