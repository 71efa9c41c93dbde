"""One sentence of an explanation, in both languages.

The pure layer has no catalogue, and a reason is made of law and dates rather than of fixed screen text, so it carries
both wordings itself.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One plain sentence, in Traditional Chinese (`zh`) and in English (`en`), that a lawyer could check."""

    zh: str
    en: str

    def text(self, language: str) -> str:
        """The wording for `language` ("zh_TW", "zh" or anything else, which reads English)."""
        return self.zh if language.startswith("zh") else self.en

    def as_dict(self) -> dict[str, str]:
        """The stored form: {"zh": …, "en": …}."""
        return {"zh": self.zh, "en": self.en}

    @classmethod
    def from_dict(cls, stored: dict[str, str]) -> Reason:
        """The inverse of `as_dict`; raises KeyError when a language is missing."""
        return cls(zh=stored["zh"], en=stored["en"])
