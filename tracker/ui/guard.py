"""The first call of every page. A page is no trust boundary, so services authorise as well; the guard decides what is shown.

Identity comes from the session row of the database at every run, through the handle that the gate put into `st.user`; never
from session state, which a second person at the same browser would inherit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn, TypeVar

import streamlit as st

from tracker.bootstrap import Desk
from tracker.clock import SystemClock, civil_day
from tracker.i18n import Translator
from tracker.services.context import Context
from tracker.services.errors import NotFound
from tracker.services.sessions import viewer_of
from tracker.services.viewer import Role, Viewer
from tracker.ui import cache
from tracker.ui.keys import Key

Choice = TypeVar("Choice", bound=StrEnum)

_LARGEST_ID = 2**62


@dataclass(frozen=True)
class Screen:
    """One run of one page: the installation, the context of who is looking, her language, and the handle of her session."""

    desk: Desk
    ctx: Context
    t: Translator
    sid: str

    @property
    def viewer(self) -> Viewer:
        return self.ctx.viewer

    def id_param(self, name: str) -> int:
        """The id in the address (`?name=17`). Anything else shows the notice and ends the run."""
        found = self.optional_id_param(name)
        if found is None:
            nothing_here(self.t)
        return found

    def optional_id_param(self, name: str) -> int | None:
        """The id in the address, or None where there is none. Anything that is no id shows the notice and ends the run."""
        value = st.query_params.get(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and 0 < int(value[:20]) < _LARGEST_ID and len(value) < 20):
            nothing_here(self.t)
        return int(value)

    def choice_param(self, name: str, choices: type[Choice], default: Choice) -> Choice:
        """The enum value in the address, or the default where there is none. An unknown one shows the notice and ends the run."""
        value = st.query_params.get(name)
        if value is None:
            return default
        if value not in choices._value2member_map_:
            nothing_here(self.t)
        return choices(value)


def enter(*roles: Role) -> Screen:
    """The screen of the signed-in viewer, who holds one of `roles` somewhere (no roles: anyone signed in).

    Otherwise shows why not and ends the run. A page that her roles do not open does not exist for her.
    """
    screen = identify()
    if screen is None:
        signed_out()
    if roles and not screen.viewer.roles & set(roles):
        nothing_here(screen.t)
    return screen


def identify() -> Screen | None:
    """Who is looking, read from the database now; None where the session is missing, ended, or not this browser session's."""
    desk = cache.desk()
    sid = st.user.get("sid")
    if not isinstance(sid, str) or not sid:
        return None
    if st.session_state.setdefault(Key.VIEWER, sid) != sid:
        # Somebody else's state came along with the connection: forget all of it.
        st.session_state.clear()
        return None
    now = desk.clock.now()
    viewer = viewer_of(desk.store, sid, at=SystemClock().now(), today=civil_day(now))
    if viewer is None:
        return None
    return Screen(desk, desk.context(viewer), Translator(viewer.language), sid)


def signed_out() -> NoReturn:
    """Say that nobody is signed in, offer the way in, and end the run."""
    t = Translator(cache.desk().settings.default_language)
    st.info(t("You are not signed in, or your session has ended."), icon=":material/lock:")
    st.markdown(f"[{t('Sign in')}](/sign-in)")
    st.stop()


def nothing_here(t: Translator) -> NoReturn:
    """Say that there is nothing at this address, in the same words whether it does not exist or is not hers; end the run."""
    st.warning(t(NotFound().msgid), icon=":material/search_off:")
    st.stop()
