"""Who gets what from the server's own addresses: files, pages on a cold process, the way in with input that no form sends."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from tests.cast import key
from tests.integration.services.support_reports import accepted, fill, hand_in, opened, write
from tests.web.conftest import Running, World
from tests.web.test_gate import PAGE, PDF
from tests.web.test_sign_in import signed_in
from tests.web.visitor import form_token
from tracker import serving
from tracker.i18n import Translator
from tracker.services.documents import store_document
from tracker.services.errors import NotFound

EVERYBODY = ("admin", "officer", "other_officer", "chief", "auditor", "pi", "company_pi", "assistant", "stranger_pi")


def got(world: World, document_id: int) -> dict[str, int]:
    """The answer to each person who asks for a file."""
    return {who: signed_in(world, who).get(f"/download/{document_id}").status_code for who in EVERYBODY}


def answers(yes: str) -> dict[str, int]:
    return {who: 200 if who in yes.split() else 404 for who in EVERYBODY}


def test_a_drafts_file_is_there_for_its_members_and_after_handing_in_for_the_office(world: World):
    report_id = opened(world.cast)
    document_id = store_document(
        world.cast.ctx("pi"), project_id=world.cast.project("own").id, filename="d.pdf", content=PDF, purpose="draft:attachment", key=key()
    )
    fill(world.cast, report_id)
    write(world.cast, report_id, "attachments", [document_id])
    assert got(world, document_id) == answers("pi company_pi assistant")
    hand_in(world.cast, report_id)
    assert got(world, document_id) == answers("admin officer chief auditor pi company_pi assistant")
    accepted(world.cast, report_id, on="2026-09-02")
    assert got(world, document_id)["stranger_pi"] == 404


def test_a_file_is_not_there_for_who_is_signed_out(world: World):
    document_id = store_document(
        world.cast.ctx("pi"), project_id=world.cast.project("own").id, filename="d.pdf", content=PDF, purpose="letter", key=key()
    )
    answer = world.client().get(f"/download/{document_id}", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next=/download/{document_id}")
    assert world.client().get(f"/download/{document_id}").status_code == 401


@pytest.mark.parametrize("number", ["0", "-1", "1.0", "1e3", "%31x", "../1", "1%00", "９", "9" * 400, "1;2", "1/../2"])
def test_a_number_that_is_none_is_no_file(world: World, number: str):
    # The echo that stands for Streamlit here answers 200 to every address that is not ours; it never has the file.
    answer = signed_in(world).get(f"/download/{number}")
    assert answer.status_code in (200, 400, 404)
    assert PDF not in answer.content


@pytest.mark.parametrize(
    "email",
    [
        "pi@own.invalid\0",
        "\0",
        "\ufeffpi@own.invalid\u202e",
        "x" * 9000,
        "pi@own.invalid\r\nSet-Cookie: a=b",
        "%00",
        "'; DROP TABLE person; --",
    ],
)
@pytest.mark.parametrize("password", ["\0", "x" * 9000, "\u202e", ""])
def test_strange_input_at_the_door_is_refused_like_any_other(world: World, email: str, password: str):
    client = world.client()
    token = form_token(client.get("/sign-in").text)
    sent = {"form_token": token, "email": email[:8000], "password": password[:8000], "next": "/\r\nX: y"}
    answer = client.post("/sign-in", data=sent, headers={"Origin": "http://127.0.0.1:8501"})
    assert answer.status_code in (400, 401)
    assert "x" not in answer.headers
    assert "set-cookie" not in answer.headers or "milepost=" not in answer.headers["set-cookie"]


def test_case_and_spaces_of_an_address_buy_no_fresh_tries(world: World):
    for number, email in enumerate(
        ("pi@own.invalid", "PI@own.invalid", " pi@own.invalid", "Pi@Own.Invalid ", "pi@OWN.invalid\t", "pi@own.INVALID")
    ):
        client = world.client()
        token = form_token(client.get("/sign-in").text)
        answer = client.post(
            "/sign-in", data={"form_token": token, "email": email, "password": "wrong"}, headers={"Origin": "http://127.0.0.1:8501"}
        )
        assert answer.status_code == (401 if number < 5 else 429)


@pytest.mark.parametrize(
    ("who", "page", "mark"), [("pi", "people", "chief@office.invalid"), ("pi", "audit", "project.enter"), ("officer", "health", "SQLite")]
)
@pytest.mark.slow
def test_the_first_request_of_a_process_shows_no_page_of_others(start_server: Callable[..., Running], who: str, page: str, mark: str):
    seen = start_server().visitor(who).open(page).text
    assert mark not in seen
    assert any(Translator(language)(NotFound().msgid) in seen for language in ("zh_TW", "en"))


@pytest.mark.parametrize(("public_url", "believed"), [("https://milepost.invalid", True), ("http://127.0.0.1:8501", False)])
def test_a_clients_address_is_taken_from_the_proxy_only_where_one_stands_in_front(monkeypatch, tmp_path, public_url: str, believed: bool):
    asked: dict[str, object] = {}
    monkeypatch.setattr("uvicorn.run", lambda app, **settings: asked.update(settings))
    monkeypatch.setattr(serving, "companion", lambda environ: nullcontext())
    monkeypatch.setattr(serving.os, "environ", dict(os.environ))
    monkeypatch.setattr(serving.os, "chdir", lambda path: None)
    serving.serve_forever("127.0.0.1", 8501, tmp_path, public_url)
    assert asked["proxy_headers"] is believed
