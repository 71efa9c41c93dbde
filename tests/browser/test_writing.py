"""Writing a report in a real browser: nothing is lost over a kill, a lost connection, two windows or two authors."""

from __future__ import annotations

import re
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Live
from tests.browser.offices import SAVED, saved
from tests.browser.test_journeys import main_text, nothing_went_wrong, part
from tests.serving_support import PATIENCE_MS, settle, visit
from tests.web.test_previews import PNG
from tracker.services.report_drafts import report_screen


def address(live: Live, rule: str = "quarterly_report", period: str = "Y1Q1") -> str:
    return f"/report?obligation={live.cast.obligation(rule, period).id}"


def writer(live: Live, who: str = "pi", **query: str) -> Page:
    """Somebody at a report of the own project."""
    page = live.as_person(who, address(live, **query))
    expect(part(page, "report-progress")).to_be_visible()
    settle(page)
    return page


def field(page: Page, name: str) -> Locator:
    """The box of a field: its widget and what stands below it."""
    return page.locator(f'[class*="st-key-field-"][class*="-{name}"]').first


def stored(live: Live, name: str, report_id: int = 1):
    return report_screen(live.cast.ctx("pi"), report_id).state.value(name)


def becomes(page: Page, live: Live, name: str, value: str) -> None:
    """Wait until the server has this very text."""
    until = monotonic() + PATIENCE_MS / 1000
    while stored(live, name) != value and monotonic() < until:
        page.wait_for_timeout(100)
    assert stored(live, name) == value


def wait_for_copies(page: Page, wanted: int) -> None:
    """Until the browser keeps so many unsaved texts. (Playwright's own waiting would need `eval`, which the policy forbids.)"""
    until = monotonic() + PATIENCE_MS / 1000
    while monotonic() < until:
        if len(page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('milepost:'))")) == wanted:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the browser does not keep {wanted} texts")


def test_what_is_typed_saves_itself_without_leaving_the_field(live: Live):
    page = writer(live)
    box = main_text(page, "section-progress")
    box.locator("textarea").press_sequentially("本季完成一千張", delay=20)
    expect(box.locator(".milepost-count")).to_contain_text("7 字")
    saved(box)
    expect(box.locator("textarea")).to_be_focused()
    figure = field(page, "actual").locator("input")
    figure.press_sequentially("１，２００", delay=20)
    saved(field(page, "actual"))
    assert stored(live, "progress") == "本季完成一千張"
    nothing_went_wrong(live)


def test_a_server_killed_while_somebody_types_loses_no_word(live: Live):
    page = writer(live)
    box = main_text(page, "section-progress")
    box.locator("textarea").press_sequentially("已經存好的句子。")
    saved(box)
    live.server.freeze()  # so that nothing of it is saved however slowly it is typed
    box.locator("textarea").press_sequentially("正在寫的句子。")
    live.server.kill()
    expect(box.locator(".milepost-state")).to_contain_text("連線中斷")
    assert "已經存好的句子" in stored(live, "progress"), "what was acknowledged is on the disk"
    live.server.start()
    visit(page, page.url)
    box = main_text(page, "section-progress")
    expect(box.locator("textarea")).to_have_value("已經存好的句子。")
    expect(box.locator(".milepost-offer")).to_contain_text("已經存好的句子。正在寫的句子。")
    box.get_by_role("button", name="放回欄位").click()
    becomes(page, live, "progress", "已經存好的句子。正在寫的句子。")
    saved(box)


def test_a_page_that_stays_open_over_a_restart_offers_what_it_had(live: Live):
    page = writer(live)
    box = main_text(page, "section-progress")
    box.locator("textarea").press_sequentially("存好了。")
    saved(box)
    live.server.freeze()
    box.locator("textarea").press_sequentially("還沒存。")
    live.server.kill()
    expect(box.locator(".milepost-state")).to_contain_text("連線中斷")
    live.server.start()
    settle(page)
    whole, until = "存好了。還沒存。", monotonic() + PATIENCE_MS / 1000
    while not saved_or_offered(live, box, whole) and monotonic() < until:  # the page reconnects by itself and does one or the other
        page.wait_for_timeout(200)
    assert saved_or_offered(live, box, whole), (box.inner_text(), stored(live, "progress"))
    assert stored(live, "progress") in ("存好了。", whole)


def saved_or_offered(live: Live, box: Locator, words: str) -> bool:
    """The words stand in the field and are stored, or stand below it to be put back."""
    if any(words in one for one in box.locator(".milepost-offer").all_inner_texts()):
        return True
    return box.locator("textarea").input_value() == words == stored(live, "progress")


def test_a_lost_connection_keeps_the_text_and_saves_it_later(live: Live):
    page = writer(live)
    box = main_text(page, "section-progress")
    live.server.freeze()  # what the browser sends while it thinks itself away must not arrive, either
    box.locator("textarea").press_sequentially("途中寫的字")
    page.context.set_offline(True)
    expect(box.locator(".milepost-state")).to_contain_text("連線中斷")
    wait_for_copies(page, 1)
    page.context.set_offline(False)
    live.server.thaw()
    saved(box)
    assert stored(live, "progress") == "途中寫的字"
    wait_for_copies(page, 0)


def test_two_authors_see_each_other_and_lose_nothing(live: Live):
    first, second = writer(live), writer(live, "assistant")
    mine = main_text(first, "section-progress")
    theirs = main_text(second, "section-progress")
    mine.locator("textarea").press_sequentially("主持人寫的")
    saved(mine)
    expect(part(second, "report-progress")).to_contain_text("示範主持人")
    theirs.locator("textarea").press_sequentially("助理寫的")
    expect(theirs.get_by_text("Both texts are kept")).to_be_visible()
    expect(theirs).to_contain_text("主持人寫的")
    assert stored(live, "progress") == "主持人寫的"
    theirs.get_by_role("button", name="Use mine").click()
    becomes(second, live, "progress", "助理寫的")
    saved(theirs)
    visit(first, first.url)
    expect(main_text(first, "section-progress").locator("textarea")).to_have_value("助理寫的")
    first.get_by_text(re.compile("保留的內容|kept aside")).first.click()
    expect(first.locator("body")).to_contain_text("主持人寫的")


def test_two_windows_of_one_person_lose_nothing(live: Live):
    first = writer(live)
    second = first.context.new_page()
    visit(second, address(live))
    one, two = main_text(first, "section-next_focus"), main_text(second, "section-next_focus")
    one.locator("textarea").press_sequentially("第一個視窗")
    saved(one)
    two.locator("textarea").press_sequentially("第二個視窗")
    expect(two).to_contain_text("第一個視窗")
    expect(one.locator("textarea")).to_have_value("第一個視窗")
    two.get_by_role("button").filter(has_text=re.compile("另一")).click()
    expect(two.locator("textarea")).to_have_value("第一個視窗")


def _stored_rows(page: Page, live: Live) -> list[dict[str, str]]:
    """The rows of the table once there are any; none where there are none for long."""
    until = monotonic() + PATIENCE_MS / 1000
    while not (rows := stored(live, "problems")) and monotonic() < until:
        page.wait_for_timeout(200)
    return rows


def test_a_table_saves_itself_and_is_there_again(live: Live):
    page = writer(live, rule="interim_report", period="Y1")
    grid = field(page, "problems").locator("canvas").first
    grid.scroll_into_view_if_needed()
    cell = page.locator("#portal textarea, #portal input").first
    for _ in range(4):  # a grid that is still being laid out takes no click
        grid.click(position={"x": 120, "y": 52}, force=True)  # the empty row below the header; the grid lays its scroller over the canvas
        page.keyboard.press("Enter")
        with suppress(AssertionError):
            expect(cell).to_be_visible(timeout=15_000)
            break
        settle(page)
    cell.fill("影像不足")
    cell.press("Enter")
    rows = _stored_rows(page, live)  # Enter in the empty row saved nothing yet: the second Enter does
    assert [row["problem"] for row in rows] == ["影像不足"]
    expect(field(page, "problems").get_by_text(SAVED)).to_be_visible()
    visit(page, page.url)
    assert stored(live, "problems") == rows


def test_the_checklist_leads_to_the_field(live: Live):
    page = writer(live)
    page.get_by_text("檢核清單").click()
    page.locator('a[href*="#go-indicator"]').first.click()
    expect(field(page, "actual").page.locator('[class*="-indicator-"][class*="-actual"] input').first).to_be_focused()


def test_a_picture_is_small_in_the_page_and_large_over_it(live: Live, tmp_path: Path):
    page = writer(live)
    picture = tmp_path / "圖.png"
    picture.write_bytes(real_png())
    box = field(page, "evidence")
    box.locator('input[type="file"]').set_input_files(picture)
    thumbnail = box.locator('img[src*="/preview/"]')
    expect(thumbnail).to_be_visible()
    assert thumbnail.evaluate("image => image.decode().then(() => image.naturalWidth)") == 2
    thumbnail.click()
    expect(page.locator("dialog.milepost-preview img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.milepost-preview")).to_have_count(0)
    nothing_went_wrong(live)


def test_a_pdf_opens_over_the_page(live: Live, tmp_path: Path):
    page = writer(live)
    letter = tmp_path / "函.pdf"
    letter.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                       b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF")  # fmt: skip
    box = field(page, "evidence")
    box.locator('input[type="file"]').set_input_files(letter)
    with page.expect_response(re.compile(r"/preview/\d+$")) as asked:
        box.locator('a[href*="/preview/"]').click()
    assert asked.value.status == 200
    expect(page.locator("dialog.milepost-preview iframe")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "size", "said"), [("大檔.pdf", 200 * 1024 * 1024, "有 200 MB，未上傳"), ("偽裝.pdf", 2000, "檔案內容與副檔名不符|佐證檔案")]
)
def test_a_huge_or_disguised_file_is_refused_clearly(live: Live, tmp_path: Path, name: str, size: int, said: str):
    page = writer(live)
    wrong = tmp_path / name
    with wrong.open("wb") as file:
        file.write(b"MZ")
        file.truncate(size)
    box = field(page, "evidence")
    box.locator('input[type="file"]').set_input_files(wrong)
    expect(box).to_contain_text(re.compile(said))
    settle(page)
    assert stored(live, next(n for n in report_screen(live.cast.ctx("pi"), 1).state.fields if n.endswith(":evidence"))) == ""


def test_signing_out_leaves_nothing_in_the_browser(live: Live):
    page = writer(live)
    box = main_text(page, "section-progress")
    box.locator("textarea").press_sequentially("沒送出去")
    page.locator(".st-key-frame-sign-out button").click()
    page.wait_for_url(re.compile("/sign-in"))
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('milepost'))") == []
    assert stored(live, "progress") == "沒送出去", "the field was saved on the way out"


@pytest.mark.parametrize("clicked", [".st-key-frame-language button", '[data-testid="stSidebarNavLink"][href$="/inbox"]'])
def test_whatever_is_clicked_right_after_typing_the_text_is_kept(live: Live, clicked: str):
    page = writer(live)
    main_text(page, "section-progress").locator("textarea").press_sequentially("剛寫完的字")
    page.locator(clicked).first.click()
    becomes(page, live, "progress", "剛寫完的字")


def test_a_button_pressed_right_after_typing_counts(live: Live):
    page = writer(live)
    main_text(page, "section-progress").locator("textarea").press_sequentially("剛寫完")
    part(page, "check-").locator("button").click()
    expect(page.get_by_test_id("stAlert").filter(has_text="送出前")).to_be_visible()
    becomes(page, live, "progress", "剛寫完")


def real_png() -> bytes:
    """A picture of two by two points that a browser can draw."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x0b\x5c\x5b" * 2 for _ in range(2))
    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return PNG[:8] + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
