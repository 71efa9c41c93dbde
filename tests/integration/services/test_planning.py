"""A project's obligations follow its rules, facts and documents; what was handed in is history."""

from datetime import date

import pytest
from sqlalchemy import select, update

from tests.cast import at, key
from tracker.services.errors import Forbidden, Invalid, NotFound
from tracker.services.planned_documents import DocumentDate
from tracker.services.planning import changes, plan_project
from tracker.services.projects import MemberEntry, ProjectEntry, enter_project, project_header
from tracker.store import tables as t


def entry(**changed) -> ProjectEntry:
    values = {
        "code": "DEMO-109-01", "programme": "most-109-clinical-ai", "title_zh": "示範", "organisation": "示範大學",
        "start_on": date(2020, 6, 1), "end_on": date(2024, 5, 31), "members": (MemberEntry("a@b.invalid", "示範", "pi"),),
    }  # fmt: skip
    return ProjectEntry(**{**values, **changed})


def rows(cast, code: str) -> dict[str, tuple]:
    with cast.desk.store.read() as conn:
        found = conn.execute(select(t.obligation).join(t.project).where(t.project.c.code == code)).all()
    return {row.key.removeprefix(f"{code}/"): row for row in found}


def add_document(cast, ctx, **values):
    def body(tx):
        given = {"programme_id": cast.project().programme_id, "project_id": cast.project().id, "kind": "quarterly_report",
                 "basis": "official",
                 "recorded_at": ctx.now, **values}  # fmt: skip
        tx.insert(t.document_date, **given)
        found = plan_project(tx, ctx, cast.project().id)
        tx.record("document_date", 0, {})
        return {"changed": [change.key for change in found]}

    return ctx.store.write(ctx.request("test.date", key()), body)["changed"]


def test_the_four_years_of_109_owe_three_interims_and_one_final_report(cast):
    enter_project(cast.ctx(), entry(), key=key())
    found = rows(cast, "DEMO-109-01")
    interims = sorted((name, row.due_on.isoformat()) for name, row in found.items() if row.kind == "interim_report")
    assert [due for _, due in interims] == ["2021-03-31", "2022-03-31", "2023-03-31"]
    finals = [row for row in found.values() if row.kind == "final_report"]
    assert [(row.nominal_on.isoformat(), row.due_on.isoformat(), row.file_by_time) for row in finals] == [
        ("2024-08-31", "2024-09-02", "12:00")
    ]


def test_an_extension_lengthens_the_last_year_and_creates_no_interim(cast):
    enter_project(cast.ctx(), entry(end_on=date(2025, 5, 31)), key=key())
    found = rows(cast, "DEMO-109-01")
    assert sum(row.kind == "interim_report" for row in found.values()) == 3
    assert [row.due_on for row in found.values() if row.kind == "final_report"] == [date(2025, 9, 1)]
    with cast.desk.store.read() as conn:
        years = conn.execute(
            select(t.project_year).join(t.project).where(t.project.c.code == "DEMO-109-01").order_by(t.project_year.c.number)
        ).all()
    assert [(year.number, year.end_on) for year in years][-1] == (4, date(2025, 5, 31))


def test_entering_twice_with_one_key_makes_one_project(cast):
    same = key()
    assert enter_project(cast.ctx(), entry(), key=same) == enter_project(cast.ctx(), entry(), key=same)


def test_a_second_project_of_the_same_code_is_refused(cast):
    enter_project(cast.ctx(), entry(), key=key())
    with pytest.raises(Invalid) as refused:
        enter_project(cast.ctx(), entry(), key=key())
    assert [problem.field for problem in refused.value.problems] == ["code"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"start_on": date(2020, 6, 2)}, "start_on"),  # the call fixes 2020-06-01
        ({"extended_from": date(2024, 6, 30), "end_on": date(2024, 6, 30)}, "end_on"),  # the call runs four years
        ({"end_on": date(2020, 5, 31)}, "end_on"),
        ({"members": ()}, "members"),
        ({"members": (MemberEntry("nobody", "示範", "pi"),)}, "members"),
        ({"title_zh": " "}, "title_zh"),
        ({"code": "a/b"}, "code"),
        ({"county": "火星"}, "county"),
        ({"programme": "no-such"}, "programme"),
        ({"facts": (("born_on", date(2020, 1, 1)),)}, "born_on"),
    ],
)
def test_an_impossible_project_is_refused_by_field(cast, changed, field):
    with pytest.raises(Invalid) as refused:
        enter_project(cast.ctx(), entry(**changed), key=key())
    assert field in {problem.field for problem in refused.value.problems}


@pytest.mark.parametrize("who", ["pi", "officer", "chief", "auditor"])
def test_only_an_administrator_enters_projects(cast, who):
    with pytest.raises(Forbidden):
        enter_project(cast.ctx(who), entry(), key=key())


def test_a_foreign_project_is_not_found(cast):
    assert project_header(cast.ctx("pi"), "DEMO-OWN-01").organisation == "示範大學"
    with pytest.raises(NotFound):
        project_header(cast.ctx("pi"), "DEMO-FOREIGN-01")
    with pytest.raises(NotFound):
        project_header(cast.ctx("officer"), "DEMO-FOREIGN-01")


def test_an_official_date_wins_over_the_computed_one_and_keeps_its_letter(cast):
    before = cast.obligation("interim_report", "Y1")
    assert before.due_on == date(2027, 3, 31)  # a Wednesday
    ctx = cast.ctx()
    add_document(
        cast, ctx, kind="interim_report", rule="interim_report", period_label="Y1", given_on=date(2027, 4, 15), letter_number="示範字第1號"
    )
    after = cast.obligation("interim_report", "Y1")
    assert (after.due_on, after.confidence, after.letter_number) == (date(2027, 4, 15), "official", "示範字第1號")
    assert any("2027-03-31" in reason["en"] for reason in after.because_json), "the old date stays visible"
    assert after.next_look_on == date(2027, 2, 14), "the alerts look again when the new ladder begins, 60 days ahead"


def test_an_official_date_beats_a_later_contract_date(cast):
    ctx = cast.ctx()
    slot = {"kind": "interim_report", "rule": "interim_report", "period_label": "Y1"}
    add_document(cast, ctx, given_on=date(2027, 4, 15), **slot)
    add_document(cast, cast.ctx(on="2026-09-02"), given_on=date(2027, 4, 1), basis="contract", **slot)
    assert cast.obligation("interim_report", "Y1").due_on == date(2027, 4, 15)


def test_withdrawing_a_document_brings_the_computed_date_back(cast):
    ctx = cast.ctx()
    add_document(cast, ctx, kind="interim_report", rule="interim_report", period_label="Y1", given_on=date(2027, 4, 15))

    def body(tx):
        tx.conn.execute(update(t.document_date).values(withdrawn_at=ctx.now))
        plan_project(tx, ctx, cast.project().id)
        tx.record("document_date", 0, {})
        return {}

    ctx.store.write(ctx.request("test.withdraw", key()), body)
    assert cast.obligation("interim_report", "Y1").due_on == date(2027, 3, 31)


def test_a_contract_item_that_only_the_contract_knows_is_added_and_closed_again(cast):
    ctx = cast.ctx()
    changed = add_document(cast, ctx, kind="contract_item", rule="second_payment", period_label="-", direction="after",
                           anchor="project_start",
                           days=10, title_zh="第二期款請領", title_en="Second payment claim", basis="contract",
                           contract_page="12")  # fmt: skip
    assert changed == ["DEMO-OWN-01/second_payment/project"]
    row = cast.obligation("second_payment")
    assert (row.due_on, row.title_zh, row.confidence) == (date(2026, 6, 11), "第二期款請領", "contract")


def test_what_was_handed_in_keeps_its_date_unless_a_document_names_it(cast):
    ctx = cast.ctx()
    row = cast.obligation("interim_report", "Y1")

    def body(tx):
        tx.conn.execute(
            update(t.obligation).where(t.obligation.c.id == row.id).values(status="submitted", first_submitted_on=date(2027, 3, 1))
        )
        tx.conn.execute(update(t.project).where(t.project.c.id == cast.project().id).values(end_on=date(2030, 8, 31)))
        found = plan_project(tx, ctx, cast.project().id)
        tx.record("project", 0, {})
        return {"keys": [change.key for change in found]}

    keys = ctx.store.write(ctx.request("test.extend", key()), body)["keys"]
    assert row.key not in keys
    assert "DEMO-OWN-01/final_report/project" in keys
    assert cast.obligation("interim_report", "Y1").due_on == date(2027, 3, 31)


def test_a_preview_equals_what_is_then_stored(cast):
    ctx = cast.ctx()
    slot = {"kind": "interim_report", "rule": "interim_report", "period_label": "Y2"}
    candidate = DocumentDate(**slot, basis="official", recorded_at=ctx.now, given_on=date(2028, 4, 3), letter_number="示範字第2號")
    with ctx.store.read() as conn:
        previewed = changes(conn, ctx, cast.project().id, [candidate])
    assert [(change.before["due_on"], change.after["due_on"]) for change in previewed] == [(date(2028, 3, 31), date(2028, 4, 3))]
    add_document(cast, ctx, given_on=date(2028, 4, 3), letter_number="示範字第2號", **slot)
    assert cast.obligation("interim_report", "Y2").due_on == previewed[0].after["due_on"]


def test_planning_again_changes_nothing(cast):
    ctx = cast.ctx()
    with ctx.store.read() as conn:
        assert changes(conn, ctx, cast.project("own").id) == []
        assert changes(conn, ctx, cast.project("foreign").id) == []


def test_today_is_taipei_also_just_after_midnight(cast):
    assert cast.ctx(on="2026-09-02", clock="00:30").today == date(2026, 9, 2)
    assert at("2026-09-02", "00:30").utctimetuple().tm_mday == 1


@pytest.mark.parametrize("origin", ["reply", "approval", "call", "meeting", "action"])
def test_a_row_that_no_rule_made_is_neither_closed_nor_planned_again(cast, origin):
    ctx = cast.ctx()
    interim = cast.obligation("interim_report", "Y1")

    def body(tx):
        given = {**interim._mapping, "key": "DEMO-OWN-01/data_call/115-q3", "rule": "data_call", "kind": "data_call", "origin": origin}
        del given["id"]
        tx.insert(t.obligation, **given)
        tx.conn.execute(update(t.project).where(t.project.c.id == cast.project().id).values(end_on=date(2030, 8, 31)))
        found = plan_project(tx, ctx, cast.project().id)
        tx.record("project", 0, {})
        return {"keys": [change.key for change in found]}

    keys = ctx.store.write(ctx.request("test.call", key()), body)["keys"]
    assert "DEMO-OWN-01/data_call/115-q3" not in keys
    assert cast.by_key("DEMO-OWN-01/data_call/115-q3").status == "open"


def test_a_rule_never_takes_the_key_of_what_something_else_made(cast):
    ctx = cast.ctx()
    interim = cast.obligation("interim_report", "Y1")

    def body(tx):
        tx.conn.execute(update(t.obligation).where(t.obligation.c.id == interim.id).values(origin="call", due_on=date(2027, 3, 1)))
        tx.record("project", 0, {})
        return {"keys": [change.key for change in plan_project(tx, ctx, cast.project().id)]}

    assert ctx.store.write(ctx.request("test.call", key()), body)["keys"] == []
    assert cast.obligation("interim_report", "Y1").due_on == date(2027, 3, 1)
