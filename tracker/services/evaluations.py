"""The evaluation of a project year and the chief's decision on it (000 七-(一)). A decision is recorded once and not carried out here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, Row

from tracker.domain.decisions import Course, Effect, EffectKind, Ruling, Score, effects_of, objections
from tracker.domain.reasons import Reason
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.day_fields import not_after, read_day
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem, Stale
from tracker.services.office import authorise_office
from tracker.services.policy import Act
from tracker.services.report_state import guarded_write
from tracker.services.text_fields import read_line, read_text
from tracker.store import q_dates, q_evaluations
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged

LONGEST_REMARKS = 8000
LONGEST_SCORES = 30
LARGEST_AMOUNT = 10**15


@dataclass(frozen=True)
class ScoreEntry:
    """One line of the score sheet as typed; numbers are Decimals or their text."""

    criterion: str
    score: Decimal | int | str
    out_of: Decimal | int | str
    weight: Decimal | int | str = 1


@dataclass(frozen=True)
class SavedEvaluation:
    """What saving an evaluation gives back."""

    evaluation_id: int
    version: int


@dataclass(frozen=True)
class EffectEntry:
    """One effect as typed: `amount` (whole NT$) and `project_year` only for a cut."""

    kind: str
    detail: str = ""
    amount: int | None = None
    project_year: int | None = None


@dataclass(frozen=True)
class DecisionEntry:
    """A decision as the chief types it; `decided_on` in either calendar."""

    course: str
    decided_on: date | str
    letter_number: str
    clause: str
    reason: str
    effects: tuple[EffectEntry, ...] = ()
    document_id: int | None = None

    def with_document(self, document_id: int | None) -> DecisionEntry:
        """The same with its file."""
        return replace(self, document_id=document_id)


@dataclass(frozen=True)
class DecisionPreview:
    """What a decision would bring about, sentence by sentence, and what is odd about it."""

    consequences: tuple[Reason, ...]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class RecordedDecision:
    """What recording a decision gives back."""

    decision_id: int
    consequences: tuple[Reason, ...]


def record_evaluation(
    ctx: Context, *, project_id: int, year: int, held_on: date | str, scores: Sequence[ScoreEntry], remarks: str,
    expected_version: int | None, key: str,
) -> SavedEvaluation:  # fmt: skip
    """Record what the panel gave a project year, or change it (`expected_version`) until it is decided.

    Officers and chiefs, not on their own project. Raises NotFound, Forbidden (also once decided), Invalid, Stale.
    """
    with ctx.store.read() as conn:
        authorise_office(ctx.viewer, Act.RECORD_EVALUATION, policy.target_of_project(conn, project_id))
        known = {row.number for row in q_evaluations.years(conn, project_id)}
    problems: list[Problem] = []
    if year not in known:
        problems.append(Problem("year", "This project has no year {year}.", {"year": year}))
    day = read_day("held_on", held_on, problems)
    not_after("held_on", day, ctx.today, problems)
    checked = _scores(scores, problems)
    remarks = read_text("remarks", remarks, problems, longest=LONGEST_REMARKS)
    if problems:
        raise Invalid(problems)
    values = {"held_on": day, "scores_json": [_score_json(one) for one in checked], "remarks": remarks}

    def body(tx: Tx) -> dict[str, Any]:
        saved = _save_evaluation(tx, ctx, project_id, year, expected_version, values)
        tx.record("evaluation", saved["evaluation_id"], {"project_id": project_id, "year": year, "held_on": day.isoformat(),
        "version": saved["version"],
                                                         "sha256": _digest(repr(values))})  # fmt: skip
        tx.touch(f"project:{project_id}")
        return saved

    content = (project_id, year, day, tuple(scores), remarks, expected_version)
    return SavedEvaluation(**guarded_write(ctx, ctx.request("evaluation.record", key, content), body))


def preview_decision(ctx: Context, *, evaluation_id: int, entry: DecisionEntry) -> DecisionPreview:
    """What `decide` would record. Nothing is written. Raises as that does."""
    _, ruling, approved, warnings = _checked(ctx, evaluation_id, entry)
    return DecisionPreview(effects_of(ruling, approved), warnings)


def decide(ctx: Context, *, evaluation_id: int, entry: DecisionEntry, expected_version: int, key: str) -> RecordedDecision:
    """Record the decision on an evaluation (as it stands in `expected_version`): once, and for good.

    The chief of the programme, not on her own project. Raises NotFound, Forbidden, Invalid naming every field, Stale.
    """
    evaluation, ruling, approved, _ = _checked(ctx, evaluation_id, entry)
    consequences = effects_of(ruling, approved)

    def body(tx: Tx) -> dict[str, Any]:
        tx.update_versioned(t.evaluation, evaluation_id, expected_version)
        if _decision_id(tx.conn, evaluation_id) is not None:
            raise Stale()
        decision_id = tx.insert(
            t.decision, evaluation_id=evaluation_id, project_id=evaluation.project_id, course=ruling.course.value,
            decided_on=ruling.decided_on,
            letter_number=ruling.letter_number.strip(), clause=ruling.clause.strip(), reason=ruling.reason.strip(),
            consequences_json=[one.as_dict() for one in consequences], document_id=entry.document_id,
            recorded_by=ctx.viewer.person_id, recorded_at=ctx.now,
        )  # fmt: skip
        for effect in ruling.effects:
            tx.insert(
                t.decision_effect,
                decision_id=decision_id,
                kind=effect.kind.value,
                detail=effect.detail.strip(),
                amount=effect.amount,
                project_year=effect.project_year,
            )
        tx.record("decision", decision_id, _payload(evaluation, ruling, entry))
        tx.touch("evaluation", f"project:{evaluation.project_id}")
        return {"decision_id": decision_id, "consequences": [one.as_dict() for one in consequences]}

    saved = guarded_write(ctx, ctx.request("evaluation.decide", key, (evaluation_id, entry, expected_version)), body)
    return RecordedDecision(saved["decision_id"], tuple(Reason.from_dict(one) for one in saved["consequences"]))


def ruling_of(entry: DecisionEntry, year: int, problems: list[Problem]) -> Ruling | None:
    """The decision in the words of the rules; adds a problem for every word that is not one of them."""
    day = read_day("decided_on", entry.decided_on, problems)
    if entry.course not in set(Course):
        problems.append(Problem("course", "Choose whether the grant goes on."))
    for index, effect in enumerate(entry.effects):
        if effect.kind not in set(EffectKind):
            problems.append(Problem(f"effects.{index}.kind", "This is not an effect that a decision can have."))
    if problems or day is None:
        return None
    effects = tuple(Effect(EffectKind(one.kind), one.detail, one.amount, one.project_year) for one in entry.effects)
    return Ruling(year, Course(entry.course), effects, day, entry.letter_number, entry.clause, entry.reason)


def _checked(ctx: Context, evaluation_id: int, entry: DecisionEntry) -> tuple[Row, Ruling, Mapping[int, int | None], tuple[Problem, ...]]:
    with ctx.store.read() as conn:
        evaluation = q_evaluations.evaluation_by_id(conn, evaluation_id)
        if evaluation is None:
            raise NotFound()
        target = policy.target_of_project(conn, evaluation.project_id)
        authorise_office(ctx.viewer, Act.DECIDE, target)
        problems: list[Problem] = []
        entry = _cleaned(entry, problems)
        ruling = ruling_of(entry, evaluation.project_year, problems)
        approved = {row.number: row.approved_amount for row in q_evaluations.years(conn, evaluation.project_id)}
        if ruling is not None:
            problems += [Problem(one.field, one.msgid, dict(one.params), one.severity) for one in objections(ruling, approved, ctx.today)]
            if ruling.decided_on < evaluation.held_on:
                problems.append(Problem("decided_on", "The decision lies before the evaluation."))
        if entry.document_id is not None and not q_dates.document_belongs(
            conn, entry.document_id, evaluation.project_id, target.programme_id or 0
        ):
            problems.append(Problem("document_id", "This file belongs to another project."))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or ruling is None:
        raise Invalid(errors)
    return evaluation, ruling, approved, tuple(problem for problem in problems if problem.severity == "warning")


def _cleaned(entry: DecisionEntry, problems: list[Problem]) -> DecisionEntry:
    """The entry with its texts cleaned; adds a problem for every one that is too long and for an amount that no grant has."""
    effects = []
    for index, effect in enumerate(entry.effects):
        detail = read_text(f"effects.{index}.detail", effect.detail, problems)
        effects.append(replace(effect, detail=detail))
        if effect.amount is not None and abs(effect.amount) > LARGEST_AMOUNT:
            problems.append(Problem(f"effects.{index}.amount", "This amount is larger than any grant."))
    return replace(
        entry,
        letter_number=read_line("letter_number", entry.letter_number, problems),
        clause=read_line("clause", entry.clause, problems),
        reason=read_text("reason", entry.reason, problems),
        effects=tuple(effects),
    )


def _save_evaluation(
    tx: Tx, ctx: Context, project_id: int, year: int, expected_version: int | None, values: dict[str, Any]
) -> dict[str, Any]:
    row = q_evaluations.evaluation_row(tx.conn, project_id, year)
    if row is None and expected_version is None:
        evaluation_id = tx.insert(
            t.evaluation, project_id=project_id, project_year=year, recorded_by=ctx.viewer.person_id, recorded_at=ctx.now, **values
        )
        return {"evaluation_id": evaluation_id, "version": 1}
    if row is None or expected_version is None:
        raise Stale()
    if _decision_id(tx.conn, row.id) is not None:
        raise Forbidden("This year is decided; its evaluation cannot be changed any more.")
    if tx.stands(t.evaluation, row.id, expected_version, **values):
        raise Unchanged(evaluation_id=row.id, version=expected_version)
    return {"evaluation_id": row.id, "version": tx.update_versioned(t.evaluation, row.id, expected_version, **values)}


def _decision_id(conn: Connection, evaluation_id: int) -> int | None:
    return conn.execute(
        t.decision.select().with_only_columns(t.decision.c.id).where(t.decision.c.evaluation_id == evaluation_id)
    ).scalar_one_or_none()


def _scores(scores: Sequence[ScoreEntry], problems: list[Problem]) -> list[Score]:
    if not scores or len(scores) > LONGEST_SCORES:
        problems.append(Problem("scores", "Give between 1 and {limit} scores.", {"limit": LONGEST_SCORES}))
    found = []
    for index, entry in enumerate(scores):
        field = f"scores.{index}"
        numbers = [_number(getattr(entry, name)) for name in ("score", "out_of", "weight")]
        entry = replace(entry, criterion=read_line(f"{field}.criterion", entry.criterion, problems))
        if not entry.criterion:
            problems.append(Problem(f"{field}.criterion", "Name the criterion."))
        if any(number is None for number in numbers):
            problems.append(Problem(field, "Score, maximum and weight are plain numbers."))
            continue
        score, out_of, weight = numbers
        if out_of <= 0 or not 0 <= score <= out_of:
            problems.append(
                Problem(f"{field}.score", "The score of “{criterion}” lies between 0 and its maximum.", {"criterion": entry.criterion[:40]})
            )
        elif weight <= 0:
            problems.append(Problem(f"{field}.weight", "The weight of “{criterion}” is above zero.", {"criterion": entry.criterion[:40]}))
        else:
            found.append(Score(entry.criterion, score, out_of, weight))
    return found


def _number(value: Decimal | int | str) -> Decimal | None:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**9 else None


def _score_json(score: Score) -> dict[str, str]:
    return {
        "criterion": score.criterion,
        "score": format(score.score, "f"),
        "out_of": format(score.out_of, "f"),
        "weight": format(score.weight, "f"),
    }


def _payload(evaluation: Row, ruling: Ruling, entry: DecisionEntry) -> dict[str, Any]:
    return {
        "project_id": evaluation.project_id, "evaluation_id": evaluation.id, "year": ruling.project_year, "course": ruling.course.value,
        "decided_on": ruling.decided_on.isoformat(), "document_id": entry.document_id, "reason_sha256": _digest(ruling.reason),
        "effects": [{"kind": one.kind.value, "amount": one.amount, "year": one.project_year,
        "detail_sha256": _digest(one.detail)} for one in ruling.effects],
    }  # fmt: skip


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()
