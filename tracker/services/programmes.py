"""Programmes of an installation: made known to the database from their packs, found by code."""

from __future__ import annotations

from sqlalchemy import select

from tracker.programmes.model import UnknownProgramme
from tracker.services.context import Context
from tracker.services.errors import NotFound
from tracker.services.policy import INSTALLATION, Act, authorise
from tracker.services.projects import ensure_programme
from tracker.store import tables as t
from tracker.store.writing import Tx


def programme_id_of(ctx: Context, code: str) -> int:
    """The id of a programme, brought into the database from its pack where it is new. Administrators and the command line only.

    Raises NotFound naming the code.
    """
    authorise(ctx.viewer, Act.IMPORT_PROJECTS, INSTALLATION)
    with ctx.store.read() as conn:
        found = conn.execute(select(t.programme.c.id).where(t.programme.c.code == code)).scalar_one_or_none()
    if found is not None:
        return found
    try:
        programme = ctx.registry.get(code)
    except UnknownProgramme as unknown:
        raise NotFound("There is no programme {code}. Known: {known}.", code=code, known=", ".join(unknown.known)) from unknown

    def body(tx: Tx) -> dict[str, int]:
        programme_id, _ = ensure_programme(tx, ctx, programme)
        tx.record("programme", programme_id, {"code": code, "rules": programme.sha256})
        tx.touch("programmes")
        return {"programme_id": programme_id}

    return ctx.store.write(ctx.request("programme.enter", f"programme-{code}-{programme.sha256}", code), body)["programme_id"]
