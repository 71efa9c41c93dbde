"""Calendar feeds over HTTP: without a session, with caching that programs understand, and without a key in any log."""

from __future__ import annotations

import logging

import pytest
from icalendar import Calendar

from tests.cast import key
from tests.integration.alerts.support import change
from tests.web.conftest import World
from tracker.config import Settings
from tracker.logs import HidesTokens, log_to_home
from tracker.services.calendar_feeds import make_feed, revoke_feed
from tracker.store import tables as t
from tracker.web import feeds as web_feeds

REPORT = "DEMO-OWN-01/interim_report/Y1"


@pytest.fixture
def address(world: World) -> str:
    made = make_feed(world.cast.ctx("pi"), scope="person", key=key())
    return made.address("")


def touch(world: World) -> None:
    """As a write that changes an obligation ends."""

    def body(tx):
        tx.touch("obligations")
        tx.record("test", 0, {})
        return {}

    world.desk.store.write(world.cast.ctx("system").request("test.touch", key()), body)


def test_a_program_without_a_session_reads_it(world: World, address: str):
    answer = world.client().get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert Calendar.from_ical(answer.content).walk("VEVENT")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "set-cookie" not in answer.headers


def test_head_answers_like_get_without_a_body(world: World, address: str):
    got, head = world.client().get(address), world.client().head(address)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", got.headers["etag"])


@pytest.mark.parametrize("known", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
def test_who_has_it_already_gets_nothing_again(world: World, address: str, known: str):
    client = world.client()
    etag = client.get(address).headers["etag"]
    answer = client.get(address, headers={"If-None-Match": known.format(etag=etag)})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)


def test_the_date_decides_only_where_no_tag_was_sent(world: World, address: str):
    client = world.client()
    date = client.get(address).headers["last-modified"]
    assert client.get(address, headers={"If-Modified-Since": date}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": date, "If-None-Match": '"other"'}).status_code == 200
    assert client.get(address, headers={"If-Modified-Since": "yesterday"}).status_code == 200


def test_a_change_is_there_at_the_next_reading(world: World, address: str):
    client = world.client()
    first = client.get(address)
    change(world.cast, t.obligation, world.cast.by_key(REPORT).id, status="waived")
    touch(world)
    second = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 200
    assert b"STATUS:CANCELLED" in second.content


def test_a_second_reading_works_nothing_out(world: World, address: str, monkeypatch: pytest.MonkeyPatch):
    client = world.client()
    first = client.get(address)
    monkeypatch.setattr(web_feeds, "feed_content", lambda *_: pytest.fail("worked out again"))
    assert client.get(address).content == first.content


def test_a_right_that_was_lost_shows_at_once_although_nothing_else_changed(world: World, address: str):
    client = world.client()
    assert client.get(address).status_code == 200
    change(world.cast, t.person, world.cast.person("pi").id, active=False)
    assert client.get(address).status_code == 410


def test_what_was_taken_back_is_gone(world: World):
    made = make_feed(world.cast.ctx("pi"), scope="person", key=key())
    revoke_feed(world.cast.ctx("pi"), feed_id=made.feed_id, key=key())
    answer = world.client().get(made.address(""))
    assert (answer.status_code, answer.text) == (410, "gone")


@pytest.mark.parametrize("name", ["x.ics", "", ".ics", "x", "a/b.ics", "..%2f..%2fsecret.key", "%00.ics", "x" * 3000 + ".ics"])
def test_a_wrong_address_is_nothing(world: World, name: str):
    answer = world.client().get(f"/calendar/{name}")
    assert answer.status_code in (404, 400)
    assert "BEGIN:VCALENDAR" not in answer.text


def test_the_token_without_its_suffix_or_in_other_letters_opens_nothing(world: World, address: str):
    assert world.client().get(address.removesuffix(".ics")).status_code == 404
    assert world.client().get(address.swapcase().replace("/CALENDAR/", "/calendar/").replace(".ICS", ".ics")).status_code == 404


def test_it_is_packed_for_who_can_unpack_it(world: World, address: str):
    plain = world.client().get(address, headers={"Accept-Encoding": "identity"})
    packed = world.client().get(address, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ('%s - "%s %s HTTP/%s" %d', ("127.0.0.1:1", "GET", "/calendar/SECRETsecret_-123.ics?x=1", "1.1", 200)),
        ('%s - "%s %s HTTP/%s" %d', ("127.0.0.1:1", "POST", "/act/SECRETsecret_-123.sig", "1.1", 200)),
        ("GET http://host/act/SECRETsecret%20 failed", ()),
    ],
)
def test_no_log_of_the_server_holds_a_key(message: str, arguments: tuple):
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, message, arguments, None)
    assert HidesTokens().filter(record)
    assert "SECRET" not in record.getMessage()
    assert "/act/…" in record.getMessage() or "/calendar/…" in record.getMessage()


def test_the_homes_own_log_holds_no_key_either_not_even_in_a_traceback(tmp_path):
    settings = Settings(home=tmp_path)
    settings.home_file.parent.mkdir(parents=True, exist_ok=True)
    settings.home_file.write_text("{}")
    log_to_home(settings)
    try:
        try:
            raise RuntimeError("GET /act/SECRET broke")
        except RuntimeError:
            logging.getLogger("tracker.web").exception("while /calendar/%s was read", "SECRET.ics")
    finally:
        log_to_home(Settings(home=tmp_path / "nowhere"))
    text = (tmp_path / "log" / "milepost.log").read_text()
    assert "SECRET" not in text
    assert "RuntimeError: GET /act/… broke" in text


def test_what_is_no_key_stays_readable_in_the_log():
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "GET %s", ("/project?project=DEMO-OWN-01",), None)
    HidesTokens().filter(record)
    assert record.getMessage() == "GET /project?project=DEMO-OWN-01"
