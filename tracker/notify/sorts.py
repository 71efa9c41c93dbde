"""The sorts of messages there are: when each is said, in which words unless the office gave others, and what may be merged into it.

A sort is a situation and not a stage: what is said depends on how things stand on the day of reading. Sorts on an unconfirmed anchor are
sorts of their own, so that no words meant for what is late ever reach somebody who is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.domain.statuses import Kind

#: What may stand between braces, and what it means to whoever writes a template (message ids).
FIELD_MSGIDS: dict[str, str] = {
    "what": "what it is about, with its period",
    "code": "code of the project",
    "project": "title of the project",
    "day": "the legal last day, or the day of what is announced, in both calendars",
    "file_by": "the last safe day to file, in both calendars, with its hour where it has one",
    "time": "the hour of the last safe day, beginning with a blank; nothing where it has none",
    "left": "how many days are left or have passed, in words",
    "number": "number of the receipt",
    "name": "the other person it is about",
    "count": "how many things it lists",
    "since": "the day since which it has been so, in both calendars",
    "days": "for how many days it has been so",
    "first": "the most urgent thing it lists",
}

#: In the order in which an editor meets them (message ids).
GROUP_MSGIDS: dict[str, str] = {
    "before": "Before the day",
    "after": "After the day",
    "unconfirmed": "Where the anchor date is not confirmed",
    "office": "To the office and the institution",
    "by_hand": "Given by the office itself",
    "notice": "Told once",
    "signal": "Beyond dates",
    "digest": "Mails of several things",
}

#: Kinds of obligation that are owed by a day, and so may have words of their own in what is said about such a day.
OWED_KINDS: tuple[str, ...] = tuple(kind.value for kind in Kind if kind not in (Kind.MEETING, Kind.YEAR_END_NOTICE))

SOME_THING: tuple[tuple[str, ...], ...] = (("what", "code"),)
DATED: tuple[tuple[str, ...], ...] = (*SOME_THING, ("day", "file_by", "left"))


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of message.

    `when_msgid` says when it is sent. `subject_msgid` and `opening_msgid` are the built-in words; an opening is one paragraph.
    `fields` are the merge fields it has. Of each tuple in `needs`, the subject must hold at least one. `stages`: the stages of the ladder
    that may have words of their own within this sort, `kinds`: the kinds of obligation. `chat`: the office's channels are told it too.
    """

    name: str
    group: str
    when_msgid: str
    subject_msgid: str
    opening_msgid: str
    fields: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...] = SOME_THING
    stages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    chat: bool = False

    @property
    def unconfirmed(self) -> bool:
        """Whether it is said on an anchor date that nobody confirmed: its words may blame nobody."""
        return self.group == "unconfirmed"

    @property
    def of_programme(self) -> bool:
        """Whether a programme may have words of its own: what is about no single project is the same for all."""
        return "code" in self.fields

    @property
    def names(self) -> tuple[str, ...]:
        """Under which names words of the office for every kind may be kept: the sort's, and one for each of its stages ("before/T-30")."""
        return (self.name, *(f"{self.name}/{stage}" for stage in self.stages))

    @property
    def names_of_kinds(self) -> tuple[str, ...]:
        """The same for single kinds of obligation: "before@final_report", "before/T-30@final_report"."""
        return tuple(f"{name}@{kind}" for name in self.names for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where words of the office may stand: a sort, perhaps at one stage ("": at every other), perhaps for one kind of obligation."""

    sort: Sort
    stage: str = ""
    kind: str = ""

    @property
    def name(self) -> str:
        """As it is written: "before", "before/T-30", "before@final_report", "before/T-30@final_report"."""
        return slot_name(self.sort.name, self.stage, self.kind)


def slot_name(sort: str, stage: str = "", kind: str = "") -> str:
    """The name of a slot."""
    return f"{sort}{stage and f'/{stage}'}{kind and f'@{kind}'}"


def by_name(*sorts: Sort) -> dict[str, Sort]:
    """Sorts by their names. Raises ValueError where two have one name."""
    found = {one.name: one for one in sorts}
    if len(found) != len(sorts):
        raise ValueError("two sorts of messages have one name")
    return found
