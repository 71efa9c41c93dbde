"""What a service answered to a message, in words: kept as a code and one of our own sentences, read in the reader's language."""

from __future__ import annotations

import re

from tracker.i18n import Translator

_CODE = re.compile(r"(?:([0-9]{3}|[A-Za-z]+) )?(.+)", re.DOTALL)


def answer_text(t: Translator, error: str) -> str:
    """An error of the outbox in the reader's language, with the code that the service gave; whatever is none of our sentences, as it is."""
    if not error:
        return ""
    code, said = _CODE.fullmatch(error).groups()
    known = t(said)
    if known == said and code and not code.isdigit():
        return error
    return f"{known} ({code})" if code else known
