"""Whoever ended her digests while a silence held one gets nothing of it but what is urgent; her inbox has the rest."""

from __future__ import annotations

from datetime import date

from tests.cast import at, key
from tests.integration.alerts.support import deliver_on, look_on, outbox_rows, told, why
from tests.integration.alerts.test_digests import DAY, LATER, SOON, owe, quiet_desk  # noqa: F401  (a fixture)
from tracker.notify.transport import LocalOutbox
from tracker.services.alert_choices import stop_digests
from tracker.services.silence_changes import SilenceEntry, make_silence

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
