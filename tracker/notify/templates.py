"""Words that the office gave a sort of message: read strictly, filled with the message's own facts, shown as text and never as markup.

A field stands between braces, `{what}`, and nothing else does: no attributes, no indices, no formats; a brace itself is doubled.

Addresses of the web and of mail are refused: the one link of a mail is the button below the words, which the office cannot change.
Otherwise one careless or stolen account could send everybody an official letter that leads elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.i18n import Translator
from tracker.notify.sorts import Sort, slot_name

LONGEST_SUBJECT = 120
"""Characters of a subject as it is written; filled, it may have `LONGEST_LINE`."""
LONGEST_OPENING = 1_200
MOST_PARAGRAPHS = 6
LONGEST_LINE = 180

_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|(?P<stray>[{}])")
_NAME = re.compile(r"[a-z_]{1,20}")
_ADDRESS = re.compile(
    r"https?:|ftp:|mailto:|javascript:|data:|://|\bwww\.|[^\s@]@[^\s@]"
    r"|[a-z0-9}-]\.(?:[a-z]{2}|com|org|net|edu|gov|int|mil|info|biz|name|pro|mobi|asia|app|dev|top|xyz|link|site|website|online|shop|store|club|page"
    r"|cloud|live|tech|space|world|life|today|news|email|help|support|services|work|run|fun|icu|vip|click|zip|mov|invalid|test|xn--[a-z0-9-]+)\b"
    r"|[a-z0-9}-]\.[a-z]{2,24}(?::[0-9]+)?/\S"
    r"|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[\s\x00-\x1f\x7f\u0085\u2028\u2029]+")
_JOINERS = "\u200c\u200d"
_NO_JOINERS = dict.fromkeys(map(ord, _JOINERS))  # they may stand in a text, but make no address another one


@dataclass(frozen=True)
class Words:
    """What one sort of message says in both languages. Paragraphs of an opening are lines.

    `chat_*` is the one line that the office's channels are told; empty, they are told the subject.
    """

    subject_zh: str
    subject_en: str
    opening_zh: str
    opening_en: str
    chat_zh: str = ""
    chat_en: str = ""


OwnWords = Mapping[str, Words]
"""The office's words for one programme by the name of their slot ("before/T-30@final_report"); with `FOR_ALL` before it, those for all."""

FOR_ALL = "*"

NONE_OF_ITS_OWN: OwnWords = {}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a text: a message id and its parameters."""

    msgid: str
    params: Mapping[str, Any]


def order(sort: str, stage: str = "", kind: str = "") -> tuple[str, ...]:
    """The names under which words for a message may stand, in the order in which they are asked; none there: the built-in words.

    A programme's go before those for all; within each, its kind of obligation before every kind, and then its stage before every stage.
    """
    kinds, stages = ((kind, "") if kind else ("",)), ((stage, "") if stage else ("",))
    here = [slot_name(sort, one, what) for what in kinds for one in stages]
    return (*here, *(FOR_ALL + name for name in here))


def found_under(own: OwnWords, sort: str, stage: str = "", kind: str = "") -> str | None:
    """Under which name the office's words for a message stand; None: the built-in words hold."""
    return next((name for name in order(sort, stage, kind) if name in own), None)


def chosen(own: OwnWords, sort: str, stage: str = "", kind: str = "") -> Words | None:
    """The office's words for a sort at a stage, about a kind of obligation; None: the built-in words hold."""
    name = found_under(own, sort, stage, kind) if own else None
    return None if name is None else own[name]


def subject(t: Translator, sort: Sort, fields: Mapping[str, str], own: Words | None = None) -> str:
    """The one line on top. Where it is too long for a subject, what it is about is shortened and the rest stays."""
    line = _subject(t, sort, fields, own)
    over = len(line) - LONGEST_LINE
    if over > 0 and len(fields.get("what", "")) > over + 8:
        line = _subject(t, sort, {**fields, "what": fields["what"][: -over - 1] + "…"}, own)
    return line[:LONGEST_LINE]


def _subject(t: Translator, sort: Sort, fields: Mapping[str, str], own: Words | None) -> str:
    return one_line(t(sort.subject_msgid, **fields) if own is None else fill(t.pick(own.subject_zh, own.subject_en), fields))


def opening(t: Translator, sort: Sort, fields: Mapping[str, str], own: Words | None = None) -> list[str]:
    """The paragraphs that say what to do. What must always be said besides (`wording.notes`) is no part of a template."""
    if own is None:
        return [one_line(t(sort.opening_msgid, **fields))]
    text = t.pick(own.opening_zh, own.opening_en)
    return [line for line in (one_line(fill(paragraph, fields)) for paragraph in text.split("\n")) if line]


def chat_line(t: Translator, sort: Sort, fields: Mapping[str, str], own: Words | None = None) -> str:
    """The one line of a channel: the office's line for channels, else its subject, else the built-in one."""
    if own is not None and (line := t.pick(own.chat_zh, own.chat_en)):
        own = Words(line, line, "", "")
    return subject(t, sort, fields, own)


def built_in(sort: Sort) -> Words:
    """The built-in words as a template: filled, they say what `subject` and `opening` say without one."""
    zh, en = Translator("zh_TW"), Translator("en")
    return Words(zh(sort.subject_msgid), en(sort.subject_msgid), zh(sort.opening_msgid), en(sort.opening_msgid))


def fill(text: str, fields: Mapping[str, str]) -> str:
    """The text with its fields, each put in once and never read again. An unknown one stays as it is written: it was refused on entry."""

    def put(match: re.Match[str]) -> str:
        token = match.group()
        if token in ("{{", "}}"):
            return token[0]
        return fields.get(match["name"] or "", token)

    return _TOKEN.sub(put, text)


def fields_in(text: str) -> set[str]:
    """The names between braces."""
    return {match["name"] for match in _TOKEN.finditer(text) if match["name"] is not None}


def faults_of_subject(text: str, sort: Sort) -> list[Fault]:
    """What is wrong with a subject: one line, not empty, not too long, with what it must name."""
    found = _faults(text, sort.fields, LONGEST_SUBJECT)
    if "\n" in text.strip("\n"):
        found.append(Fault("A subject is one line.", {}))
    if text.strip():
        used = fields_in(text)
        found += [Fault("Name at least one of {fields} here.", {"fields": _braced(some)}) for some in sort.needs if not used & set(some)]
    return found


def faults_of_chat(text: str, sort: Sort) -> list[Fault]:
    """What is wrong with a line for channels: as a subject; it may be empty, and then the subject stands for it."""
    if not text.strip():
        return []
    return faults_of_subject(text, sort) if sort.chat else [Fault("No channel is told this: leave it empty.", {})]


def faults_of_opening(text: str, sort: Sort) -> list[Fault]:
    """What is wrong with an opening: not empty, not too long, at most `MOST_PARAGRAPHS` paragraphs."""
    found = _faults(text, sort.fields, LONGEST_OPENING)
    if len([line for line in text.split("\n") if line.strip()]) > MOST_PARAGRAPHS:
        found.append(Fault("At most {n} paragraphs: a longer letter is not read.", {"n": MOST_PARAGRAPHS}))
    return found


def _faults(text: str, known: Collection[str], longest: int) -> list[Fault]:
    if not text.strip():
        return [Fault("Write something here, in this language too.", {})]
    found: list[Fault] = []
    if len(text) > longest:
        found.append(Fault("{length} characters are too many: at most {longest}.", {"length": f"{len(text):,}", "longest": f"{longest:,}"}))
    if hidden := sorted({f"U+{ord(c):04X}" for c in text if _is_hidden(c)}):
        found.append(Fault("There is a character that cannot be seen: {names}. Please type the text again.", {"names": ", ".join(hidden)}))
    if address := _ADDRESS.search(unicodedata.normalize("NFKC", text.translate(_NO_JOINERS))):
        found.append(
            Fault("No address may stand here (“{part}”): the mail has one link, to the page it is about.", {"part": address.group()})
        )
    return found + _faults_of_braces(text, known)


def _faults_of_braces(text: str, known: Collection[str]) -> list[Fault]:
    found: list[Fault] = []
    for match in _TOKEN.finditer(text):
        name = match["name"]
        if match["stray"]:
            found.append(Fault("A single brace has no meaning; write {{ or }} to show one.", {}))
        elif name is not None and not _NAME.fullmatch(name):
            found.append(Fault("Only the name of a field stands between braces, not “{name}”.", {"name": name[:40]}))
        elif name is not None and name not in known:
            found.append(Fault("There is no field {name} here; there are {fields}.", {"name": f"{{{name}}}", "fields": _braced(known)}))
    return list({(fault.msgid, repr(fault.params)): fault for fault in found}.values())


def _is_hidden(character: str) -> bool:
    return character not in ("\n", *_JOINERS) and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def _braced(names: Collection[str]) -> str:
    return " ".join(f"{{{name}}}" for name in names)


def one_line(text: str) -> str:
    """The text without line ends, control characters and lone surrogates."""
    return _SPACES.sub(" ", text).encode("utf-8", "replace").decode().strip()
