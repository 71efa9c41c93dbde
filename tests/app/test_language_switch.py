"""A change of the language changes words, and nothing that was chosen or typed."""

from sqlalchemy import select

from tests.app.support import run_page
from tests.cast import Cast
from tracker.store import tables as t


def test_a_choice_keeps_its_meaning_and_is_shown_in_the_new_words(cast: Cast):
    at = run_page(cast, "admin", "templates")
    situation = at.selectbox(key="templates-sort")
    chosen = situation.set_value(situation.options[3]).run().selectbox(key="templates-sort").options[3]
    at.text_input[0].set_value("打好的字 {what}").run()
    at.button(key="frame-language").click().run()
    shown = at.selectbox(key="templates-sort")
    assert shown.options[3] != chosen
    assert shown.proto.set_value
    assert shown.proto.raw_value == shown.options[3]
    assert at.text_input[0].value == "打好的字 {what}"
    at.button(key="frame-language").click().run()
    assert at.selectbox(key="templates-sort").proto.raw_value == chosen


def test_what_was_ticked_in_a_list_stays_ticked(cast: Cast):
    at = run_page(cast, "admin", "working_days")
    counties = at.multiselect(key="working-close-counties")
    counties.set_value(["臺北市", "新北市"]).run()
    at.button(key="frame-language").click().run()
    shown = at.multiselect(key="working-close-counties")
    assert list(shown.proto.raw_values) == ["Taipei City", "New Taipei City"]
    assert shown.value == ["臺北市", "新北市"]


def test_the_language_can_be_changed_there_and_back_on_the_account_page(cast: Cast):
    at = run_page(cast, "pi", "account")
    for wanted in ("en", "zh_TW", "en"):
        at.button_group[0].set_value(wanted).run()
        at.run()
        assert my_language(cast) == wanted
        assert at.title[0].value == ("My account" if wanted == "en" else "我的帳號")


def my_language(cast: Cast) -> str:
    with cast.desk.store.read() as conn:
        return conn.scalar(select(t.person.c.language).where(t.person.c.id == cast.person("pi").id))
