"""A policy in words: names of roles, of kinds and of channels, and one line for each level."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.domain.alert_policy import OWN_LANGUAGE, Level
from tracker.domain.statuses import Kind
from tracker.i18n import Translator
from tracker.notify import wording
from tracker.ui.components import escape

KIND_MSGIDS: dict[str, str] = {
    Kind.INTERIM_REPORT: "interim report",
    Kind.QUARTERLY_REPORT: "quarterly report",
    Kind.FINAL_REPORT: "final report",
    Kind.EXPENDITURE_CLOSING: "closing of expenditure",
    Kind.YEAR_END_NOTICE: "year-end notice",
    Kind.APPROVAL_CATCH_UP: "approval to be handed in later",
    Kind.APPROVAL_RENEWAL: "renewal of an approval",
    Kind.CHECKPOINT: "checkpoint",
    Kind.EVALUATION: "evaluation",
    Kind.DATA_CALL: "call for data",
    Kind.ACTION_ITEM: "action item",
    Kind.MEETING: "meeting or event",
    Kind.REPLY: "reply to the office",
    Kind.CONTRACT_ITEM: "contract item",
}
LEVEL_MSGIDS = {
    "assistant": "Assistants",
    "pi": "Principal investigator",
    "institution": "Institution",
    "officer": "Officer in charge",
    "chief": "Chief",
    "co_pi": "Co-principal investigator",
    "administrator": "Administrator",
}
CHANNEL_MSGIDS = {"mail": "mail", "chat": "chat channel"}
LANGUAGE_MSGIDS = {OWN_LANGUAGE: "the reader's own", "zh_TW": "Chinese", "en": "English"}

_SHOWN = 5


def level_line(t: Translator, level: Level) -> str:
    """What one level is told and how: "starting: 7 days after; not before 5 working days after …; by mail"."""
    parts = [t("starting: {stage}", stage=wording.stage_text(t, level.from_stage))]
    if level.grace:
        parts.append(t("not before working day {n} after the legal last day", n=level.grace))
    parts.append(how(t, level.channels))
    if level.language != OWN_LANGUAGE:
        parts.append(t("always in {language}", language=t(LANGUAGE_MSGIDS[level.language])))
    return t.pick("；", "; ").join(parts)


def how(t: Translator, channels: tuple[str, ...]) -> str:
    """The channels of a level."""
    if not channels:
        return t("only in the inbox")
    return t("by {channels}", channels=t.pick("、", ", ").join(t(CHANNEL_MSGIDS[channel]) for channel in channels))


def stages_text(t: Translator, stages: tuple[str, ...]) -> str:
    """The names of stages in a row."""
    return t.pick("、", ", ").join(wording.stage_text(t, stage) for stage in stages)


def roles_text(t: Translator, roles: tuple[str, ...]) -> str:
    """The names of roles in a row."""
    return t.pick("、", ", ").join(t(LEVEL_MSGIDS[role]) for role in roles)


def some_names(t: Translator, names: Sequence[str]) -> str:
    """The first of these names, safe in markdown, and how many more there are."""
    shown = t.pick("、", ", ").join(escape(one) for one in names[:_SHOWN])
    return t("{names} and {n} more", names=shown, n=len(names) - _SHOWN) if len(names) > _SHOWN else shown
