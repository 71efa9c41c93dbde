"""A mail as its reader will see it, in a frame as wide as a telephone or a desk's screen, or as its plain text.

The only frame of this product that holds markup: what `tracker.notify` made, where every word of a person is escaped. Should one ever slip
through, the frame's own policy lets nothing run, load or be sent, beside that of the site, which it inherits; its links lead nowhere.
"""

from __future__ import annotations

import streamlit as st

from tracker.services.template_previews import Preview
from tracker.ui.components import escape
from tracker.ui.guard import Screen

WIDTHS = {"phone": 390, "desk": 700}
_VIEW_MSGIDS = {"phone": "Telephone", "desk": "Computer", "text": "Plain text"}
CHAT = "chat"
"""The view of what a channel is told, which is no mail."""
_HEIGHT = 720
_NOTHING_RUNS = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; form-action 'none'\">"
    "<style>a{pointer-events:none}</style>"
)


def framed(html: str) -> str:
    """The page of a mail, shut in: nothing runs, nothing loads, no link works. Raises ValueError for what is no page of ours."""
    if html.count("<head>") != 1:
        raise ValueError("not the page of a mail")
    return html.replace("<head>", f"<head>{_NOTHING_RUNS}")


def choose_view(screen: Screen, key: str, *, chat: bool = False) -> str:
    """How to look at it: telephone, computer or plain text; with `chat`, as a message to a channel too."""
    t, msgids = screen.t, _VIEW_MSGIDS | ({CHAT: "Chat message"} if chat else {})
    if st.session_state.get(key) not in (None, *msgids):
        del st.session_state[key]
    chosen = st.segmented_control(
        t("Shown as"), list(msgids), default="phone", format_func=lambda view: t(msgids[view]), key=key, required=True
    )
    return chosen or "phone"


def show_mail(screen: Screen, shown: Preview, view: str) -> None:
    """Subject and one of the mail's two parts."""
    st.caption(screen.t("Subject"))
    st.markdown(f"**{escape(shown.subject)}**")
    if view == "text":
        st.code(shown.text, language=None, wrap_lines=True)
    else:
        st.iframe(framed(shown.html), width=WIDTHS[view], height=_HEIGHT)
