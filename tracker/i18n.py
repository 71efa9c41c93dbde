"""Texts in two languages by gettext. English is the message id; the Chinese catalogues are `.po` files, one an area, all merged."""

from __future__ import annotations

import gettext
import io
from functools import cache
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tracker.config import data_dir

LANGUAGES = ("zh_TW", "en")
DEFAULT_LANGUAGE = "zh_TW"


@cache
def _translations(language: str) -> gettext.NullTranslations:
    merged = gettext.NullTranslations()
    folder = data_dir() / "locale" / language / "LC_MESSAGES"
    for path in sorted(folder.glob("*.po"), reverse=True):
        with path.open("rb") as source:
            catalogue = read_po(source, locale=language, abort_invalid=True)
        binary = io.BytesIO()
        write_mo(binary, catalogue)
        binary.seek(0)
        area = gettext.GNUTranslations(binary)
        area.add_fallback(merged)
        merged = area
    return merged


class Translator:
    """Turns message ids into one language. `Translator("zh_TW").text("{n} days left", n=3)`.

    An unknown language falls back to zh_TW, the product's first language.
    """

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else DEFAULT_LANGUAGE
        self._catalogue = _translations(self.language)

    @property
    def is_chinese(self) -> bool:
        return self.language == "zh_TW"

    def gettext(self, msgid: str) -> str:
        """The message in this language, or the message id itself."""
        return self._catalogue.gettext(msgid) if msgid else ""

    def text(self, msgid: str, **params: Any) -> str:
        """The message with its `{named}` places filled."""
        translated = self.gettext(msgid)
        return translated.format(**{name: self.said(value) for name, value in params.items()}) if params else translated

    def said(self, value: Any) -> Any:
        """A parameter in this language: one of two stored texts, or a message inside the message; anything else as it is."""
        if isinstance(value, str | int):
            return value
        if hasattr(value, "zh") and hasattr(value, "en"):
            return self.pick(value.zh, value.en)
        return self.text(value.msgid, **value.params) if hasattr(value, "msgid") and hasattr(value, "params") else value

    def pick(self, zh: str, en: str) -> str:
        """The one of two stored texts that is in this language; the other where it is empty."""
        return (zh or en) if self.is_chinese else (en or zh)

    __call__ = text
