"""Who is told, as a pack states it: `escalation` names roles one by one; a role that is not named is told as usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tracker.domain.alert_policy import USUAL_LEVELS, Level, Policy, overlaid
from tracker.domain.ladder import STAGES
from tracker.domain.policy_faults import faults
from tracker.programmes.model import NEVER

_WHAT_TO_DO = {
    "no_stages": "leaves no stage at all; name at least one in ladder",
    "pi_missing": "leaves the principal investigator untold; she answers for what is owed",
    "pi_after_due": "tells the principal investigator after the legal last day only; begin no later than at due",
    "pi_without_mail": "tells the principal investigator without a mail; add mail to channels",
    "institution_without_mail": "tells the institution without a mail; its contacts have no account, so add mail to channels",
    "grace_on_project": "gives a grace to the project's own people; they are told on the day",
    "chat_outside": "puts somebody outside the office into a chat channel; only officer and chief may have chat",
    "language_without_mail": "gives a language to a level without mail; add mail to channels or drop language, for a channel has its own",
    "chief_first": "tells the chief before the officer; begin with the officer or at the same stage",
    "no_overdue": "names no stage after the legal last day; keep +1, +7 or +14, or write duty = false where nothing can be overdue",
    "office_silent": "tells nobody of the office what is overdue; let the officer or the chief begin at a stage that is on",
}
_OF_THE_LADDER = frozenset({"no_stages", "no_overdue"})


def told(table: Mapping, levels: tuple[Level, ...]) -> tuple[Level, ...]:
    """The levels, with what a pack's or a rule's table says in `escalation` put in their place."""
    return overlaid(levels, {member["role"]: _level(member) for member in table.get("escalation", ())})


def complaints(pack: Mapping) -> Iterator[tuple[str, str]]:
    """What is wrong with who is told, as (key, what to do); only tables whose shapes are good are asked."""
    stages = tuple(pack.get("ladder", STAGES))
    usual = told(pack, USUAL_LEVELS)
    for code in faults(Policy(stages, usual)):
        yield _key(code), _WHAT_TO_DO[code]
    for rule in pack.get("rule", ()):
        if "escalation" in rule or "ladder" in rule:
            own = Policy(tuple(rule.get("ladder", stages)), told(rule, usual))
            for code in faults(own, duty=rule.get("duty") is not False):
                yield f"rule.{rule.get('id')}.{_key(code)}", _WHAT_TO_DO[code]


def _key(code: str) -> str:
    return "ladder" if code in _OF_THE_LADDER else "escalation"


def _level(member: Mapping) -> Level | None:
    if member["from"] == NEVER:
        return None
    given = {key: value for key, value in member.items() if key not in ("from", "channels")}
    return Level(from_stage=member["from"], channels=tuple(member.get("channels", ("mail",))), **given)
