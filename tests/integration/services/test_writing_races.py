"""Two who write or act at the same moment, on either engine: nobody is told that her words stand where they do not."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from tests.cast import key
from tests.integration.services.support_reports import fill, hand_in, opened, submitted
from tests.integration.services.support_reviews import report_row
from tests.integration.store.test_races import all_at_once
from tracker.services.errors import ServiceError
from tracker.services.obligation_changes import extend
from tracker.services.report_corrections import open_correction
from tracker.services.report_drafts import Conflict, Saved, open_report, report_screen, save_field
from tracker.services.report_submission import submit_report
from tracker.services.review_decisions import accept_report
from tracker.store import tables as t

ON = "2026-09-01"


def kept(cast, report_id: int, field: str = "progress") -> str:
    d = t.report_draft_field
    with cast.desk.store.read() as conn:
        return conn.execute(select(d.c.value_json).where(d.c.report_id == report_id, d.c.field == field)).scalar_one()


def aside(cast, report_id: int) -> set[str]:
    lost = t.report_draft_lost
    with cast.desk.store.read() as conn:
        return set(conn.scalars(select(lost.c.value_json).where(lost.c.report_id == report_id)))


def test_two_who_begin_a_report_at_once_get_the_same_one(cast):
    owed = cast.obligation("interim_report", "Y1").id
    contexts = [cast.ctx(who, on=ON) for who in ("pi", "company_pi", "assistant")]
    found = all_at_once(3, lambda number: open_report(contexts[number], obligation_id=owed, key=key()))
    assert len({one.report_id for one in found}) == 1
    assert sum(one.created for one in found) == 1


def test_of_six_saves_on_one_revision_one_stands_and_the_others_are_kept_aside(cast):
    report_id = opened(cast)
    contexts = [cast.ctx(who, on=ON) for who in ("pi", "company_pi", "assistant", "co_pi")]
    for base in range(6):
        texts = [f"第 {base} 輪之 {number}" for number in range(len(contexts))]

        def save(number: int, base: int = base, texts: list[str] = texts):
            return save_field(contexts[number], report_id=report_id, field="progress", value=texts[number], base_rev=base)

        answers = all_at_once(len(contexts), save)
        stands = [text for text, answer in zip(texts, answers, strict=True) if isinstance(answer, Saved)]
        late = {text for text, answer in zip(texts, answers, strict=True) if isinstance(answer, Conflict)}
        assert stands == [kept(cast, report_id)]
        assert late <= aside(cast, report_id)


def test_what_is_saved_while_the_report_is_handed_in_is_in_the_version_or_refused(cast):
    for period, who in (("Y1Q1", "pi"), ("Y1Q2", "company_pi")):
        report_id = opened(cast, period=period)
        fill(cast, report_id)
        screen = report_screen(cast.ctx("pi", on=ON), report_id)
        contexts, base = [cast.ctx("pi", on=ON), cast.ctx(who, on=ON)], screen.seen["progress"]

        def act(number: int, report_id: int = report_id, base: int = base, version: int = screen.state.row.version, contexts=contexts):
            try:
                if number == 0:
                    return submit_report(contexts[0], report_id=report_id, expected_version=version, key=key())
                return save_field(contexts[1], report_id=report_id, field="progress", value="趕在送出前。", base_rev=base)
            except ServiceError as error:
                return error

        _receipt, saved = all_at_once(2, act)
        with cast.desk.store.read() as conn:
            content = conn.execute(select(t.report_version.c.content_json).where(t.report_version.c.report_id == report_id)).scalar_one()
        assert (content["texts"]["progress"] == "趕在送出前。") == isinstance(saved, Saved)


def outcomes(acts) -> list[bool]:
    """Which of some acts that start together succeed."""

    def run(number: int) -> bool:
        try:
            acts[number]()
        except ServiceError:
            return False
        return True

    return all_at_once(len(acts), run)


def test_a_report_is_accepted_once_and_a_correction_opened_once(cast):
    report_id = submitted(cast)
    contexts = [cast.ctx(who, on="2026-09-02") for who in ("officer", "chief", "officer")]
    version = report_row(cast, report_id).version
    accept = [lambda ctx=ctx: accept_report(ctx, report_id=report_id, expected_version=version, key=key()) for ctx in contexts]
    assert sum(outcomes(accept)) == 1
    again = report_row(cast, report_id).version
    writers = [cast.ctx(who, on="2026-09-03") for who in ("pi", "company_pi")]
    correct = [
        lambda ctx=ctx: open_correction(ctx, report_id=report_id, expected_version=again, reason="誤植", key=key()) for ctx in writers
    ]
    assert sum(outcomes(correct)) == 1
    assert report_row(cast, report_id).status == "correcting"


def test_a_day_that_moves_while_the_report_comes_in_moves_before_or_not_at_all(cast):
    report_id = opened(cast, "interim_report", "Y1", on="2027-03-01")
    fill(cast, report_id, on="2027-03-01", note="")
    owed = cast.obligation("interim_report", "Y1")
    office = cast.ctx("officer", on="2027-03-01")

    def move() -> None:
        extend(office, obligation_id=owed.id, new_due_on="2027-04-30", reason="停電", letter_number="1", expected_version=owed.version,
               key=key())  # fmt: skip

    moved, came = outcomes([move, lambda: hand_in(cast, report_id, on="2027-03-01")])
    row = cast.obligation("interim_report", "Y1")
    assert moved or came
    assert row.due_on == (date(2027, 4, 30) if moved else owed.due_on)
    assert (row.status, row.first_submitted_on) == (("submitted", date(2027, 3, 1)) if came else ("open", None))
