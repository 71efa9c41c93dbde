"""What a database error may say: which rule was broken, and never whose data broke it.

PostgreSQL quotes rows and keys (`DETAIL: Key (email)=(…) already exists`), and the driver puts all of it into the text of its exception,
which reaches the log with every traceback, chained ones included. So the text is shortened where the driver's exception passes through
the engine, before anybody can log it. SQLite names tables and columns alone.
"""

from __future__ import annotations

import re

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

_DATA_EXCEPTION = "22"
"""The class of errors whose first line may quote what was written: `invalid input syntax for type …: "…"`."""

_QUOTED = re.compile(r"\s*[:\"'“「«].*", re.DOTALL)


def keep_data_out(engine: Engine) -> None:
    """Let no error of this engine quote data: only the first line of the server's message stays, with its SQLSTATE."""
    event.listen(engine, "handle_error", _shorten)


def _shorten(context: ExceptionContext) -> None:
    fault, wrapped = context.original_exception, context.sqlalchemy_exception
    said = getattr(getattr(fault, "diag", None), "message_primary", None)
    if said is None:  # not of the server: a connection that broke, or another driver
        return
    state = getattr(fault, "sqlstate", None) or ""
    before = str(fault)
    short = f"{_QUOTED.sub('', said) if state.startswith(_DATA_EXCEPTION) else said} ({state})"
    fault.args = (short,)
    if wrapped is not None:  # its text was made of the driver's
        wrapped.args = tuple(one.replace(before, short) if isinstance(one, str) else one for one in wrapped.args)
