"""A kept file shown in the page: pictures and PDF only, to whoever may see it, and without letting it do anything."""

from __future__ import annotations

import pytest

from tests.cast import key
from tests.web.conftest import World
from tests.web.test_gate import PDF
from tests.web.test_sign_in import signed_in
from tracker.services.documents import store_document

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 20


def stored(world: World, name: str, content: bytes, purpose: str = "draft:attachment") -> int:
    ctx = world.cast.ctx("pi")
    return store_document(ctx, project_id=world.cast.project("own").id, filename=name, content=content, purpose=purpose, key=key())


@pytest.mark.parametrize(
    ("name", "content", "kind"), [("圖.png", PNG, "image/png"), ("圖.jpg", JPEG, "image/jpeg"), ("函.pdf", PDF, "application/pdf")]
)
def test_a_picture_or_a_pdf_is_shown(world: World, name, content, kind):
    answer = signed_in(world).get(f"/preview/{stored(world, name, content)}")
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, kind, content)
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy


def test_a_picture_runs_in_a_sandbox(world: World):
    answer = signed_in(world).get(f"/preview/{stored(world, 'a.png', PNG)}")
    assert answer.headers["content-security-policy"].startswith("sandbox;")


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"<script>alert(1)</script>"), ("a.csv", b"=1+1,2")])
def test_everything_else_is_only_there_to_save(world: World, name, content):
    document_id = stored(world, name, content)
    assert signed_in(world).get(f"/preview/{document_id}").status_code == 404
    assert signed_in(world).get(f"/download/{document_id}").headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("who", "status"), [("pi", 200), ("assistant", 200), ("company_pi", 200), ("officer", 404), ("auditor", 404), ("stranger_pi", 404)]
)
def test_a_drafts_picture_is_its_members_alone(world: World, who, status):
    assert signed_in(world, who).get(f"/preview/{stored(world, 'a.png', PNG)}").status_code == status


def test_nobody_sees_a_preview_without_signing_in(world: World):
    assert world.client().get(f"/preview/{stored(world, 'a.png', PNG)}").status_code == 401


def test_signing_out_clears_what_the_browser_kept(world: World):
    client = signed_in(world)
    asked = client.get("/auth/logout", headers={"sec-fetch-site": "same-origin"})
    assert asked.headers["clear-site-data"] == '"storage"'
    assert world.client().get("/sign-in?reason=signed_out").headers["clear-site-data"] == '"storage"'


@pytest.mark.parametrize("reason", ["expired", "rights", ""])
def test_an_ended_session_leaves_unsaved_text_where_it_is(world: World, reason):
    assert "clear-site-data" not in world.client().get(f"/sign-in?reason={reason}").headers


def test_a_link_with_that_reason_clears_nothing_while_she_is_signed_in(world: World):
    assert "clear-site-data" not in signed_in(world).get("/sign-in?reason=signed_out").headers
