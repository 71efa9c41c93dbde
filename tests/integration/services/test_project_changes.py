"""A longer term moves what counts from the end; a close needs that nothing is owed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.services.support_reports import submitted
from tracker.demo.papers import sample_pdf
from tracker.services.documents import store_document
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.policy import Act
from tracker.services.project_changes import close_project, extend_project
from tracker.store import tables as t


def letter(cast, which="own", who="officer", on="2026-09-01") -> int:
    return store_document(
        cast.ctx(who, on=on),
        project_id=cast.project(which).id,
        filename="函.pdf",
        content=sample_pdf(["letter"]),
        purpose="letter",
        act=Act.ENTER_DATE,
        key=key(),
    )


def extend(cast, end="2031-05-31", *, who="officer", which="own", version=1, number="示範字第 1 號", document=None):
    document = document or letter(cast)
    return extend_project(
        cast.ctx(who),
        project_id=cast.project(which).id,
        end_on=end,
        letter_number=number,
        document_id=document,
        expected_version=version,
        key=key(),
    )


def test_an_extension_lengthens_the_last_year_and_makes_no_interim(cast):
    before = cast.obligation("final_report").due_on
    done = extend(cast, "120-05-31")
    with cast.desk.store.read() as conn:
        project = conn.execute(select(t.project).where(t.project.c.id == cast.project().id)).one()
        last = conn.execute(
            select(t.project_year).where(t.project_year.c.project_id == project.id).order_by(t.project_year.c.number.desc())
        ).first()
        interims = conn.execute(
            select(t.obligation.c.key).where(t.obligation.c.project_id == project.id, t.obligation.c.kind == "interim_report")
        ).all()
    assert (project.end_on, project.original_end_on, project.version, done.version) == (date(2031, 5, 31), date(2030, 5, 31), 2, 2)
    assert (last.number, last.end_on) == (4, date(2031, 5, 31))
    assert len(interims) == 3
    assert (before, cast.obligation("final_report").due_on) == (date(2030, 9, 2), date(2031, 9, 1))  # Monday, Monday


def test_what_was_handed_in_stays_where_it_was(cast):
    submitted(cast)
    before = cast.obligation("quarterly_report", "Y1Q1")
    extend(cast)
    assert cast.obligation("quarterly_report", "Y1Q1") == before


def test_every_fault_of_an_extension_is_named_at_once(cast):
    with pytest.raises(Invalid) as refused:
        extend_project(
            cast.ctx("officer"),
            project_id=cast.project().id,
            end_on="2030-05-31",
            letter_number=" ",
            document_id=None,
            expected_version=1,
            key=key(),
        )
    assert {problem.field for problem in refused.value.problems} == {"end_on", "letter_number", "document_id"}


def test_two_people_cannot_extend_one_project_at_once(cast):
    paper = letter(cast)
    extend(cast, document=paper)
    with pytest.raises(Stale):
        extend(cast, "2031-08-31", document=paper)


@pytest.mark.parametrize("who", ["pi", "assistant", "auditor", "admin"])
def test_only_the_office_extends_and_closes(cast, who):
    paper = letter(cast)
    with pytest.raises(Forbidden):
        extend(cast, who=who, document=paper)
    with pytest.raises(Forbidden):
        close_project(cast.ctx(who, on="2031-01-02"), project_id=cast.project().id, expected_version=1, key=key())


@pytest.mark.parametrize("who", ["other_officer", "stranger_pi"])
def test_a_foreign_project_is_not_found(cast, who):
    with pytest.raises(NotFound):
        extend(cast, who=who, document=1)
    with pytest.raises(NotFound):
        close_project(cast.ctx(who, on="2031-01-02"), project_id=cast.project().id, expected_version=1, key=key())


def test_a_project_that_runs_or_owes_something_is_not_closed(cast):
    for on, field in (("2030-05-31", "end_on"), ("2030-06-01", "obligations")):
        with pytest.raises(Invalid) as refused:
            close_project(cast.ctx("officer", on=on), project_id=cast.project().id, expected_version=1, key=key())
        assert [problem.field for problem in refused.value.problems] == [field]


def settle(cast) -> None:
    """Everything dated is accepted and acknowledged; how, is not this test's subject."""
    o = t.obligation

    def body(tx):
        mine = (o.c.project_id == cast.project().id, o.c.date_status == "dated", o.c.duty.is_(True))
        tx.conn.execute(o.update().where(*mine).values(status="accepted", discharged_on=date(2030, 8, 30)))
        tx.record("project", cast.project().id, {"settled": True})
        return {}

    cast.desk.store.write(cast.ctx("system").request("test.settle", key()), body)


def test_a_settled_project_is_closed_once_with_all_that_never_got_a_date(cast):
    settle(cast)
    done = close_project(cast.ctx("officer", on="2030-10-01"), project_id=cast.project().id, expected_version=1, key=key())
    assert f"{cast.project().code}/evaluation/Y1" in done.changed
    with cast.desk.store.read() as conn:
        assert conn.execute(select(t.project.c.status).where(t.project.c.id == cast.project().id)).scalar_one() == "closed"
        left = conn.execute(
            select(t.obligation.c.key).where(t.obligation.c.project_id == cast.project().id, t.obligation.c.status == "open")
        ).all()
    assert left == []
    with pytest.raises(Invalid):
        close_project(cast.ctx("officer", on="2030-10-02"), project_id=cast.project().id, expected_version=2, key=key())


def test_the_funders_receipt_is_needed_to_close(cast):
    settle(cast)

    def body(tx):
        tx.conn.execute(
            t.obligation.update()
            .where(t.obligation.c.key == f"{cast.project().code}/expenditure_closing/project")
            .values(discharged_on=None)
        )
        tx.record("project", cast.project().id, {"settled": False})
        return {}

    cast.desk.store.write(cast.ctx("system").request("test.unsettle", key()), body)
    with pytest.raises(Invalid):
        close_project(cast.ctx("officer", on="2030-10-01"), project_id=cast.project().id, expected_version=1, key=key())
