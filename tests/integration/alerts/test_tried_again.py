"""What was handed to a server once may have arrived: trying it again later never changes what it tells."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import key
from tests.integration.alerts.chat_sink import SLACK
from tests.integration.alerts.support import change, deliver_on, look_on, outbox_rows, told
from tests.integration.alerts.test_chat_alerts import chat_rows, put, raised_alerts
from tests.integration.alerts.test_digests import owe
from tracker.notify.transport import DeliveryProblem, LocalOutbox
from tracker.services import delivery
from tracker.services.chat_channels import add_channel
from tracker.services.delivery_acts import retry_deliveries
from tracker.services.delivery_list import delivery_list, retry_delivery
from tracker.store import outbox
from tracker.store import tables as t

DAY = "2027-03-29"  # Monday
TOMORROW = date(2027, 3, 30)


class Lost:
    """A server that takes each mail and breaks the connection after the dot: nobody can say whether it arrived."""

    name = "lost"

    def send(self, message) -> None:
        raise DeliveryProblem("the connection broke after the dot")

    def close(self) -> None:
        pass


def again_by_itself(cast, numbers) -> None:
    def body(tx):
        for way in {("mail", None), *(("chat", row.chat_channel_id) for row in outbox_rows(cast) if row.channel == "chat")}:
            outbox.patience_again(tx.conn, *way, attempts=1, since=cast.ctx("system", on="2027-03-01").now, now=tx.at)

    cast.desk.store.write_quiet(cast.ctx("system", on=DAY, clock="10:00").now, body)


def again_one_by_one(cast, numbers) -> None:
    for number in numbers:
        retry_delivery(cast.ctx("admin", on=DAY, clock="10:00"), delivery_id=number, key=key())


def again_many(cast, numbers) -> None:
    retry_deliveries(cast.ctx("admin", on=DAY, clock="10:00"), delivery_ids=numbers, key=key())


WAYS = pytest.mark.parametrize("again", [again_by_itself, again_one_by_one, again_many])


def given_up(cast) -> list[int]:
    """Every mail that waits, tried once without an answer and given up."""
    deliver_on(cast, Lost(), DAY, "09:00")
    rows = [row for row in outbox_rows(cast, "pending") if row.attempts]
    for row in rows:
        change(cast, t.outbox, row.id, status="failed", attempts=13)
    return [row.id for row in rows]


@WAYS
def test_nothing_new_joins_a_mail_that_may_have_arrived_already(cast, again):
    owe(cast, "FIRST", TOMORROW), owe(cast, "SECOND", TOMORROW)
    look_on(cast, DAY)
    tried = given_up(cast)
    assert tried
    again(cast, tried)
    late = owe(cast, "LATE", TOMORROW)
    look_on(cast, DAY, "10:00")
    assert told(cast, late)
    assert not {line.id for line in told(cast, late)} & set(tried), "it would bear the Message-ID of a mail that she may have"


@WAYS
def test_a_message_to_a_channel_that_may_have_arrived_takes_nothing_new(cast, again):
    add_channel(cast.ctx("admin"), name="示範頻道", service="slack", address=SLACK, programme_id=None, language="zh_TW", key=key())
    alerts = raised_alerts(cast, DAY)
    put(cast, alerts[:4])
    (row,) = chat_rows(cast)
    change(cast, t.outbox, row.id, status="failed", attempts=13)
    again(cast, [row.id])
    put(cast, [*alerts[4:], *alerts[4:]][:4], clock="10:00")
    kept = chat_rows(cast)
    assert kept[0].payload_json == row.payload_json, "LINE takes a key that it knows for a message that it has"
    assert len(kept) == 2


@WAYS
def test_a_mail_that_was_tried_before_and_went_then_is_still_shown_as_possibly_twice(cast, again):
    owe(cast, "FIRST", TOMORROW)
    look_on(cast, DAY)
    tried = given_up(cast)
    again(cast, tried)
    deliver_on(cast, LocalOutbox(), DAY, "10:05")
    rows = [row for row in delivery_list(cast.ctx("admin", on=DAY), statuses=("sent",)) if row.id in tried]
    assert rows
    assert all(row.possibly_twice for row in rows)


@WAYS
def test_trying_again_is_patient_for_two_days_once_more(cast, again):
    owe(cast, "FIRST", TOMORROW)
    look_on(cast, DAY)
    tried = given_up(cast)
    again(cast, tried)
    row = next(row for row in outbox_rows(cast, "pending") if row.id in tried)
    waited, attempts = 0.0, row.attempts
    while (pause := delivery.retry_after(attempts + 1)) is not None:
        waited, attempts = waited + pause.total_seconds(), attempts + 1
    assert waited > 44 * 3600
