"""What people are told of once: rights, hand-overs, reviews, outcomes; by inbox and mail, also after an outage; and where it leads."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import Cast, key
from tests.integration.alerts.support import deliver_on, look_on, outbox_rows
from tests.integration.services.support_reports import submitted
from tests.integration.services.support_reviews import CHIEF, OFFICER, PANEL, give, says, staff, tasks, use_flow
from tests.integration.services.test_receipts import Away
from tracker.i18n import Translator
from tracker.notify import links, notice_wording
from tracker.notify.transport import LocalOutbox
from tracker.services.action_items import add_item
from tracker.services.delegations import grant_delegation, revoke_delegation
from tracker.services.hand_overs import Order, hand_over
from tracker.services.inbox import inbox_list, unread_count
from tracker.services.notices import notice_list
from tracker.services.outcome_entries import OutcomeEntry
from tracker.services.outcomes import check_outcome, record_outcome
from tracker.services.people import set_active
from tracker.services.viewer import Role

TUESDAY = "2026-09-01"
ZH, EN = Translator("zh_TW"), Translator("en")


def told(cast: Cast, who: str, on: str = TUESDAY, *kinds: str) -> list[str]:
    return [one.text.kind for one in notice_list(cast.ctx(who, on=on)) if one.text.kind != "receipt"]


def newest(cast: Cast, who: str, on: str = TUESDAY):
    return notice_list(cast.ctx(who, on=on))[0]


def mails(cast: Cast, kind: str):
    return [row for row in outbox_rows(cast) if row.dedup_key.startswith(f"{kind}|")]


def grant(cast: Cast, *, again: str = "", until: str | None = "115-12-31") -> int:
    where = {"project_id": cast.project().id, "grantee_id": cast.person("assistant").id}
    return grant_delegation(cast.ctx("pi", on=TUESDAY), **where, area="reports", level="submit", until_on=until, key=again or key())


def test_a_right_is_told_once_to_who_got_it_and_its_end_too_also_after_an_outage(cast):
    same = key()
    given = {grant(cast, again=same) for _ in range(2)}
    revoke_delegation(cast.ctx("company_pi", on=TUESDAY), delegation_id=given.pop(), key=key())
    for clock in ("09:01", "09:03"):
        deliver_on(cast, Away(), TUESDAY, clock)
    for clock in ("12:00", "12:05"):
        deliver_on(cast, LocalOutbox(), TUESDAY, clock)
    assert [(row.address, row.status) for row in mails(cast, "right_given")] == [("assistant@own.invalid", "sent")]
    assert sorted((row.address, row.status) for row in mails(cast, "right_taken")) == [
        ("assistant@own.invalid", "sent"),
        ("pi@own.invalid", "sent"),
    ], "who gave it did not take it back herself"
    said = mails(cast, "right_given")[0].payload_json
    assert said["subject"] == "You may act for 示範主持人: Reports (write and hand in) (DEMO-OWN-01)", "an assistant who reads English"
    assert "115-12-31 (2026-12-31)" in said["text"]
    assert told(cast, "company_pi") == told(cast, "stranger_pi") == []


def test_who_took_over_and_who_gave_are_told_with_the_letter_and_where_it_leads(cast):
    order = Order(cast.person("pi").id, cast.person("auditor").id, cast.project().id, letter_number="示範字第8號", reason="離職")
    hand_over(cast.ctx("chief", on=TUESDAY), order, key=key())
    assert (told(cast, "auditor"), told(cast, "pi")) == (["handed_to_you"], ["handed_on"]), "also to who is no longer on the project"
    mine = newest(cast, "auditor")
    assert (mine.page, mine.query, newest(cast, "pi").page) == ("must_do", {}, "inbox")
    facts = dict(notice_wording.facts(EN, mine.text))
    assert (facts["Letter"], facts["Reason"], facts["Projects"]) == ("示範字第8號", "離職", "DEMO-OWN-01")
    assert notice_wording.headline(EN, mine.text).startswith("Handed over to you by 示範主持人: ")
    deliver_on(cast, LocalOutbox(), TUESDAY, "12:00")
    assert [row.status for row in (*mails(cast, "handed_to_you"), *mails(cast, "handed_on"))] == ["sent", "sent"]


def test_whose_account_was_switched_off_with_the_hand_over_is_not_told(cast):
    chief = cast.person("chief").id
    desk = Order(cast.person("officer").id, chief, reason="調任", with_roles=True, switch_off=True)
    hand_over(cast.ctx("admin", on=TUESDAY), desk, key=key())
    assert (len(mails(cast, "handed_to_you")), mails(cast, "handed_on")) == (1, [])
    assert newest(cast, "chief").page == "waiting"


@pytest.fixture
def seats(cast, monkeypatch):
    """A report at its panel: the ids of report and seats; experts are `expert` and `other_expert`."""
    use_flow(monkeypatch, OFFICER, PANEL, CHIEF)
    for who in ("expert", "other_expert"):
        staff(cast, who, Role.REVIEWER)
    report_id = submitted(cast)
    return report_id, [task.id for task in tasks(cast, report_id, "panel")]


def test_an_expert_is_told_when_it_is_her_turn_and_once(cast, seats):
    report_id, (first, second) = seats
    give(cast, first, "expert")
    assert mails(cast, "review_given") == [], "the officer has not done her step"
    says(cast, "officer", tasks(cast, report_id, "officer")[0].id)
    give(cast, second, "other_expert", on="2026-09-03")
    assert [row.address for row in mails(cast, "review_given")] == ["expert@panel.invalid", "other_expert@panel.invalid"]
    mine = newest(cast, "expert", "2026-09-03")
    assert (mine.page, mine.query) == ("review", {"report": report_id})
    assert dict(notice_wording.facts(EN, mine.text))["Step"] == "Experts' review"
    assert unread_count(cast.ctx("expert", on="2026-09-03")) == 1
    assert mine.text.kind not in told(cast, "pi", "2026-09-03")


def test_from_whom_the_review_was_taken_gets_neither_mail_nor_notice(cast, seats):
    report_id, (first, _) = seats
    says(cast, "officer", tasks(cast, report_id, "officer")[0].id)
    give(cast, first, "expert")
    give(cast, first, "other_expert", reason="改派")
    deliver_on(cast, LocalOutbox(), "2026-09-03", "09:00")
    assert {row.address: row.status for row in mails(cast, "review_given")} == {
        "expert@panel.invalid": "cancelled",
        "other_expert@panel.invalid": "sent",
    }
    assert told(cast, "expert", "2026-09-03") == []
    assert told(cast, "other_expert", "2026-09-03") == ["review_given"]


def test_an_outcome_found_wanting_is_told_to_the_project_and_a_good_one_is_not(cast):
    entry = OutcomeEntry("paper", "論文 <b>甲</b>", "submitted")
    outcome_id = record_outcome(cast.ctx("pi", on=TUESDAY), project_id=cast.project().id, entry=entry, key=key())
    office = cast.ctx("officer", on=TUESDAY)
    check_outcome(office, outcome_id=outcome_id, found="found_good", note="", expected_version=1, key=key())
    assert mails(cast, "outcome_wanting") == []
    check_outcome(office, outcome_id=outcome_id, found="found_wanting", note="未註明計畫編號", expected_version=2, key=key())
    assert told(cast, "assistant") == ["outcome_wanting"]
    mine = newest(cast, "pi")
    assert (mine.page, mine.query) == ("outcomes", {"project": cast.project().id})
    assert notice_wording.headline(ZH, mine.text) == "請補正：論文 <b>甲</b>（DEMO-OWN-01）"
    assert dict(notice_wording.facts(ZH, mine.text))[ZH("Reason")] == "未註明計畫編號"
    assert told(cast, "stranger_pi") == []


def test_whoever_is_switched_off_meanwhile_gets_no_mail(cast):
    grant(cast)
    set_active(cast.ctx("admin", on=TUESDAY), person_id=cast.person("assistant").id, active=False, expected_version=1, key=key())
    deliver_on(cast, LocalOutbox(), TUESDAY, "12:00")
    assert [row.status for row in mails(cast, "right_given")] == ["cancelled"]


def test_every_sort_of_notice_has_its_words():
    sorts = {
        value for name, value in vars(notice_wording).items() if name.isupper() and isinstance(value, str) and not name.startswith("_")
    }
    for words in (notice_wording.NAME_MSGIDS, notice_wording._HEADLINES, notice_wording._OPENINGS):
        assert {kind for kind in words if not kind.startswith(notice_wording.SIGNAL)} == sorts - {notice_wording.SIGNAL}


def test_the_alert_of_an_action_item_leads_to_its_card(cast):
    ctx, own = cast.ctx("officer", on=TUESDAY), cast.project()

    def body(tx):
        made = add_item(tx, ctx, project_id=own.id, programme_id=own.programme_id, body="補充說明", side="project", owner_id=None,
                        due_on=date(2026, 9, 15))  # fmt: skip
        tx.record("action_item", made, {})
        return {"id": made}

    cast.desk.store.write(ctx.request("test.item", key()), body)
    look_on(cast, TUESDAY)
    item = next(one for one in inbox_list(cast.ctx("pi", on=TUESDAY)) if one.kind == "action_item")
    assert (item.page, item.query) == ("meetings", {"obligation": item.obligation_id})
    deliver_on(cast, LocalOutbox(), TUESDAY, "09:00")
    said = next(
        row.payload_json["text"]
        for row in outbox_rows(cast, "sent")
        if f"meetings?obligation={item.obligation_id}" in row.payload_json["text"]
    )
    assert "補充說明" in said


@pytest.mark.parametrize(
    ("kind", "role", "origin", "page"),
    [
        ("action_item", "pi", "action", "meetings"),
        ("action_item", "officer", "action", "meetings"),
        ("meeting", "pi", "meeting", "meetings"),
        ("data_call", "pi", "call", "report"),
        ("quarterly_report", "assistant", "rule", "report"),
        ("quarterly_report", "officer", "rule", "project"),
        ("reply", "pi", "reply", "report"),
        ("approval_renewal", "pi", "approval", "approvals"),
    ],
)
def test_an_alert_leads_where_its_reader_works_on_it(kind, role, origin, page):
    where = {"obligation_id": 7, "parent_id": 5, "project_id": 3, "project_code": "DEMO-OWN-01"}
    assert links.page_of(kind, role, **where, origin=origin)[0] == page
