"""What changed between two texts, in pieces to read: words where words have spaces between them, characters in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

#: One word of letters and digits, one run of white space, or one other character.
_TOKENS = re.compile(r"[A-Za-z0-9]+(?:[.,'’-][A-Za-z0-9]+)*|\s+|.", re.DOTALL)
_SENTENCES = re.compile(r"[^。！？!?；;\n]*(?:[。！？!?；;\n]+|$)")
_FINE = 2_000
"""Beyond so many tokens a changed stretch is shown whole: comparing it finely would take long and read badly."""


class Change(StrEnum):
    """What became of a piece."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and what became of it."""

    change: Change
    text: str


def difference(before: str, now: str) -> tuple[Piece, ...]:
    """The pieces of both texts in reading order, what is gone before what is new.

    SAME and GONE pieces together are `before`, SAME and NEW ones `now`. Sentences are compared first, then what differs in them.
    """
    pieces: list[Piece] = []
    for change, old, new in _blocks(_sentences(before), _sentences(now)):
        if change is Change.SAME:
            _add(pieces, Change.SAME, "".join(new))
        else:
            for piece in _inside("".join(old), "".join(new)):
                _add(pieces, piece.change, piece.text)
    return tuple(pieces)


def _sentences(text: str) -> list[str]:
    return [found for found in _SENTENCES.findall(text) if found]


def _inside(before: str, now: str) -> Iterator[Piece]:
    old, new = _TOKENS.findall(before), _TOKENS.findall(now)
    if max(len(old), len(new)) > _FINE:
        yield from (Piece(Change.GONE, before), Piece(Change.NEW, now))
        return
    for change, gone, come in _blocks(old, new):
        if change is Change.SAME:
            yield Piece(Change.SAME, "".join(come))
        else:
            yield from (Piece(Change.GONE, "".join(gone)), Piece(Change.NEW, "".join(come)))


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Change, Sequence[str], Sequence[str]]]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        yield Change.SAME if tag == "equal" else Change.NEW, old[a:b], new[c:d]


def _add(pieces: list[Piece], change: Change, text: str) -> None:
    if not text:
        return
    if pieces and pieces[-1].change is change:
        pieces[-1] = Piece(change, pieces[-1].text + text)
    else:
        pieces.append(Piece(change, text))
