"""What messages say, edited by administrators: the words of a sort in both languages, for one programme or for all.

Nothing is overwritten: an edit adds a row, taking back marks the rows, and the built-in words come back. What a message must say besides,
its facts, its reasons and its one link are no part of a template and cannot be taken out of a mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select, update

from tracker.notify import message_sorts, templates
from tracker.notify.sorts import Slot, Sort, slot_name
from tracker.notify.templates import FOR_ALL, OwnWords, Words
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.own_words import words_in_force, words_of
from tracker.services.policy import INSTALLATION, Act
from tracker.store import q_templates
from tracker.store import tables as t
from tracker.store.writing import Tx

BUILT_IN, GENERAL, PROGRAMME = "built_in", "general", "programme"
_FAULTS = {"subject": templates.faults_of_subject, "opening": templates.faults_of_opening, "chat": templates.faults_of_chat}
FIELDS = ("subject_zh", "opening_zh", "chat_zh", "subject_en", "opening_en", "chat_en")


@dataclass(frozen=True)
class TemplateRow:
    """One sort of message in one programme (or in general): `origin` is where its words come from. `refined` are the slots within it, of
    single stages and kinds, that have words of their own here."""

    sort: Sort
    origin: str
    refined: tuple[Slot, ...]


@dataclass(frozen=True)
class TemplateVersion:
    """One set of words that held or holds here. Instants are aware; an empty name is the system's."""

    id: int
    words: Words
    editor: str
    edited_at: datetime
    taker: str
    taken_back_at: datetime | None


@dataclass(frozen=True)
class Candidate:
    """One place where the words of a message may come from: `slot` in the programme or for all; None: the built-in words. The first that
    is `written` is what is said."""

    origin: str
    slot: Slot | None
    written: bool


@dataclass(frozen=True)
class TemplateView:
    """The words of one slot in one programme (None: in general).

    `words` hold now and come from `origin`; `version` is the row that holds *here*, None where nothing was written here. `without` is
    what would be said after taking it back. `asked` are all places for the words of such a message, in the order in which they are asked.
    """

    slot: Slot
    programme_id: int | None
    words: Words
    origin: str
    version: int | None
    without: Words
    asked: tuple[Candidate, ...]
    history: tuple[TemplateVersion, ...]

    @property
    def name(self) -> str:
        """The slot's name: "before", "before/T-30", "before@final_report"."""
        return self.slot.name

    @property
    def sort(self) -> Sort:
        return self.slot.sort


def template_list(ctx: Context, *, programme_id: int | None = None) -> list[TemplateRow]:
    """Every sort of message that may have its own words in this programme (None: in general), and where they come from. Administrators."""
    policy.authorise(ctx.viewer, Act.EDIT_TEMPLATES, INSTALLATION)
    with ctx.store.read() as conn:
        force = words_in_force(conn)
    own, here = force.of(programme_id), force.written.get(programme_id, {})
    return [_row(sort, own, here, programme_id) for sort in message_sorts.SORTS.values() if programme_id is None or sort.of_programme]


def template_view(ctx: Context, *, name: str, programme_id: int | None = None) -> TemplateView:
    """The words of one name with their history. Administrators. Raises NotFound for an unknown name or programme."""
    policy.authorise(ctx.viewer, Act.EDIT_TEMPLATES, INSTALLATION)
    return _read(ctx, _named(name), programme_id)


def problems_of(words: Words, sort: Sort) -> list[Problem]:
    """Everything that is wrong with the words of a sort, by field."""
    found = []
    for field in FIELDS:
        faults = _FAULTS[field.partition("_")[0]](getattr(words, field), sort)
        found += [Problem(field, fault.msgid, dict(fault.params)) for fault in faults]
    for here, other in (("chat_zh", "chat_en"), ("chat_en", "chat_zh")):
        if getattr(words, other).strip() and not getattr(words, here).strip():
            found.append(Problem(here, "Write the line for channels in both languages, or in neither."))
    return found


def edit_template(ctx: Context, *, name: str, programme_id: int | None, words: Words, expected: int | None, key: str) -> TemplateView:
    """Say this instead, in this programme (None: in every programme that has no words of its own), from the next mail on. Administrators.

    `expected` is the `version` that the editor saw. Raises NotFound, Forbidden, Invalid naming each field, and Stale.
    """
    policy.authorise(ctx.viewer, Act.EDIT_TEMPLATES, INSTALLATION)
    slot, words = _named(name), _cleaned(words)
    sort = slot.sort
    if programme_id is not None and not sort.of_programme:
        raise Invalid([Problem("programme", "It is about no single project: its words are the same in every programme.")])
    if problems := problems_of(words, sort):
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        _existing(tx.conn, programme_id)
        row = _standing(tx, name, programme_id, expected)
        if (words_of(row) if row else _view(tx.conn, slot, programme_id).words) == words:
            raise Invalid([Problem("words", "These are the words in force already.")])
        added = tx.insert(
            t.alert_template, programme_id=programme_id, sort=slot_name(sort.name, slot.stage), kind=slot.kind, **asdict(words),
            edited_by=ctx.viewer.person_id, edited_at=ctx.now,
        )  # fmt: skip
        hashes = {field: hashlib.sha256(text.encode()).hexdigest() for field, text in asdict(words).items()}
        tx.record("alert_template", added, {"sort": name, "programme": programme_id, "replaces": expected, **hashes})
        tx.touch("alerts")
        return {"id": added}

    ctx.store.write(ctx.request("template.edit", key, (name, programme_id, words, expected)), body)
    return _read(ctx, slot, programme_id)


def take_back_template(ctx: Context, *, name: str, programme_id: int | None, expected: int, key: str) -> TemplateView:
    """Say again what is said without the words written here: the general ones, else the built-in ones. Administrators.

    Raises NotFound where it was never written, Forbidden, and Stale where other words hold meanwhile.
    """
    policy.authorise(ctx.viewer, Act.EDIT_TEMPLATES, INSTALLATION)
    slot = _named(name)

    def body(tx: Tx) -> dict:
        _existing(tx.conn, programme_id)
        if expected not in {row.id for row in q_templates.history(tx.conn, name, programme_id)}:
            raise NotFound()
        _standing(tx, name, programme_id, expected)
        ids = q_templates.standing_ids(tx.conn, name, programme_id)
        tx.conn.execute(
            update(t.alert_template).where(t.alert_template.c.id.in_(ids)).values(taken_back_at=ctx.now, taken_back_by=ctx.viewer.person_id)
        )
        tx.record("alert_template", expected, {"sort": name, "programme": programme_id, "taken_back": ids})
        tx.touch("alerts")
        return {}

    ctx.store.write(ctx.request("template.take_back", key, (name, programme_id, expected)), body)
    return _read(ctx, slot, programme_id)


def _named(name: str) -> Slot:
    try:
        return message_sorts.named(name)
    except KeyError:
        raise NotFound() from None


def _read(ctx: Context, slot: Slot, programme_id: int | None) -> TemplateView:
    with ctx.store.read() as conn:
        _existing(conn, programme_id)
        return _view(conn, slot, programme_id)


def _existing(conn: Connection, programme_id: int | None) -> None:
    found = programme_id is None or conn.execute(select(t.programme.c.id).where(t.programme.c.id == programme_id)).first() is not None
    if not found:
        raise NotFound()


def _standing(tx: Tx, name: str, programme_id: int | None, expected: int | None) -> Row | None:
    """The row that holds here, if it is the one that the editor saw. One editor at a time: there may be no row yet to wait for."""
    tx.conn.execute(select(t.programme.c.id).order_by(t.programme.c.id).limit(1).with_for_update()).first()
    row = q_templates.in_force(tx.conn, name, programme_id)
    if (row.id if row else None) != expected:
        raise Stale()
    return row


def _cleaned(words: Words) -> Words:
    """Line ends unified and blank ends cut; everything else as it was typed, since faults name what cannot stand."""
    return Words(**{field: text.replace("\r\n", "\n").replace("\r", "\n").strip() for field, text in asdict(words).items()})


def _row(sort: Sort, own: OwnWords, here: dict[str, Words], programme_id: int | None) -> TemplateRow:
    candidates = asked(own, Slot(sort), programme_id)
    refined = (message_sorts.named(name) for name in (*sort.names[1:], *sort.names_of_kinds) if name in here)
    return TemplateRow(sort, said_by(candidates).origin, tuple(refined))


def asked(own: OwnWords, slot: Slot, programme_id: int | None) -> tuple[Candidate, ...]:
    """Every place for the words of a message of this stage and kind, in the order in which they are asked, the built-in ones last.

    `own` are the words in force in the programme (None: in general).
    """
    found = []
    for name in templates.order(slot.sort.name, slot.stage, slot.kind):
        for_all = name.startswith(FOR_ALL)
        if programme_id is None and for_all:
            continue
        origin = GENERAL if for_all or programme_id is None else PROGRAMME
        found.append(Candidate(origin, message_sorts.named(name.removeprefix(FOR_ALL)), name in own))
    return (*found, Candidate(BUILT_IN, None, True))


def said_by(candidates: Sequence[Candidate]) -> Candidate:
    """Where the words come from that are really said: the first place where something is written."""
    return next(one for one in candidates if one.written)


def _view(conn: Connection, slot: Slot, programme_id: int | None) -> TemplateView:
    rows = q_templates.history(conn, slot.name, programme_id)
    standing = next((row for row in rows if row.taken_back_at is None), None)
    own = words_in_force(conn).of(programme_id)
    without = templates.chosen({n: w for n, w in own.items() if n != slot.name}, slot.sort.name, slot.stage, slot.kind)
    without = without or templates.built_in(slot.sort)
    candidates = asked(own, slot, programme_id)
    return TemplateView(
        slot=slot,
        programme_id=programme_id,
        words=words_of(standing) if standing else without,
        origin=said_by(candidates).origin,
        version=standing.id if standing else None,
        without=without,
        asked=candidates,
        history=tuple(
            TemplateVersion(row.id, words_of(row), row.editor or "", row.edited_at, row.taker or "", row.taken_back_at) for row in rows
        ),
    )
