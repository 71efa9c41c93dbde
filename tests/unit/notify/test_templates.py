"""Templates: what may be written into them, what they are filled with, and that nothing comes alive in a mail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.notify.situations import REPORT, every_situation
from tracker.i18n import LANGUAGES, Translator
from tracker.notify import mail, message_sorts, templates, wording
from tracker.notify.alert_sorts import ALERTS
from tracker.notify.message_sorts import SORTS, named
from tracker.notify.sorts import FIELD_MSGIDS, GROUP_MSGIDS, Slot
from tracker.notify.templates import Words, built_in, faults_of_opening, faults_of_subject, fill

BEFORE = ALERTS["before"]
GOOD = "{what} ({code}), {left}"


def msgids(text: str) -> list[str]:
    return [fault.msgid for fault in faults_of_subject(text, BEFORE)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{what}{when}", "There is no field {name} here; there are {fields}."),
        ("{what} {number} {left}", "There is no field {name} here; there are {fields}."),
        ("{what.__class__} {left}", "Only the name of a field stands between braces, not “{name}”."),
        ("{what[0]} {left}", "Only the name of a field stands between braces, not “{name}”."),
        ("{what!r} {left}", "Only the name of a field stands between braces, not “{name}”."),
        ("{what:>99999999} {left}", "Only the name of a field stands between braces, not “{name}”."),
        ("{0} {what} {left}", "Only the name of a field stands between braces, not “{name}”."),
        ("{} {what} {left}", "Only the name of a field stands between braces, not “{name}”."),
        ("{ what } {code} {left}", "Only the name of a field stands between braces, not “{name}”."),
        ("{what {left}", "A single brace has no meaning; write {{ or }} to show one."),
        ("{what} {left} }", "A single brace has no meaning; write {{ or }} to show one."),
        ("{left}", "Name at least one of {fields} here."),
        ("{what}", "Name at least one of {fields} here."),
        ("", "Write something here, in this language too."),
        ("   ", "Write something here, in this language too."),
        (GOOD + "x" * 120, "{length} characters are too many: at most {longest}."),
        (GOOD + "\nBcc: x", "A subject is one line."),
        (GOOD + "\u202e", "There is a character that cannot be seen: {names}. Please type the text again."),
        (GOOD + "\u200b", "There is a character that cannot be seen: {names}. Please type the text again."),
        (GOOD + "\x00", "There is a character that cannot be seen: {names}. Please type the text again."),
        (GOOD + "\t", "There is a character that cannot be seen: {names}. Please type the text again."),
    ],
)
def test_a_subject_that_cannot_stand_says_why(text: str, says: str):
    assert says in msgids(text)


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.invalid", "HTTPS://evil", "//evil", "www.evil", "evil.com", "evil.com.tw/x", "evil.tw", "pay@evil", "a@b.c",
        "10.0.0.1", "javascript:x", "data:text/html", "mailto:x", "ｗｗｗ．evil．com", "xn--evil.io", "evil．ｃｏｍ",
        "evil.ai", "evil.de/x", "evil.email", "evil.museum/x", "evil.example:8080/x", "evil.xn--p1ai",
        "evil.c\u200dom", "h\u200cttp://x", "{code}.tw",
    ],
)  # fmt: skip
def test_no_address_gets_into_a_mail_by_a_template(address: str):
    text = f"請見 {address} 說明"
    if "//" in address and ":" not in address:
        text = text.replace("//", "://")
    assert any(fault.msgid.startswith("No address may stand here") for fault in faults_of_opening(text, BEFORE))


@pytest.mark.parametrize(
    "text",
    [
        "請於 12.30 前",
        "e.g. by noon",
        "Y1.Q2",
        "3.5 天",
        "第七點（一）",
        "A4 紙，共 2.5 頁。",
        "yes/no",
        "{{x}}",
        "a.m.",
        "report.docx",
        "No.5",
    ],
)
def test_what_only_looks_a_little_like_one_may_stand(text: str):
    assert faults_of_opening(text, BEFORE) == []


def test_an_opening_has_a_few_paragraphs_and_no_required_field():
    assert faults_of_opening("一\n\n二\n三", BEFORE) == []
    assert [fault.msgid for fault in faults_of_opening("\n".join("七" * 7), BEFORE)] == [
        "At most {n} paragraphs: a longer letter is not read."
    ]


def test_an_unknown_field_is_named_with_those_that_there_are():
    fault = faults_of_subject("{what} {left} {when}", BEFORE)[0]
    assert fault.params["name"] == "{when}"
    assert "{file_by}" in fault.params["fields"]


def test_a_field_is_filled_once_and_its_value_is_never_read_as_a_template():
    assert fill("{what}/{code}/{{code}}", {"what": "{code}", "code": "{what}"}) == "{code}/{what}/{code}"


@given(st.text(max_size=200), st.dictionaries(st.sampled_from(["what", "code", "left"]), st.text(max_size=30)))
def test_filling_never_fails_whatever_was_stored(text: str, fields: dict[str, str]):
    assert isinstance(fill(text, fields), str)


@given(st.text(alphabet="{}ab._[]!: whatcode", max_size=40))
def test_what_passes_has_only_known_fields_and_no_stray_brace(text: str):
    if faults_of_opening(text, BEFORE) == []:
        assert templates.fields_in(text) <= set(BEFORE.fields)
        filled = fill(text, dict.fromkeys(BEFORE.fields, ""))
        assert filled.count("{") == text.count("{{")
        assert filled.count("}") == text.count("}}")


@pytest.mark.parametrize("sort", SORTS.values(), ids=lambda sort: sort.name)
def test_the_built_in_words_are_a_template_that_could_be_saved(sort):
    words = built_in(sort)
    for text in (words.subject_zh, words.subject_en):
        assert faults_of_subject(text, sort) == []
    for text in (words.opening_zh, words.opening_en):
        assert faults_of_opening(text, sort) == []


@pytest.mark.parametrize("sort", SORTS.values(), ids=lambda sort: sort.name)
def test_every_sort_can_be_explained_in_both_languages(sort):
    assert set(sort.fields) <= set(FIELD_MSGIDS)
    assert {name for some in sort.needs for name in some} <= set(FIELD_MSGIDS)
    for msgid in (sort.when_msgid, sort.subject_msgid, sort.opening_msgid, GROUP_MSGIDS[sort.group], *map(FIELD_MSGIDS.get, sort.fields)):
        assert Translator("zh_TW")(msgid) != msgid, msgid


def test_the_built_in_words_as_a_template_say_the_same_in_every_situation():
    own = {name: built_in(sort) for name, sort in ALERTS.items()}
    for alert in every_situation():
        for t in map(Translator, LANGUAGES):
            assert wording.headline(t, alert, own) == wording.headline(t, alert)
            assert wording.opening(t, alert, own) == wording.opening(t, alert)


def test_every_sort_of_reminder_is_reached_by_some_situation():
    met = {wording.sort_of(alert) for alert in every_situation()}
    assert set(ALERTS) - met == {"meeting", "notice_only", "renewal_free"}


def test_nobody_is_told_the_words_for_what_is_late_on_an_unconfirmed_anchor():
    for alert in every_situation():
        sort = ALERTS[wording.sort_of(alert)]
        assert sort.unconfirmed == (alert.anchor_unconfirmed and alert.days_over > 0)


def test_words_for_one_stage_go_before_those_for_the_sort():
    general = Words("{what} 一 {left}", "{what} one {left}", "一", "one")
    last = Words("{what} 二 {left}", "{what} two {left}", "二", "two")
    own = {"before": general, "before/T-30": last}
    t = Translator("en")
    assert " two " in wording.headline(t, replace(REPORT, stage="T-30"), own)
    assert " one " in wording.headline(t, replace(REPORT, stage="T-14"), own)
    assert wording.opening(t, replace(REPORT, stage="T-30"), own)[0] == "two"


def test_what_must_be_said_besides_stays_whatever_the_office_wrote():
    own = {
        "overdue_unconfirmed": Words("{what}", "{what}", "一", "Too late!"),
        "before": Words("{what} {left}", "{what} {left}", "一", "one"),
    }
    t = Translator("en")
    unsure = replace(REPORT, confidence="assumed", today=REPORT.due_on.replace(month=9, day=7))
    assert any("assumed" in line for line in wording.opening(t, unsure, own))
    assert any("12:00" in line for line in wording.opening(t, REPORT, own))


def test_markup_in_a_template_or_a_value_stays_text():
    own = {"before": Words("{what} {left}<b>", "<b>{what}</b> {left}", "一", "<script>alert(1)</script>\n<a href='x'>{code}</a>")}
    alert = replace(REPORT, title_en="<img src=x>")
    html = mail.render(alert, language="en", name="甲", link="https://milepost.invalid/x", own=own).html
    assert "<script>" not in html
    assert "<img" not in html
    assert "<a href='x'" not in html
    assert "&lt;b&gt;&lt;img src=x&gt;" in html


def test_a_title_that_is_too_long_is_shortened_and_the_code_stays():
    line = wording.headline(Translator("en"), replace(REPORT, title_en="Very long title " * 20))
    assert len(line) <= 180
    assert line.startswith("Hand in by 115-08-31")
    assert line.endswith("… (DEMO-1)")


@pytest.mark.parametrize(
    "name",
    [
        "nonsense", "before/+7", "before/", "", "before/T-30/x", "receipt/T-30", "before@meeting", "before@", "before@final_report/T-30",
        "meeting@final_report", "digest@final_report", "nudged@data_call", "before@final_report@reply",
    ],
)  # fmt: skip
def test_no_template_has_another_name(name: str):
    with pytest.raises(KeyError):
        named(name)


def test_a_name_is_a_sort_and_perhaps_a_stage_and_a_kind():
    sort = message_sorts.SORTS["before"]
    for name, slot in (
        ("before", Slot(sort)),
        ("before/T-30", Slot(sort, "T-30")),
        ("before@final_report", Slot(sort, "", "final_report")),
        ("before/T-30@final_report", Slot(sort, "T-30", "final_report")),
    ):
        assert named(name) == slot
        assert slot.name == name


@pytest.mark.parametrize("name", [name for sort in SORTS.values() for name in (*sort.names, *sort.names_of_kinds)])
def test_every_name_leads_to_its_slot_and_back(name: str):
    assert named(name).name == name


def test_the_most_particular_words_win_in_one_order():
    assert templates.order("before", "T-30", "final_report") == (
        "before/T-30@final_report", "before@final_report", "before/T-30", "before",
        "*before/T-30@final_report", "*before@final_report", "*before/T-30", "*before",
    )  # fmt: skip
    words = {name: Words(name, name, name, name) for name in templates.order("before", "T-30", "final_report")}
    while words:
        first = next(iter(words))
        assert templates.chosen(words, "before", "T-30", "final_report") == words.pop(first)
    assert templates.chosen(words, "before", "T-30", "final_report") is None


def test_words_for_another_kind_or_stage_are_never_said():
    other = Words("x", "x", "x", "x")
    own = {"before/T-7": other, "before@reply": other, "before/T-30@reply": other, "before/T-7@final_report": other, "today": other}
    assert templates.chosen(own, "before", "T-30", "final_report") is None
    assert templates.chosen(own, "before", "T-30") is None


def test_words_for_a_kind_are_said_of_that_kind_and_of_no_other():
    own = {"before@final_report": Words("{what} 期 {left}", "{what} final {left}", "期", "final")}
    t = Translator("en")
    assert " final " in wording.headline(t, replace(REPORT, kind="final_report", stage="T-30"), own)
    assert " final " not in wording.headline(t, replace(REPORT, kind="interim_report", stage="T-30"), own)
    assert wording.opening(t, replace(REPORT, kind="final_report"), own)[0] == "final"


def test_a_line_for_channels_goes_before_the_subject_and_the_subject_before_the_built_in_line():
    t, alert = Translator("en"), replace(REPORT, role="officer")
    line = Words("{what}（{code}）{left}", "Subject {what} {left}", "一", "one", "{code}：{what} {left}", "Line {what} {left}")
    assert wording.sort_of(alert) == "before_office"
    assert wording.chat_line(t, alert, {"before_office": line}).startswith("Line ")
    assert wording.chat_line(t, alert, {"before_office": replace(line, chat_zh="", chat_en="")}).startswith("Subject ")
    assert wording.chat_line(t, alert) == wording.headline(t, alert)
    assert wording.headline(t, alert, {"before_office": line}).startswith("Subject ")


@pytest.mark.parametrize("sort", ALERTS.values(), ids=lambda sort: sort.name)
def test_channels_are_told_what_the_ladder_says_to_an_officer_or_a_chief(sort):
    by_ladder = {
        wording.sort_of(replace(alert, role=role))
        for alert in every_situation() if not alert.by_hand for role in ("officer", "chief")
    }  # fmt: skip
    assert sort.chat == (sort.name in by_ladder | {"meeting", "notice_only", "renewal_free"})


def test_a_line_for_channels_is_read_as_strictly_as_a_subject():
    office = ALERTS["before_office"]
    assert templates.faults_of_chat("", office) == []
    assert templates.faults_of_chat("{what} {left}", office) == []
    for wrong in ("{what}", "{what} {left} www.evil.com", "{what} {left}\n@channel", "{name} {what} {left}", "{what} {left}" + "x" * 120):
        assert templates.faults_of_chat(wrong, office), wrong
    assert templates.faults_of_chat("{what} {left}", ALERTS["overdue"]), "no channel is told what is said to the project"
