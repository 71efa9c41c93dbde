"""Calendar feeds: what they say of a day, of a change and of what is over, and to whom. Read back with another program's reader."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import insert, select

from tests.cast import Cast, at, key
from tests.integration.alerts.support import change, move_date
from tracker.services.calendar_feeds import MOST, MadeFeed, feed_list, make_feed, revoke_feed, token_hash
from tracker.services.calendar_reading import FeedGone, feed_content, open_feed
from tracker.services.errors import Forbidden, Invalid, NotFound
from tracker.store import tables as t

REPORT = "DEMO-OWN-01/interim_report/Y1"  # file by Tuesday 2027-03-30, legal last day Wednesday 2027-03-31
URL = "https://milepost.office.invalid"


def made(cast: Cast, who: str = "pi", scope: str = "person", which: str = "own") -> MadeFeed:
    about = {
        "person": {},
        "project": {"project_id": cast.project(which).id},
        "programme": {"programme_id": cast.project(which).programme_id},
    }[scope]
    return make_feed(cast.ctx(who), scope=scope, **about, key=key())


def read(cast: Cast, feed: MadeFeed, on: str = "2026-09-01") -> bytes:
    found = open_feed(cast.ctx("system", on=on), feed.token)
    return feed_content(found.ctx, found.row, URL)


def events(content: bytes) -> dict[str, object]:
    return {str(event["UID"]): event for event in Calendar.from_ical(content).walk("VEVENT")}


def event_of(cast: Cast, content: bytes, public_key: str = REPORT):
    return events(content).get(f"obligation-{cast.by_key(public_key).id}@milepost.office.invalid")


def stands(event) -> tuple[int, str, date]:
    return int(event["SEQUENCE"]), str(event["STATUS"]), event["DTSTART"].dt


def test_an_event_is_a_whole_day_on_the_last_safe_day_and_blocks_no_time(cast: Cast):
    event = event_of(cast, read(cast, made(cast)))
    assert stands(event) == (0, "CONFIRMED", date(2027, 3, 30))
    assert event["DTEND"].dt == date(2027, 3, 31)
    assert (str(event["TRANSP"]), event["DTSTART"].params["VALUE"]) == ("TRANSPARENT", "DATE")
    assert "116-03-31 (2027-03-31)" in str(event["DESCRIPTION"])
    assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [timedelta(hours=-15)]


def test_a_moved_day_raises_the_sequence_and_the_stamp_of_the_same_event(cast: Cast):
    feed = made(cast)
    first = event_of(cast, read(cast, feed))
    move_date(cast, cast.by_key(REPORT), "2026-09-02", date(2027, 6, 30))
    second = event_of(cast, read(cast, feed, "2026-09-02"))
    assert first["UID"] == second["UID"]
    assert (stands(first), stands(second)) == ((0, "CONFIRMED", date(2027, 3, 30)), (1, "CONFIRMED", date(2027, 6, 30)))
    assert second["DTSTAMP"].dt > first["DTSTAMP"].dt


def test_reading_again_changes_nothing(cast: Cast):
    feed = made(cast)
    assert read(cast, feed) == read(cast, feed, "2026-09-02")


def test_two_feeds_of_the_same_thing_say_the_same_of_it(cast: Cast):
    mine, projects = made(cast), made(cast, scope="project")
    read(cast, mine)
    change(cast, t.obligation, cast.by_key(REPORT).id, status="waived")
    assert stands(event_of(cast, read(cast, mine))) == stands(event_of(cast, read(cast, projects))) == (1, "CANCELLED", date(2027, 3, 30))


@pytest.mark.parametrize(
    "over", [{"status": "waived"}, {"status": "closed"}, {"due_on": None, "file_by_on": None, "date_status": "on_notice"}]
)
def test_what_is_over_stays_as_cancelled_on_its_day_and_without_an_alarm(cast: Cast, over: dict):
    feed = made(cast)
    read(cast, feed)
    change(cast, t.obligation, cast.by_key(REPORT).id, **over)
    event = event_of(cast, read(cast, feed))
    assert stands(event) == (1, "CANCELLED", date(2027, 3, 30))
    assert not event.walk("VALARM")


def test_what_was_over_before_anybody_read_it_is_not_in_the_feed(cast: Cast):
    change(cast, t.obligation, cast.by_key(REPORT).id, status="waived")
    assert event_of(cast, read(cast, made(cast))) is None


def test_what_is_owed_again_is_confirmed_again(cast: Cast):
    feed, number = made(cast), cast.by_key(REPORT).id
    for status in ("open", "waived", "open"):
        change(cast, t.obligation, number, status=status)
        event = event_of(cast, read(cast, feed))
    assert stands(event) == (2, "CONFIRMED", date(2027, 3, 30))


def test_what_was_handed_in_says_so_and_rings_no_more(cast: Cast):
    feed = made(cast)
    read(cast, feed)
    change(cast, t.obligation, cast.by_key(REPORT).id, status="submitted")
    event = event_of(cast, read(cast, feed))
    assert str(event["SUMMARY"]).startswith("已送出")
    assert not event.walk("VALARM")


def test_a_feed_speaks_its_owners_language(cast: Cast):
    assert "期中進度報告" in str(event_of(cast, read(cast, made(cast, "pi")))["SUMMARY"])
    assert "nterim" in str(event_of(cast, read(cast, made(cast, "assistant")))["SUMMARY"])


def test_a_feed_holds_what_its_owner_sees_and_nothing_else(cast: Cast):
    for who in ("pi", "officer"):
        content = read(cast, made(cast, who))
        assert b"DEMO-OWN-01" in content
        assert b"CANARY" not in content
        assert b"FOREIGN" not in content


def test_a_feed_names_no_person_no_amount_and_no_title_of_a_project(cast: Cast):
    content = read(cast, made(cast)).decode()
    unfolded = content.replace("\r\n ", "")
    for secret in ("示範主持人", "@own.invalid", "8000000", "8,000,000", "影像判讀"):
        assert secret not in unfolded


def test_a_colleague_who_was_asked_has_it_in_her_feed(cast: Cast):
    feed = made(cast, "co_pi")
    with cast.desk.store.read() as conn:
        m = t.membership.c
        number = conn.execute(select(m.id).where(m.person_id == cast.person("co_pi").id)).scalar_one()
    assert event_of(cast, read(cast, feed)) is not None
    change(cast, t.membership, number, until_on=date(2026, 8, 31))
    assert events(read(cast, feed)) == {}


def test_an_empty_feed_is_still_a_calendar(cast: Cast):
    content = read(cast, made(cast, "admin"))
    assert events(content) == {}
    assert Calendar.from_ical(content).walk("VTIMEZONE")


@pytest.mark.parametrize(
    ("who", "scope", "which", "refusal"),
    [
        ("stranger_pi", "project", "own", NotFound),
        ("pi", "project", "foreign", NotFound),
        ("pi", "programme", "own", NotFound),
        ("other_officer", "programme", "own", NotFound),
        ("system", "person", "own", Forbidden),
        ("officer", "programme", "own", None),
        ("auditor", "programme", "foreign", None),
    ],
)
def test_nobody_makes_a_feed_of_what_she_may_not_see(cast: Cast, who: str, scope: str, which: str, refusal: type | None):
    if refusal is None:
        assert events(read(cast, made(cast, who, scope, which)))
        return
    with pytest.raises(refusal):
        made(cast, who, scope, which)


def test_a_feed_of_a_project_ends_with_the_right_to_see_it(cast: Cast):
    feed = made(cast, "assistant", "project")
    with cast.desk.store.read() as conn:
        m = t.membership.c
        number = conn.execute(select(m.id).where(m.person_id == cast.person("assistant").id)).scalar_one()
    change(cast, t.membership, number, until_on=date(2026, 8, 31))
    with pytest.raises(FeedGone):
        read(cast, feed)


def test_a_feed_ends_with_the_account(cast: Cast):
    feed = made(cast)
    change(cast, t.person, cast.person("pi").id, active=False)
    with pytest.raises(FeedGone):
        read(cast, feed)


def test_a_feed_that_was_taken_back_is_gone_and_only_its_owner_takes_it_back(cast: Cast):
    feed = made(cast)
    with pytest.raises(NotFound):
        revoke_feed(cast.ctx("assistant"), feed_id=feed.feed_id, key=key())
    revoke_feed(cast.ctx("pi"), feed_id=feed.feed_id, key=key())
    assert feed_list(cast.ctx("pi")) == []
    with pytest.raises(FeedGone):
        read(cast, feed)


def test_the_database_never_holds_the_token(cast: Cast):
    feed = made(cast)
    with cast.desk.store.read() as conn:
        kept = [tuple(map(str, row)) for table in (t.calendar_feed, t.idempotency, t.event) for row in conn.execute(select(table))]
    assert not any(feed.token in text for row in kept for text in row)
    assert any(token_hash(feed.token) in row for row in kept)


def test_a_second_click_gives_the_same_feed_and_the_same_address(cast: Cast):
    again = key()
    first, second = (make_feed(cast.ctx("pi"), scope="person", key=again) for _ in range(2))
    assert first == second
    assert len(feed_list(cast.ctx("pi"))) == 1


def test_two_feeds_have_two_tokens_and_another_person_gets_another(cast: Cast):
    same = "form-key-of-two"
    first = make_feed(cast.ctx("pi"), scope="person", key=key())
    assert first.token != make_feed(cast.ctx("pi"), scope="person", key=key()).token
    assert make_feed(cast.ctx("pi"), scope="person", key=same).token != make_feed(cast.ctx("officer"), scope="person", key=same + "2").token


def test_nobody_hoards_feeds(cast: Cast):
    for _ in range(MOST):
        made(cast)
    with pytest.raises(Invalid):
        made(cast)


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "計畫", "../../etc", "\0"])
def test_a_wrong_token_finds_nothing(cast: Cast, token: str):
    with pytest.raises(NotFound):
        open_feed(cast.ctx("system"), token)


def test_long_titles_in_chinese_are_folded_between_characters_and_read_back_whole(cast: Cast):
    title = "期中進度報告；含附件, 表\\一\n與" + "很長的標題" * 40
    change(cast, t.obligation, cast.by_key(REPORT).id, title_zh=title)
    content = read(cast, made(cast))
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    for line in content.split(b"\r\n"):
        line.decode("utf-8")  # no character is cut in two
    assert title in str(event_of(cast, content)["SUMMARY"])


def test_the_calendar_says_what_programs_need(cast: Cast):
    calendar = Calendar.from_ical(read(cast, made(cast)))
    assert (str(calendar["VERSION"]), str(calendar["METHOD"]), str(calendar["X-WR-TIMEZONE"])) == ("2.0", "PUBLISH", "Asia/Taipei")
    assert str(calendar["X-WR-CALNAME"]) == "Milepost：我的期限"
    assert str(calendar["PRODID"])
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    assert "X-PUBLISHED-TTL" in calendar


def test_what_is_long_over_leaves_the_feed(cast: Cast):
    feed = made(cast)
    assert event_of(cast, read(cast, feed, "2028-03-31")) is not None
    assert event_of(cast, read(cast, feed, "2028-04-01")) is None


def test_two_readers_who_see_one_change_raise_the_sequence_once(cast: Cast):
    feed = made(cast)
    read(cast, feed)
    change(cast, t.obligation, cast.by_key(REPORT).id, status="waived")
    before = open_feed(cast.ctx("system"), feed.token)
    read(cast, feed)
    assert stands(event_of(cast, feed_content(before.ctx, before.row, URL)))[0] == 1


def test_a_feed_of_two_thousand_days_is_whole(cast: Cast):
    with cast.desk.store.read() as conn:
        row = dict(conn.execute(select(t.obligation).where(t.obligation.c.key == REPORT)).one()._mapping)
    row.pop("id")
    many = [{**row, "key": f"DEMO-OWN-01/many/{n}", "due_on": date(2027, 1, 1) + timedelta(days=n % 700)} for n in range(2000)]
    cast.desk.store.write_quiet(at("2026-09-01"), lambda tx: tx.conn.execute(insert(t.obligation), many).rowcount)
    feed = made(cast)
    assert len(events(read(cast, feed))) >= 2000
