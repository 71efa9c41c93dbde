"""The real server over its real websocket: nobody gets in sideways, and what ends ends everywhere."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import select
from websockets.exceptions import InvalidStatus

from tests.cast import PASSWORD, key
from tests.web.conftest import Running
from tests.web.visitor import PATIENCE, form_token, press, run, sent_away
from tracker.i18n import Translator
from tracker.services import people
from tracker.services.errors import NotFound
from tracker.services.viewer import Role, load_viewer
from tracker.store import tables as t
from tracker.ui.pages import PAGES

pytestmark = pytest.mark.slow

ROLES = ("admin", "auditor", "officer", "chief", "pi", "assistant")


@pytest.mark.parametrize("page", [page.url_path for page in PAGES])
def test_a_cold_server_shows_nobody_anything(server: Running, page: str):
    answer = server.visitor().http.get(f"/{page}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next=/{page}")


def test_a_cold_servers_first_visitor_on_a_deep_link_passes_the_entry(start_server: Callable[..., Running]):
    fresh = start_server()  # nobody has opened its start page
    seen = fresh.visitor("pi").open("people")
    assert "此處查無資料。" in seen.text
    assert "admin@office" not in seen.text


@pytest.mark.parametrize("headers", [{}, {"Cookie": "milepost=forged"}, {"X-Milepost-Sid": "0" * 32}])
def test_a_websocket_of_nobody_is_refused(server: Running, headers: dict[str, str]):
    with pytest.raises(InvalidStatus) as refused:
        server.visitor().socket(headers=headers, cookies=False)
    assert refused.value.response.status_code == 403


def test_a_forged_header_beside_a_good_cookie_changes_nothing(server: Running):
    server.visitor("admin")
    with server.cast.desk.store.read() as conn:
        sids = conn.execute(select(t.session.c.sid).where(t.session.c.person_id == server.cast.person("admin").id)).scalars().all()
    visitor = server.visitor("pi")
    for sid in sids:
        with visitor.socket(headers={"X-Milepost-Sid": sid}) as socket:
            assert "示範admin" not in run(socket, "account").text


def test_a_browser_session_cannot_be_taken_over_by_its_id(server: Running):
    owner, thief = server.visitor("officer"), server.visitor("stranger_pi")
    with owner.socket() as socket:
        first = run(socket, "account")
    assert "示範承辦人" in first.text
    with thief.socket(resume=first.session_id) as socket:
        taken = run(socket, "account")
    assert taken.session_id != first.session_id
    assert "示範承辦人" not in taken.text
    with owner.socket(resume=first.session_id) as socket:
        assert run(socket, "account").session_id == first.session_id


def test_signing_out_in_one_tab_sends_the_other_away(server: Running):
    visitor = server.visitor("pi")
    with visitor.socket() as socket:
        run(socket, "account")
        token = form_token(visitor.http.get("/sign-out").text)
        visitor.http.post("/sign-out", data={"form_token": token}, headers={"Origin": server.url})
        assert sent_away(socket) == ("/sign-in?reason=signed_out", 4401)
    with pytest.raises(InvalidStatus):
        visitor.socket()


def test_the_button_in_the_frame_signs_out_every_tab(server: Running):
    visitor = server.visitor("pi")
    with visitor.socket() as here, visitor.socket() as there:
        run(there, "account")
        seen = run(here, "account")
        page_hash = next(m.new_session.page_script_hash for m in seen.messages if m.WhichOneof("type") == "new_session")
        pressed = press(here, page_hash, seen.buttons()["登出"])
        assert "/sign-in" in pressed.text
        assert sent_away(there)[0] == "/sign-in?reason=signed_out"


def test_a_role_taken_away_elsewhere_sends_the_open_tab_away(server: Running):
    visitor, desk, who = server.visitor("company_pi"), server.cast.desk, server.cast.person("company_pi").id
    ctx = server.cast.ctx("admin")
    with visitor.socket() as socket:
        run(socket, "account")
        people.grant_role(ctx, person_id=who, role=Role.AUDITOR, key=key())
        assert sent_away(socket) == ("/sign-in?reason=rights", 4401)
    with desk.store.read() as conn:
        assert Role.AUDITOR in load_viewer(conn, who, ctx.today).roles


def test_foreign_files_metrics_and_uploads_stay_closed(server: Running):
    assert httpx.get(f"{server.url}/_stcore/metrics", timeout=PATIENCE).status_code == 404
    assert httpx.put(f"{server.url}/_stcore/upload_file/a/b", content=b"x", timeout=PATIENCE).status_code == 401
    assert httpx.get(f"{server.url}/media/x.png", timeout=PATIENCE).status_code == 401
    assert server.visitor("pi").http.get("/download/1").status_code == 404


@pytest.mark.parametrize("who", ROLES)
def test_every_page_shows_itself_only_to_its_roles(server: Running, who: str):
    visitor, cast = server.visitor(who), server.cast
    with cast.desk.store.read() as conn:
        viewer = load_viewer(conn, cast.person(who).id, cast.ctx("system").today)
    say = Translator(viewer.language)
    for page in PAGES:
        seen = visitor.open(page.url_path)
        failure = say("Something went wrong on our side. Reference: {reference}", reference="")
        assert failure not in seen.text, f"{page.url_path} failed as {who}"
        if not page.is_for(viewer):
            assert say(NotFound().msgid) in seen.text, f"{page.url_path} as {who}"
        if who in ("pi", "assistant", "officer", "chief"):
            assert "CANARY" not in seen.text, f"{page.url_path} as {who}"


def test_streamlit_run_serves_the_same(start_server: Callable[..., Running]):
    by_cli = start_server("streamlit", "run", "app.py", "--server.port", "{port}")
    assert by_cli.visitor().http.get("/people").headers["location"] == "/sign-in?next=/people"
    assert "示範主持人" in by_cli.visitor("pi").open("account").text
    with pytest.raises(AssertionError):
        by_cli.visitor().sign_in("pi@own.invalid", PASSWORD + "!")
