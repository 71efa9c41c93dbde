"""The Message-ID of what tells several things comes from what it tells: after a restore nothing new hides behind one that has arrived."""

from __future__ import annotations

from datetime import date

import pytest

from tests.integration.alerts.support import change, deliver_on, look_on, outbox_rows
from tests.integration.alerts.test_chat_alerts import DAY as MONDAY
from tests.integration.alerts.test_chat_alerts import channel, chat_rows, put, raised_alerts  # noqa: F401  (a fixture)
from tests.integration.alerts.test_digests import DAY, LATER, SOON, news, owe, quiet_desk  # noqa: F401  (a fixture)
from tests.integration.alerts.test_reminders import DAY as FRIDAY
from tests.integration.alerts.test_reminders import alert, put_off, reminders  # noqa: F401  (a fixture)
from tests.integration.alerts.test_restored_home import decide, forget_what_was_raised, next_looks, restored_on
from tracker.notify.transport import DeliveryProblem, LocalOutbox
from tracker.services.chat_delivery import LocalChat
from tracker.services.mass_holds import release
from tracker.store import tables as t

TOO = "DEMO-OWN-01/interim_report/C"


def names(cast, status: str = "sent") -> dict[str, str]:
    """The Message-IDs of digests by address."""
    return {row.address: row.message_id for row in outbox_rows(cast, status) if row.sort == "digest"}


def as_never_tried(cast, row) -> None:
    """As a copy has it that was made before it went."""
    fresh = {"status": "pending", "attempts": 0, "sent_at": None, "payload_json": row.payload_json, "message_id": row.message_id}
    change(cast, t.outbox, row.id, **fresh, alert_id=row.alert_id)


@pytest.mark.parametrize("also", ["nothing else", "an alert", "news"])
def test_the_digest_of_a_day_that_was_put_back_is_hidden_only_where_it_says_the_same(quiet_desk, also):  # noqa: F811
    cast = quiet_desk
    owe(cast, "A", SOON)
    owe(cast, "B", LATER)
    looks = next_looks(cast)
    look_on(cast, DAY)
    deliver_on(cast, LocalOutbox(), DAY)
    before = names(cast)
    forget_what_was_raised(cast, looks)
    restored_on(cast, DAY, "00:01")
    if also == "an alert":
        owe(cast, "C", LATER)
    look_on(cast, DAY, "00:10")
    if also == "news":
        news_today(cast)
    decide(cast, release, "08:01", DAY)
    deliver_on(cast, LocalOutbox(), DAY, "12:30")
    after, hers = names(cast), cast.person("pi").email
    assert set(after) == set(before)
    assert (after == before) == (also == "nothing else")
    assert (after[hers] == before[hers]) == (also == "nothing else")


def news_today(cast) -> None:
    """News in the digest of this day, which tomorrow's would have without a restore."""
    news(cast, "x", clock="00:20")
    (mine,) = [row for row in outbox_rows(cast) if row.digest_on == date(2027, 3, 1) and row.address == cast.person("pi").email]
    with cast.desk.store.transaction() as conn:
        conn.execute(t.digest_notice.update().values(outbox_id=mine.id))


def test_a_digest_that_another_thing_had_joined_before_it_went_is_another_message_without_it(quiet_desk):  # noqa: F811
    cast = quiet_desk
    owe(cast, "A", SOON)
    look_on(cast, DAY)
    copied = outbox_rows(cast, "pending")
    owe(cast, "C", LATER)
    look_on(cast, DAY, "07:10")
    deliver_on(cast, LocalOutbox(), DAY)
    before = names(cast)
    with cast.desk.store.transaction() as conn:
        late = t.obligation.select().where(t.obligation.c.key == TOO)
        raised = t.alert.c.obligation_id == conn.execute(late).one().id
        conn.execute(
            t.inbox_item.delete().where(t.inbox_item.c.alert_id.in_(t.alert.select().where(raised).with_only_columns(t.alert.c.id)))
        )
    for row in copied:
        as_never_tried(cast, row)
    deliver_on(cast, LocalOutbox(), DAY, "12:00")
    after = names(cast)
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())


class Away(LocalOutbox):
    """A mail server that takes nothing and remembers what it was offered."""

    def __init__(self) -> None:
        self.offered: list[tuple[str, str]] = []

    def send(self, message) -> None:
        self.offered.append((message["To"], message["Message-ID"]))
        raise DeliveryProblem("the server is away")


def test_every_try_is_the_same_message_although_a_line_fell_out_meanwhile(quiet_desk):  # noqa: F811
    cast, away = quiet_desk, Away()
    owe(cast, "A", SOON)
    gone = owe(cast, "B", LATER)
    look_on(cast, DAY)
    deliver_on(cast, away, DAY)
    change(cast, t.obligation, cast.by_key(gone).id, status="waived")
    deliver_on(cast, away, DAY, "09:00")
    assert len(away.offered) == 2 * len(set(away.offered))
    deliver_on(cast, LocalOutbox(), DAY, "12:00")
    assert set(names(cast).values()) == {name for _, name in away.offered}


def test_reminders_that_were_joined_are_another_message_than_one_of_them_alone(put_off):  # noqa: F811
    copied = reminders(put_off, "pending")
    deliver_on(put_off, LocalOutbox(), FRIDAY)
    (together,) = reminders(put_off)
    as_never_tried(put_off, copied[0])
    deliver_on(put_off, LocalOutbox(), FRIDAY, "12:00")
    (alone,) = reminders(put_off)
    assert alone.id == together.id
    assert alone.message_id != together.message_id


def test_a_message_of_many_to_a_channel_is_another_one_with_others_in_it(cast, channel):  # noqa: F811
    alerts = raised_alerts(cast, MONDAY)
    put(cast, alerts[:4])
    (copied,) = chat_rows(cast)
    put(cast, [*alerts[4:], *alerts[4:]][:4])
    deliver_on(cast, LocalOutbox(), MONDAY, "09:30", chat=LocalChat())
    (first,) = chat_rows(cast)
    as_never_tried(cast, copied)
    deliver_on(cast, LocalOutbox(), MONDAY, "10:00", chat=LocalChat())
    (second,) = chat_rows(cast)
    assert (first.status, second.status) == ("sent", "sent")
    assert first.message_id != second.message_id, "LINE takes a message for one that it has by this"
