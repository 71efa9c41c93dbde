"""The screen of dates from documents."""

import pytest

from tests.app.support import run_page, texts


def test_the_office_sees_the_form_and_what_is_missing(cast):
    at = run_page(cast, "other_officer", "dates")
    assert not at.exception
    assert "契約" in texts(at)
    assert at.selectbox(key="dates-slot").options


def test_a_preview_shows_old_and_new_before_anything_is_saved(cast):
    at = run_page(cast, "officer", "dates")
    at.selectbox(key="dates-slot").select("interim_report/Y1")
    at.text_input(key="dates-given").input("116-03-15")
    at.text_input(key="dates-letter").input("示範字第1號")
    at.button(key="dates-preview").click().run()
    assert not at.exception
    assert "116-03-15 (2027-03-15)" in texts(at)
    assert "116-03-31 (2027-03-31)" in texts(at)
    assert cast.obligation("interim_report", "Y1").due_on.isoformat() == "2027-03-31"


def test_saving_without_the_file_names_it(cast):
    at = run_page(cast, "officer", "dates")
    at.text_input(key="dates-given").input("116-03-15")
    at.text_input(key="dates-letter").input("示範字第1號")
    at.button(key="dates-preview").click().run()
    at.button(key="dates-save").click().run()
    assert "文件（檔案）" in at.error[0].value


def test_a_wrong_day_names_the_field(cast):
    at = run_page(cast, "officer", "dates")
    at.text_input(key="dates-given").input("115/2/29")
    at.text_input(key="dates-letter").input("示範字第1號")
    at.button(key="dates-preview").click().run()
    assert "115/2/29" in at.error[0].value.replace("\\", "")


@pytest.mark.parametrize("who", ["pi", "assistant", "auditor", "admin"])
def test_others_have_no_such_screen(cast, who):
    at = run_page(cast, who, "dates")
    assert "dates-slot" not in {box.key for box in at.selectbox}


def test_a_foreign_project_in_the_address_shows_nothing_of_it(cast):
    at = run_page(cast, "officer", "dates", project=cast.project("foreign").id)
    assert "CANARY-7f3a" not in texts(at)
