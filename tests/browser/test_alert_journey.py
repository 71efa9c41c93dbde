"""An alert from its mail to the office's desk: looked at, acted on once, reworded, paused, sent again."""

from __future__ import annotations

import re
from datetime import date
from email.message import EmailMessage

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from tests.browser.conftest import Live
from tests.browser.offices import confirm, press, unfold
from tests.browser.test_journeys import nothing_went_wrong, part
from tests.browser.test_review_journey import say
from tests.integration.alerts.support import look_on, move_date, outbox_rows
from tests.serving_support import settle, visit
from tracker.services.alert_mail import MailSettings, links_of
from tracker.services.delivery import deliver
from tracker.store import tables as t

DAY = "2026-09-01"  # a Tuesday; the first quarterly report is made due on the Wednesday, so that it is mailed at once


class Kept:
    """Takes mails and keeps them."""

    name = "local"

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        self.mails.append(message)

    def close(self) -> None:
        """Nothing is open."""


def test_an_alert_is_read_acted_on_reworded_paused_and_sent_again(live: Live):
    path = acting_link(live)
    anyone = live.open_page(width=390)
    the_mail_s_link_acts_once(live, anyone, path)
    an_administrator_rewords_it(live)
    a_pause_is_seen_by_the_investigator(live)
    a_copy_is_sent_once(live)
    nothing_went_wrong(live)


def acting_link(live: Live) -> str:
    """The path of the link in the investigator's mail of the last day but one."""
    cast = live.cast
    move_date(cast, cast.obligation("quarterly_report", "Y1Q1"), DAY, date(2026, 9, 2))
    look_on(cast, DAY)
    kept, ctx = Kept(), cast.ctx("system", on=DAY)
    deliver(
        ctx, kept, MailSettings("a@office.invalid", live.server.url, links_of(cast.desk.secrets, live.server.url)), wall=lambda: ctx.now
    )
    hers = [mail.get_body(("plain",)).get_content() for mail in kept.mails if cast.person("pi").email in mail["To"]]
    found = [link for text in hers for link in re.findall(re.escape(live.server.url) + r"(/act/[\w.-]+)", text)]
    assert found, hers
    return found[0]


def the_mail_s_link_acts_once(live: Live, page: Page, path: str) -> None:
    before = written(live)
    page.goto(path)
    expect(page.get_by_text("示範主持人", exact=False).first).to_be_visible()
    assert_fits(page)
    assert written(live) == before, "looking changes nothing"
    form = page.locator("form")
    sent = form.evaluate("form => Object.fromEntries(new FormData(form, form.querySelector('button[value=a]')))")
    answer = page.request.post(path, form=sent, headers={"Origin": live.server.url})
    assert answer.status == 200
    form.get_by_role("button", name="我已看過").click()
    expect(page.get_by_role("heading", name="已完成")).to_be_visible()
    assert written(live) == before + 1, "what is sent twice is done once"
    page.goto(path)
    expect(page.get_by_text("您已表示看過", exact=False)).to_be_visible()
    with live.cast.desk.store.read() as conn:
        seen = conn.execute(
            select(t.inbox_item.c.acknowledged_via).where(
                t.inbox_item.c.acknowledged_at.is_not(None), t.inbox_item.c.person_id == live.cast.person("pi").id
            )
        ).scalars()
        assert list(seen) == ["mail"]


def an_administrator_rewords_it(live: Live) -> None:
    admin = live.as_person("admin", "/templates")
    subject = admin.get_by_label("中文主旨")
    subject.fill("示範主旨：{file_by} 前上傳 {what}（{code}）")
    subject.press("Enter")
    settle(admin)
    expect(admin.get_by_text("示範主旨：", exact=False).first).to_be_visible()  # in the preview, before it is saved
    press(admin, "template-save")
    expect(part(admin, "template-save").locator("button")).to_be_disabled()
    with live.cast.desk.store.read() as conn:
        assert [row.subject_zh for row in conn.execute(select(t.alert_template))] == ["示範主旨：{file_by} 前上傳 {what}（{code}）"]


def a_pause_is_seen_by_the_investigator(live: Live) -> None:
    project_id, reason = live.cast.project("own").id, "主持人住院，由承辦人以電話聯繫。"
    officer = live.as_person("officer", f"/project?project={live.cast.project('own').code}")
    unfold(officer, "Pause the reminders")
    say(officer, f"pause-{project_id}-reason", reason)
    confirm(officer, f"pause-{project_id}")
    expect(officer.get_by_text("提醒已暫停", exact=False).first).to_be_visible()
    pi = live.as_person("pi", f"/project?project={live.cast.project('own').code}", width=390)
    expect(pi.get_by_text("此計畫的提醒暫停中", exact=False).first).to_be_visible()
    expect(pi.get_by_text(reason, exact=False).first).to_be_visible()
    assert_fits(pi)


def a_copy_is_sent_once(live: Live) -> None:
    mail = next(row for row in outbox_rows(live.cast, "sent") if row.person_id == live.cast.person("pi").id)
    admin = live.as_person("admin", "/deliveries")
    part(admin, f"pick-{mail.id}").locator("label").click()
    settle(admin)
    press(admin, "ask-again-chosen")
    part(admin, "yes-again-chosen").locator("button").dblclick()
    expect(admin.get_by_text("1 封副本寄送中", exact=False).first).to_be_visible()
    settle(admin)
    with live.cast.desk.store.read() as conn:
        copies = select(func.count()).select_from(t.outbox).where(t.outbox.c.resent_of_id.is_not(None))
        assert conn.scalar(copies) == 1
    telephone = live.as_person("admin", "/deliveries", width=390)
    assert_fits(telephone)
    visit(telephone, "/templates")
    assert_fits(telephone)


def written(live: Live) -> int:
    """How much the record holds of what anybody did."""
    with live.cast.desk.store.read() as conn:
        return conn.scalar(select(func.count()).select_from(t.event))


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out of a telephone's screen"
