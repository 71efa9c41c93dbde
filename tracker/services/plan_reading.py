"""Everything that planning needs to know of some projects, read at once: as many statements for a thousand projects as for one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, literal, select

from tracker.domain.statuses import Kind
from tracker.programmes.load import load_text
from tracker.programmes.model import Programme
from tracker.services.approval_plans import Approvals, approvals_of
from tracker.services.planned_changes import Standing, standings_of
from tracker.services.planned_documents import DocumentDate, document_dates
from tracker.store import tables as t
from tracker.store.bulk import among

#: The origin of rows that are planned here. Calls, meetings, returns and approvals make rows of their own and keep them.
FROM_RULES = "rule"


@dataclass(frozen=True)
class PlanInput:
    """One project with what its dates rest on, and its obligations as they stand: those of rules, and the keys of the others."""

    project: Row
    programme: Programme
    facts: Mapping[str, Row]
    documents: Sequence[DocumentDate]
    approvals: Approvals
    standings: Mapping[str, Standing]
    stored: Sequence[Mapping[str, Any]]
    by_others: frozenset[str]


def read_inputs(
    conn: Connection,
    project_ids: Collection[int],
    *,
    end_on: date | None = None,
    columns: Iterable[ColumnElement[Any]] = t.obligation.c,
) -> dict[int, PlanInput]:
    """By project; one that there is not is left out. `end_on` is another end to suppose; `columns` are those of `stored`."""
    projects = {row.id: row for row in _projects(conn, project_ids, end_on)}
    programmes = _programmes(conn, {row.programme_version_id for row in projects.values()})
    by_project = {number: programmes[row.programme_version_id] for number, row in projects.items()}
    facts = _facts(conn, projects)
    documents = document_dates(conn, {row.id: row.programme_id for row in projects.values()})
    asking = [number for number, programme in by_project.items() if any(rule.kind is Kind.APPROVAL_CATCH_UP for rule in programme.rules)]
    approvals = approvals_of(conn, asking)
    standings = standings_of(conn, projects)
    stored, others = _stored(conn, projects, columns), _by_others(conn, projects)
    return {
        number: PlanInput(
            project,
            by_project[number],
            facts[number],
            documents[number],
            approvals.get(number, Approvals()),
            standings.get(number, {}),
            stored[number],
            frozenset(others[number]),
        )
        for number, project in projects.items()
    }


@lru_cache(maxsize=64)
def loaded(text: str) -> Programme:
    """A programme from its stored text; the same text gives the same object."""
    return load_text(text)


def _projects(conn: Connection, project_ids: Collection[int], end_on: date | None) -> Sequence[Row]:
    """The projects as they stand, or as they would with another end."""
    columns = list(t.project.c)
    if end_on is not None:
        columns = [literal(end_on, one.type).label(one.name) if one.name == "end_on" else one for one in columns]
    return conn.execute(select(*columns).where(among(t.project.c.id, project_ids)).order_by(t.project.c.id)).all()


def _programmes(conn: Connection, version_ids: Collection[int]) -> dict[int, Programme]:
    v = t.programme_version.c
    return {row.id: loaded(row.resolved_text) for row in conn.execute(select(v.id, v.resolved_text).where(among(v.id, version_ids)))}


def _facts(conn: Connection, project_ids: Collection[int]) -> dict[int, dict[str, Row]]:
    f = t.project_fact.c
    found: dict[int, dict[str, Row]] = defaultdict(dict)
    for row in conn.execute(select(t.project_fact).where(among(f.project_id, project_ids), f.superseded_at.is_(None)).order_by(f.id)):
        found[row.project_id][row.name] = row
    return found


def _stored(conn: Connection, project_ids: Collection[int], columns: Iterable[ColumnElement[Any]]) -> dict[int, list[Mapping[str, Any]]]:
    o = t.obligation.c
    wanted = {column.name: column for column in (*columns, o.project_id, o.parent_id, o.origin)}
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    rows = conn.execute(select(*wanted.values()).where(among(o.project_id, project_ids)))
    for row in rows.mappings():  # judged here: beside a list, a planner without statistics would go by the parent and read every project
        if row["parent_id"] is None and row["origin"] == FROM_RULES:
            found[row["project_id"]].append(row)
    return found


def _by_others(conn: Connection, project_ids: Collection[int]) -> dict[int, set[str]]:
    o = t.obligation.c
    found: dict[int, set[str]] = defaultdict(set)
    for row in conn.execute(select(o.project_id, o.key).where(among(o.project_id, project_ids), o.origin != FROM_RULES)):
        found[row.project_id].add(row.key)
    return found
