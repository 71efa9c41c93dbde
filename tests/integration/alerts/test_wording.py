"""What an alert says, to whom, on which day: never an accusation on an unconfirmed anchor."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email.policy import SMTP

import pytest

from tracker.domain.reasons import Reason
from tracker.i18n import Translator
from tracker.notify import mail, wording
from tracker.notify.wording import AlertText

# Due Monday 2026-08-31, moved there from Saturday 2026-08-29: before noon.
REPORT = AlertText(
    role="pi",
    today=date(2026, 8, 17),  # Monday
    project_code="DEMO-1",
    project_zh="示範計畫",
    project_en="Sample project",
    title_zh="季報",
    title_en="Quarterly report",
    period_label="Y1Q1",
    duty=True,
    due_on=date(2026, 8, 31),
    file_by_on=date(2026, 8, 31),
    file_by_time="12:00",
    confidence="stated",
    status="open",
    discharged_by="milepost",
    clause="七-(一)",
    because=(Reason("理由一。", "Reason one."),),
)
OVER = {"today": date(2026, 9, 7)}  # Monday, seven days over
EVE = {"today": date(2026, 8, 30)}  # Sunday
DATED = {"file_by_time": None}
WAITS = {"status": "submitted", "discharged_by": "external"}


@pytest.mark.parametrize(
    ("change", "zh", "en"),
    [
        ({}, "請於 115-08-31 (2026-08-31) 12:00 前繳交，還有 14 天：", "Hand in by 115-08-31 (2026-08-31) 12:00, 14 days left: "),
        ({"file_by_time": None}, "請於 115-08-31 (2026-08-31) 前繳交，還有 14 天：", "Hand in by 115-08-31 (2026-08-31), 14 days left: "),
        (EVE, "請於 115-08-31 (2026-08-31) 12:00 前繳交，還有 1 天：", "Hand in by 115-08-31 (2026-08-31) 12:00, 1 day left: "),
        ({"today": date(2026, 8, 31)}, "請於今日 12:00 前繳交：", "Hand in today before 12:00: "),
        ({"today": date(2026, 9, 1)}, "請儘速繳交，已逾期 1 日：", "Hand in now, 1 day overdue: "),
        (OVER, "請儘速繳交，已逾期 7 日：", "Hand in now, 7 days overdue: "),
        (OVER | {"role": "officer"}, "請催辦，已逾期 7 日：", "Please follow up, 7 days overdue: "),
        (OVER | {"confidence": "assumed"}, "請先繳交現有資料（起算日待確認）：", "Hand in what you have (anchor date not confirmed): "),
        (OVER | {"confidence": "assumed", "role": "officer"}, "請確認起算日：", "Please confirm the anchor date: "),
        (OVER | WAITS, "尚未向補助機關繳交，已逾期 7 日：", "Not yet filed with the funder, 7 days overdue: "),
        (WAITS | DATED, "請於 115-08-31 (2026-08-31) 前另向補助機關繳交：", "File it with the funder by 115-08-31 (2026-08-31) too: "),
        ({"duty": False}, "請於 115-08-31 (2026-08-31) 前備妥：", "Get ready by 115-08-31 (2026-08-31): "),
        (OVER | {"duty": False}, "請於 115-08-31 (2026-08-31) 前備妥：", "Get ready by 115-08-31 (2026-08-31): "),
    ],
)  # fmt: skip
def test_the_subject_says_what_to_do(change, zh, en):
    alert = replace(REPORT, **change)
    assert wording.headline(Translator("zh_TW"), alert) == zh + "季報 第1年第1季（DEMO-1）"
    assert wording.headline(Translator("en"), alert) == en + "Quarterly report, year 1, quarter 1 (DEMO-1)"


def test_after_the_last_safe_day_the_subject_names_the_legal_one_and_no_day_that_is_over():
    alert = replace(REPORT, file_by_on=date(2026, 8, 28), file_by_time=None, today=date(2026, 8, 29))  # Friday; Saturday
    assert wording.sort_of(alert) == "after_safe_day"
    for language in ("zh_TW", "en"):
        line = wording.headline(Translator(language), alert)
        assert "(2026-08-31)" in line
        assert "2026-08-28" not in line


def test_the_office_is_never_asked_for_a_projects_answer_as_if_it_were_the_project():
    for stage in ("issued", "nudge:2026-08-20"):
        alert = replace(REPORT, role="officer", stage=stage, kind="data_call")
        assert wording.sort_of(alert).endswith("_office")
        assert "貴計畫" not in wording.headline(Translator("zh_TW"), alert) + "".join(wording.opening(Translator("zh_TW"), alert))


def test_an_assumed_date_is_never_called_late_anywhere():
    for role in ("pi", "assistant", "officer"):
        alert = replace(REPORT, role=role, confidence="assumed", **OVER)
        for language, accusations in (("zh_TW", ("已逾期", "遲延")), ("en", ("days overdue", "delay"))):
            t = Translator(language)
            said = "\n".join([wording.headline(t, alert), *wording.opening(t, alert), *(text for _, text in wording.facts(t, alert))])
            assert not [word for word in accusations if word in said]


def test_a_notice_is_never_called_overdue():
    t = Translator("zh_TW")
    alert = replace(REPORT, duty=False, **OVER)
    said = "\n".join([wording.headline(t, alert), *wording.opening(t, alert), *(text for _, text in wording.facts(t, alert))])
    assert "逾期" not in said


def test_the_noon_of_a_moved_saturday_is_in_text_and_html():
    rendered = mail.render(REPORT, language="zh_TW", name="示範", link="https://milepost.invalid/report?obligation=1")
    for part in (rendered.text, re.sub(r"</?span[^>]*>", "", rendered.html)):
        assert "12:00" in part
        assert "原為星期六" in part
        assert "理由一。" in part
        assert "七-(一)" in part


@pytest.mark.parametrize(
    ("label", "zh", "en"),
    [("Y2", "第2年", "year 2"), ("Y1Q3", "第1年第3季", "year 1, quarter 3"), ("-", "", ""), ("A-7", "A-7", "A-7")],
)
def test_a_period_is_named_in_words(label, zh, en):
    assert wording.period_text(Translator("zh_TW"), label) == zh
    assert wording.period_text(Translator("en"), label) == en


def compose(name="示範主持人", address="pi@own.invalid"):
    rendered = mail.render(REPORT, language="zh_TW", name=name, link="https://milepost.invalid/x?a=1&b=2")
    at = datetime(2026, 8, 17, 0, 0, tzinfo=UTC)
    return mail.compose(
        rendered, sender="milepost@office.invalid", name=name, address=address, message_id="<x@milepost.invalid>", at=at, language="zh_TW"
    )


def test_every_line_on_the_wire_is_short_and_plain_ascii():
    wire = compose().as_bytes(policy=SMTP)
    assert max(len(line) for line in wire.split(b"\r\n")) <= 998
    assert wire.isascii()


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b@c", "a b@c.invalid", "a@c.invalid\r\nBcc: x@y.invalid", "<a@c.invalid>", "a@c.invalid, b@c.invalid"],
)
def test_what_is_no_single_address_is_refused(address):
    with pytest.raises(mail.BadAddress):
        compose(address=address)


def test_markup_in_a_link_or_name_stays_text():
    html = compose(name="<b>甲</b>").get_body(("html",)).get_content()
    assert "<b>甲</b>" not in html
    assert "&lt;b&gt;" in html
    assert 'href="https://milepost.invalid/x?a=1&amp;b=2"' in html


@pytest.mark.parametrize("label", ["project", "-", "irb-13-2027-02-05", "reply-2"])
def test_a_label_that_only_tells_keys_apart_is_not_read_out(label):
    assert wording.what(Translator("en"), replace(REPORT, period_label=label)) == "Quarterly report"
