"""Whoever is told in a chat channel alone is told by mail once it takes nothing; and whoever no mail reaches is stood in for."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import at, key
from tests.integration.alerts.chat_sink import SLACK, chat_sink
from tests.integration.alerts.policies import ASSISTANT, INTERIM_Y1, PI, alerts_of, put
from tests.integration.alerts.sink import smtp_sink
from tests.integration.alerts.support import MAILS, change, deliver_on, everything, fate, look_on, outbox_rows, told
from tests.integration.alerts.test_ways_and_languages import channel
from tracker.domain.alert_policy import Level, Policy, PolicySet
from tracker.domain.patience import LAST_ATTEMPT
from tracker.notify.chat import ANSWERS
from tracker.notify.notice_wording import CHAT_BROKEN
from tracker.notify.transport import Blame, DeliveryProblem, LocalOutbox, SmtpTransport
from tracker.services import chat_delivery
from tracker.services.alert_audit import examine
from tracker.services.chat_channels import change_channel, channel_list, remove_channel, switch_channel, try_channel
from tracker.services.chat_delivery import RealChat
from tracker.services.chat_instead import my_broken_channels
from tracker.services.delivery import deliver
from tracker.services.delivery_acts import retry_deliveries
from tracker.store import tables as t

DAY = "2027-04-01"  # Thursday, the day after the legal last day
NEXT = "2027-04-02"  # Friday
LAST = date(2027, 3, 31)
GONE = DeliveryProblem(f"410 {ANSWERS['gone']}", permanent=True)
AWAY = DeliveryProblem(f"503 {ANSWERS['busy']}")


class Chat:
    """Channels that answer as a test wants, by the name of the channel; what they take is kept."""

    name = "chat"

    def __init__(self, **answers: Exception) -> None:
        self.answers = answers
        self.taken: list[str] = []
        self.on_message = lambda name: None

    def carry(self, line, rendered) -> None:
        self.on_message(line.row.name)
        if line.row.name in self.answers:
            raise self.answers[line.row.name]
        self.taken.append(rendered.subject + rendered.text)


def in_chat_alone(cast, *roles: str, stages=("+1", "+7")) -> None:
    levels = {"assistant": ASSISTANT, "pi": PI, "officer": Level("officer", "+1"), "chief": Level("chief", "+7")}
    levels |= {role: Level(role, levels[role].from_stage, channels=("chat",)) for role in roles}
    put(cast, PolicySet(Policy(stages, tuple(levels.values()))))


def lines(cast, who: str = "officer") -> dict[str, str]:
    """By stage: what became of the mail that tells her of the interim report; "" where none does."""
    return {line.stage: fate(line) or "" for line in told(cast, INTERIM_Y1) if line.address == cast.person(who).email}


def mails_to(cast, who: str = "officer"):
    return [row for row in outbox_rows(cast) if row.person_id == cast.person(who).id and row.channel == "mail"]


def chat_rows(cast):
    return [row for row in outbox_rows(cast) if row.channel == "chat"]


def notices(cast) -> list[str]:
    """To whom it was said that a channel takes nothing."""
    n = t.notice.c
    wanted = select(t.person.c.email).join(t.notice, n.person_id == t.person.c.id).where(n.kind == CHAT_BROKEN)
    with cast.desk.store.read() as conn:
        return sorted(conn.scalars(wanted))


def found(cast, day: str = DAY) -> set[str]:
    return {one.kind for one in examine(cast.ctx("system", on=day, clock="12:00"))[1]}


@pytest.fixture
def alone(cast):
    """The officer is told in one channel alone, and something waits for it."""
    in_chat_alone(cast, "officer")
    channel(cast)
    look_on(cast, DAY)
    assert (lines(cast), mails_to(cast)) == ({"+1": ""}, [])
    return cast


@pytest.mark.parametrize("status", [401, 403, 404, 410, 400])
def test_what_a_service_refuses_for_good_goes_by_one_mail_at_once(alone, tmp_path, monkeypatch, status):
    before = everything(alone)
    with chat_sink(tmp_path) as sink:
        sink.answer = lambda path: (status, {})
        monkeypatch.setattr(chat_delivery, "hosts_in_force", lambda conn: sink.hosts())
        deliver_on(alone, LocalOutbox(), DAY, "09:00", chat=RealChat())
    (mail,) = mails_to(alone)
    assert (mail.status, mail.address, lines(alone)) == ("sent", alone.person("officer").email, {"+1": "sent"})
    assert "示範頻道" in mail.payload_json["text"], "the same mail says that the channel takes nothing"
    assert {row.status for row in chat_rows(alone)} == {"failed"}
    assert everything(alone) == before
    assert found(alone) <= {"given_up"}
    deliver_on(alone, LocalOutbox(), DAY, "10:00", chat=Chat())
    assert len(mails_to(alone)) == 1


def test_every_alert_that_waited_for_it_is_in_that_mail(cast):
    in_chat_alone(cast, "officer", stages=("T-30", "+1"))
    channel(cast)
    look_on(cast, DAY)
    own = date(2027, 4, 1)
    change(cast, t.obligation, cast.by_key("DEMO-OWN-01/quarterly_report/Y1Q3").id, due_on=own, file_by_on=own, next_look_on=own)
    look_on(cast, NEXT)
    waiting = [row for row in chat_rows(cast) if row.status == "pending"]
    assert len(waiting) > 1
    deliver_on(cast, LocalOutbox(), NEXT, "09:00", chat=Chat(示範頻道=GONE), batch=1)
    (mail,) = mails_to(cast)
    with cast.desk.store.read() as conn:
        items = set(conn.scalars(select(t.inbox_item.c.alert_id).where(t.inbox_item.c.outbox_id == mail.id)))
        hold = (
            t.inbox_item.c.person_id == cast.person("officer").id,
            t.alert.c.state == "raised",
        )  # a date that moved is told by its new one
        hers = set(conn.scalars(select(t.alert.c.id).join(t.inbox_item, t.inbox_item.c.alert_id == t.alert.c.id).where(*hold)))
    assert items == hers
    assert len(items) > 1


def test_a_service_that_stays_away_until_patience_ends_counts_as_gone(alone):
    change(alone, t.outbox, chat_rows(alone)[0].id, attempts=LAST_ATTEMPT - 1)
    deliver_on(alone, LocalOutbox(), DAY, "09:00", chat=Chat(示範頻道=AWAY))
    assert lines(alone) == {"+1": "sent"}
    assert channel_list(alone.ctx("admin")).channels[0].broken_at == at(DAY, "09:00")


def test_while_it_may_still_be_taken_nobody_is_told_twice(alone):
    deliver_on(alone, LocalOutbox(), DAY, "09:00", chat=Chat(示範頻道=AWAY))
    assert (mails_to(alone), notices(alone)) == ([], [])
    chat = Chat()
    deliver_on(alone, LocalOutbox(), DAY, "09:05", chat=chat)
    assert (len(chat.taken), mails_to(alone)) == (1, [])


@pytest.mark.parametrize("first", ["示範頻道", "另一頻道"])
def test_what_one_channel_took_is_not_mailed_because_another_refused_it(cast, first):
    in_chat_alone(cast, "officer")
    channel(cast)
    channel(cast, name="另一頻道", address=SLACK + "9")
    look_on(cast, DAY)
    chat = Chat(**{first: GONE})
    deliver_on(cast, LocalOutbox(), DAY, "09:00", chat=chat)
    assert (len(chat.taken), lines(cast)) == (1, {"+1": ""})
    (mail,) = mails_to(cast)
    assert "== " not in mail.payload_json["text"], "it says of the channel and of nothing else"
    assert notices(cast) == sorted(cast.person(who).email for who in ("admin", "officer"))


@pytest.mark.parametrize("answers", [{"示範頻道": GONE, "另一頻道": GONE}, {"示範頻道": GONE}])
def test_two_workers_whose_channels_answer_at_the_same_moment_make_one_mail_or_none(cast, answers):
    in_chat_alone(cast, "officer")
    channel(cast)
    channel(cast, name="另一頻道", address=SLACK + "9")
    look_on(cast, DAY)
    together, chat = threading.Barrier(2), Chat(**answers)
    chat.on_message = lambda name: together.wait(timeout=60)
    ctx, broken = cast.ctx("system", on=DAY, clock="09:00"), []

    def works() -> None:
        try:
            deliver(ctx, LocalOutbox(), MAILS, wall=lambda: ctx.now, batch=1, chat=chat)
        except BaseException as error:
            broken.append(error)

    change_mails = [row.id for row in outbox_rows(cast, "pending") if row.channel == "mail"]
    for number in change_mails:
        change(cast, t.outbox, number, available_at=at(DAY, "11:00"))
    threads = [threading.Thread(target=works) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert broken == []
    chat.on_message = lambda name: None
    deliver_on(cast, LocalOutbox(), DAY, "09:01", chat=chat)
    assert lines(cast) == {"+1": "sent" if len(answers) == 2 else ""}
    telling = [row for row in mails_to(cast) if "DEMO-OWN-01" in row.payload_json["text"]]
    assert len(telling) == (1 if len(answers) == 2 else 0)


def test_a_broken_channel_is_said_to_whom_it_would_tell_alone_and_to_the_administrator_once(alone):
    deliver_on(alone, LocalOutbox(), DAY, "09:00", chat=Chat(示範頻道=GONE))
    assert notices(alone) == sorted(alone.person(who).email for who in ("admin", "officer"))
    (row,) = channel_list(alone.ctx("admin", on=DAY)).channels
    assert (row.broken_at, row.broken_error) == (at(DAY, "09:00"), str(GONE))
    (seen,) = my_broken_channels(alone.ctx("officer", on=DAY))
    assert (seen.name, seen.since, seen.error) == ("示範頻道", at(DAY, "09:00"), str(GONE))
    assert [my_broken_channels(alone.ctx(who, on=DAY)) for who in ("pi", "chief", "admin")] == [[], [], []]


def test_what_is_raised_while_it_is_broken_goes_by_mail_from_the_first(alone):
    deliver_on(alone, LocalOutbox(), DAY, "09:00", chat=Chat(示範頻道=GONE))
    before, chat = len(chat_rows(alone)), Chat()
    look_on(alone, "2027-04-07")  # Wednesday: +7
    deliver_on(alone, LocalOutbox(), "2027-04-07", "09:00", chat=chat)
    assert lines(alone) == {"+1": "sent", "+7": "sent"}
    assert (len(chat_rows(alone)), chat.taken) == (before, [])


@pytest.mark.parametrize("mended", ["trial", "address", "switched"])
def test_once_mended_alerts_go_there_again_and_what_was_mailed_is_not_said_there_as_well(alone, mended):
    deliver_on(alone, LocalOutbox(), DAY, "09:00", chat=Chat(示範頻道=GONE))
    admin, number = alone.ctx("admin", on=DAY, clock="10:00"), channel_list(alone.ctx("admin")).channels[0].id
    if mended == "trial":
        try_channel(admin, channel_id=number, key=key())
    elif mended == "address":
        entry = {"name": "示範頻道", "address": SLACK + "8", "programme_id": None, "language": "zh_TW"}
        change_channel(admin, channel_id=number, expected_version=1, key=key(), **entry)
    else:
        switch_channel(admin, channel_id=number, active=False, expected_version=1, key=key())
        switch_channel(admin, channel_id=number, active=True, expected_version=2, key=key())
    chat = Chat()
    deliver_on(alone, LocalOutbox(), DAY, "10:05", chat=chat)
    assert my_broken_channels(alone.ctx("officer", on=DAY)) == []
    failed = [row.id for row in chat_rows(alone) if row.status == "failed"]
    retry_deliveries(admin, delivery_ids=failed, key=key())
    deliver_on(alone, LocalOutbox(), DAY, "10:10", chat=chat)
    assert not [said for said in chat.taken if "DEMO-OWN-01" in said]
    assert {row.last_error for row in chat_rows(alone) if row.id in failed} == {"by_mail"}
    look_on(alone, "2027-04-07")
    deliver_on(alone, LocalOutbox(), "2027-04-07", "09:00", chat=chat)
    assert lines(alone) == {"+1": "sent", "+7": ""}
    assert [said for said in chat.taken if "DEMO-OWN-01" in said]


def test_what_the_room_alone_missed_is_said_there_when_it_comes_back(cast):
    put(cast, PolicySet(Policy(("+1",), (ASSISTANT, PI, Level("officer", "+1", channels=("mail", "chat"))))))
    channel(cast)
    look_on(cast, DAY)
    change(cast, t.outbox, chat_rows(cast)[0].id, attempts=LAST_ATTEMPT - 1)
    deliver_on(cast, LocalOutbox(), DAY, "09:00", chat=Chat(示範頻道=AWAY))
    assert lines(cast) == {"+1": "sent"}
    try_channel(cast.ctx("admin", on=DAY, clock="10:00"), channel_id=channel_list(cast.ctx("admin")).channels[0].id, key=key())
    chat = Chat()
    deliver_on(cast, LocalOutbox(), DAY, "10:01", chat=chat)
    assert len([said for said in chat.taken if "DEMO-OWN-01" in said]) == 1


@pytest.mark.parametrize("how", ["off", "removed", "of another programme"])
def test_what_waits_for_a_channel_that_is_taken_away_goes_by_mail(alone, how):
    number, admin = channel_list(alone.ctx("admin")).channels[0].id, alone.ctx("admin", on=DAY, clock="08:30")
    if how == "off":
        switch_channel(admin, channel_id=number, active=False, expected_version=1, key=key())
    elif how == "removed":
        remove_channel(admin, channel_id=number, expected_version=1, key=key())
    else:
        programme_id = alone.project("foreign").programme_id
        change_channel(admin, channel_id=number, name="x", programme_id=programme_id, language="zh_TW", expected_version=1, key=key())
    deliver_on(alone, LocalOutbox(), DAY, "09:00", chat=Chat())
    assert lines(alone) == {"+1": "sent"}
    assert notices(alone) == [], "nothing is broken"


def test_what_she_said_that_she_saw_is_not_mailed(alone):
    with alone.desk.store.transaction() as conn:
        hers = t.inbox_item.c.person_id == alone.person("officer").id
        conn.execute(t.inbox_item.update().where(hers).values(acknowledged_at=at(DAY, "08:00"), acknowledged_via="screen"))
    deliver_on(alone, LocalOutbox(), DAY, "09:00", chat=Chat(示範頻道=GONE))
    assert lines(alone) == {"+1": ""}


def test_a_message_that_cannot_be_worded_goes_by_mail_and_breaks_no_channel(alone):
    change(alone, t.outbox, chat_rows(alone)[0].id, attempts=LAST_ATTEMPT - 1)
    deliver_on(alone, LocalOutbox(), DAY, "09:00", chat=Chat(示範頻道=DeliveryProblem("ours", blame=Blame.OURS)))
    assert (lines(alone), notices(alone)) == ({"+1": "sent"}, [])


def test_the_mail_that_stands_in_waits_for_a_silence_as_any_other(alone):
    pause = {"kind": "pause", "project_id": alone.project("own").id, "reason": "示範", "created_at": at(DAY, "08:00")}
    with alone.desk.store.transaction() as conn:
        conn.execute(t.silence.insert().values(from_at=at(DAY, "08:00"), until_at=at(NEXT, "12:00"), **pause))
    number = channel_list(alone.ctx("admin")).channels[0].id
    switch_channel(alone.ctx("admin", on=DAY), channel_id=number, active=False, expected_version=1, key=key())
    deliver_on(alone, LocalOutbox(), DAY, "09:00", chat=Chat())
    assert lines(alone) == {"+1": "pending"}
    deliver_on(alone, LocalOutbox(), NEXT, "12:01", chat=Chat())
    assert lines(alone) == {"+1": "sent"}


def test_whom_neither_channel_nor_mail_reaches_is_stood_in_for_by_the_next_above(cast):
    levels = (ASSISTANT, PI, Level("officer", "+1", 2, ("chat",)), Level("chief", "+14"))
    put(cast, PolicySet(Policy(("+1", "+14"), levels)))
    channel(cast)
    look_on(cast, "2027-04-02")  # Friday: the second working day, on which the officer alone is told
    officer, chief, admin = (cast.person(who).email for who in ("officer", "chief", "admin"))
    with smtp_sink(refuse={officer: "550 no such mailbox", chief: "550 no such mailbox"}) as sink:
        smtp = SmtpTransport(sink.url)
        deliver_on(cast, smtp, NEXT, "09:00", chat=Chat(示範頻道=GONE))
        assert lines(cast) == {"to:officer": "failed"}
        for clock in ("09:05", "09:10", "09:15", "09:20"):
            look_on(cast, NEXT, clock)
            deliver_on(cast, smtp, NEXT, clock, chat=Chat())
        smtp.close()
        to_admin = [str(mail.get_body().get_content()) for mail in sink.taken if mail["To"].endswith(f"{admin}>")]
    assert lines(cast, "chief") == {"to:officer": "failed"}
    assert lines(cast, "admin") == {"to:officer": "sent"}
    assert len([text for text in to_admin if "DEMO-OWN-01" in text]) == 1
    assert {one["role"] for one in alerts_of(cast)["to:officer", LAST].recipients_json} == {"officer", "chief", "administrator"}
    assert found(cast, NEXT) == {"given_up"}


def test_where_no_address_at_all_takes_it_the_auditor_says_that_nobody_was_reached(cast):
    levels = (ASSISTANT, PI, Level("officer", "+1", 2, ("chat",)))
    put(cast, PolicySet(Policy(("+1",), levels)))
    channel(cast)
    look_on(cast, NEXT)
    with cast.desk.store.read() as conn:
        everybody = dict.fromkeys(conn.scalars(select(t.person.c.email)), "550 no such mailbox")
    with smtp_sink(refuse=everybody) as sink:
        smtp = SmtpTransport(sink.url)
        for clock in ("09:00", "09:05", "09:10", "09:15", "09:20"):
            deliver_on(cast, smtp, NEXT, clock, chat=Chat(示範頻道=GONE))
            look_on(cast, NEXT, clock)
        smtp.close()
        attempts = {row.id: row.attempts for row in outbox_rows(cast)}
        look_on(cast, NEXT, "11:00")
    assert "nobody_left" in found(cast, NEXT)
    assert {row.id: row.attempts for row in outbox_rows(cast)} == attempts, "nobody is written to again whose address refused it"


def test_what_is_passed_on_to_somebody_told_in_a_channel_alone_goes_by_mail(cast):
    in_chat_alone(cast, "officer", stages=("due", "+7"))
    channel(cast)
    look_on(cast, "2027-03-31")  # Wednesday, the legal last day: for the project's people
    for who in ("pi", "assistant", "company_pi"):
        change(cast, t.person, cast.person(who).id, active=False)
    deliver_on(cast, LocalOutbox(), "2027-03-31")
    look_on(cast, "2027-03-31", "08:10")
    deliver_on(cast, LocalOutbox(), "2027-03-31", "08:15", chat=Chat())
    assert lines(cast) == {"due": "sent"}


def test_what_fell_out_of_a_message_about_many_and_is_owed_again_is_told_to_whom_the_channel_alone_would_have_told_it(cast):
    in_chat_alone(cast, "officer", stages=("+1",))
    channel(cast)
    look_on(cast, DAY)
    (message,) = chat_rows(cast)
    assert len(message.payload_json["alerts"]) > 1
    row = cast.by_key(INTERIM_Y1)
    change(cast, t.obligation, row.id, status="submitted", next_look_on=None)
    chat = Chat()
    deliver_on(cast, LocalOutbox(), DAY, "09:00", chat=chat)
    assert len(chat.taken) == 1
    assert row.title_zh not in chat.taken[0]
    change(cast, t.obligation, row.id, status="open", next_look_on=date(2027, 4, 1))  # taken back: the ledger raises no stage twice
    look_on(cast, DAY, "10:00")
    deliver_on(cast, LocalOutbox(), DAY, "10:05", chat=chat)
    assert (lines(cast), len(chat.taken)) == ({"+1": "sent"}, 1)
    (mail,) = mails_to(cast)
    with cast.desk.store.read() as conn:
        told_now = list(conn.scalars(select(t.inbox_item.c.alert_id).where(t.inbox_item.c.outbox_id == mail.id)))
    assert told_now == [alerts_of(cast)["+1", LAST].id], "what the channel did say is not said again"
    look_on(cast, DAY, "11:00")
    deliver_on(cast, LocalOutbox(), DAY, "11:05", chat=chat)
    assert len(mails_to(cast)) == 1


class Picky(Chat):
    """A channel that refuses some messages, by how many it was offered before; LINE and Teams call that 400."""

    def __init__(self, *refused: int) -> None:
        super().__init__()
        self.refused, self.offered = refused, 0

    def carry(self, line, rendered) -> None:
        self.offered += 1
        if self.offered - 1 in self.refused:
            raise DeliveryProblem(f"400 {ANSWERS['request']}", permanent=True, blame=Blame.MESSAGE)
        super().carry(line, rendered)


def offer(cast, chat, *days: int) -> None:
    """One message to the channel on each of these days of April 2027, about a duty that was due the day before."""
    like = cast.by_key(INTERIM_Y1)
    for day in days:
        due, now = date(2027, 4, day - 1), f"2027-04-{day:02d}"
        copied = {
            n: getattr(like, n) for n in like._fields if n not in ("id", "key", "period_label", "due_on", "file_by_on", "next_look_on")
        }
        dated = {"key": f"DEMO-OWN-01/interim_report/{day}", "period_label": str(day), "due_on": due, "file_by_on": due}
        with cast.desk.store.transaction() as conn:
            conn.execute(t.obligation.update().values(next_look_on=None))
            conn.execute(t.obligation.insert().values(**copied, **dated, next_look_on=date(2027, 4, day)))
        look_on(cast, now)
        deliver_on(cast, LocalOutbox(), now, "09:00", chat=chat)


def broken_since(cast):
    return channel_list(cast.ctx("admin")).channels[0].broken_at


@pytest.fixture
def works(cast):
    """The officer is told in one channel alone, and that works."""
    in_chat_alone(cast, "officer", stages=("+1",))
    channel(cast)
    return cast


def test_one_message_that_a_service_does_not_take_goes_by_mail_and_breaks_no_channel(works):
    chat = Picky(1)
    offer(works, chat, 6, 7, 8)  # Tuesday to Thursday
    (mail,) = mails_to(works)
    assert mail.status == "sent"
    assert "DEMO-OWN-01/interim_report/7" in {alert_key(works, number) for number in told_by_mail(works, mail)}
    assert (len(chat.taken), broken_since(works), notices(works)) == (2, None, [])
    assert found(works, "2027-04-08") <= {"given_up", "missing"}, "missing: the duties that are not looked at here"


def alert_key(cast, alert_id: int) -> str:
    wanted = select(t.obligation.c.key).join(t.alert, t.alert.c.obligation_id == t.obligation.c.id).where(t.alert.c.id == alert_id)
    with cast.desk.store.read() as conn:
        return conn.execute(wanted).scalar_one()


def told_by_mail(cast, mail) -> list[int]:
    with cast.desk.store.read() as conn:
        return list(conn.scalars(select(t.inbox_item.c.alert_id).where(t.inbox_item.c.outbox_id == mail.id)))


@pytest.mark.parametrize(("refused", "broken"), [((1, 2), None), ((1, 2, 4, 5), None), ((1, 2, 3), 9), ((0,), 6)])
def test_several_in_a_row_or_the_very_first_are_the_channels_fault(works, refused, broken):
    offer(works, Picky(*refused), 6, 7, 8, 9, 12, 13)  # Tuesday to Friday, Monday and Tuesday
    on = [row.broken_at for row in channel_list(works.ctx("admin")).channels]
    mails = [mail for mail in mails_to(works) if mail.alert_id or told_by_mail(works, mail)]
    if broken is None:
        assert (on, notices(works)) == ([None], [])
        assert len(mails) == len(refused)
    else:
        assert on == [at(f"2027-04-{broken:02d}", "09:00")]
        assert notices(works) == sorted(works.person(who).email for who in ("admin", "officer"))
        assert {row.status for row in mails} == {"sent"}


def test_one_message_tried_again_by_hand_is_not_several(works):
    both = Level("officer", "+1", channels=("mail", "chat"))  # so that the message itself still has something to tell
    put(works, PolicySet(Policy(("+1",), (ASSISTANT, PI, both, Level("chief", "+7")))))
    chat = Picky(1, 2, 3, 4)
    offer(works, chat, 6, 7)
    for clock in ("10:00", "11:00", "12:00"):
        (row,) = [row for row in chat_rows(works) if row.status == "failed"]
        retry_deliveries(works.ctx("admin", on="2027-04-07", clock=clock), delivery_ids=[row.id], key=key())
        deliver_on(works, LocalOutbox(), "2027-04-07", clock, chat=chat)
    assert broken_since(works) is None


def test_a_trial_that_is_refused_breaks_the_channel_at_once(works):
    chat = Picky(1)
    offer(works, chat, 6)
    admin, number = works.ctx("admin", on="2027-04-06", clock="10:00"), channel_list(works.ctx("admin")).channels[0].id
    try_channel(admin, channel_id=number, key=key())
    deliver_on(works, LocalOutbox(), "2027-04-06", "10:01", chat=chat)
    assert broken_since(works) == at("2027-04-06", "10:01")
