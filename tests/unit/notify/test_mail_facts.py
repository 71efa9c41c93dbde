"""Both parts of every mail say the same: each kind of obligation at each stage in both languages, and every sort of message."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.unit.notify.situations import every_kind_and_stage
from tracker.domain.statuses import Kind
from tracker.i18n import LANGUAGES, Translator
from tracker.notify import mail, wording

LINK = "https://milepost.invalid/report?obligation=1&x=2"


def seen(html: str) -> str:
    """What a reader of the HTML part sees, without blanks."""
    body = html.split("<body", 1)[1]
    links = " ".join(re.findall(r'href="([^"]*)"', body))
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", " ", body.split(">", 1)[1]) + links))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_text_and_html_say_the_same_of_every_kind_at_every_stage(kind: Kind, language: str):
    t = Translator(language)
    alerts = [alert for alert in every_kind_and_stage() if alert.kind == kind]
    assert {alert.stage for alert in alerts} >= {"T-60", "T-30", "T-14", "T-7", "T-1"}
    for alert in alerts:
        rendered = mail.render(alert, language=language, name="甲", link=LINK, act=f"{LINK}&act=1")
        shown = seen(rendered.html)
        facts = [part for row in wording.facts(t, alert) for part in row]
        reasons = [t.pick(reason.zh, reason.en) for reason in alert.because]
        for said in (*facts, *reasons, *wording.opening(t, alert), LINK, f"{LINK}&act=1"):
            assert said in rendered.text, (alert.stage, said)
            assert re.sub(r"\s+", "", said) in shown, (alert.stage, said)
        assert re.sub(r"\s+", "", rendered.subject) in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_part_is_plain_and_its_lines_are_whole(language: str):
    for alert in every_kind_and_stage():
        text = mail.render(alert, language=language, name="甲", link=LINK).text
        assert not re.search(r"<[a-z/]|&[a-z]+;|\{|\}", text)
        assert text.splitlines()[0] == Translator(language)("Dear {name},", name="甲")
