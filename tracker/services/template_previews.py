"""Trying a template before it is saved: on real obligations and notices where there are some in its situation, else on a made-up one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row

from tracker.domain.statuses import HANDED_IN, Confidence, DischargedBy, Kind, ObligationStatus
from tracker.i18n import Translator
from tracker.notify import chat_words, digest, mail, message_sorts, notice_wording, wording
from tracker.notify.alert_sorts import ALERTS
from tracker.notify.chat import ChatText
from tracker.notify.notice_wording import NoticeText
from tracker.notify.sorts import Slot, Sort
from tracker.notify.templates import Words
from tracker.notify.wording import AlertText
from tracker.services import policy
from tracker.services.alert_mail import alert_text
from tracker.services.alert_templates import Candidate, asked, problems_of, said_by
from tracker.services.context import Context
from tracker.services.errors import NotFound, Problem
from tracker.services.notices import text_of
from tracker.services.own_words import WordsInForce, words_in_force
from tracker.services.policy import INSTALLATION, Act
from tracker.services.template_samples import made_up_alert, made_up_notice, read_on, role_of, stage_of
from tracker.store import q_examples, q_notices
from tracker.store import tables as t

MOST = 6
MADE_UP = "made-up"
#: What stands in a mail of several things while it is tried.
_LINES = {digest.URGENT: ("overdue", "today"), digest.DIGEST: ("before", "notice_only", "meeting")}


@dataclass(frozen=True)
class Example:
    """What a template is tried on. `real`: a stored obligation or notice; `on`: the day on which it is read, None: as things stand today.

    `what_zh` and `what_en` name it together with its project's code. `says`: where the words come from that a message about it would
    really say, which may be more particular ones than those that are tried.
    """

    key: str
    real: bool
    on: date | None
    what_zh: str
    what_en: str
    about: AlertText | NoticeText | tuple[AlertText, ...]
    says: Candidate | None = None


@dataclass(frozen=True)
class Preview:
    """A mail as it would go out with these words, and what is wrong with them (then nothing of it can be saved)."""

    subject: str
    text: str
    html: str
    problems: tuple[Problem, ...]


def examples(ctx: Context, *, name: str, programme_id: int | None = None) -> list[Example]:
    """Up to `MOST` things to try the template of this name on, those of today first; last, a made-up one. Administrators.

    An obligation that is not in the template's situation today is read on the day on which it will be, or was. Raises NotFound for an
    unknown name.
    """
    policy.authorise(ctx.viewer, Act.EDIT_TEMPLATES, INSTALLATION)
    try:
        slot = message_sorts.named(name)
    except KeyError:
        raise NotFound() from None
    with ctx.store.read() as conn:
        if slot.sort.name in digest.SORTS:
            return _several(ctx, conn, slot.sort.name, programme_id)
        found = (_obligations if slot.sort.name in ALERTS else _notices)(ctx, conn, slot, programme_id)
    return [*found, made_up(name, ctx.today)]


def made_up(name: str, today: date) -> Example:
    """A made-up thing of this name's sort, read `today` (Asia/Taipei). Raises KeyError for an unknown name."""
    slot = message_sorts.named(name)
    sort = slot.sort.name
    if sort in digest.SORTS:
        about = tuple(made_up_alert(one, "", today) for one in _LINES[sort])
        return Example(MADE_UP, False, None, Translator("zh_TW")("Sample"), Translator("en")("Sample"), about)
    sample = made_up_alert(sort, slot.stage, today, slot.kind) if sort in ALERTS else made_up_notice(sort, today, slot.kind)
    return _example(MADE_UP, False, None, sample)


def preview(example: Example, *, name: str, words: Words, language: str, reader: str, link: str) -> Preview:
    """The mail about an example in these words, in one language, addressed to `reader`. Raises KeyError for an unknown name."""
    sort, own = message_sorts.named(name).sort, {name: words}
    if isinstance(example.about, tuple):
        lines = [digest.Line(about, link) for about in example.about]
        urgent, to = name == digest.URGENT, digest.Addresses(link, link)
        rendered = digest.render(lines, language=language, name=reader, urgent=urgent, addresses=to, own=own)
    else:
        render = mail.render if isinstance(example.about, AlertText) else mail.render_notice
        if isinstance(example.about, AlertText) and example.about.role == "institution":
            link = ""  # she has no account
        rendered = render(example.about, language=language, name=reader, link=link, own=own)
    return Preview(rendered.subject, rendered.text, rendered.html, tuple(problems_of(words, sort)))


def preview_chat(example: Example, *, name: str, words: Words, language: str, service: str, link: str) -> ChatText:
    """What a channel of that service is told about an example in these words. Raises KeyError for an unknown name."""
    message_sorts.named(name)
    assert isinstance(example.about, AlertText)
    about = replace(example.about, role=chat_words.READER)
    return chat_words.one(Translator(language), about, link, service, {name: words})


def _several(ctx: Context, conn: Connection, name: str, programme_id: int | None) -> list[Example]:
    """The mail of several things: those that are due next or overdue in fact, and a made-up one."""
    found = [one.about for sort in _LINES[name] for one in _obligations(ctx, conn, Slot(ALERTS[sort]), programme_id) if one.on is None][
        :MOST
    ]
    t, u = Translator("zh_TW"), Translator("en")
    real = [Example("several", True, None, t("{n} things", n=len(found)), u("{n} things", n=len(found)), tuple(found))]
    return [*(real if len(found) > 1 else []), made_up(name, ctx.today)]


def _obligations(ctx: Context, conn: Connection, slot: Slot, programme_id: int | None) -> list[Example]:
    those = [*_those(slot.sort), *((t.obligation.c.kind == slot.kind,) if slot.kind else ())]
    rows = q_examples.obligations_near(
        conn, ctx.today, policy.scope(ctx.viewer, t.obligation), programme_id=programme_id, those=those, limit=4 * MOST
    )
    words = words_in_force(conn)
    found = [example for row in rows if (example := _read(row, slot, ctx.today, words))]
    return sorted(found, key=lambda one: one.on is not None)[:MOST]


def _those(sort: Sort) -> Sequence[ColumnElement[bool]]:
    """The obligations that may come into a sort's situation; what exactly holds is asked of `wording.sort_of`."""
    o, name = t.obligation, sort.name
    if name == "meeting":
        return (o.c.kind == Kind.MEETING,)
    if name in ("notice_only", "renewal_free"):
        renewal = o.c.kind == Kind.APPROVAL_RENEWAL
        return (o.c.duty.is_(False), o.c.kind != Kind.MEETING, renewal if name == "renewal_free" else ~renewal)
    if name.startswith("file_elsewhere"):
        return (o.c.discharged_by == DischargedBy.EXTERNAL, o.c.discharged_on.is_(None), o.c.status.in_(sorted(HANDED_IN)))
    unsure = o.c.confidence == Confidence.ASSUMED
    of_calls = (o.c.kind == Kind.DATA_CALL,) if sort.group == "by_hand" else ()
    return (o.c.duty.is_(True), o.c.status == ObligationStatus.OPEN, unsure if sort.unconfirmed else ~unsure, *of_calls)


def _read(row: Row, slot: Slot, today: date, words: WordsInForce) -> Example | None:
    """The obligation read today if it is in this situation, else on the day on which it is; None where it never is."""
    sort, stage = slot.sort, slot.stage
    for day in (today, read_on(sort.name, stage, row.file_by_on or row.due_on, row.due_on)):
        about = alert_text(_Staged(row, stage_of(sort.name, stage, day)), role_of(sort.name), day)
        if wording.sort_of(about) == sort.name and (not stage or day != today or _falls_on(sort, stage, row, day)):
            return _example(f"o{row.id}", True, None if day == today else day, about, _says(words, sort, row.programme_id, about))
    return None


def _says(words: WordsInForce, sort: Sort, programme_id: int | None, about: AlertText | NoticeText) -> Candidate:
    """Where the words come from that are really said of it."""
    of_alert = isinstance(about, AlertText)
    stage, kind = (about.stage, about.kind) if of_alert else ("", about.obligation_kind)
    slot = Slot(sort, stage if stage in sort.stages else "", kind if kind in sort.kinds else "")
    return said_by(asked(words.of(programme_id), slot, programme_id))


def _falls_on(sort: Sort, stage: str, row: Row, day: date) -> bool:
    return day == read_on(sort.name, stage, row.file_by_on or row.due_on, row.due_on)


@dataclass(frozen=True)
class _Staged:
    """An obligation's row with the stage of a reminder that was never raised."""

    row: Row
    stage: str

    def __getattr__(self, name: str) -> object:
        return getattr(self.row, name)


def _notices(ctx: Context, conn: Connection, slot: Slot, programme_id: int | None) -> list[Example]:
    scope = policy.scope(ctx.viewer, t.notice)
    ids = q_examples.notice_ids(conn, slot.sort.name, scope, programme_id=programme_id, obligation_kind=slot.kind, limit=MOST)
    words, rows = words_in_force(conn), q_notices.by_ids(conn, ids)
    texts = [(row, text_of(row)) for row in rows]
    return [_example(f"n{row.item_id}", True, None, text, _says(words, slot.sort, row.programme_id, text)) for row, text in texts]


def _example(key: str, real: bool, on: date | None, about: AlertText | NoticeText, says: Candidate | None = None) -> Example:
    named = [_name(Translator(language), about) for language in ("zh_TW", "en")]
    return Example(key, real, on, *named, about, says)


def _name(t: Translator, about: AlertText | NoticeText) -> str:
    what = wording.what(t, about) if isinstance(about, AlertText) else notice_wording.what(t, about)
    return " · ".join(part for part in (about.project_code, what) if part)
