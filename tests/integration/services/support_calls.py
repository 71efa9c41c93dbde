"""Steps that tests of calls share: a call as typed, issued, answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.cast import Cast, key
from tests.integration.services.support_reports import hand_in
from tracker.services.data_call_board import BoardRow, call_board
from tracker.services.data_call_forms import FieldEntry, FormEntry, SectionEntry
from tracker.services.data_calls import CallEntry, IssuedCall, issue_call, preview_call
from tracker.services.projects import MemberEntry, ProjectEntry, enter_project
from tracker.services.report_drafts import open_report, report_screen, save_field

QUESTION = FieldEntry("text", "請說明落後原因", "Why is it behind?")
FORM = FormEntry((SectionEntry("說明", "Answer", fields=(QUESTION,)),))


def entry(cast: Cast, **changed) -> CallEntry:
    """A call of 2026-09-01 (a Tuesday) to every project of the own programme, due on Wednesday 2026-09-30."""
    made = CallEntry(
        cast.project().programme_id, "第三季進度調查", date(2026, 9, 30), "示範字第115001號", FORM, title_en="Progress of the third quarter"
    )
    return replace(made, **changed)


def issued(cast: Cast, *, who: str = "officer", on: str = "2026-09-01", **changed) -> IssuedCall:
    """The call, previewed and issued."""
    ctx, typed = cast.ctx(who, on=on), entry(cast, **changed)
    return issue_call(ctx, typed, project_ids=preview_call(ctx, typed).project_ids, key=key())


def another_project(cast: Cast, code: str = "DEMO-OWN-02", *, on: str = "2026-06-01", **changed) -> int:
    """One more project of the own programme, with a principal investigator of its own."""
    values = {
        "code": code, "programme": "demo-sister-ai", "title_zh": f"示範計畫 {code}", "organisation": "示範第二大學",
        "start_on": date(2026, 6, 1), "end_on": date(2030, 5, 31), "officer_email": "officer@office.invalid", "officer_name": "示範承辦人",
        "members": (MemberEntry(f"pi-{code.lower()}@own.invalid", f"示範主持人{code}", "pi"),), "county": "新竹市",
    }  # fmt: skip
    return enter_project(cast.ctx("system", on=on), ProjectEntry(**{**values, **changed}), key=key()).project_id


def answer_draft(cast: Cast, call_key: str, *, on: str = "2026-09-02", who: str = "pi", text: str = "因設備延遲到貨。", **values) -> int:
    """The report of a call, opened, every text of its form written (others by field id in `values`); gives its id."""
    ctx = cast.ctx(who, on=on)
    report_id = open_report(ctx, obligation_id=cast.by_key(call_key).id, key=key()).report_id
    state = report_screen(ctx, report_id).state
    for field in state.form.fields.values():
        if field.type in ("text", "line"):
            values.setdefault(field.id, text)
    for name, value in values.items():
        save_field(ctx, report_id=report_id, field=name, value=value, base_rev=0)
    return report_id


def answered(cast: Cast, call_key: str, *, on: str = "2026-09-02", who: str = "pi", **values) -> int:
    """The same, handed in."""
    report_id = answer_draft(cast, call_key, on=on, who=who, **values)
    hand_in(cast, report_id, on=on, who=who)
    return report_id


def row_of(cast: Cast, call_id: int, code: str = "DEMO-OWN-01", *, on: str = "2026-09-02", who: str = "officer") -> BoardRow:
    """One line of the board."""
    return next(row for row in call_board(cast.ctx(who, on=on), call_id).every if row.code == code)
