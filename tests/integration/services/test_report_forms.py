"""Reports on forms that are data: every field type from draft to frozen version, carry-over, checks across periods, kept forms."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from tests.integration.services.support_reports import accepted, evidence, fill, hand_in, opened, returned, submitted, write
from tracker.domain.statuses import Kind
from tracker.programmes.first_forms import DOCUMENT
from tracker.programmes.registry import Registry
from tracker.programmes.report_codec import sha256
from tracker.programmes.report_types import Check, Field, FieldType, ReportType, Required, Section, Words
from tracker.services.errors import Invalid, NotFound
from tracker.services.report_comparison import compare
from tracker.services.report_drafts import fields_now, report_screen, save_field
from tracker.services.report_forms import form_for_obligation, form_of, keep_form, type_for
from tracker.services.report_problems import check_report, missing_at_draft
from tracker.services.report_state import CONFIRMED, load_state
from tracker.store import q_report_forms
from tracker.store import tables as t

W = Words("欄位", "field")
DAY = "2027-03-01"  # a Monday, before the interim report of Y1 is due


def interim(cast, period: str = "Y1", *, on: str = DAY) -> int:
    return opened(cast, "interim_report", period, on=on)


def state_of(cast, report_id: int, *, on: str = DAY):
    return report_screen(cast.ctx("pi", on=on), report_id).state


def content(cast, report_id: int) -> dict:
    with cast.desk.store.read() as conn:
        v = t.report_version
        return conn.execute(select(v.c.content_json).where(v.c.report_id == report_id).order_by(v.c.number.desc())).scalars().first()


def problems(cast, report_id: int, *, on: str = DAY) -> dict[str, str]:
    """Field → the last thing said of it."""
    return {one.field: one.msgid for one in check_report(cast.ctx("pi", on=on), report_id)}


def with_form(monkeypatch, kind: str, form: ReportType) -> None:
    """From now on every programme answers a kind with this form."""
    original = Registry.reports

    def reports(self: Registry, code: str):
        found = original(self, code)
        return replace(found, types=(replace(form, kinds=(kind,)), *(one for one in found.types if kind not in one.kinds)))

    monkeypatch.setattr(Registry, "reports", reports)


def one_form(*fields: Field, checks: tuple[Check, ...] = (), version: str = "1") -> ReportType:
    return ReportType("test", version, Words("測試", "Test"), (Section("s", Words("節", "Section"), fields=fields),), checks=checks)


# --- Every field type -----------------------------------------------------------------------------------------------------------


def test_every_sort_of_field_is_frozen_in_its_canonical_form(cast):
    report_id = interim(cast)
    fill(cast, report_id, on=DAY)
    rows = [{"problem": "案例不足", "remedy": "增加場域", "until": "116/6/30", "state": "open"}, {"problem": " ", "remedy": ""}]
    for field, value in {
        "staff_months": "１２．５０",
        "next_milestone_on": "民國116年5月31日",
        "state": "on_track",
        "problems": rows,
    }.items():
        write(cast, report_id, field, value, on=DAY)
    write(cast, report_id, "attachments", [evidence(cast, on=DAY)], on=DAY)
    hand_in(cast, report_id, on=DAY)
    found = content(cast, report_id)
    assert found["values"]["staff_months"] == "12.5"
    assert (found["values"]["next_milestone_on"], found["values"]["state"]) == ("2027-05-31", "on_track")
    assert found["values"]["problems"] == [{"problem": "案例不足", "remedy": "增加場域", "until": "2027-06-30", "state": "open"}]
    assert [file["filename"] for file in found["files"]["attachments"]] == ["證明.pdf"]
    assert (found["form"], len(found["form_sha256"])) == ("interim 2026-11-21", 64)
    assert "attachments" not in found, "only versions from before forms were data have it there"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("staff_months", "很多", "Write a plain number, for example 1,250 or 12.5."),
        ("staff_months", "1.25", "At most {decimals} decimals."),
        ("staff_months", "9" * 30, "The number is too long: at most {digits} digits and {decimals} decimals."),
        ("staff_months", "-3", "At least {least}."), ("staff_months", "=1+1", "Write a plain number, for example 1,250 or 12.5."),
        ("next_milestone_on", "99/5/31", "The year is not certain: write the 民國 year with three digits or the Gregorian year with four."),
        ("next_milestone_on", "116-02-30", "There is no such day."), ("state", "<script>", "Choose one of the answers."),
        ("next_focus", "長" * 10_001, "{length} characters are too many: at most {longest}."),
        ("problems", [{"problem": "甲", "remedy": ""}], "Row {row}, {column}: {problem}"),
        ("problems", [{"problem": "甲", "remedy": "乙"}] * 21, "{rows} rows are too many: at most {most}."),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_blocks_by_its_field_and_stays_in_the_draft_as_typed(cast, field, value, said):
    report_id = interim(cast)
    fill(cast, report_id, on=DAY)
    write(cast, report_id, field, value, on=DAY)
    with pytest.raises(Invalid) as refused:
        hand_in(cast, report_id, on=DAY)
    assert [(one.field, one.msgid) for one in refused.value.problems] == [(field, said)]
    kept = state_of(cast, report_id).value(field)
    assert kept == value if isinstance(value, str) else [row["problem"] for row in kept] == [row["problem"] for row in value]


@pytest.mark.parametrize(
    "value",
    [
        "text",
        7,
        [["a"]],
        [{"nothing": "x"}],
        [{"problem": 3}],
        [{"problem": "x"}] * 501,
        [{"problem": "長" * 150_000, "remedy": "長" * 60_000}],
    ],
)
def test_what_is_no_table_of_the_form_is_not_even_kept(cast, value):
    report_id = interim(cast)
    with pytest.raises(Invalid) as refused:
        save_field(cast.ctx("pi", on=DAY), report_id=report_id, field="problems", value=value, base_rev=0)
    assert [one.field for one in refused.value.problems] == ["problems"]
    assert state_of(cast, report_id).value("problems") == ""


@pytest.mark.parametrize("field", ["staff_months", "next_milestone_on", "state", "next_focus", CONFIRMED, "remarks:progress"])
@pytest.mark.parametrize("value", [7, None, ["a"], {"a": 1}, True])
def test_what_is_no_text_is_refused_by_name(cast, field, value):
    report_id = interim(cast)
    with pytest.raises(Invalid) as refused:
        save_field(cast.ctx("pi", on=DAY), report_id=report_id, field=field, value=value, base_rev=0)
    assert [one.field for one in refused.value.problems] == [field]


def test_invisible_characters_go_and_what_is_visible_stays_in_every_cell(cast):
    report_id = interim(cast)
    write(cast, report_id, "problems", [{"problem": "\u202e=HYPERLINK(1)\x00<b>", "remedy": "\x07乙"}], on=DAY)
    (row,) = state_of(cast, report_id).value("problems")
    assert row == {"problem": "=HYPERLINK(1)<b>", "remedy": "乙", "until": "", "state": ""}


# --- Checks ---------------------------------------------------------------------------------------------------------------------


def test_a_project_that_is_off_track_says_why(cast):
    report_id = interim(cast)
    fill(cast, report_id, on=DAY)
    write(cast, report_id, "state", "off_track", on=DAY)
    (found,) = [one for one in check_report(cast.ctx("pi", on=DAY), report_id) if one.severity == "error"]
    assert (found.field, found.msgid) == ("state_reason", "{says}")
    assert found.params["says"].zh.startswith("有落後之虞")
    write(cast, report_id, "state_reason", "場域改版", on=DAY)
    assert hand_in(cast, report_id, on=DAY).version == 1


def test_words_copied_from_the_last_period_are_a_warning_only(cast):
    submitted(cast, period="Y1Q1", on="2026-09-01")
    report_id = opened(cast, period="Y1Q2", on="2026-12-01")
    fill(cast, report_id, on="2026-12-01")
    found = {one.field: one.severity for one in check_report(cast.ctx("pi", on="2026-12-01"), report_id)}
    assert found["progress"] == found["next_focus"] == "warning"
    assert hand_in(cast, report_id, on="2026-12-01").version == 1


@pytest.mark.parametrize(("severity", "blocks"), [("error", True), ("warning", False)])
def test_a_figure_that_fell_blocks_or_warns_as_the_form_says(cast, monkeypatch, severity, blocks):
    patients = Field("patients", FieldType.NUMBER, W, W, unit=Words("人", "people"))
    check = Check("fell", "not_below_last", severity, ("patients",), Words("不可減少", "It cannot fall"))
    with_form(monkeypatch, "quarterly_report", one_form(patients, checks=(check,)))
    for period, on, count in (("Y1Q1", "2026-09-01", "30"), ("Y1Q2", "2026-12-01", "２９")):
        report_id = opened(cast, period=period, on=on)
        write(cast, report_id, "patients", count, on=on)
        if period == "Y1Q1":
            hand_in(cast, report_id, on=on)
    found = [(one.field, one.severity, one.params["says"].en) for one in check_report(cast.ctx("pi", on="2026-12-01"), report_id)]
    assert found == [("patients", severity, "It cannot fall")]
    if blocks:
        with pytest.raises(Invalid):
            hand_in(cast, report_id, on="2026-12-01")
    else:
        assert hand_in(cast, report_id, on="2026-12-01").version == 1


def test_a_form_can_let_a_target_count_without_a_file(cast, monkeypatch):
    original = Registry.reports
    mild = Check("evidence", "reached_needs_evidence", "warning", (), Words("請附檔", "Please attach a file"))

    def reports(self: Registry, code: str):
        found = original(self, code)
        return replace(found, types=tuple(replace(one, checks=(mild,)) if "quarterly_report" in one.kinds else one for one in found.types))

    monkeypatch.setattr(Registry, "reports", reports)
    report_id = opened(cast)
    fill(cast, report_id, reached="1,000")
    assert [(one.severity, one.params["says"].en) for one in check_report(cast.ctx("pi"), report_id)] == [
        ("warning", "Please attach a file")
    ]
    assert hand_in(cast, report_id).version == 1


def test_a_day_may_not_lie_after_the_period_or_after_today(cast, monkeypatch):
    fields = [Field(f"on_{name}", FieldType.DATE, W, W, Required.NO, not_after=name) for name in ("today", "period_end")]
    with_form(monkeypatch, "quarterly_report", one_form(*fields))
    report_id = opened(cast, on="2026-09-05")  # a Saturday; the period ended on 2026-08-31
    for name in ("today", "period_end"):
        write(cast, report_id, f"on_{name}", "115-09-05", on="2026-09-05")
    assert problems(cast, report_id, on="2026-09-05") == {"on_period_end": "This lies after the end of the period ({day})."}
    write(cast, report_id, "on_today", "115-09-06", on="2026-09-05")
    assert "on_today" in problems(cast, report_id, on="2026-09-05")
    assert "on_today" not in problems(cast, report_id, on="2026-09-06")


def test_totals_of_a_closing_add_up(cast):
    report_id = opened(cast, "expenditure_closing", "project", on=DAY)
    for field, value in {"approved_total": "1,000,000", "spent_total": "９０００００", "unspent_total": "1"}.items():
        write(cast, report_id, field, value, on=DAY)
    found = [(one.field, one.severity) for one in check_report(cast.ctx("pi", on=DAY), report_id)]
    assert found == [("approved_total", "error"), ("attachments", "warning")]
    write(cast, report_id, "unspent_total", "100,000", on=DAY)
    assert [(one.field, one.severity) for one in check_report(cast.ctx("pi", on=DAY), report_id)] == [("attachments", "warning")]


def test_what_a_draft_already_needs_is_known_before_handing_in(cast, monkeypatch):
    with_form(monkeypatch, "quarterly_report", one_form(Field("a", FieldType.LINE, W, W, Required.DRAFT), Field("b", FieldType.LINE, W, W)))
    report_id = opened(cast)
    assert [one.field for one in missing_at_draft(state_of(cast, report_id, on="2026-09-01"))] == ["a"]
    write(cast, report_id, "a", "\u202e甲")
    assert missing_at_draft(state_of(cast, report_id, on="2026-09-01")) == []
    assert set(problems(cast, report_id, on="2026-09-01")) == {"b"}


# --- Carry-over -------------------------------------------------------------------------------------------------------------------


def test_a_field_carries_over_and_says_so_until_somebody_touches_it(cast):
    report_id = interim(cast, "Y1")
    fill(cast, report_id, on=DAY)
    rows = [{"problem": "案例不足", "remedy": "增加場域", "until": "116/6/30", "state": "open"}]
    write(cast, report_id, "problems", rows, on=DAY)
    hand_in(cast, report_id, on=DAY)
    accepted(cast, report_id, on="2027-03-02")
    following = interim(cast, "Y2", on="2028-03-01")
    state = state_of(cast, following, on="2028-03-01")
    assert state.value("problems") == [rows[0] | {"until": "2027-06-30"}], "in the canonical form, as it was handed in"
    assert state.value("staff_months") == state.value("progress") == "", "what does not carry starts empty"
    assert "problems" in state.carried
    assert any(name.startswith("checkpoint:") for name in state.carried)
    write(cast, following, "problems", [rows[0] | {"state": "solved"}], on="2028-03-01")
    assert "problems" not in state_of(cast, following, on="2028-03-01").carried


def test_a_first_report_carries_nothing(cast):
    assert state_of(cast, opened(cast), on="2026-09-01").carried == frozenset()


# --- The form that a report keeps ---------------------------------------------------------------------------------------------------


def test_a_report_keeps_the_form_it_was_begun_on(cast, monkeypatch):
    with_form(monkeypatch, "quarterly_report", one_form(Field("old", FieldType.LINE, W, W, longest=5)))
    begun = opened(cast)
    write(cast, begun, "old", "甲")
    monkeypatch.undo()
    with_form(monkeypatch, "quarterly_report", one_form(Field("new", FieldType.LINE, W, W), version="2"))
    assert list(state_of(cast, begun, on="2026-09-01").form.fields) == ["old"]
    with pytest.raises(NotFound):
        write(cast, begun, "new", "乙")
    assert hand_in(cast, begun).version == 1
    assert content(cast, begun)["form"] == "test 1"
    assert list(state_of(cast, opened(cast, period="Y1Q2", on="2026-12-01"), on="2026-12-01").form.fields) == ["new"]


def test_one_content_is_one_form_whoever_keeps_it(cast):
    opened(cast, period="Y1Q1")
    opened(cast, period="Y1Q2", on="2026-12-01")
    with cast.desk.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(t.report_form)).scalar_one() == 1
        assert conn.execute(select(func.count(t.report.c.form_id.distinct()))).scalar_one() == 1


def test_a_form_reads_back_as_it_was_kept(cast):
    ctx = cast.ctx("officer")
    form = one_form(Field("a", FieldType.NUMBER, W, W, unit=W), checks=(Check("c", "at_least_one", "error", ("a", "a"), W),))
    form_id = cast.desk.store.write_quiet(ctx.now, lambda tx: keep_form(tx, ctx, cast.project("own").programme_id, form))
    assert cast.desk.store.write_quiet(ctx.now, lambda tx: keep_form(tx, ctx, None, form)) == form_id
    with cast.desk.store.read() as conn:
        assert form_of(conn, form_id) == form
        with pytest.raises(LookupError):
            form_of(conn, 10**9)


def test_eight_who_keep_a_new_form_at_the_same_moment_keep_one(cast, monkeypatch):
    monkeypatch.setattr(q_report_forms, "form_id_of", lambda conn, digest: None)  # each has looked before any of them keeps it
    ctx, form = cast.ctx("officer"), one_form(Field("together", FieldType.LINE, W, W))
    start = threading.Barrier(8)

    def keep(_: int) -> int:
        start.wait()
        return cast.desk.store.write_quiet(ctx.now, lambda tx: keep_form(tx, ctx, None, form))

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(keep, range(8)))
    with cast.desk.store.read() as conn:
        assert list(conn.scalars(select(t.report_form.c.id).where(t.report_form.c.sha256 == sha256(form)))) == list(ids)


def test_a_call_is_answered_on_its_own_form(cast):
    ctx = cast.ctx("officer")
    asked = cast.obligation("quarterly_report", "Y1Q2")
    form = one_form(Field("answer", FieldType.LINE, W, W))

    def body(tx):
        form_id = keep_form(tx, ctx, asked.programme_id, form)
        call_id = tx.insert(
            t.data_call, programme_id=asked.programme_id, form_id=form_id, label="T1", title_zh="調查", letter_number="示範字第1號",
            due_on=date(2026, 12, 1), selection_json={}, issued_by=ctx.viewer.person_id, issued_at=ctx.now,
        )  # fmt: skip
        tx.insert(t.data_call_project, data_call_id=call_id, project_id=asked.project_id, obligation_id=asked.id)
        tx.conn.execute(t.obligation.update().where(t.obligation.c.id == asked.id).values(kind="data_call", origin="call"))

    cast.desk.store.write_quiet(ctx.now, body)
    with cast.desk.store.read() as conn:
        row = conn.execute(select(t.obligation).where(t.obligation.c.id == asked.id)).one()
        assert form_for_obligation(ctx, conn, row) == form


@pytest.mark.parametrize(
    ("programme", "kind", "code"),
    [
        ("demo-sister-ai", "interim_report", "interim"), ("hsp-115-smart-health", "final_report", "final"),
        ("gone", "data_call", "document"),
        ("demo-sister-ai", "reply", None), ("demo-sister-ai", "approval_renewal", None), ("gone", "year_end_notice", None),
    ],
)  # fmt: skip
def test_the_form_of_a_kind_is_that_of_its_programme_or_a_plain_one(cast, programme, kind, code):
    found = type_for(cast.ctx("pi"), programme, Kind(kind))
    assert (found.code if found else None) == code


# --- Versions from before, partial returns -------------------------------------------------------------------------------------------


def test_a_version_from_before_forms_were_data_is_still_read_and_compared(cast):
    def before(tx):
        report_id = tx.insert(
            t.report, obligation_id=cast.obligation("expenditure_closing").id, project_id=cast.project("own").id, status="submitted",
            created_at=tx.at, form_id=keep_form(tx, cast.ctx("pi"), None, DOCUMENT),
        )  # fmt: skip
        tx.insert(
            t.report_version, report_id=report_id, number=1, form_version="document-1", content_sha256="0" * 64, receipt_number="MP-OLD",
            submitted_by=cast.person("pi").id, submitted_at=tx.at,
            content_json={"form": "document-1", "texts": {"progress": "舊文"}, "checkpoints": [], "indicators": [], "remarks": {},
                          "attachments": [{"document_id": 7, "filename": "舊.pdf", "sha256": "0", "size": 1}]},
        )  # fmt: skip
        return report_id

    report_id = cast.desk.store.write_quiet(cast.ctx("pi").now, before)
    with cast.desk.store.read() as conn:
        shown = {one.field: (one.now, one.files) for one in compare(load_state(conn, report_id))}
    assert shown == {"progress": ("舊文", ()), "attachments": ("舊.pdf", ((7, "舊.pdf"),))}


def test_a_section_that_was_not_reopened_stays_as_handed_in_for_every_sort_of_field(cast):
    report_id = interim(cast)
    fill(cast, report_id, on=DAY)
    rows = [{"problem": "甲", "remedy": "乙", "until": "", "state": ""}]
    write(cast, report_id, "problems", rows, on=DAY)
    write(cast, report_id, "next_milestone_on", "116/5/31", on=DAY)
    write(cast, report_id, "attachments", [evidence(cast, on=DAY)], on=DAY)
    hand_in(cast, report_id, on=DAY)
    first = content(cast, report_id)
    returned(cast, report_id, on="2027-03-02", reply_by="2027-03-15")
    write(cast, report_id, "progress", "補充", on="2027-03-03")
    hand_in(cast, report_id, on="2027-03-03")
    second = content(cast, report_id)
    assert second["texts"]["progress"] == "補充"
    for part in ("values", "files", "checkpoints", "indicators", "actions", "outcomes"):
        assert second[part] == first[part], part


# --- Conclusions and outcomes ---------------------------------------------------------------------------------------------------------


def conclusion(cast, number: int = 1, *, side: str = "project", state: str = "open", due_on: date = date(2027, 2, 1)) -> int:
    own = cast.project("own")
    return cast.desk.store.write_quiet(
        cast.ctx().now,
        lambda tx: tx.insert(
            t.action_item, project_id=own.id, programme_id=own.programme_id, number=number, body="請補充標註規則\n與一致性", side=side,
            due_on=due_on, state=state, recorded_by=cast.person("officer").id, recorded_at=tx.at,
        ),
    )  # fmt: skip


def test_open_conclusions_are_asked_for_until_they_are_closed(cast):
    asked = conclusion(cast)
    conclusion(cast, 2, side="office")
    conclusion(cast, 3, state="closed")
    done = conclusion(cast, 4, state="done")
    report_id = interim(cast)
    state = state_of(cast, report_id)
    assert [item.id for item in state.actions] == [asked, done]
    assert state.fields[f"action:{asked}:claimed"].label.zh == "A1 請補充標註規則 與一致性"
    fill(cast, report_id, on=DAY, **{f"action:{asked}:claimed": "", f"action:{done}:claimed": "done"})
    assert problems(cast, report_id)[f"action:{asked}:claimed"] == "Say whether this is done or still open."
    write(cast, report_id, f"action:{asked}:claimed", "open", on=DAY)
    assert problems(cast, report_id)[f"action:{asked}:note"].startswith("Its day has passed")
    write(cast, report_id, f"action:{asked}:note", "標註規則已定稿", on=DAY)
    hand_in(cast, report_id, on=DAY)
    p = t.action_item_progress
    with cast.desk.store.read() as conn:
        said = conn.execute(select(p.c.action_item_id, p.c.claimed, p.c.note).order_by(p.c.action_item_id)).all()
    assert [tuple(row) for row in said] == [(asked, "open", "標註規則已定稿"), (done, "done", "")]
    assert content(cast, report_id)["actions"][0]["body"] == "請補充標註規則\n與一致性"


def outcome(cast, title: str, occurred_on: date | None, *, on: str = "2026-10-01", withdrawn: bool = False) -> int:
    own = cast.project("own")
    ctx = cast.ctx("pi", on=on)
    return cast.desk.store.write_quiet(
        ctx.now,
        lambda tx: tx.insert(
            t.outcome, project_id=own.id, programme_id=own.programme_id, kind="paper", title=title, stage="published",
            occurred_on=occurred_on, acknowledges_funder="yes", acknowledges_project="yes", recorded_by=ctx.viewer.person_id,
            recorded_at=ctx.now, withdrawn_at=ctx.now if withdrawn else None,
        ),
    )  # fmt: skip


def test_the_outcomes_of_the_period_are_listed_to_confirm(cast):
    outcome(cast, "在期間內", date(2026, 12, 1))
    outcome(cast, "前一天", date(2026, 5, 31))
    outcome(cast, "後一天", date(2027, 6, 1))
    outcome(cast, "撤回者", date(2026, 12, 1), withdrawn=True)
    outcome(cast, "不知哪天", None)
    report_id = interim(cast)
    assert {one.title for one in state_of(cast, report_id).outcomes} == {"在期間內", "不知哪天"}
    fill(cast, report_id, on=DAY, **{CONFIRMED: ""})
    assert problems(cast, report_id)[CONFIRMED] == "Confirm that the list is complete."
    write(cast, report_id, CONFIRMED, "nil", on=DAY)
    assert problems(cast, report_id)[CONFIRMED].startswith("Outcomes are recorded for this period")
    write(cast, report_id, CONFIRMED, "yes", on=DAY)
    hand_in(cast, report_id, on=DAY)
    found = content(cast, report_id)["outcomes"]
    assert (found["confirmed"], {one["title"] for one in found["items"]}) == ("yes", {"在期間內", "不知哪天"})


def test_no_outcome_is_an_answer_and_a_list_of_nothing_is_none(cast):
    report_id = interim(cast)
    fill(cast, report_id, on=DAY, **{CONFIRMED: "yes"})
    assert problems(cast, report_id)[CONFIRMED].startswith("Nothing is recorded for this period")
    write(cast, report_id, CONFIRMED, "nil", on=DAY)
    hand_in(cast, report_id, on=DAY)
    assert content(cast, report_id)["outcomes"] == {"confirmed": "nil", "items": []}


# --- One field at a time --------------------------------------------------------------------------------------------------------------


def test_a_part_of_the_page_reads_only_its_own_fields(cast):
    report_id = interim(cast)
    write(cast, report_id, "progress", "甲", on=DAY)
    file = evidence(cast, on=DAY)
    write(cast, report_id, "attachments", [file], on=DAY)
    now = fields_now(cast.ctx("assistant", on=DAY), report_id, ["progress", "attachments", "nothing"])
    assert (now.value("progress"), now.value("nothing", "-"), now.may_write) == ("甲", "-", True)
    assert list(now.documents) == [file]
    with pytest.raises(NotFound):
        fields_now(cast.ctx("stranger_pi", on=DAY), report_id, ["progress"])
    with pytest.raises(NotFound):
        fields_now(cast.ctx("pi", on=DAY), 10**9, ["progress"])


def test_a_checkpoint_that_the_report_does_not_speak_of_takes_no_word(cast):
    report_id = opened(cast)  # a quarter that ends before C3 is planned
    with cast.desk.store.read() as conn:
        later = conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.code == "C3")).scalar_one()
    for field in (
        f"checkpoint:{later}:actual",
        f"checkpoint:{later}:other",
        "action:1:claimed",
        "outcomes:other",
        f"checkpoint:{'9' * 30}:note",
    ):
        with pytest.raises(NotFound):
            save_field(cast.ctx("pi"), report_id=report_id, field=field, value="1", base_rev=0)
