"""A mail that tells of several things: what to do first in the subject, the rest in groups, text as readable as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from string import Template

from tracker.domain.statuses import days_left
from tracker.i18n import Translator
from tracker.notify import frame, mail, notice_wording, signal_wording, templates, wording
from tracker.notify.notice_wording import NoticeText
from tracker.notify.sorts import Sort, by_name
from tracker.notify.templates import NONE_OF_ITS_OWN, OwnWords
from tracker.notify.wording import AlertText

MOST_LINES = 40
"""So many things it lists; of the others it says how many they are, for a mail must not grow with the portfolio."""
_A_WEEK = 7

DIGEST, URGENT = "digest", "urgent"
SORTS: dict[str, Sort] = by_name(
    Sort(
        DIGEST, "digest", "Once a day, everything that is not urgent", "{first}; {count} things in all",
        "This is what is new for you today. What is urgent comes in a mail of its own.", ("first", "count"), (("first",),),
    ),
    Sort(
        URGENT, "digest", "Several urgent things at once", "{first}; {count} urgent things in all",
        "Several things are urgent at once. The most pressing one comes first.", ("first", "count"), (("first",),),
    ),
)  # fmt: skip


class Group(StrEnum):
    """Under which heading a line stands; in the order of the mail."""

    OVERDUE = "overdue"
    WEEK = "week"
    LATER = "later"
    SIGNALS = "signals"
    NEWS = "news"


GROUP_MSGIDS = {
    Group.OVERDUE: "The day has passed",
    Group.WEEK: "Within a week",
    Group.LATER: "Later",
    Group.SIGNALS: "To be seen to",
    Group.NEWS: "What happened",
}


@dataclass(frozen=True)
class Line:
    """One thing. `link` is the full address of its page, `act` of the form to acknowledge, put off or hand on ("": none of it)."""

    text: AlertText | NoticeText
    link: str
    act: str = ""
    own: OwnWords = field(default_factory=dict)

    @property
    def group(self) -> Group:
        """Its heading, by the day on which it is read."""
        if isinstance(self.text, NoticeText):
            return Group.SIGNALS if self.text.kind.startswith(notice_wording.SIGNAL) else Group.NEWS
        if self.text.duty and self.text.days_over > 0:
            return Group.OVERDUE
        return Group.WEEK if self._left <= _A_WEEK else Group.LATER

    @property
    def order(self) -> tuple:
        """The most pressing first: by heading, then by day."""
        return (list(Group).index(self.group), 0 if isinstance(self.text, NoticeText) else self._left)

    @property
    def _left(self) -> int:
        assert isinstance(self.text, AlertText)
        return days_left(self.text.file_by_on if self.text.duty else self.text.due_on, self.text.today)

    def headline(self, t: Translator) -> str:
        """What to do, by when, about what."""
        if isinstance(self.text, NoticeText):
            return notice_wording.headline(t, self.text, self.own)
        return wording.headline(t, self.text, self.own)

    def details(self, t: Translator) -> list[str]:
        """What must be said besides, the legal day with its weekday and how far it is away, and the project: a line each."""
        text = self.text
        project = t.pick(text.project_zh, text.project_en)
        if isinstance(text, NoticeText):
            reason = text.params.get("reason")
            colon = t.pick("：", ": ")
            days = [f"{label}{colon}{said}" for label, said in signal_wording.facts(t, text)] if self.group is Group.SIGNALS else []
            lines = [*days, t("Reason: {reason}", reason=reason), project] if reason else [*days, project]
        else:
            days = t("Legal last day: {day}", day=wording.day_text(t, text.due_on)) if text.duty else wording.day_text(t, text.due_on)
            lines = [*wording.notes(t, text), f"{days} · {wording.left_text(t, text)}", project]
            lines += [t("Officer in charge: {officer}", officer=text.ask)] if text.ask else []
        return [one for one in map(mail.one_line, lines) if one]


@dataclass(frozen=True)
class Addresses:
    """Where the mail leads beside its lines: the inbox, the choices of the account, and the form that ends digests ("": none)."""

    inbox: str
    choices: str
    unsubscribe: str = ""


def render(
    lines: Sequence[Line], *, language: str, name: str, urgent: bool, addresses: Addresses | None, own: OwnWords = NONE_OF_ITS_OWN
) -> mail.Rendered:
    """Subject and bodies of one mail with at least one line. `own` are the office's words for all programmes.

    Without `addresses` it goes to somebody without an account.
    """
    t = Translator(language)
    ordered = sorted(lines, key=lambda line: line.order)
    sort = SORTS[URGENT if urgent else DIGEST]
    words = templates.chosen(own, sort.name)
    fields = {"first": ordered[0].headline(t), "count": str(len(ordered))}
    subject = fields["first"] if len(ordered) == 1 and words is None else templates.subject(t, sort, _fitting(fields), words)
    body = _Body(t, mail.one_line(name), templates.opening(t, sort, fields, words), ordered[:MOST_LINES], len(ordered), addresses, urgent)
    return mail.Rendered(subject=subject[: mail.LONGEST_SUBJECT], text=body.text(), html=body.html(subject))


def footer(t: Translator, addresses: Addresses | None, *, urgent: bool) -> list[tuple[str, str]]:
    """What stands below such a mail: where everything is, and how it can be had otherwise."""
    if addresses is None:
        return []
    rows = [(t("Everything is also in your inbox:"), addresses.inbox)]
    if urgent:
        return [*rows, (t("When you are told is set under My account; what is urgent cannot be switched off:"), addresses.choices)]
    rows.append((t("One such mail a day at most. Its hour, your quiet hours and days off are set under My account:"), addresses.choices))
    return [*rows, (t("No digests by mail any more:"), addresses.unsubscribe)] if addresses.unsubscribe else rows


def _fitting(fields: dict[str, str]) -> dict[str, str]:
    """With a long first thing cut, so that what follows it in the subject is still read."""
    first = fields["first"]
    return {**fields, "first": first if len(first) <= 140 else first[:139] + "…"}


@dataclass(frozen=True)
class _Body:
    t: Translator
    name: str
    opening: list[str]
    lines: Sequence[Line]
    count: int
    addresses: Addresses | None
    urgent: bool

    def _groups(self) -> list[tuple[str, list[Line]]]:
        found = [(group, [line for line in self.lines if line.group is group]) for group in Group]
        return [(self.t(GROUP_MSGIDS[group]), some) for group, some in found if some]

    def _more(self) -> str:
        left = self.count - len(self.lines)
        return self.t("And {n} more; your inbox has them all.", n=left) if left else ""

    def _in_brackets(self, n: int) -> str:
        return self.t.pick(f"（{n}）", f" ({n})")

    def text(self) -> str:
        """The plain part: numbered lines, each with its day and its address."""
        t = self.t
        rows = [t("Dear {name},", name=self.name), "", *self.opening, ""]
        number = 0
        for title, lines in self._groups():
            rows += [f"== {title}{self._in_brackets(len(lines))} ==", ""]
            for line in lines:
                number += 1
                rows += [f"{number}. {mail.one_line(line.headline(t))}", *(f"   {said}" for said in line.details(t))]
                rows += [f"   {line.link}"] if line.link else []
                rows += [f"   {t('Acknowledge, be reminded again or hand on:')}{'' if t.is_chinese else ' '}{line.act}"] if line.act else []
                rows.append("")
        if self._more():
            rows += [self._more(), ""]
        rows.append("-- ")
        for said, address in footer(t, self.addresses, urgent=self.urgent):
            rows += [said, address]
        return "\n".join([*rows, self._last(), ""])

    def _last(self) -> str:
        if self.addresses is None:
            return self.t("Sent by Milepost to your institution; please do not answer this mail, but ask the programme office.")
        return self.t("Please do not answer this mail.")

    def html(self, subject: str) -> str:
        """The same for who reads HTML; one column, at home on a phone."""
        t = self.t
        parts = [f'<p style="margin:0 0 8px">{mail.whole_days(line)}</p>' for line in self.opening]
        for title, lines in self._groups():
            parts.append(_GROUP.substitute(title=escape(title), count=self._in_brackets(len(lines))))
            parts += [self._card(line) for line in lines]
        if self._more():
            parts.append(f'<p style="margin:14px 0 0">{escape(self._more())}</p>')
        foot = "<br>".join([*mail.linked(footer(t, self.addresses, urgent=self.urgent)), escape(self._last())])
        words = {"title": subject, "heading": mail.whole_days(subject), "greeting": t("Dear {name},", name=self.name), "footer": foot}
        return frame.page(chinese=t.is_chinese, body="\n".join(parts), **words)

    def _card(self, line: Line) -> str:
        act = ""
        if line.act:
            said = escape(self.t("Acknowledge · remind me again · hand on"))
            act = f'<div style="font-size:14px;margin-top:2px"><a href="{escape(line.act)}" style="color:#45525f">{said}</a></div>'
        return _CARD.substitute(
            colour=_COLOURS[line.group],
            title=(_LINKED if line.link else _PLAIN).substitute(
                link=escape(line.link), title=mail.whole_days(mail.one_line(line.headline(self.t)))
            ),
            details="<br>".join(mail.whole_days(said) for said in line.details(self.t)),
            act=act,
        )


_COLOURS = {Group.OVERDUE: "#b42318", Group.WEEK: "#b54708", Group.LATER: "#14532d", Group.SIGNALS: "#b54708", Group.NEWS: "#57636f"}
_GROUP = Template('<h2 style="font-size:15px;margin:18px 0 8px;color:#45525f">$title<span style="font-weight:400">$count</span></h2>')
_LINKED = Template('<a href="$link" style="color:#14532d;font-weight:600;overflow-wrap:anywhere">$title</a>')
_PLAIN = Template('<span style="font-weight:600;overflow-wrap:anywhere">$title</span>')
_CARD = Template(
    '<div style="border-left:4px solid $colour;padding:4px 0 4px 12px;margin:0 0 12px">'
    "$title"
    '<div style="font-size:14px;color:#45525f;overflow-wrap:anywhere">$details</div>$act</div>'
)
