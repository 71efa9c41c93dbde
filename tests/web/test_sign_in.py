"""Signing in and out over HTTP: form token, back-off, where it goes on to, and what the cookie looks like."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from tests.cast import PASSWORD
from tests.web.conftest import World
from tests.web.visitor import form_token
from tracker.store import tables as t

OURS = {"Origin": "http://127.0.0.1:8501"}


def post(client: TestClient, email: str, password: str, headers: dict[str, str] = OURS, **more: str):
    token = form_token(client.get("/sign-in").text)
    data = {"form_token": token, "email": email, "password": password, "next": "/", **more}
    return client.post("/sign-in", data=data, headers=headers)


def signed_in(world: World, who: str = "pi", password: str = PASSWORD) -> TestClient:
    client = world.client()
    assert post(client, world.cast.person(who).email, password).status_code == 303
    return client


def test_the_right_password_opens_a_session_and_goes_on(world: World):
    client = world.client()
    answer = post(client, " PI@own.INVALID ", PASSWORD, next="/report?obligation=3")
    assert (answer.status_code, answer.headers["location"]) == (303, "/report?obligation=3")
    assert client.get("/must_do").status_code == 200


def test_the_cookie_is_for_this_host_and_no_script(world: World):
    answer = post(world.client(), "pi@own.invalid", PASSWORD)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("milepost="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert "Secure" not in cookie


def test_over_tls_the_cookie_is_secure_and_bound_to_the_host(tls_world: World):
    answer = post(tls_world.client("https://milepost.invalid"), "pi@own.invalid", PASSWORD, {"Origin": "https://milepost.invalid"})
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-milepost="))
    assert "Secure" in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_the_database_keeps_only_a_hash_of_the_token(world: World):
    client = signed_in(world)
    with world.desk.store.read() as conn:
        stored = conn.execute(select(t.session)).mappings().one()
    assert client.cookies["milepost"] not in map(str, stored.values())


@pytest.mark.parametrize(
    ("email", "password"),
    [("pi@own.invalid", "wrong horses at dawn"), ("nobody@own.invalid", PASSWORD), ("gone@office.invalid", PASSWORD), ("", "")],
)
def test_every_refusal_reads_the_same_and_keeps_the_address(world: World, email: str, password: str):
    answer = post(world.client(), email, password)
    assert answer.status_code == 401
    assert "電子郵件或密碼不正確。" in answer.text
    assert f'value="{email}"' in answer.text
    assert password not in answer.text or not password


def test_a_form_without_its_token_is_asked_again_and_opens_nothing(world: World):
    client = world.client()
    client.get("/sign-in")
    sent = {"email": "pi@own.invalid", "password": PASSWORD, "form_token": "made up", "next": "/"}
    answer = client.post("/sign-in", data=sent, headers=OURS)
    assert answer.status_code == 403
    assert "pi@own.invalid" in answer.text
    assert "milepost" not in client.cookies


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.invalid"}, {"Origin": "null"}, {**OURS, "Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_a_form_posted_from_another_site_is_refused(world: World, headers: dict[str, str]):
    assert post(world.client(), "pi@own.invalid", PASSWORD, headers).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.invalid", "//evil.invalid", "/\\evil.invalid", "/\t/evil.invalid", "javascript:alert(1)", "/sign-out", "must_do", ""],
)
def test_after_signing_in_it_never_leaves_the_site(world: World, wanted: str):
    assert post(world.client(), "pi@own.invalid", PASSWORD, next=wanted).headers["location"] == "/"


def test_what_came_in_the_address_comes_out_escaped(world: World):
    page = world.client().get("/sign-in", params={"next": '/"><script>x</script>{token}', "lang": "en"}).text
    assert "<script>" not in page
    assert "E-mail address" in page


def test_five_tries_are_free_and_then_each_waits_longer(world: World):
    client = world.client()
    for _ in range(5):
        assert post(client, "pi@own.invalid", "wrong").status_code == 401
    waits = []
    for _ in range(4):
        refused = post(client, "pi@own.invalid", "wrong")
        assert refused.status_code == 429
        waits.append(int(refused.headers["retry-after"]))
        world.clock.later(seconds=waits[-1])
        assert post(client, "pi@own.invalid", "wrong").status_code == 401
    assert waits == sorted(waits)
    assert waits[-1] >= 2 * waits[1]


def test_an_unknown_address_is_slowed_down_like_a_known_one(world: World):
    client = world.client()
    answers = [post(client, "nobody@own.invalid", "wrong").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_after_the_pause_the_right_password_opens(world: World):
    client = world.client()
    for _ in range(5):
        post(client, "pi@own.invalid", "wrong")
    assert post(client, "pi@own.invalid", PASSWORD).status_code == 429
    world.clock.later(minutes=15)
    assert post(client, "pi@own.invalid", PASSWORD).status_code == 303


def test_guessing_many_accounts_from_one_place_is_slowed_down_too(world: World):
    client = world.client()
    answers = [post(client, f"n{i}@own.invalid", "wrong").status_code for i in range(21)]
    assert answers == [401] * 20 + [429]


def test_ones_own_account_buys_no_fresh_guesses_at_others(world: World):
    client = world.client()
    answers = []
    for i in range(21):
        answers.append(post(client, f"n{i}@own.invalid", "wrong").status_code)
        if i == 10:
            assert post(client, "pi@own.invalid", PASSWORD).status_code == 303
    assert answers[-1] == 429


def test_a_stranger_who_guesses_does_not_shut_the_owner_out(world: World):
    signed_in(world)
    stranger = TestClient(world.app, base_url="http://127.0.0.1:8501", client=("203.0.113.9", 1), follow_redirects=False)
    answers = [post(stranger, "pi@own.invalid", "wrong").status_code for _ in range(8)]
    assert 429 in answers
    assert post(world.client(), "pi@own.invalid", PASSWORD).status_code == 303


def test_signing_in_again_ends_the_session_before(world: World):
    client = signed_in(world)
    before = client.cookies["milepost"]
    post(client, "assistant@own.invalid", PASSWORD)
    other = world.client()
    other.cookies.set("milepost", before)
    assert other.get("/must_do", headers={"Accept": "text/html"}).status_code == 303


def test_signing_out_takes_a_form_of_ours(world: World):
    client = signed_in(world)
    kept = client.cookies["milepost"]
    assert client.post("/sign-out", data={"form_token": "x"}, headers=OURS).headers["location"] == "/sign-out"
    token = form_token(client.get("/sign-out").text)
    answer = client.post("/sign-out", data={"form_token": token}, headers=OURS)
    assert answer.headers["location"] == "/sign-in?reason=signed_out"
    assert "milepost" not in client.cookies
    client.cookies.set("milepost", kept)
    assert client.get("/must_do").status_code == 401


@pytest.mark.parametrize(("site", "goes_to"), [("cross-site", "/sign-out"), ("same-origin", "/sign-in?reason=signed_out")])
def test_the_link_of_streamlits_own_logout_works_from_our_pages_only(world: World, site: str, goes_to: str):
    client = signed_in(world)
    assert client.get("/auth/logout", headers={"Sec-Fetch-Site": site}).headers["location"] == goes_to


def test_signing_in_and_out_leaves_events_without_personal_text(world: World):
    client = signed_in(world)
    token = form_token(client.get("/sign-out").text)
    client.post("/sign-out", data={"form_token": token}, headers=OURS)
    with world.desk.store.read() as conn:
        rows = conn.execute(select(t.event).where(t.event.c.object_type == "session").order_by(t.event.c.seq)).all()
    assert [row.action for row in rows] == ["session.sign_in", "session.sign_out"]
    assert not any("own.invalid" in row.payload_json for row in rows)


def test_a_huge_or_strange_body_is_refused_early(world: World):
    client = world.client()
    assert client.post("/sign-in", data={"email": "x" * 20_000}, headers=OURS).status_code == 400
    assert client.post("/sign-in", json={"email": "x"}, headers=OURS).status_code == 400
