"""Whoever ended her digests while a silence held one gets nothing of it but what is urgent; her inbox has the rest."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import at, key
from tests.integration.alerts.support import deliver_on, look_on, outbox_rows, told, why
from tests.integration.alerts.test_digests import DAY, LATER, SOON, news, of, owe, quiet_desk  # noqa: F401  (a fixture)
from tracker.notify.transport import LocalOutbox
from tracker.services.alert_choices import stop_digests
from tracker.services.notices import herself, tell
from tracker.services.policy import Target
from tracker.services.silence_changes import SilenceEntry, make_silence
from tracker.services.telling import tell_urgent_news
from tracker.store import tables as t

END = "2027-03-03"  # Wednesday


def test_a_digest_that_was_ended_meanwhile_is_not_mailed_after_a_silence(quiet_desk):  # noqa: F811
    cast = quiet_desk
    soon, later, urgent = owe(cast, "A", SOON), owe(cast, "B", LATER), owe(cast, "C", date(2027, 3, 2))
    entry = SilenceEntry(at(END, "12:00"), "主持人住院", "pause", project_id=cast.project("own").id)
    make_silence(cast.ctx("officer", on="2027-02-28"), entry, key=key())
    look_on(cast, DAY)
    deliver_on(cast, LocalOutbox(), DAY)
    stop_digests(cast.ctx("pi", on="2027-03-02"), key=key())
    deliver_on(cast, LocalOutbox(), END, "12:05")
    hers = {
        one: [(line.status, why(line)) for line in told(cast, one) if line.address == "pi@own.invalid"] for one in (soon, later, urgent)
    }
    assert hers[urgent] == [("sent", "")]  # T-1, and overdue by now: that cannot be switched off
    assert [reason for one in (soon, later) for _, reason in hers[one]] == ["digest_off"] * 2
    others = [(line.status, why(line)) for line in told(cast, soon) if line.address == "assistant@own.invalid"]
    assert others == [("sent", "")]
    assert not [row for row in outbox_rows(cast, "pending") if row.waits_for == "silence"]


def urgent_news(cast) -> None:
    ctx, own = cast.ctx("officer", on=DAY, clock="10:00"), cast.project()

    def body(tx):
        together = {}
        about, people = Target(own.id, own.programme_id), [herself(tx.conn, cast.person("pi").id, "pi")]
        tell(
            tx, ctx, kind="reinstated", people=people, once="u", project=about, params={"reason": "急件"}, at_once=False, together=together
        )
        tell_urgent_news(tx, ctx, together)

    ctx.store.write_quiet(ctx.now, body)


def told_news(cast) -> dict[str, tuple[str, str]]:
    """By kind: what became of the mail that has the news, and why it does not tell it."""
    d, n, o = t.digest_notice.c, t.notice.c, t.outbox.c
    wanted = select(n.kind, o.status, d.left_out).join(t.digest_notice, d.notice_id == n.id).join(t.outbox, o.id == d.outbox_id)
    with cast.desk.store.read() as conn:
        return {row.kind: (row.status, row.left_out) for row in conn.execute(wanted)}


@pytest.mark.parametrize("ends", [(END,), (END, "2027-03-05")])
@pytest.mark.parametrize("still", [True, False])
def test_news_that_a_silence_held_are_mailed_only_to_whom_still_wants_digests(quiet_desk, still, ends):  # noqa: F811
    cast = quiet_desk
    for begin, end in zip((None, *(at(one, "12:00") for one in ends)), ends, strict=False):
        entry = SilenceEntry(at(end, "12:00"), "主持人住院", "pause", project_id=cast.project("own").id, from_at=begin)
        make_silence(cast.ctx("officer", on="2027-02-28"), entry, key=key())
    news(cast, "x")
    urgent_news(cast)
    deliver_on(cast, LocalOutbox(), "2027-03-02")
    assert {row.waits_for for row in of(cast, "pi", "pending")} == {"silence"}
    if not still:
        stop_digests(cast.ctx("pi", on="2027-03-02", clock="09:00"), key=key())
    for end in ends:
        deliver_on(cast, LocalOutbox(), end, "12:05")
    sent = [row.payload_json["text"] for row in of(cast, "pi", "sent")]
    assert told_news(cast)["reinstated"] == ("sent", "")
    assert told_news(cast)["waived"][1] == ("" if still else "digest_off")
    assert len(sent) == 1


def test_a_mail_of_nothing_but_such_news_does_not_go_at_all(quiet_desk):  # noqa: F811
    cast = quiet_desk
    entry = SilenceEntry(at(END, "12:00"), "主持人住院", "pause", project_id=cast.project("own").id)
    make_silence(cast.ctx("officer", on="2027-02-28"), entry, key=key())
    news(cast, "x")
    deliver_on(cast, LocalOutbox(), "2027-03-02")
    stop_digests(cast.ctx("pi", on="2027-03-02", clock="09:00"), key=key())
    deliver_on(cast, LocalOutbox(), END, "12:05")
    assert of(cast, "pi", "sent") == []
    assert told_news(cast)["waived"] == ("cancelled", "digest_off")
