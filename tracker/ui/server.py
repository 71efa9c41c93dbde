"""What the web server needs of Streamlit: settings checked, requests that break nothing off, the redirect, failures made presentable."""

from __future__ import annotations

import streamlit as st
from streamlit import config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tracker.i18n import Translator
from tracker.ui import cache, guard, unbroken, whole_days
from tracker.ui.components import log_failure

#: Settings without which the server must not start: it would be open, ten times slower, or lose what is clicked.
NEEDED: dict[str, object] = {
    "server.trustedUserHeaders": {"X-Milepost-Sid": "sid"},
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "runner.postScriptGC": False,
    "runner.fastReruns": False,
    "client.showErrorDetails": "none",
}


class WrongSettings(RuntimeError):
    """Streamlit did not read our `.streamlit/config.toml`."""


def prepare() -> None:
    """Check the settings, see to it that nothing typed or clicked is broken off and no day torn; before the first page is drawn.

    Raises WrongSettings, naming every difference: without these nobody could sign in, or errors would show their insides.
    """
    wrong = [f"{name} is {config.get_option(name)!r}" for name, value in NEEDED.items() if config.get_option(name) != value]
    if wrong:
        raise WrongSettings(f"start from the folder of app.py, where .streamlit/config.toml lies ({'; '.join(wrong)})")
    unbroken.install()
    whole_days.install()


def redirect_frame(address: str) -> bytes:
    """The message that makes an open page of Streamlit leave for an address of this site."""
    message = ForwardMsg()
    message.auth_redirect.url = address
    return message.SerializeToString()


def on_script_error(error: Exception) -> bool:
    """Show a reference number in the reader's language; the traceback goes to the server's log only."""
    reference = log_failure(error)
    try:
        screen = guard.identify()
    except Exception:  # the first failure may be the database's: then this fails as well
        screen = None
    t = screen.t if screen else Translator(cache.desk().settings.default_language)
    st.error(t("Something went wrong on our side. Reference: {reference}", reference=reference), icon=":material/error:")
    return True
