"""Words of messages that the office writes: both languages, one programme or all, back to the built-in ones, tried on real things."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen

from tests.cast import key
from tests.integration.alerts.support import deliver_on, look_on, outbox_rows
from tracker.i18n import Translator
from tracker.notify import chat, notice_wording, wording
from tracker.notify.message_sorts import SORTS
from tracker.notify.templates import Words, built_in, chosen
from tracker.notify.transport import LocalOutbox
from tracker.services.alert_templates import (
    BUILT_IN,
    GENERAL,
    PROGRAMME,
    edit_template,
    take_back_template,
    template_list,
    template_view,
)
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.inbox import inbox_list
from tracker.services.own_words import words_in_force
from tracker.services.template_previews import examples, made_up, preview, preview_chat
from tracker.services.template_samples import made_up_notice
from tracker.store import tables as t

TUESDAY = "2026-09-01"
WORDS = Words(
    "{what}（{code}）{left}，請儘早", "Soon, please: {what} ({code}), {left}", "請提早辦理。\n感謝配合。", "Please start early.\nThank you."
)


def edit(cast, name="before", programme_id=None, words=WORDS, expected=None, who="admin"):
    return edit_template(cast.ctx(who, on=TUESDAY), name=name, programme_id=programme_id, words=words, expected=expected, key=key())


def force(cast, programme_id=None):
    with cast.desk.store.read() as conn:
        return words_in_force(conn).of(programme_id)


def test_an_edit_holds_for_every_programme_without_words_of_its_own(cast):
    own, foreign = cast.project("own").programme_id, cast.project("foreign").programme_id
    edit(cast)
    here = replace(WORDS, opening_zh="本計畫請提早辦理。")
    seen = edit(cast, programme_id=own, words=here)
    assert (seen.origin, seen.without) == (PROGRAMME, WORDS)
    assert (chosen(force(cast, own), "before"), chosen(force(cast, foreign), "before")) == (here, WORDS)
    assert template_view(cast.ctx("admin"), name="before", programme_id=foreign).origin == GENERAL


def test_words_of_a_programme_put_aside_the_general_ones_for_single_stages_too(cast):
    own = cast.project("own").programme_id
    edit(cast, name="before/T-30")
    here = replace(WORDS, opening_zh="本計畫請提早辦理。")
    edit(cast, programme_id=own, words=here)
    assert chosen(force(cast, own), "before", "T-30") == here
    assert template_view(cast.ctx("admin"), name="before/T-30", programme_id=own).words == here
    assert set(force(cast)) == {"before/T-30"}


def test_the_next_edit_replaces_the_last_and_both_stay_in_the_history(cast):
    first = edit(cast)
    second = edit(cast, words=replace(WORDS, opening_en="Start now."), expected=first.version)
    assert second.words.opening_en == "Start now."
    assert [one.words.opening_en for one in second.history] == ["Start now.", WORDS.opening_en]
    assert {one.editor for one in second.history} == {cast.person("admin").name}


def test_taken_back_the_built_in_words_hold_again_and_it_is_known_by_whom(cast):
    first = edit(cast)
    second = edit(cast, words=replace(WORDS, opening_en="Start now."), expected=first.version)
    seen = take_back_template(cast.ctx("admin", on="2026-09-02"), name="before", programme_id=None, expected=second.version, key=key())
    assert (seen.origin, seen.version, seen.words) == (BUILT_IN, None, built_in(SORTS["before"]))
    assert force(cast) == {}
    assert [one.taker for one in seen.history] == [cast.person("admin").name] * 2
    again = edit(cast)
    assert again.words == WORDS


def test_two_editors_at_once_do_not_undo_each_other(cast):
    first = edit(cast)
    with pytest.raises(Stale):
        edit(cast, words=replace(WORDS, opening_en="Mine."))
    edit(cast, words=replace(WORDS, opening_en="Hers."), expected=first.version)
    with pytest.raises(Stale):
        take_back_template(cast.ctx("admin"), name="before", programme_id=None, expected=first.version, key=key())


def test_the_same_click_twice_is_one_edit(cast):
    once = key()
    for _ in range(2):
        edit_template(cast.ctx("admin", on=TUESDAY), name="before", programme_id=None, words=WORDS, expected=None, key=once)
    assert len(template_view(cast.ctx("admin"), name="before").history) == 1


def test_every_wrong_field_is_named_and_nothing_is_written(cast):
    with pytest.raises(Invalid) as refused:
        edit(cast, words=Words("{wat} {left}", "{what} {left}", "", "See www.evil.invalid"))
    assert [problem.field for problem in refused.value.problems] == ["subject_zh", "subject_zh", "opening_zh", "opening_en"]
    assert force(cast) == {}


def test_words_that_hold_already_are_no_edit(cast):
    with pytest.raises(Invalid):
        edit(cast, words=built_in(SORTS["before"]))


def test_an_unknown_name_or_programme_is_nothing(cast):
    for name, programme_id in (("nonsense", None), ("before/+7", None), ("before", 10**6)):
        with pytest.raises(NotFound):
            edit(cast, name=name, programme_id=programme_id)


@pytest.mark.parametrize("who", ["officer", "chief", "auditor", "pi"])
def test_only_an_administrator_may_look_and_edit(cast, who):
    for call in (lambda: edit(cast, who=who), lambda: template_list(cast.ctx(who)), lambda: examples(cast.ctx(who), name="before")):
        with pytest.raises((Forbidden, NotFound)):
            call()


def test_the_event_holds_hashes_and_no_words(cast):
    edit(cast)
    with cast.desk.store.read() as conn:
        payload = conn.execute(select(t.event.c.payload_json).order_by(t.event.c.seq.desc())).scalars().first()
    assert "請儘早" not in str(payload)


def test_the_list_says_where_the_words_of_each_sort_come_from(cast):
    own = cast.project("own").programme_id
    edit(cast)
    edit(cast, name="overdue/+7", programme_id=own)
    rows = {row.sort.name: row for row in template_list(cast.ctx("admin"), programme_id=own)}
    assert set(rows) == {name for name, sort in SORTS.items() if sort.of_programme}
    assert {row.sort.name for row in template_list(cast.ctx("admin"))} == set(SORTS)
    assert (rows["before"].origin, rows["overdue"].origin, [slot.name for slot in rows["overdue"].refined]) == (
        GENERAL, BUILT_IN, ["overdue/+7"],
    )  # fmt: skip


def test_a_preview_is_a_real_obligation_in_its_own_words(cast):
    ctx = cast.ctx("admin", on="2027-01-29")
    found = examples(ctx, name="before/T-60")
    real = [one for one in found if one.real]
    assert real
    assert not found[-1].real
    shown = preview(real[0], name="before/T-60", words=WORDS, language="en", reader="Admin", link="https://milepost.invalid/x")
    assert shown.subject.startswith("Soon, please: ")
    assert "DEMO-" in shown.subject
    assert "Please start early." in shown.text
    assert "Please start early." in shown.html
    assert shown.problems == ()


@pytest.mark.parametrize("name", [name for sort in SORTS.values() for name in sort.names])
def test_every_template_has_something_to_be_tried_on_in_both_languages(cast, name):
    sort = SORTS[name.split("/")[0]]
    for example in examples(cast.ctx("admin", on="2026-12-01"), name=name):
        for language in ("zh_TW", "en"):
            words = replace(built_in(sort), opening_zh="範本", opening_en="template")
            shown = preview(example, name=name, words=words, language=language, reader="甲", link="https://milepost.invalid/x")
            assert shown.subject
            assert ("範本" if language == "zh_TW" else "template") in shown.text, "the example is of another sort"


def test_wrong_words_are_shown_as_far_as_they_go(cast):
    example = examples(cast.ctx("admin", on=TUESDAY), name="before")[-1]
    words = replace(WORDS, subject_en="{what} {whatever}")
    shown = preview(example, name="before", words=words, language="en", reader="甲", link="x")
    assert "{whatever}" in shown.subject
    assert [problem.field for problem in shown.problems] == ["subject_en", "subject_en"]


@pytest.mark.parametrize("name", ["digest", "urgent", "handed_to_you"])
def test_what_is_about_no_single_project_has_one_set_of_words_for_all(cast, name):
    with pytest.raises(Invalid) as refused:
        edit(cast, name=name, programme_id=cast.project("own").programme_id)
    assert refused.value.problems[0].field == "programme"


def test_the_mail_of_several_things_is_tried_on_what_is_really_due(cast):
    several = examples(cast.ctx("admin", on="2026-12-01"), name="digest")
    assert [one.real for one in several] == [True, False]
    words = Words("{first}，共 {count} 件", "{first} and more, {count} in all", "今日彙整。", "Your day.")
    shown = preview(several[0], name="digest", words=words, language="en", reader="A", link="https://milepost.invalid/x")
    assert shown.subject.endswith("in all")
    assert "Your day." in shown.text


def test_the_mail_and_the_inbox_say_what_the_office_wrote_from_the_next_one_on(cast):
    words = Words("辦公室：{what}（{code}）{left}", "Office: {what} ({code}), {left}", "請提早辦理。", "Please start early.")
    for name in ("before", "today", "overdue"):
        edit(cast, name=name, programme_id=cast.project("own").programme_id, words=words)
    look_on(cast, "2027-03-30")
    deliver_on(cast, LocalOutbox(), "2027-03-30")
    subjects = [row.payload_json.get("subject", "") for row in outbox_rows(cast)]
    assert any(subject.startswith(("Office: ", "辦公室：")) for subject in subjects), subjects
    headlines = [
        wording.headline(Translator("zh_TW"), item.text(date(2027, 3, 30)), item.own)
        for item in inbox_list(cast.ctx("pi", on="2027-03-30"))
    ]
    assert [line for line in headlines if line.startswith("辦公室：")]


OF_FINAL = replace(WORDS, opening_zh="期末報告請附成果摘要。", opening_en="Attach the summary.")


def test_words_for_a_kind_hold_for_that_kind_in_every_programme_and_a_programmes_own_go_before_them(cast):
    own = cast.project("own").programme_id
    seen = edit(cast, name="before@final_report", words=OF_FINAL)
    assert (seen.origin, seen.name, seen.without) == (GENERAL, "before@final_report", built_in(SORTS["before"]))
    assert template_view(cast.ctx("admin"), name="before").origin == BUILT_IN
    assert template_view(cast.ctx("admin"), name="before/T-30@final_report", programme_id=own).words == OF_FINAL
    edit(cast, programme_id=own)
    assert chosen(force(cast, own), "before", "T-30", "final_report") == WORDS
    here = replace(WORDS, opening_zh="本專案期末報告請附成果摘要。")
    edit(cast, name="before@final_report", programme_id=own, words=here)
    assert chosen(force(cast, own), "before", "T-30", "final_report") == here
    assert chosen(force(cast, own), "before", "T-30", "interim_report") == WORDS
    assert chosen(force(cast, cast.project("foreign").programme_id), "before", "T-30", "final_report") == OF_FINAL


def test_words_of_a_programme_for_one_stage_or_kind_leave_the_general_ones_for_the_rest(cast):
    own = cast.project("own").programme_id
    edit(cast)
    edit(cast, name="before/T-7", programme_id=own, words=OF_FINAL)
    assert (chosen(force(cast, own), "before", "T-7"), chosen(force(cast, own), "before", "T-30")) == (OF_FINAL, WORDS)


def test_the_page_is_told_every_place_in_order_and_which_of_them_is_said(cast):
    own = cast.project("own").programme_id
    edit(cast)
    edit(cast, name="before/T-30@final_report", words=OF_FINAL)
    asked = template_view(cast.ctx("admin"), name="before/T-30@final_report", programme_id=own).asked
    assert [(one.origin, one.slot and one.slot.name, one.written) for one in asked] == [
        (PROGRAMME, "before/T-30@final_report", False),
        (PROGRAMME, "before@final_report", False),
        (PROGRAMME, "before/T-30", False),
        (PROGRAMME, "before", False),
        (GENERAL, "before/T-30@final_report", True),
        (GENERAL, "before@final_report", False),
        (GENERAL, "before/T-30", False),
        (GENERAL, "before", True),
        (BUILT_IN, None, True),
    ]
    rows = {row.sort.name: row for row in template_list(cast.ctx("admin"))}
    assert [slot.name for slot in rows["before"].refined] == ["before/T-30@final_report"]


def test_taking_back_the_words_of_a_kind_leaves_those_for_every_kind(cast):
    edit(cast)
    seen = edit(cast, name="before@final_report", words=OF_FINAL)
    assert seen.without == WORDS
    back = take_back_template(
        cast.ctx("admin", on="2026-09-02"), name="before@final_report", programme_id=None, expected=seen.version, key=key()
    )
    assert (back.words, back.version) == (WORDS, None)
    assert template_view(cast.ctx("admin"), name="before").words == WORDS


def test_an_example_of_another_kind_is_never_tried_on_and_one_says_whose_words_it_really_gets(cast):
    ctx = cast.ctx("admin", on="2027-01-29")
    edit(cast, name="before@interim_report", words=OF_FINAL)
    for name in ("before@interim_report", "before@final_report"):
        assert {one.about.kind for one in examples(ctx, name=name)} == {name.split("@")[1]}
    real = [one for one in examples(ctx, name="before") if one.real]
    assert {one.about.kind == "interim_report": one.says.slot and one.says.slot.name for one in real}[True] == "before@interim_report"


@pytest.mark.parametrize("sort", [sort for sort in SORTS.values() if sort.kinds], ids=lambda sort: sort.name)
def test_the_words_of_every_kind_are_said_in_a_mail_about_that_kind_in_both_languages(cast, sort):
    for name in sort.names_of_kinds:
        if "/" in name:
            continue
        example = made_up(name, date(2026, 12, 1))
        for language in ("zh_TW", "en"):
            words = replace(built_in(sort), opening_zh="範本", opening_en="template")
            shown = preview(example, name=name, words=words, language=language, reader="甲", link="https://milepost.invalid/x")
            assert ("範本" if language == "zh_TW" else "template") in shown.text, name
            assert shown.problems == ()


def test_a_receipt_of_a_kind_says_that_kinds_words(cast):
    words = replace(built_in(SORTS["receipt"]), opening_zh="期末報告已收件。")
    edit(cast, name="receipt@final_report", words=words)
    own = force(cast)
    for kind, said in (("final_report", True), ("interim_report", False)):
        notice = made_up_notice("receipt", date(2026, 12, 1), kind)
        assert (notice_wording.opening(Translator("zh_TW"), notice, own)[0] == "期末報告已收件。") is said


def test_a_line_for_channels_is_written_in_both_languages_or_in_neither(cast):
    with pytest.raises(Invalid) as refused:
        edit(cast, name="before_office", words=replace(WORDS, chat_zh="{code} {what} {left}"))
    assert [problem.field for problem in refused.value.problems] == ["chat_en"]
    with pytest.raises(Invalid) as refused:
        edit(cast, name="before", words=replace(WORDS, chat_zh="{code} {left}", chat_en="{code} {left}"))
    assert [problem.field for problem in refused.value.problems] == ["chat_zh", "chat_en"]


@pytest.mark.parametrize("service", chat.SERVICES)
@pytest.mark.parametrize("sort", [sort for sort in SORTS.values() if sort.chat], ids=lambda sort: sort.name)
def test_a_line_for_channels_is_tried_as_each_service_shows_it(sort, service):
    line = "{code} *{what}* <!channel>" + "".join(f" {{{some[-1]}}}" for some in sort.needs)
    words = replace(built_in(sort), chat_zh=line, chat_en=line)
    shown = preview_chat(
        made_up(sort.name, date(2026, 12, 1)), name=sort.name, words=words, language="en", service=service,
        link="https://milepost.invalid/x_y?a=1&b=2",
    )  # fmt: skip
    assert shown.title.startswith("SAMPLE-01 *" if service == "line" else "SAMPLE-01 ＊")
    assert ("<!channel>" in shown.title) == (service == "line")
    assert shown.body.endswith("https://milepost.invalid/x_y?a=1&b=2")


def test_a_batch_reads_the_words_in_one_query(cast):
    edit(cast)
    asked = []
    with cast.desk.store.read() as conn:
        listen(conn, "before_cursor_execute", lambda *args: asked.append(args[2]))
        words = words_in_force(conn)
        for programme_id in (None, 1, 2, 1):
            words.of(programme_id)
    assert len(asked) == 1
