"""The gate over HTTP and websocket, headers, health and downloads: without Streamlit behind it."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.cast import key
from tests.web.conftest import World
from tests.web.test_sign_in import signed_in
from tracker.services import people, sessions
from tracker.services.documents import store_document
from tracker.services.viewer import Role
from tracker.store import tables as t
from tracker.web.gate import CLOSED_PREFIXES
from tracker.web.headers import script_hashes
from tracker.web.server import ENTRY, refuse_neighbour

PAGE = {"Accept": "text/html,application/xhtml+xml"}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def test_a_visitor_who_opens_a_page_is_led_to_the_way_in_and_back(world: World):
    answer = world.client().get("/report?obligation=3", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/report%3Fobligation%3D3")


@pytest.mark.parametrize("path", ["/", "/media/abc.png", "/_stcore/health", "/_stcore/upload_file/a/b", "/download/1", "/x"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_program_without_a_session_gets_401(world: World, method: str, path: str):
    assert world.client().request(method, path).status_code == 401


@pytest.mark.parametrize("path", CLOSED_PREFIXES)
def test_some_doors_are_closed_even_to_who_is_signed_in(world: World, path: str):
    assert signed_in(world, "admin").get(path).status_code == 404


def test_the_bundle_is_open_but_only_the_bundle(world: World):
    assert world.client().get("/static/js/x.js").status_code == 200
    assert world.client().get("/static/%2e%2e/media/x").status_code == 401


def test_headers_of_ours_that_a_client_makes_up_do_not_arrive(world: World):
    client = signed_in(world)
    echoed = client.get("/x", headers={"X-Milepost-Sid": "forged", "x-milepost-role": "administrator", "X_Milepost_Sid": "forged"}).json()
    assert set(echoed) == {"x-milepost-sid"}
    assert echoed["x-milepost-sid"] != "forged"
    assert world.client().get("/static/x", headers={"X-Milepost-Sid": "forged"}).json() == {}


def refused(client: TestClient, **kwargs) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", **kwargs):
        pass


def test_a_websocket_without_a_session_is_refused(world: World):
    refused(world.client())


def test_a_websocket_with_a_forged_cookie_or_header_is_refused(world: World):
    client = world.client()
    client.cookies.set("milepost", "forged")
    refused(client, headers={"X-Milepost-Sid": "forged"})


def test_a_websocket_opened_by_another_site_is_refused(world: World):
    refused(signed_in(world), headers={"Origin": "http://evil.invalid"})
    refused(signed_in(world), headers={"Origin": "http://localhost:9999"})


def test_a_name_that_was_pointed_at_us_is_refused(world: World):
    client = signed_in(world)
    assert client.get("/x", headers={"Host": "evil.invalid"}).status_code == 421
    for host in ("localhost:8501", "127.0.0.1:8501", "[::1]:8501"):
        assert client.get("/x", headers={"Host": host}).status_code == 200


def test_a_session_ends_after_twelve_idle_hours_by_the_machines_clock(world: World):
    client = signed_in(world)
    world.clock.later(hours=12, seconds=1)
    assert client.get("/x").status_code == 401


def test_a_session_in_use_ends_after_fourteen_days_all_the_same(world: World):
    client = signed_in(world)
    for _ in range(28):
        world.clock.later(hours=11.9)
        sid = client.get("/x").json()["x-milepost-sid"]
        sessions.viewer_of(world.desk.store, sid, at=world.clock.now(), today=world.desk.clock.now().date())
    world.clock.later(hours=3)
    assert client.get("/x").status_code == 401


@pytest.mark.parametrize("what", ["off", "role", "password"])
def test_losing_a_right_ends_every_session(world: World, what: str):
    client, ctx, pi = signed_in(world), world.cast.ctx("admin"), world.cast.person("pi").id
    if what == "off":
        people.set_active(ctx, person_id=pi, active=False, expected_version=1, key=key())
    elif what == "role":
        people.grant_role(ctx, person_id=pi, role=Role.AUDITOR, key=key())
    else:
        people.new_temporary_password(ctx, person_id=pi, key=key())
    assert client.get("/x").status_code == 401


def test_every_answer_carries_the_headers(world: World):
    for answer in (world.client().get("/sign-in"), world.client().get("/x"), signed_in(world).get("/x"), world.client().get("/healthz")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers


def test_scripts_need_the_hash_of_the_installed_page(world: World):
    policy = dict(part.split(" ", 1) for part in signed_in(world).get("/x").headers["content-security-policy"].split("; "))
    assert len(script_hashes()) == 1
    assert policy["script-src"] == f"'self' {script_hashes()[0]}"
    assert policy["frame-ancestors"] == "'none'"


def test_healthz_tells_of_web_database_and_worker(world: World):
    assert world.client().get("/healthz").json() == {"web": "ok", "database": "ok", "worker": {"age_seconds": None, "last_ok_at": None}}
    at = world.clock.now()
    values = {"name": "worker", "host": "h", "last_look_at": at, "last_ok_at": at, "counts_json": {}}
    world.desk.store.write_quiet(at, lambda tx: tx.conn.execute(t.heartbeat.insert().values(**values)))
    world.clock.later(seconds=90)
    assert world.client().get("/healthz").json()["worker"] == {"age_seconds": 90, "last_ok_at": "2026-09-01T01:00:00.000000Z"}


@pytest.mark.sqlite
def test_healthz_is_503_only_when_the_database_fails(world: World):
    world.desk.store.dispose()
    world.desk.store.path.write_bytes(b"not a database at all, but long enough to be read as one" * 40)
    answer = world.client().get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, "failed")


def test_a_file_goes_to_who_may_see_it_and_to_nobody_else(world: World):
    ctx, own = world.cast.ctx("pi"), world.cast.project("own").id
    document_id = store_document(ctx, project_id=own, filename='核定 "函".pdf', content=PDF, purpose="letter", key=key())
    answer = signed_in(world).get(f"/download/{document_id}")
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert "filename*=UTF-8''%E6%A0%B8" in answer.headers["content-disposition"]
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"] == "private, no-store"
    assert signed_in(world, "stranger_pi").get(f"/download/{document_id}").status_code == 404
    assert signed_in(world).get("/download/999").status_code == 404
    assert signed_in(world).get(f"/download/{10**30}").status_code == 404


def test_a_folder_called_pages_beside_the_entry_stops_the_server(tmp_path):
    refuse_neighbour(ENTRY)
    (tmp_path / "pages").mkdir()
    with pytest.raises(RuntimeError, match="pages"):
        refuse_neighbour(str(tmp_path / "entry.py"))
