"""A mail goes to the address that a person has when it is sent, and its row says where it went."""

from __future__ import annotations

import pytest

from tests.integration.alerts.sink import smtp_sink
from tests.integration.alerts.support import change, deliver_on, look_on, outbox_rows
from tracker.notify.transport import SmtpTransport
from tracker.services import delivery
from tracker.store import tables as t

DAY, NEW = "2027-01-30", "new-place@own.invalid"  # Saturday


@pytest.mark.parametrize("when", ["put in with the old one", "being sent"])
def test_a_mail_goes_to_the_address_of_the_moment_and_keeps_where_it_went(cast, monkeypatch, when):
    look_on(cast, DAY)
    pi = cast.person("pi")
    before = [row for row in outbox_rows(cast, "pending") if row.person_id == pi.id]
    assert before
    assert all(row.address == pi.email for row in before)
    if when == "being sent":
        claim = delivery._Run.claim

        def moved_after(run, batch):
            taken = claim(run, batch)
            change(cast, t.person, pi.id, email=NEW)  # the row is `sending` already
            return taken

        monkeypatch.setattr(delivery._Run, "claim", moved_after)
    else:
        change(cast, t.person, pi.id, email=NEW)  # as where a look put it in at the same moment
    with smtp_sink() as sink:
        deliver_on(cast, SmtpTransport(sink.url), DAY)
    to = {message["Message-ID"]: message["To"].addresses[0].addr_spec for message in sink.taken}
    sent = [row for row in outbox_rows(cast, "sent") if row.person_id == pi.id]
    assert sent
    assert {row.id for row in sent} <= {row.id for row in before}
    assert {row.address for row in sent} == {NEW} == {to[row.message_id] for row in sent}
    assert sorted(row.message_id for row in sent) == sorted(name for name, whom in to.items() if whom == NEW)
