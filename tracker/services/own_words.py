"""The office's own words that are in force, read once for a batch of mails."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection, Row

from tracker.notify.sorts import slot_name
from tracker.notify.templates import FOR_ALL, OwnWords, Words
from tracker.store import q_templates


@dataclass
class WordsInForce:
    """The words of every programme, and those for all that have none of their own (`None`)."""

    written: dict[int | None, dict[str, Words]]
    _merged: dict[int | None, OwnWords] = field(default_factory=dict)

    def of(self, programme_id: int | None) -> OwnWords:
        """The words that messages of one programme are chosen from (`templates.chosen`): its own, and after them those for all."""
        if programme_id not in self._merged:
            general = self.written.get(None, {})
            for_all = {FOR_ALL + name: words for name, words in general.items()}
            self._merged[programme_id] = general if programme_id is None else {**for_all, **self.written.get(programme_id, {})}
        return self._merged[programme_id]


def words_in_force(conn: Connection) -> WordsInForce:
    """What the office wrote and did not take back, in one query."""
    written: dict[int | None, dict[str, Words]] = defaultdict(dict)
    for row in q_templates.standing(conn):
        written[row.programme_id][slot_name(row.sort, kind=row.kind)] = words_of(row)
    return WordsInForce(dict(written))


def words_of(row: Row) -> Words:
    """The words of one row."""
    return Words(row.subject_zh, row.subject_en, row.opening_zh, row.opening_en, row.chat_zh, row.chat_en)
