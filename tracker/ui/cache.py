"""What all sessions of this process share, in one file, so that the whole risk can be seen at once.

Values of `st.cache_*` are visible to everybody. So a cached read is keyed by the viewer's scope, by the revision of
its topics and by the day; anything else would show one person what another may see.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TypeVar

import streamlit as st
from sqlalchemy import select

from tracker.bootstrap import Desk, open_desk
from tracker.config import Settings
from tracker.services.context import Context
from tracker.services.viewer import Viewer
from tracker.store.tables import revision

Result = TypeVar("Result")

_given: list[Desk] = []


def desk() -> Desk:
    """The open installation that the environment names; opened once a process."""
    return _given[-1] if _given else _opened(Settings.from_env())


def give_desk(made: Desk | None) -> None:
    """Use this desk instead of the environment's (None: the environment's again). For tests and embedding programs."""
    _given.clear()
    if made is not None:
        _given.append(made)


@lru_cache(maxsize=4)
def _opened(settings: Settings) -> Desk:
    return open_desk(settings)


def cached(ctx: Context, name: str, topics: tuple[str, ...], read: Callable[[], Result], *inputs: object) -> Result:
    """`read()`, remembered until one of the topics changes, the day turns, or another scope asks.

    `name` and `inputs` (hashable) tell reads apart; `topics` are the revision topics whose writes make it stale. The result is
    shared: never change it. Only for reads whose answer depends on nothing else than scope, topics, day and inputs.
    """
    return _remembered(name, inputs, _scope(ctx.viewer), _revisions(ctx, topics), ctx.today, str(ctx.store.url), _read=read)


@st.cache_resource(ttl=3600, max_entries=512, show_spinner=False)
def _remembered(
    name: str, inputs: tuple, scope: tuple, revisions: tuple, today: date, store_url: str, _read: Callable[[], Result]
) -> Result:
    return _read()


def _scope(viewer: Viewer) -> tuple:
    """Everything that decides what a viewer may see, and her id: some lists are about herself."""
    return (
        viewer.person_id,
        tuple(sorted(viewer.everywhere)),
        viewer.programmes,
        tuple((m.project_id, m.role, m.party) for m in viewer.memberships),
    )


def _revisions(ctx: Context, topics: tuple[str, ...]) -> tuple:
    with ctx.store.read() as conn:
        rows = conn.execute(select(revision.c.topic, revision.c.n).where(revision.c.topic.in_(topics))).all()
    return tuple(sorted((row.topic, row.n) for row in rows))
