"""Text that people type, made safe to store on both engines and to show: nothing invisible is kept, nothing visible is changed.

NUL cannot be stored by PostgreSQL and lone surrogates by nobody; control characters act on terminals and mails; direction overrides make a
text read as what it is not. What a text *says* (a formula, a tag) is left alone: where it is shown or exported, it is escaped there.
"""

from __future__ import annotations

import re
import unicodedata

_NOT_TEXT = {"Cc", "Cf", "Cs"}
_JOINERS = {"\u200c", "\u200d"}  # they belong to emoji and to some scripts

LONGEST_ADDRESS = 254

_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")


def clean_text(text: str) -> str:
    """A text of several lines: line ends unified, control and direction marks removed, everything else as typed."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = {"\n", "\t"} | _JOINERS
    return "".join(c for c in unified if c in kept or unicodedata.category(c) not in _NOT_TEXT)


def clean_line(text: str) -> str:
    """A name, a title, a number of a letter: in NFC, on one line, single spaces, without control and direction marks."""
    spaced = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    kept = "".join(c for c in spaced if c in _JOINERS or unicodedata.category(c) not in _NOT_TEXT)
    line = " ".join(kept.split())
    return line if line.strip("".join(_JOINERS)) else ""


def is_address(text: str) -> bool:
    """Whether `text` is one plain e-mail address (lower case, ASCII): no display name, no comma, nothing that a header could break on."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None
