"""Every mail there is: each sort of message at each of its stages, about each kind of obligation, in both languages, to each of its
readers, and some that fit badly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from tracker.i18n import LANGUAGES, Translator
from tracker.notify import digest, mail, notice_wording, wording
from tracker.notify.digest import Addresses, Line
from tracker.notify.mail import Rendered
from tracker.notify.message_sorts import SORTS
from tracker.notify.notice_wording import NoticeText
from tracker.notify.wording import AlertText
from tracker.services.template_previews import made_up

TODAY = date(2026, 12, 1)  # Tuesday
SITE = "https://milepost.invalid"
LINK = f"{SITE}/report?obligation=17"
ACT = f"{SITE}/act/eyJhIjoxMiwicCI6MywiZCI6WyJhY2siLCJzbm9vemUiLCJkZWxlZ2F0ZSJdfQ.aW5-sZGVtbw.3yRk5Xf0c2FtcGxlLXNpZ25hdHVyZS1vZi1hLW1haWw"
ASK = "示範承辦人 (officer@office.invalid)"
_MORE_ROLES = {
    "pi": ("pi", "assistant", "co_pi"),
    "officer": ("officer", "administrator"),
    "chief": ("chief",),
    "institution": ("institution",),
}
_LONG = "以深度學習輔助判讀之跨院區臨床驗證與法規送審暨上市後監測整合示範計畫（第二期延續、含分項計畫一至五）"
_LONG_EN = "Deep-learning-assisted-interpretation/cross-site_clinical_validation_and_postmarket_surveillance_of_medical_devices"


@dataclass(frozen=True)
class MailCase:
    """One mail: the name of its template, who reads it, in which language, what it says, and where it must lead."""

    name: str
    role: str
    language: str
    rendered: Rendered
    facts: tuple[tuple[str, str], ...]
    addresses: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """A name for its pictures."""
        return f"{self.name.replace('@', '+').replace('/', '@').replace(':', '=')}.{self.role}.{self.language}"


def mail_cases() -> Iterator[MailCase]:
    """Each template's name × reader × language, then each sort × kind of obligation × language, then what is long."""
    for name in (name for sort in SORTS.values() for name in sort.names):
        about = made_up(name, TODAY).about
        for language in LANGUAGES:
            if isinstance(about, AlertText):
                for role in _MORE_ROLES[about.role]:
                    yield _alert(name, replace(about, role=role), language)
            elif isinstance(about, NoticeText):
                yield _notice(name, about, language)
            else:
                yield _several(name, about, language)
    yield from _of_each_kind()
    yield from _hard_ones()


def _of_each_kind() -> Iterator[MailCase]:
    """Each sort about each kind of obligation that may have words of its own in it."""
    for name in (f"{sort.name}@{kind}" for sort in SORTS.values() for kind in sort.kinds):
        about = made_up(name, TODAY).about
        for language in LANGUAGES:
            yield _alert(name, about, language) if isinstance(about, AlertText) else _notice(name, about, language)


def _hard_ones() -> Iterator[MailCase]:
    """Long titles, words that cannot be broken, every line that a mail may have at once, a full digest."""
    about = made_up("before", TODAY).about
    assert isinstance(about, AlertText)
    long = replace(
        about, project_code="DEMO-115-VERY-LONG-CODE-0001", project_zh=_LONG, project_en=_LONG_EN, title_zh=f"期中報告（{_LONG}）",
        title_en=f"Interim report: {_LONG_EN}", clause="第十七條之二第三項第四款及附表六" * 4, letter_number="院授科前字第1150000123號",
        file_by_time="12:00", provisional=True, confidence="assumed", because=about.because * 6,
    )  # fmt: skip
    overdue = made_up("overdue", TODAY).about
    for language in LANGUAGES:
        yield _alert("long", long, language)
    for language in LANGUAGES:
        yield _several("digest-long", (long, *(replace(overdue, project_code=f"DEMO-115-{n:02}") for n in range(60))), language)
    yield from _in_digests()
    yield from _ones()


def _in_digests() -> Iterator[MailCase]:
    """Every reminder, every notice and every signal as a line of a digest; one line alone; the same to an institution."""
    about = {name: made_up(name, TODAY).about for name in SORTS}
    alerts = [one for one in about.values() if isinstance(one, AlertText) and one.role != "institution"]
    outside = tuple(replace(one, ask=ASK) for one in about.values() if isinstance(one, AlertText) and one.role == "institution")
    news = [one for one in about.values() if isinstance(one, NoticeText)]
    signals = [one for one in news if one.kind.startswith(notice_wording.SIGNAL)]
    notices = [one for one in news if one not in signals]
    for language in LANGUAGES:
        for name, told in (
            ("alerts", alerts),
            ("notices", notices),
            ("signals", signals),
            ("one", alerts[:1]),
            ("mixed", [alerts[0], *news[:2]]),
        ):
            yield _several(f"digest-{name}", tuple(told), language)
        yield _several("digest-institution", outside, language)
        for one in outside:
            yield _alert(f"ask-{wording.sort_of(one)}", one, language)


def _ones() -> Iterator[MailCase]:
    """Whatever counts something, when it counts one."""
    for name in (name for name, sort in SORTS.items() if sort.group in ("notice", "signal")):
        about = made_up(name, TODAY).about
        assert isinstance(about, NoticeText)
        for counted in {"n", "moved", "mails"} & {key for key, value in about.params.items() if isinstance(value, int)}:
            for language in LANGUAGES:
                yield _notice(f"one-{name}", replace(about, params={**about.params, counted: 1}), language)
    held = made_up(notice_wording.MASS_HELD, TODAY).about
    assert isinstance(held, NoticeText)
    for n, language in product((1, 5), LANGUAGES):
        yield _notice(f"signals-held-{n}", replace(held, params={**held.params, "mails": n, "about": "signals"}), language)


def _alert(name: str, about: AlertText, language: str) -> MailCase:
    t = Translator(language)
    outside = about.role == "institution"  # she has no account: no page, nothing to acknowledge
    rendered = mail.render(about, language=language, name="Reader", link="" if outside else LINK, act="" if outside else ACT)
    return MailCase(name, about.role, language, rendered, tuple(wording.facts(t, about)), () if outside else (LINK, ACT))


def _notice(name: str, about: NoticeText, language: str) -> MailCase:
    facts = tuple(notice_wording.facts(Translator(language), about))
    rendered = mail.render_notice(about, language=language, name="Reader", link=LINK)
    return MailCase(name, "anyone", language, rendered, facts, (LINK,))


def _several(name: str, about: tuple[AlertText | NoticeText, ...], language: str) -> MailCase:
    t = Translator(language)
    to = Addresses(f"{SITE}/inbox", f"{SITE}/account", f"{SITE}/unsubscribe/eyJwIjozfQ.c2lnbmF0dXJl-of-a-mail")
    outside = "institution" in name
    lines = [Line(one, "") if outside else Line(one, LINK, ACT if isinstance(one, AlertText) else "") for one in about]
    urgent, addresses = outside or name == digest.URGENT, None if outside else to
    rendered = digest.render(lines, language=language, name="Reader", urgent=urgent, addresses=addresses)
    listed = sorted(lines, key=lambda line: line.order)[: digest.MOST_LINES]
    said = tuple((mail.one_line(line.headline(t)), detail) for line in listed for detail in line.details(t))
    return MailCase(name, "anyone", language, rendered, said, () if outside else (LINK, to.inbox, to.choices))
