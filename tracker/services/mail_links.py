"""A link out of a mail, on its way in: whose it is, whether it is still good, and with which rights it acts now."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.domain.minguo import both
from tracker.i18n import Translator
from tracker.notify import wording
from tracker.notify.signed import BadLink, LinkAct, MailLink
from tracker.services.alert_acts import AlertActs
from tracker.services.alert_mail import links_of
from tracker.services.context import Context
from tracker.services.errors import ServiceError
from tracker.services.viewer import load_viewer

__all__ = ["LinkAct", "LinkRefused", "OpenedLink", "Words", "open_link", "words_of"]


class LinkRefused(ServiceError):
    """The link does nothing, and why; `status` is what HTTP calls it. Signing in always helps."""

    def __init__(self, status: int, msgid: str, **params: object) -> None:
        super().__init__(msgid, **params)
        self.status = status


@dataclass(frozen=True)
class OpenedLink:
    """A good link with the context of its recipient, who acts with the rights she has at this moment."""

    ctx: Context
    link: MailLink


@dataclass(frozen=True)
class Words:
    """What a page says of an alert, in its reader's language; `facts` are (label, text)."""

    headline: str
    facts: tuple[tuple[str, str], ...]


def open_link(ctx: Context, token: str, *, public_url: str, signed_in_as: int | None = None) -> OpenedLink:
    """Read a token that somebody brought. It opens nothing but the acts that it names, for the person that it names.

    `signed_in_as`: who is signed in at that browser; a link that was passed on does nothing in another person's hands. Raises LinkRefused.
    """
    links = links_of(ctx.secrets, public_url)
    try:
        link = links.read(token)
    except BadLink as bad:
        raise LinkRefused(404, "This link is not complete, or not ours. A mail program may have cut it off.") from bad
    if link.has_ended(ctx.now):
        raise LinkRefused(410, "This link was good for 30 days, and they are over.")
    if signed_in_as is not None and signed_in_as != link.person_id:
        raise LinkRefused(403, "This link was sent to somebody else. You are signed in under your own name, so it does nothing here.")
    with ctx.store.read() as conn:
        viewer = load_viewer(conn, link.person_id, ctx.today)
    if viewer is None:
        raise LinkRefused(403, "The account that this link was sent to is switched off.")
    if link.mailbox and link.mailbox != links.mailbox(viewer.email):
        raise LinkRefused(403, "This link was mailed to an address that this account does not have any more.")
    return OpenedLink(ctx.as_viewer(viewer), link)


def words_of(t: Translator, found: AlertActs, ctx: Context) -> Words:
    """The alert in the words of its mail, with its days in both calendars."""
    text = found.item.text(ctx.today)
    facts = [(t("The project"), text.project_code), (t("What it is about"), wording.what(t, text))]
    facts.append((t("Legal last day") if text.duty else t("Day"), wording.day_text(t, text.due_on)))
    if text.duty and text.file_by_on != text.due_on:
        facts.append((t("Last safe day to file"), wording.day_text(t, text.file_by_on)))
    facts.append((t("Stage"), wording.stage_text(t, text.stage)))
    if found.item.snoozed_until_on is not None:
        facts.append((t("You are reminded again on"), both(found.item.snoozed_until_on)))
    if found.asked is not None:
        facts.append((t("You asked"), found.asked.name))
    headline = t("Settled since: {what}", what=wording.what(t, text)) if found.item.settled else wording.headline(t, text)
    return Words(headline, tuple(facts))
