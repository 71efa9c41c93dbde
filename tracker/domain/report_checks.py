"""What can be wrong with a report, and how a number that a person typed is read. Pure: texts in, findings out.

A finding of severity `error` stops the submission and names its field; a `warning` is shown and stops nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

ERROR, WARNING = "error", "warning"

REACHED_NEEDS_EVIDENCE, MISSED_NEEDS_REASON = "reached_needs_evidence", "missed_needs_reason"
CLAIM_FELL, FIGURE_FELL, LEAPS = "claim_not_below_last", "cumulative_not_below_last", "leap"
LINE_RULES = frozenset({REACHED_NEEDS_EVIDENCE, MISSED_NEEDS_REASON, CLAIM_FELL, FIGURE_FELL, LEAPS})
"""Checks of checkpoints and indicators that always run; a form may say how severe each is, and in which words."""

MAX_DIGITS = 18
"""Digits before the decimal point that a quantity may have; more is a slip of the keyboard."""
MAX_DECIMALS = 6

_MINUS_SIGNS = str.maketrans({sign: "-" for sign in "−‐‑‒–—﹣－"})
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<decimals>[0-9]+))?")

_CHECK_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXY"
"""23 letters (a prime above ten finds every wrong digit and every swap), without I, O and Z, which look like digits."""


class QuantityError(ValueError):
    """Text that is no quantity; `msgid` says why."""

    def __init__(self, msgid: str, **params: Any) -> None:
        super().__init__(msgid)
        self.msgid = msgid
        self.params = params


@dataclass(frozen=True)
class Finding:
    """One thing to say about one field. `rule` names the check that a form may make stricter or milder; "" for what always holds."""

    field: str
    msgid: str
    params: dict[str, Any] = field(default_factory=dict)
    severity: str = ERROR
    rule: str = ""


@dataclass(frozen=True)
class CheckpointEntry:
    """What was written at one checkpoint, beside what the plan asks. `last` is the quantity claimed last time."""

    id: int
    target: Decimal
    planned_on: date
    actual_text: str
    note: str
    has_evidence: bool
    last: Decimal | None


@dataclass(frozen=True)
class IndicatorEntry:
    """What was written at one indicator. `last` is the value of the previous report, `counting` and `good` as planned."""

    id: int
    target: Decimal
    counting: str
    good: str
    actual_text: str
    note: str
    last: Decimal | None


def parse_quantity(text: str) -> Decimal | None:
    """The quantity in `text`, or None where nothing was written.

    Full-width digits, thousands separators in their places and every kind of minus sign are understood. Exponents,
    underscores, NaN, infinities, superscripts and circled digits are refused: raises QuantityError.
    """
    for character in text:
        if not character.isascii() and not "０" <= character <= "９" and _hides_digit(character):
            raise QuantityError("Write a plain number, for example 1,250 or 12.5.")
    plain = unicodedata.normalize("NFKC", text).translate(_MINUS_SIGNS)
    plain = "".join(c for c in plain if not c.isspace() and unicodedata.category(c) != "Cf")
    if not plain:
        return None
    match = _NUMBER.fullmatch(plain)
    if match is None:
        raise QuantityError("Write a plain number, for example 1,250 or 12.5.")
    whole = match["whole"].replace(",", "").lstrip("0") or "0"
    decimals = (match["decimals"] or "").rstrip("0")
    if len(whole) > MAX_DIGITS or len(decimals) > MAX_DECIMALS:
        raise QuantityError(
            "The number is too long: at most {digits} digits and {decimals} decimals.",
            digits=MAX_DIGITS,
            decimals=MAX_DECIMALS,
        )
    number = Decimal(whole + ("." + decimals if decimals else ""))
    return -number if match["sign"] == "-" and number else number


def _hides_digit(character: str) -> bool:
    return any("0" <= piece <= "9" for piece in unicodedata.normalize("NFKC", character))


def quantity_text(number: Decimal | None) -> str:
    """A quantity as a person reads it, with thousands separators and without an exponent; "" for None."""
    if number is None:
        return ""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def check_texts(texts: Mapping[str, str], limits: Mapping[str, tuple[bool, int]]) -> list[Finding]:
    """Required texts that are missing and texts that are too long. `limits`: field → (required, most characters)."""
    findings = []
    for name, (required, longest) in limits.items():
        text = texts.get(name, "").strip()
        if required and not text:
            findings.append(Finding(name, "This has to be filled in."))
        elif len(text) > longest:
            findings.append(
                Finding(
                    name, "{length} characters are too many: at most {longest}.", {"length": f"{len(text):,}", "longest": f"{longest:,}"}
                )
            )
    return findings


def _read(name: str, text: str) -> tuple[Decimal | None, list[Finding]]:
    try:
        number = parse_quantity(text)
    except QuantityError as error:
        return None, [Finding(name, error.msgid, error.params)]
    if number is None:
        return None, [Finding(name, "Write a number here, 0 where nothing was reached yet.")]
    if number < 0:
        return None, [Finding(name, "A reported quantity cannot be negative.")]
    return number, []


def check_checkpoints(entries: Iterable[CheckpointEntry], today: date) -> list[Finding]:
    """Claims without a number, and claims of a reached target without a file that shows it.

    Warned of: a quantity below the one claimed before, and a planned day that passed without target and without a word.
    """
    findings = []
    for entry in entries:
        name = f"checkpoint:{entry.id}:actual"
        actual, wrong = _read(name, entry.actual_text)
        findings += wrong
        if actual is None:
            continue
        if actual >= entry.target and not entry.has_evidence:
            said = "The target counts as reached only with a file that shows it."
            findings.append(Finding(f"checkpoint:{entry.id}:evidence", said, rule=REACHED_NEEDS_EVIDENCE))
        if entry.last is not None and actual < entry.last:
            params = {"last": quantity_text(entry.last)}
            findings.append(Finding(name, "This is less than last time ({last}).", params, WARNING, _unless_said(CLAIM_FELL, entry.note)))
        if actual < entry.target and entry.planned_on <= today and not entry.note.strip():
            findings.append(
                Finding(
                    f"checkpoint:{entry.id}:note",
                    "The planned day has passed and the target is not reached: say why and what comes next.",
                    {},
                    WARNING,
                    MISSED_NEEDS_REASON,
                )
            )
    return findings


def _unless_said(rule: str, note: str) -> str:
    """A fall that the note explains stays a warning, however strict the form is: papers are withdrawn, counts are corrected."""
    return "" if note.strip() else rule


def check_indicators(entries: Iterable[IndicatorEntry]) -> list[Finding]:
    """Indicators without a number; warned of: a cumulative count that falls, and leaps of more than ten times."""
    findings = []
    for entry in entries:
        name = f"indicator:{entry.id}:actual"
        actual, wrong = _read(name, entry.actual_text)
        findings += wrong
        if actual is None:
            continue
        falls = entry.counting == "cumulative" and entry.good == "up" and entry.last is not None and actual < entry.last
        if falls:
            params, rule = {"last": quantity_text(entry.last)}, _unless_said(FIGURE_FELL, entry.note)
            findings.append(Finding(name, "A cumulative figure fell below the last one ({last}).", params, WARNING, rule))
        elif _leaps(actual, entry):
            findings.append(Finding(name, "This is more than ten times what one would expect; please look again.", {}, WARNING, LEAPS))
    return findings


def _leaps(actual: Decimal, entry: IndicatorEntry) -> bool:
    expected = max(entry.target, entry.last or Decimal(0))
    return expected > 0 and actual > 10 * expected


def receipt_number(day: date, report_id: int, version: int) -> str:
    """The number of a receipt: "MP-1150901-000123-01-K" (民國 day, report, version, check letter).

    It needs no counter, so two submissions can never be given one number.
    """
    body = f"{day.year - 1911:03d}{day.month:02d}{day.day:02d}{report_id:06d}{version:02d}"
    return f"MP-{body[:7]}-{body[7:-2]}-{body[-2:]}-{_CHECK_LETTERS[int(body) % 23]}"


def is_receipt_number(text: str) -> bool:
    """Whether the check letter fits: finds a mistyped digit and two swapped neighbours."""
    match = re.fullmatch(r"MP-([0-9]{7})-([0-9]{6,})-([0-9]{2,})-([A-Z])", text.strip().upper())
    return bool(match) and _CHECK_LETTERS[int("".join(match.groups()[:3])) % 23] == match[4]
