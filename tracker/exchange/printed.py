"""A document to be printed, before anybody decides whether it becomes a PDF or a Word file: both writers read the same parts.

Texts are finished (translated) and plain; neither writer reads markup in them. A tone says what a text is, never a colour:
`plain`, `quiet`, `strong`, `good`, `warn`, `accent`, `code` (a hash or a number to be compared).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

Toned = tuple[str, str]
"""A text and its tone."""


class Whole(str):
    """A hash, a number, a command: copied out of a print to be compared or run, so nothing invisible is put into it."""

    __slots__ = ()


@dataclass(frozen=True)
class Heading:
    """The title of a part; level 1 to 3."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A text of one or several lines, as it was written."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Note:
    """Somebody's remark, set apart from the text around it."""

    text: str
    tone: str = "quiet"


@dataclass(frozen=True)
class Facts:
    """Labels with what they say: (label, text) or (label, text, tone)."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Table:
    """A table whose head is repeated on every page. `widths` are shares, 0: as wide as it needs; `align` left, center or right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Toned, ...], ...]
    widths: tuple[float, ...] = ()
    align: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bullets:
    """Short points."""

    items: tuple[Toned, ...]


@dataclass(frozen=True)
class Figure:
    """A drawing that a template of its own knows by `name`; `instead` stands in its place where nothing can be drawn."""

    name: str
    data: Any
    instead: tuple[Heading | Paragraph | Facts | Table | Bullets, ...] = ()


Block = Heading | Paragraph | Note | Facts | Table | Bullets | Figure
_KINDS: dict[type, str] = {
    Heading: "heading",
    Paragraph: "paragraph",
    Note: "note",
    Facts: "facts",
    Table: "table",
    Bullets: "bullets",
    Figure: "figure",
}


@dataclass(frozen=True)
class PrintedDocument:
    """One document. `head` stands on every page (left, right), `foot` at its lower left; `page_words` has the places {n} and {all}.

    `banner` warns on every page ("" for none); `kicker` and `subtitle` stand around the title; `on` is the document's own civil day,
    kept in the file's properties.
    """

    title: str
    language: str
    head: tuple[str, str]
    page_words: str
    subtitle: str = ""
    kicker: str = ""
    foot: str = ""
    banner: str = ""
    author: str = ""
    on: date | None = None
    facts: Facts = field(default_factory=lambda: Facts(()))
    blocks: tuple[Block, ...] = ()


def as_data(document: PrintedDocument, **more: Any) -> dict[str, Any]:
    """The document as the templates of `data/print` want it; `more` is what a template of its own needs beside."""
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "kicker": document.kicker,
        "language": document.language,
        "head": list(document.head),
        "foot": document.foot,
        "banner": document.banner,
        "author": document.author,
        "at": [document.on.year, document.on.month, document.on.day] if document.on else None,
        "words": {"page": document.page_words},
        "facts": rows_of(document.facts),
        "blocks": [_block(block) for block in document.blocks],
        **more,
    }


def rows_of(facts: Facts) -> list[list[str]]:
    """Facts as a template wants them."""
    return [list(row) for row in facts.rows]


def filled(table: Table) -> Table:
    """The table with its widths and alignments written out."""
    n = len(table.heads)
    return replace(table, widths=table.widths or (1,) * n, align=table.align or ("left",) * n)


def _block(block: Block) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": _KINDS[type(block)]}
    if isinstance(block, Facts):
        return made | {"rows": rows_of(block)}
    if isinstance(block, Bullets):
        return made | {"items": [list(item) for item in block.items]}
    if isinstance(block, Table):
        table = filled(block)
        rows = [[list(cell) for cell in row] for row in table.rows]
        return made | {"heads": list(table.heads), "widths": list(table.widths), "align": list(table.align), "rows": rows}
    if isinstance(block, Figure):
        return made | {"name": block.name, "data": block.data}
    return made | {name: getattr(block, name) for name in block.__dataclass_fields__}
