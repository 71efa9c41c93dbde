"""Names in session state, all in one place, and the idempotency keys of open forms."""

from __future__ import annotations

from enum import StrEnum
from uuid import uuid4

import streamlit as st


class Key(StrEnum):
    """Every session-state name that is not a widget's own."""

    VIEWER = "_viewer"  # the session this browser session was opened for; never a source of identity
    FORM = "_form"  # prefix of idempotency keys
    ASKED = "_asked"  # prefix of open confirmations
    FLASH = "_flash"  # what to say once after a rerun
    CALL_DRAFT = "_call-draft"  # what was kept last of a call that is being put together
    CALL_ANEW = "_call-anew"  # the next run begins a call anew
    CALL_FORM = "_call-form"  # the order of parts and questions of a call that is being put together


def form_key(name: str) -> str:
    """The idempotency key (uuid4 hex) of the form `name`: the same at every rerun until `renew_key(name)`.

    Put what the form is about into the name ("submit-report-17"), so that two objects never share a key.
    """
    slot = f"{Key.FORM}-{name}"
    if slot not in st.session_state:
        st.session_state[slot] = uuid4().hex
    return st.session_state[slot]


def renew_key(name: str) -> None:
    """Forget the key of `name`, after the write went through or its content was changed."""
    st.session_state.pop(f"{Key.FORM}-{name}", None)
