"""Action items: the duty beside them, who says done, who closes, and what becomes of the day."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import Cast, key
from tests.integration.alerts.support import fate, told
from tests.integration.services.support_documents import put_document
from tests.integration.services.support_meetings import duty, item, put_item
from tests.integration.services.support_reports import fill, hand_in, opened, submitted, write
from tracker.services import action_items, action_life
from tracker.services.alerts import look
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.must_do import must_do
from tracker.services.report_drafts import open_report, report_screen
from tracker.store import tables as t


def say_done(cast: Cast, item_id: int, who: str = "pi", version: int = 1, on: str = "2026-10-01", **more):
    given = {"note": "已補齊", "document_id": None, "key": key(), **more}
    return action_life.say_done(cast.ctx(who, on=on), item_id=item_id, expected_version=version, **given)


def test_what_the_project_owes_has_a_duty_with_a_ladder(cast):
    item_id = put_item(cast, owner="assistant")
    row = duty(cast, item_id)
    assert row.key == "DEMO-OWN-01/action_item/A1"
    assert (row.kind, row.origin, row.duty, row.status) == ("action_item", "action", True, "open")
    assert (row.due_on, row.confidence, row.next_look_on) == (date(2026, 10, 15), "stated", date(2026, 9, 1))
    assert "機關交付之待辦事項 A1" in row.because_json[0]["zh"]


def test_what_the_office_owes_has_no_duty(cast):
    item_id = put_item(cast, side="office", owner="officer")
    assert duty(cast, item_id) is None
    assert item(cast, item_id).state == "open"


@pytest.mark.parametrize(
    ("due", "file_by", "why"),
    [
        ("2026-10-15", "2026-10-15", "a Thursday stays"),
        ("2026-10-17", "2026-10-16", "a Saturday: the Friday before is the last safe day"),
        ("2026-10-18", "2026-10-16", "a Sunday"),
        ("2026-10-09", "2026-10-08", "the substitute of a Saturday's National Day"),
        ("2026-10-10", "2026-10-08", "National Day itself, a Saturday"),
        ("2026-09-25", "2026-09-24", "the Mid-Autumn Festival, a Friday"),
        ("2027-01-01", "2026-12-31", "New Year's Day, a Friday"),
    ],
)
def test_the_day_that_was_set_never_moves_and_the_safe_day_is_the_working_day_before(cast, due, file_by, why):
    row = duty(cast, put_item(cast, due=due))
    assert (row.due_on.isoformat(), row.file_by_on.isoformat()) == (due, file_by), why


def test_numbers_run_within_a_project(cast):
    first, second = put_item(cast), put_item(cast, side="office")
    foreign = put_item(cast, which="foreign", who="other_officer")
    assert [item(cast, one).number for one in (first, second, foreign)] == [1, 2, 1]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("body", {"body": " \u202e\x00 "}),
        ("body", {"body": "長" * 1001}),
        ("side", {"side": "nobody"}),
        ("owner_id", {"owner": "officer"}),
        ("owner_id", {"owner": "stranger_pi"}),
        ("owner_id", {"owner": "pi", "side": "office"}),
        ("owner_id", {"owner": "disabled", "side": "office"}),
        ("due_on", {"due": "2026-08-31"}),
        ("due_on", {"due": "2999-01-01"}),
    ],
)
def test_wrong_items_are_refused_by_field(cast, field, values):
    with pytest.raises(Invalid) as refused:
        put_item(cast, **values)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_project_of_another_programme_is_not_found(cast):
    ctx = cast.ctx("officer")
    with pytest.raises(NotFound):
        cast.desk.store.write(
            ctx.request("test", key()),
            lambda tx: action_items.add_item(
                tx, ctx, project_id=cast.project("foreign").id, programme_id=cast.project("own").programme_id, body="x", side="project",
                owner_id=None, due_on=date(2026, 10, 1),
            ),
        )  # fmt: skip


def test_hostile_text_is_kept_as_text(cast):
    body = '<script>alert(1)</script> =HYPERLINK("x") [x](javascript:1) $x^2$ \u202egnp.exe'
    row = item(cast, put_item(cast, body=body))
    assert row.body == body.replace("\u202e", "")
    assert "\u202e" not in duty(cast, row.id).title_zh


def test_done_then_closed_and_the_duty_follows(cast):
    item_id = put_item(cast)
    done = say_done(cast, item_id, document_id=put_document(cast, "own", "evidence.pdf"))
    assert (done.state, done.version) == ("done", 2)
    row = duty(cast, item_id)
    assert (row.status, row.first_submitted_on, row.next_look_on) == ("submitted", date(2026, 10, 1), None)
    closed = action_life.close_item(cast.ctx("officer", on="2026-10-02"), item_id=item_id, expected_version=2, key=key())
    assert closed.state == "closed"
    assert duty(cast, item_id).status == "accepted"


def test_an_open_item_is_closed_only_with_a_word_on_how_it_is_known(cast):
    item_id = put_item(cast)
    ctx = cast.ctx("officer", on="2026-10-02")
    with pytest.raises(Invalid):
        action_life.close_item(ctx, item_id=item_id, expected_version=1, key=key())
    assert action_life.close_item(ctx, item_id=item_id, note="現場查核確認", expected_version=1, key=key()).state == "closed"
    assert (duty(cast, item_id).status, duty(cast, item_id).first_submitted_on) == ("accepted", date(2026, 10, 2))


def test_sent_back_it_is_open_again_by_a_new_day_and_the_old_one_stays_readable(cast):
    item_id = put_item(cast)
    say_done(cast, item_id, on="2026-10-14")
    back = action_life.send_back(
        cast.ctx("officer", on="2026-10-16"), item_id=item_id, reason="缺附件", due_on="115-10-30", expected_version=2, key=key()
    )
    assert back.state == "open"
    row = duty(cast, item_id)
    assert (row.status, row.due_on, row.first_submitted_on, row.next_look_on) == ("open", date(2026, 10, 30), None, date(2026, 10, 16))
    assert "缺附件" in row.because_json[0]["zh"]
    history = item(cast, item_id).history_json[0]
    assert (history["what"], history["old"], history["new"]) == ("sent_back", "2026-10-15", "2026-10-30")
    assert say_done(cast, item_id, version=3, on="2026-10-20").state == "done"


def test_dropped_nothing_is_owed_and_what_waited_to_be_mailed_is_cancelled(cast):
    item_id = put_item(cast, due="2026-09-08")  # a Tuesday; T-7 is raised on 2026-09-01
    look(cast.ctx("system", on="2026-09-01"))
    mine = select(t.alert.c.state).where(t.alert.c.obligation_id == duty(cast, item_id).id, t.alert.c.state != "superseded")
    with cast.desk.store.read() as conn:
        assert conn.scalars(mine).all() == ["raised"]
    action_life.drop_item(cast.ctx("officer"), item_id=item_id, reason="併入期中報告", expected_version=1, key=key())
    row = duty(cast, item_id)
    assert (row.status, row.next_look_on) == ("waived", None)
    with cast.desk.store.read() as conn:
        assert conn.scalars(mine).all() == ["cancelled"]
    assert {fate(line) for line in told(cast, row.key)} == {"cancelled"}


def test_another_day_moves_the_duty_and_cancels_what_was_for_the_old_one(cast):
    item_id = put_item(cast, due="2026-09-08")
    look(cast.ctx("system", on="2026-09-01"))
    action_life.move_due(
        cast.ctx("officer"),
        item_id=item_id,
        due_on="2026-10-18",
        reason="颱風停課",
        letter_number="示範字第9號",
        expected_version=1,
        key=key(),
    )
    row = duty(cast, item_id)
    assert (row.due_on, row.file_by_on) == (date(2026, 10, 18), date(2026, 10, 16))
    assert "115-09-08 (2026-09-08)" in row.because_json[0]["zh"]
    assert "示範字第9號" in row.because_json[0]["zh"]
    with cast.desk.store.read() as conn:
        states = conn.scalars(select(t.alert.c.state).where(t.alert.c.obligation_id == row.id, t.alert.c.state != "superseded")).all()
    assert states == ["cancelled"]


@pytest.mark.parametrize("day", ["2026-08-31", "2026-10-15", "", "31/12"])
def test_a_day_that_is_past_or_the_same_or_unreadable_moves_nothing(cast, day):
    item_id = put_item(cast)
    with pytest.raises(Invalid) as refused:
        action_life.move_due(cast.ctx("officer"), item_id=item_id, due_on=day, reason="示範", expected_version=1, key=key())
    assert refused.value.problems[0].field == "due_on"


def test_the_closing_order_is_kept(cast):
    item_id = put_item(cast)
    officer = cast.ctx("officer", on="2026-10-02")
    with pytest.raises(Stale):  # nothing was said to be done
        action_life.send_back(officer, item_id=item_id, reason="示範", due_on="2026-11-02", expected_version=1, key=key())
    say_done(cast, item_id)
    with pytest.raises(Stale):  # twice
        say_done(cast, item_id, version=2)
    with pytest.raises(Stale):  # its day stands while it waits for the office
        action_life.move_due(officer, item_id=item_id, due_on="2026-11-02", reason="示範", expected_version=2, key=key())
    action_life.close_item(officer, item_id=item_id, expected_version=2, key=key())
    with pytest.raises(Stale):
        action_life.drop_item(officer, item_id=item_id, reason="示範", expected_version=3, key=key())
    with pytest.raises(Stale):
        action_life.give_item(officer, item_id=item_id, owner_id=None, expected_version=3, key=key())


def test_a_double_click_says_done_once(cast):
    item_id, same = put_item(cast), key()
    first, second = say_done(cast, item_id, key=same), say_done(cast, item_id, key=same)
    assert first == second
    assert item(cast, item_id).version == 2


def test_two_people_at_once_the_second_is_told(cast):
    item_id = put_item(cast)
    say_done(cast, item_id)
    with pytest.raises(Stale):
        action_life.close_item(cast.ctx("officer", on="2026-10-02"), item_id=item_id, note="x", expected_version=1, key=key())


def test_only_the_side_that_has_to_do_it_says_done(cast):
    theirs, ours = put_item(cast), put_item(cast, side="office")
    with pytest.raises(Forbidden):
        say_done(cast, theirs, who="officer")
    with pytest.raises(Forbidden):
        say_done(cast, ours, who="pi")
    with pytest.raises(NotFound):
        say_done(cast, theirs, who="stranger_pi")
    with pytest.raises(NotFound):
        say_done(cast, theirs, who="other_officer")
    assert say_done(cast, ours, who="officer").state == "done"


def test_a_file_of_another_project_is_no_evidence(cast):
    with pytest.raises(Invalid) as refused:
        say_done(cast, put_item(cast), document_id=put_document(cast, "foreign", "foreign.pdf"))
    assert refused.value.problems[0].field == "document_id"


def test_the_owner_changes_within_the_side(cast):
    item_id = put_item(cast, owner="pi")
    pi = cast.ctx("pi")
    assert action_life.give_item(pi, item_id=item_id, owner_id=cast.person("assistant").id, expected_version=1, key=key()).version == 2
    assert item(cast, item_id).owner_name == "示範助理"
    with pytest.raises(Invalid):
        action_life.give_item(pi, item_id=item_id, owner_id=cast.person("officer").id, expected_version=2, key=key())


def test_a_hand_over_moves_what_is_unsettled(cast):
    mine, closed, others = put_item(cast, owner="pi"), put_item(cast, owner="pi"), put_item(cast, owner="assistant")
    action_life.drop_item(cast.ctx("officer"), item_id=closed, reason="示範", expected_version=1, key=key())
    ctx, pi, assistant = cast.ctx("officer"), cast.person("pi").id, cast.person("assistant").id
    with cast.desk.store.read() as conn:
        found = [row.id for row in action_items.items_of_person(conn, pi)]
    assert found == [mine]

    def body(tx):
        moved = action_items.reassign(tx, ctx, found, assistant)
        tx.record("hand_over", 0, {"moved": moved})
        return {"moved": moved}

    assert cast.desk.store.write(ctx.request("test.hand_over", key()), body)["moved"] == [mine]
    assert [item(cast, one).owner_id for one in (mine, closed, others)] == [assistant, pi, assistant]


def test_nobody_of_the_other_side_is_handed_an_item(cast):
    item_id, ctx = put_item(cast, owner="pi"), cast.ctx("officer")
    with pytest.raises(Invalid):
        cast.desk.store.write(
            ctx.request("test", key()), lambda tx: action_items.reassign(tx, ctx, [item_id], cast.person("officer").id)
        )  # fmt: skip


def test_it_stands_in_what_the_project_owes(cast):
    item_id = put_item(cast, due="2026-09-20")
    mine = {one.key: one for one in must_do(cast.ctx("pi"))}
    assert mine["DEMO-OWN-01/action_item/A1"].due_on == date(2026, 9, 20)
    assert all(one.key != duty(cast, item_id).key for one in must_do(cast.ctx("stranger_pi")))


def test_a_duty_that_was_released_from_outside_takes_the_item_with_it(cast):
    item_id = put_item(cast)
    closed = t.obligation.update().where(t.obligation.c.id == duty(cast, item_id).id).values(status="closed")
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.conn.execute(closed))
    assert item(cast, item_id).state == "dropped"
    with pytest.raises(Stale):
        say_done(cast, item_id)


def test_what_waits_for_the_office_is_its_own_and_what_is_said_to_be_done(cast):
    put_item(cast)
    ours, done = put_item(cast, side="office"), put_item(cast)
    say_done(cast, done)
    ctx = cast.ctx("officer", on="2026-10-05")
    with cast.desk.store.read() as conn:
        found = action_items.items_for_queue(ctx, conn, [cast.project("own").programme_id])
        foreign = action_items.items_for_queue(cast.ctx("other_officer"), conn, [cast.project("foreign").programme_id])
    assert [(one.kind, one.row.id) for one in found] == [("action_office", ours), ("action_done", done)]
    assert foreign == []


def test_a_report_that_says_it_is_done_puts_it_before_the_office(cast):
    done, still_open, ours = put_item(cast), put_item(cast), put_item(cast, side="office")
    report_id = submitted(cast)
    ctx = cast.ctx("pi", on="2026-09-02")

    def body(tx):
        v, c = t.report_version, t.action_item_progress
        version_id = tx.conn.execute(select(v.c.id).where(v.c.report_id == report_id)).scalar_one()
        tx.conn.execute(c.delete().where(c.c.report_version_id == version_id))
        for item_id, claimed in ((done, "done"), (still_open, "open"), (ours, "done")):
            tx.insert(c, report_version_id=version_id, action_item_id=item_id, claimed=claimed, note="見報告")
        return action_items.claim_in_report(tx, ctx, version_id)

    assert cast.desk.store.write_quiet(ctx.now, body) == [done]
    assert [item(cast, one).state for one in (done, still_open, ours)] == ["done", "open", "open"]
    assert (item(cast, done).done_note, duty(cast, done).status) == ("見報告", "submitted")


def test_an_action_item_has_no_report_of_its_own(cast):
    item_id = put_item(cast)
    with pytest.raises(NotFound):
        open_report(cast.ctx("pi"), obligation_id=duty(cast, item_id).id, key=key())


def test_a_report_handed_in_takes_up_what_it_says_of_the_items(cast):
    item_id = put_item(cast)
    report_id = opened(cast)
    state = report_screen(cast.ctx("pi"), report_id).state
    assert f"action:{item_id}:claimed" in state.fields
    fill(cast, report_id)
    write(cast, report_id, f"action:{item_id}:claimed", "done")
    write(cast, report_id, f"action:{item_id}:note", "已於本季完成")
    hand_in(cast, report_id)
    assert (item(cast, item_id).state, item(cast, item_id).done_note) == ("done", "已於本季完成")
