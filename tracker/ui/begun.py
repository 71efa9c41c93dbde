"""What a form began with: it keeps what was typed where somebody else was faster, says so, and lets her go on or give it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import streamlit as st

from tracker.ui.guard import Screen
from tracker.ui.keys import Key


class Versioned(Protocol):
    """An object that counts its changes."""

    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=Versioned)


@dataclass
class Begun(Generic[T]):
    """`row` as the form first showed it; `seen` is the version that she knows of, None where the change since is her own."""

    row: T
    seen: int | None


def begun(name: str, row: T) -> T:
    """The object as the form `name` first showed it: its fields begin with that, and are named after its version."""
    kept = _kept(name, row)
    if kept.seen is None:
        kept.seen = row.version
    return kept.row


def overtaken(screen: Screen, name: str, row: Versioned, *, untouched: bool = False) -> bool:
    """Whether somebody changed `row` since she last looked; says so then, with a way on and a way back. Nothing may be sent meanwhile.

    An `untouched` form simply begins anew.
    """
    if _kept(name, row).seen == row.version:
        return False
    if untouched:
        _again(name, row)
        st.rerun()
    t = screen.t
    st.warning(
        t("Somebody changed this while you had it open; the new state stands above. What is in this form is not kept yet."),
        icon=":material/sync_problem:",
    )
    with st.container(horizontal=True):
        st.button(t("Go on with what is in the form"), key=f"{name}-go-on", on_click=_seen, args=(name, row))
        st.button(t("Take over the new state"), key=f"{name}-give-up", on_click=_again, args=(name, row))
    return True


def forget(name: str) -> None:
    """The form was sent: it begins anew."""
    st.session_state.pop(f"{Key.SEEN}-{name}", None)


def changed_by_herself(name: str) -> None:
    """She changed the object herself beside the form, which goes on as it is."""
    kept = st.session_state.get(f"{Key.SEEN}-{name}")
    if kept is not None:
        kept.seen = None


def _kept(name: str, row: T) -> Begun[T]:
    return st.session_state.setdefault(f"{Key.SEEN}-{name}", Begun(row, row.version))


def _seen(name: str, row: Versioned) -> None:
    _kept(name, row).seen = row.version


def _again(name: str, row: Versioned) -> None:
    st.session_state[f"{Key.SEEN}-{name}"] = Begun(row, row.version)
