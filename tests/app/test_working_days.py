"""The screen of the working days, for the administrator."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.app.support import run_page, texts
from tests.cast import key
from tests.official_table import table
from tracker.domain.minguo import both
from tracker.services import closures, working_days
from tracker.services.recalculation import recalculate
from tracker.store import tables as t


def upload(at, content, name="119.csv"):
    at.file_uploader(key="working-table-file-0").upload(name, content, "text/csv").run()
    return at.button(key="working-table-look").click().run()


def test_a_year_shows_its_days_off_and_whether_it_is_official(cast):
    at = run_page(cast, "admin", "working_days")
    assert not at.exception
    assert "中秋節" in texts(at)
    at.selectbox(key="working-year").select(2035).run()
    assert "暫定" in texts(at) or any("暫定" in badge.value for badge in at.get("badge"))


def test_a_table_is_shown_with_what_it_moves_before_it_counts_and_then_counts(cast):
    at = upload(run_page(cast, "admin", "working_days"), table(2030, off={"2030-09-02": "示範紀念日"}))
    assert not at.exception
    assert "119-09-02 (2030-09-02)" in texts(at)
    assert "119-09-03 (2030-09-03)" in texts(at)
    assert cast.desk.calendar is cast.desk.shipped_calendar
    at.text_input(key="working-table-source").input("示範公告第1號").run()
    at.button(key="ask-working-table").click().run()
    at.button(key="yes-working-table").click().run()
    assert not at.exception
    assert [line.source for line in working_days.table_list(cast.ctx("admin"))] == ["示範公告第1號"]
    assert not cast.desk.calendar.is_working(date(2030, 9, 2))


def test_a_missing_source_is_named_and_the_file_stays(cast):
    at = upload(run_page(cast, "admin", "working_days"), table(2030, off={"2030-09-02": "示範紀念日"}))
    at.button(key="ask-working-table").click().run()
    at.button(key="yes-working-table").click().run()
    assert "來源" in at.error[0].value
    assert at.text_input(key="working-table-source")


def test_an_overlong_source_is_named_and_stays_as_typed(cast):
    at = upload(run_page(cast, "admin", "working_days"), table(2030, off={"2030-09-02": "示範紀念日"}))
    source = at.text_input(key="working-table-source")
    assert source.proto.max_chars == 0, "the input would drop a long paste in silence"
    source.input("長" * 400).run()
    at.button(key="ask-working-table").click().run()
    at.button(key="yes-working-table").click().run()
    assert at.error[0].value.endswith("**來源**：最多 300 個字。")
    assert at.text_input(key="working-table-source").value == "長" * 400


def test_a_broken_table_is_refused_by_row_and_column_in_the_readers_language(cast):
    broken = table(2028).replace("20280105,三".encode(), "20280105,四".encode())
    at = upload(run_page(cast, "admin", "working_days"), broken)
    assert "第 6 列，欄位 星期" in at.error[0].value
    assert "星期三" in at.error[0].value


def test_closures_are_shown_and_entered(cast):
    at = run_page(cast, "admin", "working_days")
    at.multiselect(key="working-close-counties").select("新竹市").run()
    at.text_input(key="working-close-days").input("115-09-01, 115-09-02").run()
    at.button(key="working-close-look").click().run()
    assert "115-09-02 (2026-09-02)" in texts(at)
    at.text_input(key="working-close-source").input("示範市政府公告").run()
    at.button(key="ask-working-close").click().run()
    at.button(key="yes-working-close").click().run()
    assert not at.exception
    assert {line.closed_on.day for line in closures.closure_list(cast.ctx("admin"))} == {1, 2}


def test_what_was_brought_in_can_be_taken_back_with_a_reason_and_moved_days_are_listed(cast):
    ctx, content = cast.ctx("admin"), table(2030, off={"2030-09-02": "示範紀念日"})
    seen = working_days.preview_table(ctx, content=content, filename="119.csv").outcome
    given = {"source": "公告", "expected_calendar": seen.old_version, "confirmed": seen.digest, "key": key()}
    working_days.put_table_in_force(ctx, content=content, filename="119.csv", **given)
    recalculate(cast.ctx())
    at = run_page(cast, "admin", "working_days")
    assert "119-09-03 (2030-09-03)" in texts(at)
    (line,) = working_days.table_list(ctx)
    slot = f"working-back-table-{line.id}"
    at.button(key=f"{slot}-look").click().run()
    at.text_input(key=f"{slot}-reason").input("公告撤回").run()
    at.button(key=f"ask-{slot}").click().run()
    at.button(key=f"yes-{slot}").click().run()
    assert not at.exception
    (line,) = working_days.table_list(ctx)
    assert line.withdraw_reason == "公告撤回"


@pytest.mark.parametrize("who", ["pi", "officer", "chief", "auditor"])
def test_others_have_no_such_screen(cast, who):
    at = run_page(cast, who, "working_days")
    assert "working-year" not in {box.key for box in at.selectbox}


def test_a_moved_day_shows_the_day_before_at_the_duty_itself(cast):
    ctx = cast.ctx("admin")
    day = next(line for line in _dated(cast) if line.due_on.year == 2027)
    content = table(2027, off={day.file_by_on.isoformat(): "示範紀念日"})
    seen = working_days.preview_table(ctx, content=content, filename="116.csv").outcome
    given = {"source": "公告", "expected_calendar": seen.old_version, "confirmed": seen.digest, "key": key()}
    working_days.put_table_in_force(ctx, content=content, filename="116.csv", **given)
    recalculate(cast.ctx())
    for who, page, query in (("pi", "must_do", {}), ("officer", "project", {"project": "DEMO-OWN-01"})):
        at = run_page(cast, who, page, **query)
        assert not at.exception
        assert "隨上班日異動" in texts(at)
        assert both(day.file_by_on) in texts(at)


def _dated(cast):
    with cast.desk.store.read() as conn:
        o = t.obligation
        wanted = select(o).where(o.c.project_id == cast.project().id, o.c.due_on.is_not(None), o.c.duty, o.c.kind == "interim_report")
        return conn.execute(wanted.order_by(o.c.due_on)).all()


def test_a_missing_county_or_day_is_named_by_its_field(cast):
    at = run_page(cast, "admin", "working_days")
    at.multiselect(key="working-close-counties").set_value(["臺北市"])
    at.button(key="working-close-look").click().run()
    assert at.error[0].value == "**日期，以逗號分隔**：請至少輸入一日。"
    at.multiselect(key="working-close-counties").set_value([])
    at.text_input(key="working-close-days").input("115-09-02")
    at.button(key="working-close-look").click().run()
    assert at.error[0].value == "**縣市**：請至少選擇一個縣市。"
    assert at.text_input(key="working-close-days").value == "115-09-02"


def test_the_lines_of_a_pasted_list_are_counted_without_the_fields_above_it(cast):
    at = run_page(cast, "admin", "working_days")
    at.multiselect(key="working-close-counties").set_value(["臺北市"])
    at.text_input(key="working-close-days").input("115-09-02")
    at.text_area(key="working-close-list").input("115-09-03, 臺北市\n115-09-03, 火星")
    at.button(key="working-close-look").click().run()
    assert "**第 2 列**" in at.error[0].value
    at.text_input(key="working-close-days").input("115-02-30")
    at.text_area(key="working-close-list").input("")
    at.button(key="working-close-look").click().run()
    assert "**日期，以逗號分隔**" in at.error[0].value
    assert "115" in at.error[0].value


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"PK\x03\x04 a workbook", "試算表"), (b"x" * 1_100_000, "1 MB"), (b"\xff\x80\x81\xff" * 40, "UTF-8")],
)
def test_a_file_that_is_no_table_at_all_is_refused_in_words(cast, content, said):
    at = upload(run_page(cast, "admin", "working_days"), content, name="119.xlsx")
    assert said in at.error[0].value
