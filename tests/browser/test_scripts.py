"""The scripts of the writing page in a real browser, on a page that is built as Streamlit builds ours; no server."""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving_support import PATIENCE_MS
from tracker.config import data_dir
from tracker.web.autosave import FILES, words_script

ADDRESS = "http://milepost.invalid/report"
SAVES = """
globalThis.saves = [];
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.value) return;
  if (event.target instanceof HTMLTextAreaElement && !event.ctrlKey) return;
  saves.push(event.target.value);
});
"""


def page_of(value: str = "", *, person: int = 7, most: int = 40, stored: str | None = None, language: str = "zh") -> str:
    """A field with `value` in it, of which the server has `stored`."""
    kept = f"{crc32((value if stored is None else stored).encode()):08x}"
    return f"""<!doctype html><meta charset="utf-8"><body><div data-testid="stApp" data-test-connection-state="CONNECTED">
<div class="st-key-frame-sign-out"><button>out</button></div><a id="link" href="#go-progress">go</a>
<div class="st-key-writing-{language}-{person}-12">
 <div class="st-key-field-{most}-progress">
  <div class="st-key-report-w-12-progress"><div data-testid="stTextArea"><textarea>{value}</textarea></div></div>
  <div class="st-key-kept-{kept}-progress">saved</div>
 </div>
 <div class="st-key-field-0-line">
  <div class="st-key-report-w-12-line"><div data-testid="stTextInput"><input type="text" value=""></div></div>
  <div class="st-key-kept-00000000-line">saved</div>
 </div>
 <div class="st-key-field-0-files"><div data-testid="stFileUploader"><input type="file" id="file"></div></div>
</div><input type="text" id="elsewhere"></div></body>"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-TW", timezone_id="Asia/Taipei")
    made = context.new_page()
    made.set_default_timeout(PATIENCE_MS)
    yield made
    context.close()


def show(page: Page, markup: str) -> None:
    """Open a page with our scripts in it, from an address of its own so that the browser keeps things for it."""
    page.unroute_all()
    page.route("**/*", lambda route: route.fulfill(body=markup, content_type="text/html; charset=utf-8"))
    page.goto(ADDRESS)
    for source in (SAVES, words_script(), *((data_dir() / "web" / name).read_text("utf-8") for name in FILES)):
        page.add_script_tag(content=source)


def server_has(page: Page, text: str, field: str = "progress") -> None:
    """The page says that the server has kept this text."""
    page.evaluate(
        """([field, sum]) => {
          document.querySelector(`.st-key-field-40-${field} > [class*=kept]`).className = `st-key-kept-${sum}-${field}`;
        }""",
        [field, f"{crc32(text.encode()):08x}"],
    )


def paste(page: Page, selector: str, *, text: str, html: str = "") -> None:
    page.locator(selector).focus()
    page.evaluate(
        """([selector, text, html]) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          if (html) data.setData("text/html", html);
          const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
          document.querySelector(selector).dispatchEvent(event);
        }""",
        [selector, text, html],
    )


def kept(page: Page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).sort()")


# --- Saving and keeping -----------------------------------------------------------------------------------------------------------


def test_a_pause_saves_a_text_area_and_a_line(page: Page):
    show(page, page_of())
    page.locator("textarea").press_sequentially("本季完成")
    page.wait_for_function("saves.includes('本季完成')")
    page.locator('[data-testid="stTextInput"] input').press_sequentially("12.5")
    page.wait_for_function("saves.includes('12.5')")


def test_nothing_outside_of_a_report_is_saved(page: Page):
    show(page, page_of())
    page.locator("#elsewhere").press_sequentially("x")
    page.wait_for_timeout(1800)  # longer than the pause after which a field of a report would have been saved
    assert page.evaluate("saves") == []
    assert kept(page) == []


def test_a_copy_stays_until_the_server_has_that_very_text(page: Page):
    show(page, page_of())
    page.locator("textarea").press_sequentially("第一句")
    expect(page.locator(".milepost-state").first).to_have_text("尚未儲存…")
    page.wait_for_function("Object.keys(localStorage).length === 1")
    server_has(page, "第一")  # an earlier save comes back first
    page.wait_for_timeout(300)
    assert kept(page) == ["milepost:kept:7:12:progress"]
    server_has(page, "第一句")
    expect(page.locator(".milepost-state").first).to_have_text("")
    assert kept(page) == []


def test_a_lost_connection_is_said_and_the_field_saves_itself_afterwards(page: Page):
    show(page, page_of())
    page.evaluate("""() => { document.querySelector('textarea').focus();
                     document.execCommand('insertText', false, '途中');
                     document.querySelector('[data-testid=stApp]').dataset.testConnectionState = 'DISCONNECTED_FOREVER';
                     document.querySelector('textarea').disabled = true; }""")  # in one go: no pause in which it would have been saved
    expect(page.locator(".milepost-state").first).to_contain_text("連線中斷")
    page.wait_for_timeout(1800)
    assert page.evaluate("saves") == []
    page.evaluate("""() => { document.querySelector('[data-testid=stApp]').dataset.testConnectionState = 'CONNECTED';
                     document.querySelector('textarea').disabled = false; }""")
    page.wait_for_function("saves.includes('途中')")


#: A page so slow that what Streamlit does when a field is left lasts longer than the click that left it.
SLOW = """
globalThis.done = [];
addEventListener("mousedown", (event) => event.preventDefault());
document.querySelector("textarea").addEventListener("blur", () => setTimeout(() => done.push("sent"), 0));
addEventListener("mouseup", (event) => {
  document.querySelector("textarea").blur();
  for (const until = performance.now() + 300; performance.now() < until; );
}, true);
addEventListener("click", (event) => {
  event.preventDefault();
  done.push(event.target.textContent);
});
"""


@pytest.mark.parametrize(("pressed", "words"), [("button", "out"), ("#link", "go")])
def test_what_is_pressed_on_a_slow_page_waits_until_the_field_that_was_left_is_sent(page: Page, pressed: str, words: str):
    show(page, page_of().replace('href="#go-progress"', 'href="/inbox"'))
    page.add_script_tag(content=SLOW)
    page.locator("textarea").focus()
    page.locator(pressed).first.click()
    page.wait_for_function("done.length === 2")
    assert page.evaluate("done") == ["sent", words]


def left_unsaved(page: Page, text: str) -> None:
    """Somebody typed and her browser went away before the server had it."""
    show(page, page_of())
    page.locator("textarea").press_sequentially(text)
    page.wait_for_function("Object.keys(localStorage).length === 1")


def test_after_a_reload_unsaved_text_is_offered_and_not_put_in(page: Page):
    left_unsaved(page, "沒送到的字")
    show(page, page_of("同事的新字"))
    offer = page.locator(".milepost-offer")
    expect(offer).to_contain_text("沒送到的字")
    assert page.locator("textarea").input_value() == "同事的新字"
    offer.get_by_role("button", name="接在後面").click()
    assert page.locator("textarea").input_value() == "同事的新字\n沒送到的字"
    expect(offer).to_have_count(0)
    page.wait_for_function("saves.at(-1) === '同事的新字\\n沒送到的字'")


def test_what_is_put_back_can_be_undone(page: Page):
    left_unsaved(page, "沒送到的字")
    show(page, page_of("同事的新字"))
    page.locator(".milepost-offer").get_by_role("button", name="放回欄位").click()
    assert page.locator("textarea").input_value() == "沒送到的字"
    page.locator("textarea").press("Control+z")
    assert page.locator("textarea").input_value() == "同事的新字"


def test_thrown_away_is_gone(page: Page):
    left_unsaved(page, "沒送到的字")
    show(page, page_of(""))
    page.locator(".milepost-offer").get_by_role("button", name="丟棄").click()
    expect(page.locator(".milepost-offer")).to_have_count(0)
    assert kept(page) == []


def test_an_offer_survives_further_typing_and_another_reload(page: Page):
    left_unsaved(page, "第一次")
    show(page, page_of(""))
    expect(page.locator(".milepost-offer")).to_be_visible()
    page.locator("textarea").press_sequentially("第二次")
    page.wait_for_function("Object.keys(localStorage).length === 2")
    show(page, page_of(""))
    for text in ("第二次", "第一次"):
        expect(page.locator(".milepost-offer")).to_contain_text(text)
        page.locator(".milepost-offer").get_by_role("button", name="丟棄").click()
    expect(page.locator(".milepost-offer")).to_have_count(0)


def test_text_that_reached_the_server_is_not_offered(page: Page):
    left_unsaved(page, "送到了")
    show(page, page_of("送到了"))
    page.wait_for_function("Object.keys(localStorage).length === 0")
    expect(page.locator(".milepost-offer")).to_have_count(0)


def test_another_person_at_this_browser_is_offered_nothing_and_nothing_stays(page: Page):
    left_unsaved(page, "私人草稿")
    show(page, page_of(person=8))
    page.wait_for_function("Object.keys(localStorage).length === 0")
    expect(page.locator(".milepost-offer")).to_have_count(0)


def test_signing_out_leaves_nothing(page: Page):
    left_unsaved(page, "私人草稿")
    page.locator(".st-key-frame-sign-out button").click()
    assert kept(page) == []


def test_after_three_days_a_copy_is_gone(page: Page):
    show(page, page_of())
    page.evaluate(
        "localStorage.setItem('milepost:kept:7:12:progress', JSON.stringify({text: '舊稿', at: Date.now() - 3 * 86400000 - 1000}))"
    )
    show(page, page_of())
    page.wait_for_function("Object.keys(localStorage).length === 0")
    expect(page.locator(".milepost-offer")).to_have_count(0)


def test_hostile_text_in_a_copy_is_only_shown(page: Page):
    left_unsaved(page, "<img src=x onerror=window.bad=1>")
    show(page, page_of(""))
    expect(page.locator(".milepost-offer")).to_contain_text("<img src=x")
    assert page.evaluate("window.bad") is None
    assert page.locator(".milepost-offer img").count() == 0


# --- Counting ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said", "limit"),
    [
        ("", "", ""),
        ("本季完成 AI model v2.1 測試", "9 字 · 字元數 21／40", ""),
        ("𠮷😀", "1 字 · 字元數 2／40", ""),
        ("字" * 36, "36 字 · 字元數 36／40 · 還可輸入 4 個字元", "near"),
        ("字" * 43, "⚠ 超過 3 個字元：目前 43，上限 40", "over"),
    ],
)
def test_words_and_characters_are_counted_while_typing(page: Page, text, said, limit):
    show(page, page_of())
    page.locator("textarea").fill(text)
    shown = page.locator(".milepost-count").first
    expect(shown).to_have_text(said)
    expect(shown).to_have_attribute("data-limit", limit)
    expect(shown).to_have_attribute("aria-live", "polite")


def test_the_count_speaks_english_to_whom_the_page_does(page: Page):
    show(page, page_of("two words", language="en"))
    expect(page.locator(".milepost-count").first).to_have_text("2 words · 9 of 40 characters")


# --- Pasting -----------------------------------------------------------------------------------------------------------------------

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p {color:red}</style></head><body>
<!--StartFragment--><p class=MsoNormal>本季完成<b>兩項</b>工作：<o:p></o:p></p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>\uf0b7<span>&nbsp;&nbsp;
</span></span><![endif]>資料蒐集</p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>2.<span>&nbsp;</span></span>模型訓練</p>
<table><tr><td><p>項目</p></td><td><p>數量</p></td></tr><tr><td>影像</td><td>1,200<br>張</td></tr></table>
<p>“引號”與結尾<script>window.bad=1</script><img src="x" onerror="window.bad=1"></p></body></html>"""


def test_a_word_document_keeps_paragraphs_lists_and_tables_as_text(page: Page):
    show(page, page_of())
    paste(page, "textarea", text="whatever", html=WORD)
    assert page.locator("textarea").input_value() == (
        "本季完成兩項工作：\n\n• 資料蒐集\n\n2. 模型訓練\n\n項目\t數量\n影像\t1,200 張\n\n“引號”與結尾"
    )
    assert page.evaluate("window.bad") is None


def test_a_nested_list_is_indented(page: Page):
    show(page, page_of())
    paste(page, "textarea", text="x", html="<ol><li>甲<ul><li>乙</li></ul></li><li>丙</li></ol>")
    assert page.locator("textarea").input_value() == "1. 甲\n  • 乙\n2. 丙"


def test_plain_text_loses_only_what_nobody_sees(page: Page):
    show(page, page_of())
    paste(page, "textarea", text="一\r\n\x0b\uf0b7\t二\u200b\u202e三\x07\u00a0四")
    assert page.locator("textarea").input_value() == "一\n\n• 二三 四"


def test_a_figure_from_a_spreadsheet_lands_on_one_line(page: Page):
    show(page, page_of())
    paste(page, '[data-testid="stTextInput"] input', text="1,250\t\r\n", html="<table><tr><td>1,250</td></tr></table>")
    assert page.locator('[data-testid="stTextInput"] input').input_value() == "1,250"


# --- The rest ------------------------------------------------------------------------------------------------------------------------


def test_the_checklist_goes_to_the_field(page: Page):
    show(page, page_of())
    page.locator("#link").click()
    expect(page.locator("textarea")).to_be_focused()


def test_a_file_that_is_too_large_is_refused_by_name(page: Page, tmp_path):
    show(page, page_of())
    large = tmp_path / "大檔.pdf"
    with large.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    page.locator("#file").set_input_files(large)
    expect(page.get_by_role("alert")).to_contain_text("「大檔.pdf」有 200 MB，未上傳")
    page.locator("#file").set_input_files([])
