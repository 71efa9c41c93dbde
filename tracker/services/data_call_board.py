"""Calls at a glance: the list, the board of one call with where every project stands, and the notice as its projects read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row

from tracker.domain.ladder import nudged_on
from tracker.domain.statuses import RELEASED, Lateness, ObligationStatus, days_left, lateness
from tracker.programmes.report_types import ReportType
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.data_call_selection import Selection
from tracker.services.errors import NotFound
from tracker.services.policy import INSTALLATION, Act, Target
from tracker.services.report_forms import form_of
from tracker.store import q_calls
from tracker.store import tables as t


class Answer(StrEnum):
    """Where the answer of one project stands."""

    NOT_STARTED = "not_started"
    DRAFT = "draft"
    HANDED_IN = "handed_in"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    RELEASED = "released"


WAITED_FOR = frozenset({Answer.NOT_STARTED, Answer.DRAFT})
ANSWERED = frozenset({Answer.HANDED_IN, Answer.RETURNED, Answer.ACCEPTED})


@dataclass(frozen=True)
class Counts:
    """How many projects a call asks and where they stand; `late` are asked, past the day and without an answer."""

    asked: int = 0
    answered: int = 0
    answered_late: int = 0
    waited_for: int = 0
    late: int = 0
    drafts: int = 0
    returned: int = 0
    accepted: int = 0
    released: int = 0


@dataclass(frozen=True)
class Call:
    """One call. `state` is open, closed or cancelled; `history` holds the earlier days, oldest first."""

    call_id: int
    programme_id: int
    programme_zh: str
    programme_en: str
    label: str
    title_zh: str
    title_en: str
    letter_number: str
    document_id: int | None
    filename: str
    due_on: date
    note: str
    selection: Selection
    issued_by: str
    issued_at: datetime
    state: str
    closed_at: datetime | None
    closed_by: str
    closed_why: str
    history: tuple[dict[str, Any], ...]
    version: int
    form: ReportType
    counts: Counts


@dataclass(frozen=True)
class BoardRow:
    """One asked project. Of a draft nothing is told but that there is one and when it was last written."""

    project_id: int
    code: str
    title_zh: str
    title_en: str
    organisation: str
    county: str
    officer_id: int | None
    officer: str
    project_status: str
    obligation_id: int
    key: str
    answer: Answer
    stands: Lateness
    due_on: date
    file_by: date | None
    days_left: int
    written_at: datetime | None
    answered_at: datetime | None
    answered_by: str
    receipt_number: str
    version: int | None
    report_id: int | None
    nudged_on: date | None
    nudges: int


@dataclass(frozen=True)
class BoardFilters:
    """What the board is narrowed to; "" and None: everything. `answer` is an `Answer`, or "waited_for", "answered" or "late"."""

    answer: str = ""
    organisation: str = ""
    county: str = ""
    officer: int | None = None


@dataclass(frozen=True)
class Board:
    """One call with its projects. `rows` are the filtered ones; `may_act`: the viewer may nudge, move and close."""

    call: Call
    rows: tuple[BoardRow, ...]
    every: tuple[BoardRow, ...] = field(repr=False, default=())
    may_act: bool = False


@dataclass(frozen=True)
class CallNotice:
    """What the projects of a call read of it beside the form."""

    call_id: int
    title_zh: str
    title_en: str
    letter_number: str
    document_id: int | None
    filename: str
    note: str
    issued_by: str
    issued_at: datetime
    state: str
    closed_why: str


def call_list(ctx: Context) -> tuple[Call, ...]:
    """The calls of the viewer's programmes, open ones first, then the newest. Raises Forbidden where she has no portfolio."""
    with ctx.store.read() as conn:
        rows = [
            row
            for row in q_calls.calls(conn, policy.scope(ctx.viewer, t.data_call))
            if policy.may(ctx.viewer, Act.SEE_PORTFOLIO, Target(programme_id=row.programme_id))
        ]
        if not rows and not ctx.viewer.programme_ids:
            policy.authorise(ctx.viewer, Act.SEE_PORTFOLIO, INSTALLATION)
        asked: dict[int, list[Row]] = {row.id: [] for row in rows}
        for one in q_calls.asked(conn, asked):
            asked[one.data_call_id].append(one)
        found = [_call(conn, row, _counts(_bare(one, ctx.today) for one in asked[row.id])) for row in rows]
    return tuple(sorted(found, key=lambda call: (call.state != "open", -call.call_id)))


def call_board(ctx: Context, call_id: int, filters: BoardFilters | None = None) -> Board:
    """One call with every project it asks. The office of its programme, and auditors. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        row = _readable(conn, ctx, call_id)
        every = _board_rows(conn, ctx, call_id)
        call = _call(conn, row, _counts(every))
    narrowed = tuple(one for one in every if _shown(one, filters or BoardFilters()))
    target = Target(programme_id=call.programme_id)
    may_act = call.state == "open" and policy.may(ctx.viewer, Act.ISSUE_CALL, target)
    return Board(call, narrowed, every, may_act)


def call_notice(ctx: Context, obligation_id: int) -> CallNotice | None:
    """The notice behind an obligation, for whoever sees its project; None where it answers no call. Raises NotFound."""
    with ctx.store.read() as conn:
        call_id = q_calls.call_of_obligation(conn, obligation_id)
        if call_id is None:
            return None
        row = conn.execute(t.obligation.select().where(t.obligation.c.id == obligation_id)).one()
        if not policy.may(ctx.viewer, Act.SEE_PROJECT, Target(row.project_id, row.programme_id)):
            raise NotFound()
        c = q_calls.call_row(conn, call_id)
    return CallNotice(c.id, c.title_zh, c.title_en, c.letter_number, c.document_id, c.filename or "", c.note, c.issuer, c.issued_at,
                      c.closed_how or "open", c.closed_why)  # fmt: skip


def earlier_forms(ctx: Context, programme_id: int) -> tuple[tuple[int, str, str, ReportType], ...]:
    """The forms of the programme's earlier calls, the newest first: (call, 中文, English, form). Raises NotFound, Forbidden."""
    policy.authorise(ctx.viewer, Act.ISSUE_CALL, Target(programme_id=programme_id))
    with ctx.store.read() as conn:
        return tuple(
            (row.id, f"{row.title_zh}（{row.label}）", f"{row.title_en or row.title_zh} ({row.label})", form_of(conn, row.form_id))
            for row in q_calls.calls(conn, t.data_call.c.programme_id == programme_id)
        )


# --- rows --------------------------------------------------------------------------------------------------------------------


def _readable(conn: Connection, ctx: Context, call_id: int) -> Row:
    call = q_calls.call_row(conn, call_id)
    if call is None:
        raise NotFound()
    policy.authorise(ctx.viewer, Act.SEE_PORTFOLIO, Target(programme_id=call.programme_id))
    return call


def _call(conn: Connection, row: Row, counts: Counts) -> Call:
    return Call(
        row.id, row.programme_id, row.programme_zh, row.programme_en, row.label, row.title_zh, row.title_en, row.letter_number,
        row.document_id, row.filename or "", row.due_on, row.note, Selection.from_dict(row.selection_json), row.issuer, row.issued_at,
        row.closed_how or "open", row.closed_at, row.closer or "", row.closed_why, tuple(row.history_json), row.version,
        form_of(conn, row.form_id), counts,
    )  # fmt: skip


def _board_rows(conn: Connection, ctx: Context, call_id: int) -> tuple[BoardRow, ...]:
    rows = q_calls.asked(conn, [call_id])
    versions = q_calls.versions_in_force(conn, call_id)
    nudges = q_calls.nudges(conn, call_id)
    drafts = q_calls.last_written(conn, [row.report_id for row in rows if row.report_id and answer_of(row) is Answer.DRAFT])
    return tuple(_board_row(row, ctx.today, versions, nudges, drafts) for row in rows)


def _board_row(row: Row, today: date, versions: dict[int, Row], nudges: dict[int, list[str]], drafts: dict[int, Row]) -> BoardRow:
    version, given = versions.get(row.report_id), nudges.get(row.obligation_id, [])
    draft = drafts.get(row.report_id)
    answer, stands = _bare(row, today)
    answered = answer in ANSWERED and version is not None
    return BoardRow(
        row.project_id, row.code, row.title_zh, row.title_en, row.organisation, row.county or "", row.officer_id, row.officer or "",
        row.project_status, row.obligation_id, row.key, answer, stands, row.due_on, row.file_by_on, days_left(row.due_on, today),
        draft.last_at if draft else None, version.submitted_at if answered else None, version.submitter if answered else "",
        version.receipt_number if answered else "", version.number if answered else None, row.report_id,
        nudged_on(given[-1]) if given else None, len(given),
    )  # fmt: skip


def answer_of(row: Row) -> Answer:
    """Where the answer of a row of `q_calls.asked` stands."""
    if row.status in RELEASED:
        return Answer.RELEASED
    if row.status == ObligationStatus.OPEN:
        return Answer.NOT_STARTED if row.report_id is None else Answer.DRAFT
    return {ObligationStatus.RETURNED: Answer.RETURNED, ObligationStatus.ACCEPTED: Answer.ACCEPTED}.get(row.status, Answer.HANDED_IN)


def _bare(row: Any, today: date) -> tuple[Answer, Lateness]:
    return answer_of(row), lateness(row.status, row.due_on, row.first_submitted_on, today, row.duty, row.confidence)


def _counts(rows: Iterable[Any]) -> Counts:
    pairs = [row if isinstance(row, tuple) else (row.answer, row.stands) for row in rows]
    by_answer = Counter(answer for answer, _ in pairs)
    answered = [stands for answer, stands in pairs if answer in ANSWERED]
    return Counts(
        asked=len(pairs), answered=len(answered), answered_late=sum(stands is Lateness.SUBMITTED_LATE for stands in answered),
        waited_for=sum(by_answer[one] for one in WAITED_FOR),
        late=sum(answer in WAITED_FOR and stands is Lateness.LATE for answer, stands in pairs), drafts=by_answer[Answer.DRAFT],
        returned=by_answer[Answer.RETURNED], accepted=by_answer[Answer.ACCEPTED], released=by_answer[Answer.RELEASED],
    )  # fmt: skip


def _shown(row: BoardRow, filters: BoardFilters) -> bool:
    groups = {
        "waited_for": row.answer in WAITED_FOR,
        "answered": row.answer in ANSWERED,
        "late": row.answer in WAITED_FOR and row.stands is Lateness.LATE,
    }
    return (
        (not filters.answer or groups.get(filters.answer, row.answer == filters.answer))
        and (not filters.organisation or row.organisation == filters.organisation)
        and (not filters.county or row.county == filters.county)
        and (filters.officer is None or row.officer_id == filters.officer)
    )
