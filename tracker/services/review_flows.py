"""The steps that a kind of report goes through in the office, and how a round keeps the ones it began with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tracker.domain.statuses import Basis
from tracker.programmes.model import UnknownProgramme
from tracker.programmes.report_types import Choice, ReportsFile, ReviewFlow, Step, Window, Words
from tracker.services.context import Context
from tracker.services.viewer import Role

#: Where a programme says nothing: one officer decides.
ONE_OFFICER = ReviewFlow("one-officer", (), (Step("officer", 1, Role.OFFICER.value, Words("承辦人審查", "Officer's review")),))
_DECISION = Words("承辦人決定", "Officer's decision")


def flow_for(ctx: Context, programme_code: str, kind: str) -> ReviewFlow:
    """The steps in force for a kind of report, with stages numbered from 1.

    A panel recommends and never decides: where a flow ends with it, an officer's decision is added.
    """
    file = _reports(ctx, programme_code)
    found = (file.flow_for(kind) if file else None) or ONE_OFFICER
    order = {stage: number for number, stage in enumerate(found.stages, 1)}
    steps = tuple(replace(step, stage=order[step.stage]) for step in found.steps)
    last = max(order.values())
    if all(step.who == Role.REVIEWER for step in steps if step.stage == last):
        steps += (Step("decision", last + 1, Role.OFFICER.value, _DECISION),)
    return replace(found, steps=steps)


def window_for(ctx: Context, programme_code: str, kind: str) -> Window | None:
    """What the programme promises about a kind of report, or None."""
    file = _reports(ctx, programme_code)
    return file.window_for(kind) if file else None


def _reports(ctx: Context, programme_code: str) -> ReportsFile | None:
    """The reports file, or None for a programme whose pack is not there any more: its reports still get their answers."""
    try:
        return ctx.registry.reports(programme_code)
    except UnknownProgramme:
        return None


def as_json(flow: ReviewFlow) -> dict[str, Any]:
    """A flow as a round keeps it."""
    return {
        "id": flow.id, "basis": str(flow.basis), "clause": flow.clause,
        "steps": [
            {"id": one.id, "stage": one.stage, "who": one.who, "zh": one.words.zh, "en": one.words.en, "seats": one.seats, "days": one.days,
             "scored": [{"id": c.id, "zh": c.words.zh, "en": c.words.en} for c in one.scored]}
            for one in flow.steps
        ],
    }  # fmt: skip


def from_json(kept: Mapping[str, Any]) -> ReviewFlow:
    """The flow of a round, read back."""
    steps = tuple(
        Step(
            one["id"], one["stage"], one["who"], Words(one["zh"], one["en"]), one["seats"], one["days"],
            tuple(Choice(c["id"], Words(c["zh"], c["en"])) for c in one["scored"]),
        )
        for one in kept["steps"]
    )  # fmt: skip
    return ReviewFlow(kept["id"], (), steps, Basis(kept.get("basis", Basis.SETTING)), kept.get("clause", ""))


def decides(flow: ReviewFlow, stage: int) -> bool:
    """Whether who does this stage accepts or returns; the stages before it recommend."""
    return stage >= max(flow.stages)
