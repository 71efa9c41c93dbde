"""Words of the screens about mails: states, sorts, what one waits for, why one was cancelled."""

from __future__ import annotations

from tracker.i18n import Translator
from tracker.notify import wording
from tracker.notify.notice_wording import NAME_MSGIDS
from tracker.services.delivery_desk import MailRow
from tracker.services.delivery_list import CANCELLED_MSGIDS
from tracker.services.readdressed import Readdressed
from tracker.ui.components import instant_text
from tracker.ui.guard import Screen

STATUS_MSGIDS: dict[str, tuple[str, str, str]] = {
    "failed": ("failed", "red", "error"),
    "held": ("held by the brake", "orange", "front_hand"),
    "pending": ("waiting", "blue", "schedule"),
    "sending": ("being sent", "blue", "outgoing_mail"),
    "sent": ("sent", "green", "check_circle"),
    "cancelled": ("cancelled", "gray", "cancel"),
}
SORT_MSGIDS = {
    "one": "one thing",
    "digest": "several things",
    "again": "copy sent by hand",
    "snoozed": "put off by its reader",
    "trial": "trial",
}
CHANNEL_MSGIDS = {"mail": "mail", "chat": "chat"}
WHY_MSGIDS = {
    "silence": "held by a silence",
    "quiet": "in the reader's quiet hours",
    "day_off": "on the reader's day off",
    "retry": "the server refused for now",
    "digest": "for the digest of the day",
    "later": "its time has not come",
    "now": "next to go",
    "brake": "held by the brake",
}
BY_HAND_MSGID = "cancelled by hand"


def reason_text(screen: Screen, code: str) -> str:
    """Why a mail was cancelled, or what the server said, as a sentence."""
    if code == "by_hand":
        return screen.t(BY_HAND_MSGID)
    return screen.t(CANCELLED_MSGIDS[code]) if code in CANCELLED_MSGIDS else code


def given_up_again(t: Translator, moved: Readdressed) -> str:
    """That what was given up for an old address goes to the new one; nothing where nothing does."""
    if not moved.again:
        return ""
    return t("What was given up for the old address and still holds goes to the new one in one mail: {n}.", n=moved.again)


def about_text(screen: Screen, row: MailRow) -> str:
    """What a mail is about, in a few words."""
    t = screen.t
    if row.notice:
        return t(NAME_MSGIDS.get(row.notice, row.notice))
    if row.stage:
        return wording.stage_text(t, row.stage)
    return t("Things: {n}", n=row.things) if row.sort == "digest" else t(SORT_MSGIDS[row.sort])


def title_text(screen: Screen, row: MailRow) -> str:
    """The subject of a mail; of one that has none yet, what it is going to tell of."""
    t = screen.t
    if row.subject:
        return row.subject
    if row.project:
        return f"{t.pick(row.title_zh, row.title_en)} ({row.project})"
    if row.sort == "digest":
        if row.why == "silence":
            return t("Told after the silence: {n}", n=row.things)
        return t("Urgent, told together: {n}", n=row.things) if row.urgent else t("Digest of the day: {n}", n=row.things)
    return about_text(screen, row)


def when_text(screen: Screen, row: MailRow) -> str:
    """When it went, or from when it may go and what it waits for."""
    t = screen.t
    if row.sent_at:
        return t("Sent at {at}, attempts: {n}", at=instant_text(row.sent_at), n=row.attempts)
    if row.status == "held":
        return t("Waits for an administrator to let it go")
    if row.status in ("pending", "sending"):
        at = instant_text(row.available_at)
        told = t("From {at}, attempts: {n}", at=at, n=row.attempts) if row.attempts else t("Leaves from {at}", at=at)
        return told + (f" · {t(WHY_MSGIDS[row.why])}" if row.why else "")
    return t("Attempts: {n}", n=row.attempts)
