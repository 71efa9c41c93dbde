"""Runs one page as one person through the real entry script, without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tracker.bootstrap import Desk
from tracker.clock import SystemClock
from tracker.config import ROOT
from tracker.services.sessions import new_session
from tracker.ui import cache

ENTRY = ROOT / "tracker" / "ui" / "entry.py"


def sign_in(desk: Desk, person_id: int) -> str:
    """Open a session for a person and return its handle, as the gate would hand it to the script run."""
    at = SystemClock().now()
    return desk.store.write_quiet(at, lambda tx: new_session(tx, person_id, at=at)).sid


@contextmanager
def installed(desk: Desk) -> Iterator[None]:
    """Let the screens use this desk."""
    cache.give_desk(desk)
    try:
        yield
    finally:
        cache.give_desk(None)


def page_test(desk: Desk, person_id: int | None, page: str, **query: Any) -> AppTest:
    """An AppTest at the address of `page`, signed in as `person_id` (None: nobody); not yet run.

    The caller keeps `cache.give_desk(desk)` in force (fixture or `installed`) for as long as it runs the test.
    """
    at = AppTest.from_file(str(ENTRY), default_timeout=90)
    if person_id is not None:
        at.user = {"sid": sign_in(desk, person_id)}
    for name, value in query.items():
        at.query_params[name] = str(value)
    at.context = {"url": f"http://127.0.0.1:8501/{page}"}
    # Private, and in this one place: there is no public way to begin at a page that st.navigation registers.
    at._page_hash = calc_hash(page)
    return at


def run_page(cast: Any, who: str | None, page: str, **query: Any) -> AppTest:
    """Run `page` as `who` of the cast with these parameters: `run_page(cast, "pi", "report", obligation=17)`.

    Go on with `.button(key=…).click().run()` and so on. The cast's desk stays given to the screens afterwards; the `cast` of the
    next test replaces it.
    """
    cache.give_desk(cast.desk)
    person_id = cast.person(who).id if who else None
    return page_test(cast.desk, person_id, page, **query).run()


def texts(at: AppTest) -> str:
    """Everything readable on the page and in the sidebar, one text a line: for "is it there" and "it must not be"."""
    found: dict[str, None] = {}
    for element in [*at.main, *at.sidebar]:
        for name in ("label", "value", "body", "placeholder"):
            shown = getattr(element, name, None)
            if isinstance(shown, str) and shown:
                found[shown] = None
        if element.type in ("dataframe", "data_editor", "table"):
            found[element.value.to_csv(index=False)] = None
        if element.type == "plotly_chart":
            found[json.dumps(json.loads(element.proto.spec), ensure_ascii=False)] = None
    return "\n".join(found)
