"""A visitor without a browser: signs in over HTTP and talks Streamlit's own protocol over the websocket."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

#: How long one answer may take, in seconds: long, for a busy machine. Who waits for what comes waits no longer for it.
PATIENCE = 90.0
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


def form_token(html: str) -> str:
    """The token in a form of ours."""
    found = _TOKEN.search(html)
    assert found, "no form on this page"
    return found[1]


@dataclass
class Seen:
    """What one run of a script sent: readable text, and how it ended."""

    text: str
    session_id: str
    messages: list[ForwardMsg]

    def buttons(self) -> dict[str, str]:
        """Widget ids of the buttons, by label."""
        return {
            m.delta.new_element.button.label: m.delta.new_element.button.id
            for m in self.messages
            if m.delta.new_element.WhichOneof("type") == "button"
        }


class Visitor:
    """One browser, more or less."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, headers={"Accept": "text/html"}, follow_redirects=False, timeout=PATIENCE)

    def sign_in(self, email: str, password: str) -> httpx.Response:
        token = form_token(self.http.get("/sign-in").text)
        sent = {"form_token": token, "email": email, "password": password, "next": "/"}
        answer = self.http.post("/sign-in", data=sent, headers={"Origin": self.url})
        assert answer.status_code == 303, answer.status_code
        return answer

    def socket(self, *, resume: str = "", headers: dict[str, str] | None = None, cookies: bool = True) -> ClientConnection:
        """Open the websocket with the visitor's cookies; `resume` asks for an earlier browser session by its id."""
        sent = {"Cookie": "; ".join(f"{c.name}={c.value}" for c in self.http.cookies.jar)} if cookies else {}
        protocols = ["streamlit", "none", resume] if resume else ["streamlit"]
        return connect(
            self.url.replace("http", "ws", 1) + "/_stcore/stream",
            additional_headers={**sent, **(headers or {})},
            subprotocols=protocols,
            max_size=None,
            open_timeout=PATIENCE,
            ping_timeout=None,
        )

    def open(self, page: str = "", query: str = "") -> Seen:
        """Open a page in a new tab, read it, close the tab."""
        with self.socket() as socket:
            return run(socket, page, query)


def run(socket: ClientConnection, page: str = "", query: str = "", timeout: float = PATIENCE) -> Seen:
    """Ask for a run of a page on an open socket and read until it has finished (and what `st.switch_page` adds)."""
    ask = BackMsg()
    ask.rerun_script.page_name = page
    ask.rerun_script.query_string = query
    ask.rerun_script.context_info.url = f"http://127.0.0.1/{page}"
    socket.send(ask.SerializeToString())
    return read_run(socket, timeout)


def press(socket: ClientConnection, page_hash: str, button: str, timeout: float = PATIENCE) -> Seen:
    """Press a button by its widget id on an open page."""
    ask = BackMsg()
    ask.rerun_script.page_script_hash = page_hash
    state = ask.rerun_script.widget_states.widgets.add()
    state.id, state.trigger_value = button, True
    socket.send(ask.SerializeToString())
    return read_run(socket, timeout)


def read_run(socket: ClientConnection, timeout: float = PATIENCE) -> Seen:
    """Read messages until the script has finished, or until the server sends the page somewhere else, which it may do before that."""
    messages: list[ForwardMsg] = []
    session_id = ""
    while True:
        message = ForwardMsg()
        try:
            message.ParseFromString(socket.recv(timeout))
        except ConnectionClosed:
            if any(one.WhichOneof("type") == "auth_redirect" for one in messages):
                break
            raise
        messages.append(message)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            session_id = message.new_session.initialize.session_id
        if kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            break
    return Seen("\n".join(str_of(m) for m in messages), session_id, messages)


def sent_away(socket: ClientConnection, timeout: float = PATIENCE) -> tuple[str, int]:
    """Wait until the server sends the page somewhere else and closes; returns the address and the close code."""
    address = ""
    try:
        while True:
            message = ForwardMsg()
            message.ParseFromString(socket.recv(timeout))
            if message.WhichOneof("type") == "auth_redirect":
                address = message.auth_redirect.url
    except ConnectionClosed as closed:
        return address, closed.rcvd.code if closed.rcvd else 0


def str_of(message: ForwardMsg) -> str:
    """Everything in a message that is text, for "is it shown" and "it must not be shown", and where it sends the page."""
    if message.WhichOneof("type") == "auth_redirect":
        return message.auth_redirect.url
    if message.WhichOneof("type") != "delta":
        return ""
    return message.delta.SerializeToString().decode("utf-8", "replace")
