"""What a person may choose about being told, and what she may not."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import key
from tracker.domain.quiet import DEFAULT, Choice
from tracker.services.alert_choices import choose_alerts, my_alert_choice, next_digest, stop_digests
from tracker.services.errors import Forbidden, Invalid, Stale

USUAL = {"digest": True, "digest_hour": 8, "quiet_from": 20, "quiet_until": 8, "rest_on_days_off": False, "time_zone": "Asia/Taipei"}


def choose(cast, who: str = "pi", version: int = 0, **values):
    return choose_alerts(cast.ctx(who), **USUAL | values, expected_version=version, key=key())


def test_without_a_choice_the_usual_one_holds(cast):
    assert my_alert_choice(cast.ctx("pi")).choice == DEFAULT == Choice(**USUAL)


def test_a_choice_is_her_own_and_kept_until_the_next(cast):
    assert choose(cast, digest_hour=17, time_zone="Europe/London").version == 1
    assert choose(cast, version=1, digest=False, time_zone="Europe/London").version == 2
    mine = my_alert_choice(cast.ctx("pi"))
    assert (mine.choice.digest, mine.choice.time_zone, mine.version) == (False, "Europe/London", 2)
    assert my_alert_choice(cast.ctx("assistant")).choice == DEFAULT


@pytest.mark.parametrize("seen", [0, 2])
def test_a_choice_is_changed_from_the_one_that_was_seen(cast, seen):
    choose(cast)
    with pytest.raises(Stale):
        choose(cast, version=seen)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"quiet_from": 8, "quiet_until": 7}, "quiet_until"),  # 23 hours
        ({"quiet_from": 16, "quiet_until": 9}, "quiet_until"),  # 17 hours
        ({"digest_hour": 21}, "digest_hour"),
    ],
)
def test_what_would_keep_the_urgent_away_or_means_nothing_is_refused_by_its_field(cast, values, field):
    with pytest.raises(Invalid) as refused:
        choose(cast, **values)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert my_alert_choice(cast.ctx("pi")).version == 0


def test_without_digests_their_hour_may_lie_anywhere_and_equal_hours_are_none(cast):
    choose(cast, digest=False, digest_hour=21)
    assert choose(cast, version=1, quiet_from=0, quiet_until=0, digest_hour=3).choice.hour == 3


def test_digests_end_and_everything_else_stays(cast):
    choose(cast, quiet_from=22, time_zone="Europe/London")
    assert stop_digests(cast.ctx("pi"), key=key()) is True
    mine = my_alert_choice(cast.ctx("pi")).choice
    assert (mine.digest, mine.quiet_from, mine.time_zone) == (False, 22, "Europe/London")
    assert stop_digests(cast.ctx("pi"), key=key()) is False


def test_the_next_digest_is_said_in_her_own_day(cast):
    assert next_digest(cast.ctx("pi", clock="07:00"), DEFAULT) == (date(2026, 9, 1), "08:00")
    assert next_digest(cast.ctx("pi", clock="09:00"), DEFAULT) == (date(2026, 9, 2), "08:00")
    assert next_digest(cast.ctx("pi", clock="09:00"), Choice(time_zone="Europe/London")) == (date(2026, 9, 1), "08:00")


def test_the_system_is_nobody_who_could_choose(cast):
    with pytest.raises(Forbidden):
        my_alert_choice(cast.ctx("system"))
