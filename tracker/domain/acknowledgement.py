"""Whether the printed acknowledgement of an outcome names the funder, and the programme or the project's number (000 七-(四))."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_SHORTEST_TITLE = 4
"""A shorter title is found in any text."""


@dataclass(frozen=True)
class Acknowledged:
    """What was found, word for word as it is known to us; "" where it was not. Both must be there; a name or a number will do."""

    funder: str
    project: str

    @property
    def complete(self) -> bool:
        return bool(self.funder and self.project)


def acknowledged(text: str, *, funders: Iterable[str], programmes: Iterable[str], numbers: Iterable[str]) -> Acknowledged:
    """Look for one of the funder's names, and for one name of the programme or one number of the project, in an acknowledgement.

    Spaces, case, width and the kind of dash do not matter. A short Latin name ("MOST") counts only as a word of its own and in capitals.
    """
    found = next((name for name in funders if _holds(text, name)), "")
    titles = [name for name in programmes if len(_squeezed(name)) >= _SHORTEST_TITLE]
    return Acknowledged(found, next((name for name in (*numbers, *titles) if _holds(text, name)), ""))


def _holds(text: str, name: str) -> bool:
    if name.isascii() and name.isalpha() and len(name) <= 5:
        return re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", unicodedata.normalize("NFKC", text)) is not None
    wanted = _squeezed(name)
    return bool(wanted) and wanted in _squeezed(text)


def _squeezed(text: str) -> str:
    narrow = unicodedata.normalize("NFKC", text).casefold().replace("臺", "台")
    return "".join(c for c in narrow if not c.isspace() and unicodedata.category(c) not in ("Pd", "Cf", "Cc", "Po"))
