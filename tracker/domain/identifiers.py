"""Numbers by which outcomes are found again: DOI, patent, licence of a medical device, registered trial. Checked for form only.

That a number is well formed does not say that it exists; nothing here asks anybody. Sources: ISO 26324 and the DOI Handbook 2.2 (a DOI
is `10.`, a registrant, a slash and a suffix, and its case does not matter); WIPO standards ST.3 (offices) and ST.16 (kinds); the numbers
of Taiwan's patent office: certificates I, M, D and six digits, publications of nine digits from the year, applications of nine from the
民國 year; licences 衛部醫器製字第000000號; ClinicalTrials.gov NCT and eight digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import unquote

LONGEST = 255

_DOI_LEAD = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi\s*:?\s*)", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
_TW_CERTIFICATE = re.compile(r"(?:TW)?(?:(?:中華民國)?專利)?(?:發明|新型|設計)?第?([IMD])([0-9]{6})(?:[A-Z][0-9]?)?號?")
_TW_PUBLICATION = re.compile(r"TW(20[0-9]{2})([0-9]{5})(?:A)?")
_TW_APPLICATION = re.compile(r"(?:TW)?((?:0[89]|1[0-9])[0-9])([123])([0-9]{5})(?:\.?[0-9])?")
_FOREIGN: Mapping[str, re.Pattern[str]] = {
    "US": re.compile(r"US(?:(?:RE|D|PP)?[0-9]{5,8}|20[0-9]{2}/?[0-9]{7})(?:[A-Z][0-9]?)?"),
    "EP": re.compile(r"EP[0-9]{7,8}(?:[A-Z][0-9]?)?"),
    "WO": re.compile(r"WO(?:20[0-9]{2}|[0-9]{2})/?[0-9]{5,6}(?:[A-Z][0-9]?)?"),
    "CN": re.compile(r"CN[0-9]{7,13}(?:\.[0-9X])?(?:[A-Z][0-9]?)?"),
    "JP": re.compile(r"JP(?:[0-9]{7}|(?:19|20)[0-9]{2}[0-9]{6}|[HSRT][0-9]{8})(?:[A-Z][0-9]?)?"),
    "KR": re.compile(r"KR(?:10|20|30)?[0-9]{7,13}(?:[A-Z][0-9]?)?"),
}
_ANY_OFFICE = re.compile(r"[A-Z]{2}[0-9]{4,14}(?:[A-Z][0-9]?)?")
_LICENCE = re.compile(r"(衛[部署])醫器(製|輸|陸輸)(壹)?字第([0-9]{6})號")
_TRIAL = re.compile(r"NCT[0-9]{8}")


class IdentifierError(ValueError):
    """A text that is no number of this kind; `msgid` says what one looks like."""

    def __init__(self, msgid: str) -> None:
        super().__init__(msgid)
        self.msgid = msgid


def parse_doi(text: str) -> str:
    """The DOI in `text`, lower case and without a resolver's address. Raises IdentifierError."""
    plain = _DOI_LEAD.sub("", _plain(text))
    plain = (unquote(plain) if "%" in plain else plain).rstrip(".,;:")
    while plain.endswith(")") and plain.count(")") > plain.count("("):  # copied out of brackets
        plain = plain[:-1]
    if len(plain) > LONGEST or not _DOI.fullmatch(plain) or not plain.isprintable():
        raise IdentifierError("A DOI begins with 10. and has a slash, for example 10.1234/abc.5678.")
    return plain.lower()


def parse_patent(text: str) -> str:
    """The patent's number with its office in front, "TW I123456", "US 11123456B2". Raises IdentifierError."""
    plain = re.sub(r"[\s,，\-.](?![0-9X]$)", "", _plain(text).upper())
    if match := _TW_CERTIFICATE.fullmatch(plain):
        return f"TW {match[1]}{match[2]}"
    if match := _TW_PUBLICATION.fullmatch(plain):
        return f"TW {match[1]}{match[2]}"
    if match := _TW_APPLICATION.fullmatch(plain):
        return f"TW {match[1]}{match[2]}{match[3]}"
    office = plain[:2]
    form = _FOREIGN.get(office, _ANY_OFFICE)
    if office != "TW" and form.fullmatch(plain):
        return f"{office} {plain[2:]}"
    raise IdentifierError("A patent number has its office in front, for example TW I123456, US 11123456 B2 or EP 1234567 B1.")


def parse_licence(text: str) -> str:
    """The number of a medical device's licence in Taiwan, 衛部醫器製字第000000號. Raises IdentifierError."""
    match = _LICENCE.fullmatch(re.sub(r"\s", "", _plain(text)))
    if match is None:
        raise IdentifierError("A device licence reads like 衛部醫器製字第000000號, with six digits.")
    return match[0]


def parse_trial(text: str) -> str:
    """The number of a registered trial, NCT00000000. Raises IdentifierError."""
    plain = re.sub(r"\s", "", _plain(text).upper())
    if not _TRIAL.fullmatch(plain):
        raise IdentifierError("A registered trial reads like NCT00000000, with eight digits.")
    return plain


def _plain(text: str) -> str:
    """Full width to half width, and nothing that cannot be seen."""
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(c for c in narrow if unicodedata.category(c) not in ("Cf", "Cc")).strip()


PARSERS: Mapping[str, Callable[[str], str]] = {"doi": parse_doi, "patent": parse_patent, "licence": parse_licence, "trial": parse_trial}
"""By kind of number; a number of another kind is kept as it was written."""
