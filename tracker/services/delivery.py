"""Delivering what was raised: claim a few mails, hand them over outside any transaction, mark each one.

Marked after sending: a crash in between costs at most one extra copy (with the same Message-ID) and never a mail. What
no longer holds is cancelled in the last moment before it would go out.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from tracker.domain.patience import LAST_ATTEMPT, REMEMBERED, retry_after
from tracker.notify import mail
from tracker.notify.signed import without_keys
from tracker.notify.transport import DeliveryProblem, Transport
from tracker.services import chat_instead, policy, restores, silences
from tracker.services.alert_mail import MailSettings, message
from tracker.services.chat_delivery import ChatCarrier, ChatLine, prepared, split_off
from tracker.services.context import Context
from tracker.services.letters import GONE_FOR_GOOD, Letter, read_letter, rendered, silence_of
from tracker.services.letters import why_cancel as why_cancel
from tracker.services.mail_language import changed_language
from tracker.services.mail_names import name_by_contents
from tracker.services.own_words import WordsInForce, words_in_force
from tracker.services.policy import INSTALLATION, Act
from tracker.services.signals import recheck
from tracker.services.unworded import Unworded, handing_over, wording
from tracker.store import digests, outbox, q_mails, q_reminders, q_unheard
from tracker.store.writing import Tx

BATCH = 20
LEASE = timedelta(seconds=300)  # longer than the two times 120 seconds that a mail server is given, before and after the dot
RENEW_AT = 1 / 6  # of the lease: with 50 of 300 seconds used up there is still time for one more server that uses up all of its own


@dataclass(frozen=True)
class DeliveryResult:
    """What became of the claimed mails."""

    claimed: int = 0
    sent: int = 0
    retried: int = 0
    failed: int = 0
    cancelled: int = 0
    put_off: int = 0

    def __add__(self, other: DeliveryResult) -> DeliveryResult:
        return DeliveryResult(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def deliver(
    ctx: Context,
    transport: Transport,
    settings: MailSettings,
    *,
    wall: Callable[[], datetime],
    batch: int = BATCH,
    lease: timedelta = LEASE,
    stop: Callable[[], bool] = lambda: False,
    chat: ChatCarrier | None = None,
) -> DeliveryResult:
    """Claim and deliver one batch; `claimed` 0 means that nothing waits. The worker only.

    `transport` carries mails, `chat` what is for chat channels. `wall` is the machine's clock, by which leases run: the day's
    business (`ctx.now`) may stand still in a demo. `stop` is asked between mails; what was not tried is given back.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    with ctx.store.read() as conn:
        if not outbox.anything_to_send(conn, now=ctx.now, wall=wall()):
            return DeliveryResult()
    run = _Run(ctx, transport, settings, uuid.uuid4().hex, wall, lease, chat)
    untried = run.claim(batch)
    done = DeliveryResult(claimed=len(untried) + run.kept_back, put_off=run.kept_back)
    try:
        recheck(ctx, untried)
        while untried and not stop() and run.still_holds(untried[0]):
            done += run.deliver_or_set_aside(untried.pop(0))
        run.after_an_outage()
    finally:  # where one broke off, it may have gone out: it keeps its claim until the lease ends, and its attempt
        if untried:
            ctx.store.write_quiet(ctx.now, lambda tx: outbox.release(tx.conn, untried, owner=run.owner))
    return done


@dataclass
class _Run:
    """One claim of one worker."""

    ctx: Context
    transport: Transport
    settings: MailSettings
    owner: str
    wall: Callable[[], datetime]
    lease: timedelta
    chat: ChatCarrier | None = None
    held_since: datetime | None = None
    mine: set[int] | None = None
    words: WordsInForce | None = None
    kept_back: int = 0
    ways: set[tuple[str, int | None]] = field(default_factory=set)

    def claim(self, batch: int) -> list[int]:
        self.held_since = self.wall()

        def body(tx: Tx) -> list[int]:
            taken = outbox.claim(tx.conn, owner=self.owner, now=self.ctx.now, wall=self.held_since, lease=self.lease, batch=batch)
            free = restores.not_kept_back(tx, taken)
            self.kept_back = len(taken) - len(free)
            mine = q_reminders.join(tx.conn, free, owner=self.owner, now=self.ctx.now)
            name_by_contents(tx, mine)
            return mine

        return self._quiet(body)

    def still_holds(self, row_id: int) -> bool:
        """Prolong the lease when some of it is used up; False where another worker has taken this mail over."""
        at = self.wall()
        if at - self.held_since >= self.lease * RENEW_AT:
            self.held_since = at
            self.mine = self._quiet(lambda tx: outbox.renew(tx.conn, owner=self.owner, until=at + self.lease))
        return self.mine is None or row_id in self.mine

    def after_an_outage(self) -> None:
        """Where something went out, what was given up on that same way because nothing did is tried with fresh patience, for a week."""
        since = self.ctx.now - REMEMBERED
        for way in sorted(self.ways, key=str):
            self._quiet(lambda tx, way=way: outbox.patience_again(tx.conn, *way, attempts=LAST_ATTEMPT, since=since, now=self.ctx.now))

    def deliver_or_set_aside(self, row_id: int) -> DeliveryResult:
        """Deliver one message. One that cannot even be worded is tried again later, then given up, and holds up no other."""
        try:
            return self.deliver_one(row_id)
        except Unworded as fault:
            with self.ctx.store.read() as conn:
                row = outbox.of(conn, row_id)
            return self._failed(row, fault.problem)

    def deliver_one(self, row_id: int) -> DeliveryResult:
        letter, words = self._read(row_id)
        if letter.row.channel == "chat":
            return self._chat(row_id)
        if letter.why is None and letter.silence is not None and self._waits(letter):
            return DeliveryResult(put_off=1)
        self._put_off_lines(letter)
        if letter.why is None and letter.is_empty:
            letter.why = digests.JOINED
        if letter.why:
            self._cancel(letter)
            return DeliveryResult(cancelled=1)
        words = words or self._rendered(letter)
        if not self.still_holds(row_id):  # to word a huge digest may take long: whoever has it now sends it
            return DeliveryResult()
        try:
            name = self._send(letter, words)
        except (DeliveryProblem, mail.BadAddress) as problem:
            return self._failed(letter.row, problem)
        said = {"subject": words.subject, "text": without_keys(words.text), "via": name, **changed_language(letter.row)}
        self._mark(letter, {**letter.row.payload_json, **said})
        return self._went(letter.row)

    def _read(self, row_id: int) -> tuple[Letter, mail.Rendered | None]:
        """The mail as it stands, why it must not go out any more, and what of it has to wait; its words where all of it goes."""
        with wording(row_id), self.ctx.store.read() as conn:
            if self.words is None:
                self.words = words_in_force(conn)
            letter = read_letter(conn, row_id, today=self.ctx.today, now=self.ctx.now)
            goes = letter.row.channel == "mail" and not (letter.why or letter.silence or letter.silenced)
            return letter, self._worded(conn, letter) if goes else None

    def _rendered(self, letter: Letter) -> mail.Rendered:
        with wording(letter.row.id), self.ctx.store.read() as conn:
            return self._worded(conn, letter)

    def _worded(self, conn: Connection, letter: Letter) -> mail.Rendered:
        return rendered(letter, self.settings, self.words, conn=conn, today=self.ctx.today, at=self.ctx.now)

    def _send(self, letter: Letter, words: mail.Rendered) -> str:
        """Hand it over, and say by what."""
        with handing_over(letter.row.id, self.transport):
            self.transport.send(message(letter.row, words, self.settings, self.ctx.now))
        return self.transport.name

    def _chat(self, row_id: int) -> DeliveryResult:
        """One message to a chat channel: as with a mail, what no longer holds falls away and what is silenced waits."""
        line = self._line(row_id)
        if line.row.lease_owner != self.owner:  # given up with another message, which showed that the channel takes nothing
            return DeliveryResult()
        silenced = self._silenced(line)
        if silenced and len(silenced) == len(line.told):
            held = {"owner": self.owner, "silence_id": next(iter(silenced.values())), "now": self.ctx.now}
            if self._quiet(lambda tx: silences.put_off(tx, row_id, **held)):
                return DeliveryResult(put_off=1)
        elif silenced:
            self._quiet(lambda tx: split_off(tx, line, silenced, owner=self.owner, now=self.ctx.now))
            line = self._line(row_id)
        if line.why or line.rendered is None:
            chat_instead.cancelled(self.ctx, line.row, line.why or "", owner=self.owner)
            return DeliveryResult(cancelled=1)
        try:
            if self.chat is None:
                raise DeliveryProblem("nothing carries this channel here")
            with handing_over(row_id, None):
                self.chat.carry(line, line.rendered)
        except DeliveryProblem as problem:
            return self._failed(line.row, problem)
        words = {"subject": line.rendered.subject, "text": line.rendered.text, "via": self.chat.name}
        chat_instead.taken(self.ctx, line, words, owner=self.owner)
        return self._went(line.row)

    def _line(self, row_id: int) -> ChatLine:
        with wording(row_id), self.ctx.store.read() as conn:
            return prepared(
                conn, row_id, today=self.ctx.today, settings=self.settings, secrets=self.ctx.secrets, why_cancel=why_cancel
            )  # fmt: skip

    def _silenced(self, line: ChatLine) -> dict[int, int]:
        """The alerts of a message that a silence holds back, with the silence."""
        with self.ctx.store.read() as conn:
            held = {one.alert_id: silence_of(conn, one, self.ctx.now) for one in line.told}
        return {alert_id: silence for alert_id, silence in held.items() if silence is not None}

    def _waits(self, letter: Letter) -> bool:
        """Put a mail off until its silence ends; False where the silence was lifted just now."""
        held = {"owner": self.owner, "silence_id": letter.silence, "now": self.ctx.now}
        return self._quiet(lambda tx: silences.put_off(tx, letter.row.id, **held))

    def _put_off_lines(self, letter: Letter) -> None:
        """Move what is silenced out of a digest; what was released just now goes out with it."""
        for silence_id, (lines, news) in letter.silenced.items():
            held = {"owner": self.owner, "silence_id": silence_id, "now": self.ctx.now}
            out = {"items": [line.item_id for line in lines], "notices": [one.item_id for one in news]}
            if not self._quiet(lambda tx, out=out, held=held: silences.put_off_lines(tx, letter.row.id, **out, **held)):
                letter.lines += lines
                letter.news += news

    def _mark(self, letter: Letter, payload: dict[str, Any]) -> None:
        """It went out. What a digest did not tell is kept with its reason; where nobody got an alert, the ledger says so."""

        def body(tx: Tx) -> list[int]:
            row = letter.row
            if not outbox.mark_sent(tx.conn, row.id, owner=self.owner, at=self.ctx.now, payload=payload, address=row.address):
                return []
            digests.leave_out(tx.conn, letter.fallen, letter.fallen_news)
            q_unheard.mark(tx.conn, letter.unheard, self.ctx.now)
            return outbox.cancel_alerts_nobody_got(tx.conn, letter.gone)

        self._ended(letter, "sent", body)

    def _cancel(self, letter: Letter) -> None:
        """Cancel one mail; when nobody got an alert that no longer holds, the ledger says so too, with its Event."""
        row, why = letter.row, letter.why or ""
        gone = [row.alert_id] if row.alert_id is not None and why in GONE_FOR_GOOD else letter.gone

        def body(tx: Tx) -> list[int]:
            if outbox.mark_cancelled(tx.conn, row.id, owner=self.owner, why=why):
                digests.leave_out(tx.conn, letter.fallen, letter.fallen_news)
                q_unheard.mark(tx.conn, letter.unheard, self.ctx.now)
            return outbox.cancel_alerts_nobody_got(tx.conn, gone)

        self._ended(letter, why, body, gone)

    def _ended(self, letter: Letter, how: str, body: Callable[[Tx], list[int]], gone: Sequence[int] = ()) -> None:
        """End a mail: quietly, or with an Event where the ledger may change."""
        gone = gone or letter.gone
        if not gone:
            self._quiet(body)
            return

        def recorded(tx: Tx) -> dict:
            cancelled = body(tx)
            tx.record("alerts", gone[0], {"mail": letter.row.id, "why": how, "cancelled": cancelled})
            return {}

        row_id = letter.row.id
        self.ctx.store.write(self.ctx.request("alerts.cancel", f"cancel:{self.owner}:{row_id}", how), recorded)

    def _went(self, row: Row) -> DeliveryResult:
        self.ways.add((row.channel, row.chat_channel_id))
        return DeliveryResult(sent=1)

    def _failed(self, row: Row, problem: Exception) -> DeliveryResult:
        pause = retry_after(row.attempts)
        refused = getattr(problem, "permanent", True)
        if refused or pause is None:
            return DeliveryResult(failed=self._give_up(row, problem, refused))
        again = self.ctx.now + pause
        self._quiet(lambda tx: outbox.mark_retry(tx.conn, row.id, owner=self.owner, available_at=again, error=str(problem)))
        return DeliveryResult(retried=1)

    def _give_up(self, row: Row, problem: Exception, refused: bool) -> int:
        """How many messages were given up. Where a mail was refused, the next look sees whether anybody else hears of what it tells."""
        if row.channel == "chat":
            return chat_instead.given_up(self.ctx, row, problem, owner=self.owner)

        def body(tx: Tx) -> None:
            if refused and q_mails.mail(tx.conn, row.id).address != row.address:  # it was corrected while the old one answered
                outbox.mark_retry(tx.conn, row.id, owner=self.owner, available_at=self.ctx.now, error=str(problem))
                return
            given_up = outbox.mark_failed(tx.conn, row.id, owner=self.owner, error=str(problem), refused=refused)
            if given_up and refused:
                q_unheard.mark(tx.conn, q_mails.alerts_told(tx.conn, row.id), self.ctx.now)

        self._quiet(body)
        return 1

    def _quiet(self, body: Callable[[Tx], Any]) -> Any:
        return self.ctx.store.write_quiet(self.ctx.now, body)
