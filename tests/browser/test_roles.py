"""Each role's own way through an office that began as an empty database. Every test has a project of its own, so none waits for another."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from pypdf import PdfReader
from sqlalchemy import select

from tests.browser.offices import (
    ADMIN,
    AGAIN,
    ASSISTANT,
    CALLED,
    CHIEF,
    FINAL,
    INTERIM,
    OFFICER,
    OTHER,
    PI,
    PROGRAMME,
    REVIEWERS,
    Office,
    choose,
    choose_in,
    confirm,
    field,
    office_at,
    part,
    press,
    said,
    saved,
    tab,
    unfold,
    write,
    zh,
)  # fmt: skip
from tests.serving_support import settle, visit
from tracker.services.report_drafts import report_screen
from tracker.store import tables as t

NOT_HERE = "此處查無資料"
RECEIPT = re.compile(r"MP-1150901-\d{6}-\d{2}-.")


@pytest.fixture(scope="module")
def office(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office_at(tmp_path_factory.mktemp("office") / "home", browser) as running:
        yield running
        assert running.run("audit", "verify")[0] == 0, "the chain holds after everything that the tests did"


# --- Administrator ---------------------------------------------------------------------------------------------------------------


def test_an_administrator_adds_a_reviewer_and_a_co_investigator_who_can_sign_in(office: Office):
    admin = office.window(ADMIN, "/people")
    for name, email in (("示範審查委員丙", "reviewer-3@panel.invalid"), ("示範共同主持人", "co-pi@sample.invalid")):
        visit(admin, "/people")
        unfold(admin, "Add a person")
        part(admin, "people-add-name").locator("input").fill(name)
        part(admin, "people-add-email").locator("input").fill(email)
        press(admin, "people-add-send")
        expect(admin.get_by_test_id("stCode")).to_be_visible()
        temporary = admin.get_by_test_id("stCode").inner_text().strip()
        visit(admin, "/people")
        write(admin, "people-search", email)
        card = f"person-{office.person(email)}"
        expect(part(admin, card)).to_contain_text(email)
        settle(admin)
        unfold(part(admin, card), "Change")
        if email.startswith("reviewer"):
            choose(admin, f"grant-{office.person(email)}-role", zh("Reviewer"))
            choose(admin, f"grant-{office.person(email)}-programme", PROGRAMME)
            press(admin, f"grant-{office.person(email)}-send")
            said(admin, zh("Saved."))
            start = zh("You have no report to review.")
        else:
            write(admin, f"join-{office.person(email)}-code", INTERIM)
            choose(admin, f"join-{office.person(email)}-role", zh("Co-principal investigator"))
            press(admin, f"join-{office.person(email)}-send")
            said(admin, zh("Saved."))
            start = zh("What I owe")
        hers = office.window(email, password=temporary)
        expect(hers.locator("body")).to_contain_text(start)
    assert office.ctx("co-pi@sample.invalid").viewer.project_ids == {office.project(INTERIM)}


# --- Investigator and assistant --------------------------------------------------------------------------------------------------


def test_an_assistant_writes_every_kind_of_field_and_hands_in_for_the_investigator(office: Office, tmp_path: Path):
    let_the_assistant_hand_in(office)
    owed = office.obligation(INTERIM, "interim_report", "Y1")
    page = office.window(ASSISTANT, "/must_do")
    expect(page.locator(f'a[href*="obligation={owed.id}"]').first).to_be_attached()  # folded away: it is due in seven months
    visit(page, f"/report?obligation={owed.id}")
    expect(part(page, "report-progress")).to_be_visible()
    settle(page)
    the_checklist_leads_to(page, "next_focus")
    fill_every_field(page, tmp_path)
    visit(page, page.url)
    every_field_is_as_it_was(page)
    state = report_screen(office.ctx(ASSISTANT), office.report(owed.id).id).state
    assert [(row["problem"], row["remedy"]) for row in state.value("problems")] == [("影像不足", "增加合作醫院")], state.value("problems")

    number = hand_in(page)
    expect(part(page, "receipt")).to_contain_text("示範助理 代 示範主持人")
    part(page, "receipt").get_by_role("link", name=zh("The receipt, to print or to check")).click()
    expect(part(page, "receipt-page")).to_contain_text(number)
    the_receipt_is_genuine(office, page, number, tmp_path)
    with office.desk.store.read() as conn:
        version = conn.execute(select(t.report_version).where(t.report_version.c.receipt_number == number)).one()
    assert (version.submitted_by, version.on_behalf_of) == (office.person(ASSISTANT), office.person(PI))
    assert version.content_json["values"]["next_milestone_on"] == "2027-03-31"


def let_the_assistant_hand_in(office: Office) -> None:
    pi = office.window(PI, f"/project?project={INTERIM}")
    tab(pi, "People and rights")
    card = pi.locator('[class*="st-key-member-"]').filter(has_text="示範助理").first
    card.locator("summary").first.click()
    settle(pi)
    name = re.search(r"st-key-(grant-right-\d+)-area", card.inner_html())[1]
    write(pi, f"{name}-until", "116年3月31日")
    expect(pi.locator("body")).to_contain_text("116-03-31 (2027-03-31)")
    settle(pi)
    press(pi, f"ask-{name}")
    expect(pi.locator("body")).to_contain_text("示範助理 可代您在「報告」範圍內撰寫並送出")
    press(pi, f"yes-{name}")
    said(pi, "示範助理")


def the_checklist_leads_to(page: Page, name: str) -> None:
    page.locator("summary", has_text="檢核清單").first.click()
    page.locator(f'a[href*="#go-{name}"]').first.click()
    expect(field(page, name).locator("textarea")).to_be_focused()


def _cell(page: Page, grid: Locator, share: float) -> Locator:
    """The editor of the cell below the header at this share of the width; a grid that is drawn anew in that moment is asked again."""
    editor = page.locator('[id="portal"] textarea, [id="portal"] input').first
    for _ in range(5):
        grid.click(position={"x": grid.bounding_box()["width"] * share, "y": 52}, force=True)
        page.keyboard.press("Enter")
        try:
            editor.wait_for(state="visible", timeout=15_000)
        except PlaywrightTimeout:
            settle(page)
            continue
        break
    editor.focus()  # a rerun that arrives in this moment takes the focus away
    expect(editor).to_be_focused()
    return editor


def fill_every_field(page: Page, folder: Path) -> None:
    """Choice, text, number with its unit, date as 民國, a row of a table, a file, and the answer about outcomes."""
    settle(page)
    grid = field(page, "problems").locator("canvas").first
    grid.scroll_into_view_if_needed()
    for share, words in ((0.1, "影像不足"), (0.35, "增加合作醫院")):  # the first two columns of the row below the header
        editor = _cell(page, grid, share)
        page.keyboard.insert_text(words)
        expect(editor).to_have_value(words)
        page.keyboard.press("Enter")
        expect(editor).to_have_count(0)
        settle(page)
    expect(field(page, "problems").get_by_text("已儲存").first).to_be_visible()
    field(page, "state").get_by_text("符合進度").click()
    saved(field(page, "state"))
    for name, words in (("progress", "完成標註一千張。\n並與示範醫院核對。"), ("next_focus", "模型訓練。")):
        field(page, name).locator("textarea").press_sequentially(words, delay=5)
        saved(field(page, name))
    for name, words in (("staff_months", "１２．５"), ("next_milestone_on", "民國116年3月31日")):
        field(page, name).locator("input").press_sequentially(words)
        saved(field(page, name))
    expect(field(page, "staff_months")).to_contain_text("人月")
    expect(field(page, "next_milestone_on")).to_contain_text("116-03-31 (2027-03-31)")
    letter = folder / "佐證.csv"
    letter.write_text("項目,數量\n影像,1000\n", "utf-8")
    field(page, "attachments").locator('input[type="file"]').set_input_files(letter)
    expect(field(page, "attachments").get_by_role("link", name="佐證.csv")).to_be_visible()
    settle(page)
    field(page, "confirmed").get_by_text(zh("There were none in this period")).first.click()
    saved(field(page, "confirmed"))
    settle(page)


def every_field_is_as_it_was(page: Page) -> None:
    expect(field(page, "progress").locator("textarea")).to_have_value("完成標註一千張。\n並與示範醫院核對。")
    expect(field(page, "staff_months").locator("input")).to_have_value("１２．５")
    expect(field(page, "next_milestone_on").locator("input")).to_have_value("民國116年3月31日")
    expect(field(page, "attachments").get_by_role("link", name="佐證.csv")).to_be_visible()
    expect(field(page, "state").get_by_role("radio", checked=True)).to_have_count(1)
    expect(page.locator("body")).to_contain_text(zh("Everything is filled in."))


def hand_in(page: Page) -> str:
    """Check, confirm, and the receipt's number."""
    press(page, "check-")
    confirm(page, "submit-")
    expect(page.get_by_test_id("stAlert").filter(has_text="MP-").first).to_be_visible()
    settle(page)
    return part(page, "receipt").locator("code").first.inner_text()


def the_receipt_is_genuine(office: Office, page: Page, number: str, folder: Path) -> None:
    link = page.locator('a[href*="/print/receipt/"]').first.get_attribute("href")
    answer = page.context.request.get(link)
    assert answer.status == 200
    pdf = folder / "receipt.pdf"
    pdf.write_bytes(answer.body())
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(answer.body())).pages)
    assert number in text
    code, out, err = office.run("receipt", "verify", number, "--file", str(pdf), "--json")
    assert (code, '"good": true' in out) == (0, True), (out, err)
    assert office.run("receipt", "verify", number, "--sha", "0" * 64)[0] == 1


def test_an_investigator_takes_a_report_back_that_nobody_opened_and_hands_it_in_again(office: Office):
    owed = office.obligation(AGAIN, "interim_report", "Y1")
    office.written(owed.id)
    pi = office.window(PI, f"/report?obligation={owed.id}")
    first = hand_in(pi)
    pi.locator("summary", has_text="115-09-0").first.click()
    settle(pi)
    write(pi, "withdraw-", "附件放錯")
    confirm(pi, "withdraw-")
    expect(field(pi, "progress").locator("textarea")).to_be_editable()
    settle(pi)
    assert office.obligation(AGAIN, "interim_report", "Y1").status == "open"
    code, out, _ = office.run("receipt", "verify", first, "--json")
    assert (code, '"withdrawn_at": "' in out) == (0, True), out

    field(pi, "progress").locator("textarea").press_sequentially("改附正確檔案後再送。")
    saved(field(pi, "progress"))
    second = hand_in(pi)
    assert first.split("-")[2:4] != second.split("-")[2:4]
    assert office.obligation(AGAIN, "interim_report", "Y1").status == "submitted"
    visit(office.window(OFFICER), f"/review?report={office.report(owed.id).id}")
    visit(pi, pi.url)
    expect(pi.get_by_text(zh("Take the report back"))).to_have_count(0)


# --- Officer, panel, chief -------------------------------------------------------------------------------------------------------


def test_a_final_report_goes_to_officer_panel_and_chief_comes_back_in_part_and_is_accepted_on_a_condition(office: Office):
    owed = office.obligation(FINAL, "final_report")
    office.handed_in(owed.id, use="已於兩家示範醫院導入。")
    report_id = office.report(owed.id).id

    officer = office.window(OFFICER, f"/review?report={report_id}")
    remark(officer, "use", "請附導入醫院之證明")
    give_the_seats(officer)
    recommend(officer, "建議依專家意見辦理")
    for number, email in enumerate(REVIEWERS):
        a_reviewer_scores_and_sees_nothing_else(office, email, report_id, str(80 + number))

    chief = office.window(CHIEF, f"/review?report={report_id}")
    expect(part(chief, "review-steps")).to_contain_text("81")
    tab(chief, "Return with comments")
    returned = part(chief, "return-")
    expect(returned).to_be_visible()
    write(chief, f"return-{report_id}-{office.report(owed.id).version}-progress", "請補充與核定目標之差異")
    settle(chief)
    confirm(chief, "return-")
    said(chief, "已退回")
    assert office.obligation(FINAL, "final_report").status == "returned"

    pi = office.window(PI, f"/report?obligation={owed.id}")
    expect(part(pi, "section-progress")).to_contain_text("請補充與核定目標之差異")
    expect(field(pi, "use")).to_contain_text("請附導入醫院之證明")
    expect(pi.locator("body")).not_to_contain_text("示範審查委員")
    for closed in ("next_focus", "attachments", "outcomes"):
        assert part(pi, f"section-{closed}").locator("textarea, input").count() == 0, f"{closed} stays as handed in"
    write_into(pi, "progress", "與核定目標相差百分之三，原因為收案延後。")
    assert hand_in(pi).split("-")[3] == "02"

    for who in (OFFICER, *REVIEWERS):  # the steps begin anew; what was said of the first version stays with that one
        step_again(office, who, report_id)
    visit(chief, f"/review?report={report_id}")
    expect(part(chief, "section-progress")).to_contain_text("與核定目標相差百分之三")
    expect(part(chief, "section-progress").locator("del, s").first).to_contain_text("已完成資料蒐集")
    accept_on_a_condition(chief, report_id, office.report(owed.id).version)
    assert office.obligation(FINAL, "final_report").status == "accepted"

    visit(pi, "/meetings")
    expect(pi.locator("body")).to_contain_text("補送開放資料之網址")
    for window in (pi, chief):
        visit(window, f"/dossier?project={FINAL}")
        expect(window.locator("body")).to_contain_text("補送開放資料之網址")
    assert chief.context.request.get(f"/print/dossier/{office.project(FINAL)}?as=pdf").body().startswith(b"%PDF")


def write_into(page: Page, name: str, words: str) -> None:
    """Replace what stands in a field of a report, and wait until it is saved."""
    area = field(page, name).locator("textarea")
    area.fill(words)
    area.press("Control+Enter")
    saved(field(page, name))
    settle(page)


def remark(page: Page, name: str, words: str) -> None:
    """A remark at a field, from its popover."""
    section = part(page, "section-progress")
    settle(page)
    section.get_by_role("button", name=zh("Write a remark")).nth({"progress": 0, "use": 1}[name]).click()
    box = page.locator(f'[class*="st-key-remark-"][class*="-{name}-"] textarea').first
    box.fill(words)
    box.press("Control+Enter")
    expect(page.get_by_text(words).first).to_be_attached()
    settle(page)
    page.keyboard.press("Escape")


def give_the_seats(officer: Page) -> None:
    for name in ("示範審查委員甲", "示範審查委員乙"):
        settle(officer)
        officer.get_by_role("button", name=zh("Give this seat")).first.click()
        choose_in(officer.locator('[class*="st-key-give-"][class*="-person"]').first, name)
        officer.locator('[class*="st-key-give-"][class*="-yes"] button').first.click()
        expect(part(officer, "review-steps")).to_contain_text(name)
        settle(officer)


def recommend(page: Page, why: str, score: str = "") -> None:
    """The form of a step that recommends, to its end."""
    if score:
        boxes = page.locator('[class*="st-key-recommend-"][class*="-score-"] input')
        expect(boxes).to_have_count(3)
        for number in range(3):
            boxes.nth(number).fill(score)
            boxes.nth(number).blur()
            settle(page)
    settle(page)
    page.locator('[class*="st-key-recommend-"][class*="-choice"]').get_by_text(zh("accept it"), exact=True).click()
    settle(page)
    box = page.locator('[class*="st-key-recommend-"][class*="-remark"] textarea').first
    box.fill(why)
    box.blur()
    settle(page)
    confirm(page, "recommend-")
    said(page, zh("Your recommendation is recorded."))


def a_reviewer_scores_and_sees_nothing_else(office: Office, email: str, report_id: int, score: str) -> None:
    page = office.window(email)
    expect(part(page, "assignment-")).to_contain_text(FINAL)
    menu = page.locator('[data-testid="stSidebarNavLink"]').all_inner_texts()
    assert not {zh(name) for name in ("Portfolio", "Projects", "Waiting for me", "What I owe", "People", "Outcomes")} & {
        one.strip() for one in menu
    }
    foreign = office.obligation(INTERIM, "interim_report", "Y1").id
    for address in (
        f"/project?project={FINAL}", f"/project?project={INTERIM}", f"/dossier?project={OTHER}", f"/report?obligation={foreign}",
        "/portfolio", "/review?report=999999",
    ):  # fmt: skip
        visit(page, address)
        expect(page.get_by_text(re.compile(NOT_HERE)).first).to_be_visible()
        assert "CANARY" not in page.content()
    assert page.context.request.get(f"/print/dossier/{office.project(OTHER)}?as=pdf").status == 404
    visit(page, f"/review?report={report_id}")
    recommend(page, "目標達成，建議接受。", score)


def step_again(office: Office, email: str, report_id: int) -> None:
    """The second version's steps, by the services: the screens were walked once."""
    from tests.cast import key
    from tracker.services.report_review import review_screen
    from tracker.services.review_tasks import give_task
    from tracker.services.review_tasks import recommend as said_so

    ctx = office.ctx(email)
    turn = review_screen(ctx, report_id).turn
    if turn is None and email in REVIEWERS:
        officer = office.ctx(OFFICER)
        seat = next(step for step in review_screen(officer, report_id).steps if step.role == "reviewer" and not step.holder)
        give_task(
            officer, task_id=seat.id, person_id=office.person(email), expected_version=seat.version, reason="", key=key()
        )  # fmt: skip
        ctx = office.ctx(email)
        turn = review_screen(ctx, report_id).turn
    scores = {criterion: "85" for criterion, _, _ in turn.criteria}
    said_so(ctx, task_id=turn.id, expected_version=turn.version, recommendation="accept", remark="補正後可接受", scores=scores, key=key())


def accept_on_a_condition(chief: Page, report_id: int, version: int) -> None:
    name = f"accept-{report_id}-{version}"
    press(chief, f"{name}-more")
    write(chief, f"{name}-1-body", "補送開放資料之網址")
    settle(chief)
    write(chief, f"{name}-1-due", "115年10月30日")
    expect(chief.locator("body")).to_contain_text("115-10-30 (2026-10-30)")
    settle(chief)
    confirm(chief, name)
    said(chief, "已接受")


# --- What the office asks in between ---------------------------------------------------------------------------------------------


def test_an_officer_calls_for_data_reminds_and_gets_the_answers_in_one_workbook(office: Office):
    officer = office.window(OFFICER, "/call_new")
    write(officer, "call-title-zh", "第三季設備到貨調查")
    write(officer, "call-due", "民國115年9月30日")
    write(officer, "call-letter", "示範字第115001號")
    settle(officer)
    question = officer.locator('[class*="st-key-call-question-"][class*="-zh"] input').first
    question.fill("請說明到貨情形")
    question.blur()
    settle(officer)
    press(officer, "call-preview")
    expect(officer.locator("body")).to_contain_text("115-09-30 (2026-09-30)")
    settle(officer)
    press(officer, "call-issue")
    expect(officer.get_by_text("第三季設備到貨調查").first).to_be_visible()
    officer.wait_for_url(re.compile(r"call=\d+"))
    settle(officer)
    call = int(parse_qs(urlsplit(officer.url).query)["call"][0])

    with office.desk.store.read() as conn:
        asked = conn.execute(
            select(t.obligation).where(t.obligation.c.kind == "data_call", t.obligation.c.project_id == office.project(CALLED))
        ).one()
    pi = office.window(PI, "/must_do")
    expect(pi.locator("body")).to_contain_text("第三季設備到貨調查")
    visit(pi, f"/report?obligation={asked.id}")
    expect(part(pi, "call-notice")).to_contain_text("示範字第115001號")
    area = pi.locator('[class*="st-key-field-"] textarea').first
    area.fill("設備三台均已到貨。")
    area.press("Control+Enter")
    expect(pi.get_by_text("已儲存").first).to_be_visible()
    settle(pi)
    hand_in(pi)

    visit(officer, officer.url)
    expect(part(officer, f"asked-{office.project(CALLED)}")).to_contain_text("MP-1150901-")
    press(officer, f"nudge-{office.project(OTHER)}")
    said(officer, "1")
    expect(part(officer, f"asked-{office.project(OTHER)}")).to_contain_text(zh("reminded today"))
    book = load_workbook(io.BytesIO(officer.context.request.get(f"/download/call/{call}").body()))
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    assert "設備三台均已到貨。" in cells
    assert office.window(PI).context.request.get(f"/download/call/{call}").status == 404


def test_a_meeting_is_held_and_its_conclusion_is_owed_by_the_project(office: Office):
    officer = office.window(OFFICER, "/meetings")
    unfold(officer, "Enter a meeting or an event")
    name = "meeting-new-0"
    write(officer, f"{name}-zh", "示範交流溝通會議")
    write(officer, f"{name}-day", "115-09-01")
    settle(officer)
    choose(officer, f"{name}-projects", CALLED)
    expect(part(officer, f"{name}-projects")).to_contain_text(f"{CALLED} 示範計畫：通知與會議")
    settle(officer)
    press(officer, f"{name}-save")
    officer.wait_for_url(re.compile(r"meeting=\d+"))
    settle(officer)
    press(officer, "meeting-held-")
    expect(officer.locator('[class*="st-key-conclusions-"][class*="-body"]').first).to_be_attached()
    settle(officer)
    body = officer.locator('[class*="st-key-conclusions-"][class*="-body"] textarea').first
    if not body.is_visible():
        unfold(officer, "Enter conclusions")
    body.fill("十月底前補齊收案紀錄")
    body.blur()
    settle(officer)
    due = officer.locator('[class*="st-key-conclusions-"][class*="-due"] input').first
    due.fill("１１５年１０月３０日")
    due.blur()
    expect(officer.locator("body")).to_contain_text("115-10-30 (2026-10-30)")
    settle(officer)
    officer.locator('[class*="st-key-conclusions-"][class*="-preview"] button').first.click()
    settle(officer)
    officer.locator('[class*="st-key-conclusions-"][class*="-save"] button').first.click()
    said(officer, "1")
    pi = office.window(PI, "/must_do")
    expect(pi.locator("body")).to_contain_text("十月底前補齊收案紀錄")
    visit(pi, f"/dossier?project={CALLED}")
    expect(pi.locator("body")).to_contain_text("十月底前補齊收案紀錄")


def test_an_officer_gives_one_duty_a_later_day_and_both_days_stay_readable(office: Office):
    owed = office.obligation(CALLED, "quarterly_report", "Y1Q1")
    assert str(owed.due_on) == "2026-09-15"
    officer = office.window(OFFICER, f"/project?project={CALLED}")
    press(officer, f"change-{owed.id}")
    expect(part(officer, f"change-form-{owed.id}")).to_be_visible()
    settle(officer)
    for name, words in (("day", "115-09-30"), ("reason", "颱風致收案中斷"), ("letter", "示範字第115002號")):
        write(officer, f"change-extend-{owed.id}-{name}", words)
        settle(officer)
    expect(part(officer, "change-preview")).to_contain_text("115-09-30 (2026-09-30)")
    settle(officer)
    confirm(officer, f"change-extend-{owed.id}")
    said(officer, zh("It is extended; the project is told."))
    pi = office.window(PI, f"/project?project={CALLED}")
    duty = part(pi, f"duty-{owed.id}")
    expect(duty).to_contain_text("115-09-15 (2026-09-15)")
    expect(duty).to_contain_text("115-09-30 (2026-09-30)")
    expect(duty).to_contain_text("示範字第115002號")
    assert str(office.obligation(CALLED, "quarterly_report", "Y1Q1").due_on) == "2026-09-30"


def test_a_paper_is_recorded_with_its_number_and_acknowledgement(office: Office):
    pi = office.window(PI, f"/outcomes?project={office.project(CALLED)}")
    name = f"outcome-new-0-{office.project(CALLED)}"
    write(pi, f"{name}-title", "影像判讀之示範研究 <script>alert(1)</script>")
    write(pi, f"{name}-day", "115-08-20")
    write(pi, f"{name}-people", "示範主持人")
    write(pi, f"{name}-venue", "Journal of Samples")
    write(pi, f"{name}-number", "https://doi.org/10.1234/sample.2026.1")
    settle(pi)
    for one in ("acknowledges_funder", "acknowledges_project"):
        pi.locator(f'[class*="st-key-{name}-{one}"] label').filter(has_text=zh("yes")).first.click()
        settle(pi)
    write(pi, f"{name}-printed", f"本研究由示範局補助（{CALLED}）。")
    settle(pi)
    press(pi, f"{name}-save")
    said(pi, zh("The outcome is recorded."))
    expect(part(pi, "outcome-1")).to_contain_text("10.1234/sample.2026.1")
    expect(part(pi, "outcome-1")).to_contain_text("<script>alert(1)</script>")
    officer = office.window(OFFICER, "/outcomes")
    expect(officer.locator("body")).to_contain_text("影像判讀之示範研究")


def test_nothing_went_wrong_in_any_window_and_nobody_else_was_asked(office: Office):
    assert [one for one in office.record.complaints if "404" not in one] == []
    assert office.record.outside(office.server.url) == []
