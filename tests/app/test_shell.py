"""The frame around every screen, through the real entry script."""

from __future__ import annotations

import ast
import logging
import tomllib

import pytest
from sqlalchemy import insert, select, update

from tests.app.support import ENTRY, page_test, run_page, sign_in, texts
from tests.cast import Cast, at
from tracker.clock import SystemClock
from tracker.config import ROOT, pages_dir
from tracker.services import inbox, sessions
from tracker.services.viewer import Role, load_viewer
from tracker.store import tables as t
from tracker.ui import cache, components
from tracker.ui.pages import PAGES, start_of
from tracker.ui.server import NEEDED

NOTHING = "此處查無資料。"
PEOPLE = ("admin", "auditor", "officer", "chief", "pi", "company_pi")


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


def viewer_of(cast: Cast, who: str):
    with cast.desk.store.read() as conn:
        return load_viewer(conn, cast.person(who).id, at("2026-09-01").date())


def test_every_page_has_a_file_and_every_file_is_a_page():
    assert {page.file for page in PAGES} == {path.name for path in pages_dir().glob("*.py")}


@pytest.mark.parametrize("path", sorted(pages_dir().glob("*.py")), ids=lambda path: path.stem)
def test_the_first_call_of_a_page_is_the_guard_with_the_roles_of_the_table(path):
    spec = next(page for page in PAGES if page.file == path.name)
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    first = min(calls, key=lambda call: (call.lineno, -call.end_col_offset))
    assert isinstance(first.func, ast.Name)
    assert first.func.id == "enter"
    named = {Role[part.attr] for part in first.args if isinstance(part, ast.Attribute)}
    starred = any(isinstance(part, ast.Starred) for part in first.args)
    assert starred or named == spec.roles or (spec.roles == frozenset(Role) and not first.args)


def test_nobody_signed_in_sees_the_way_in_and_nothing_else(cast: Cast):
    shown = texts(run_page(cast, None, "people"))
    assert "/sign-in" in shown
    assert "示範" not in shown


def test_a_session_handle_that_nobody_has_is_nobody(cast: Cast):
    cache.give_desk(cast.desk)
    at_page = page_test(cast.desk, None, "account")
    at_page.user = {"sid": "0" * 32}
    assert "/sign-in" in texts(at_page.run())


def test_a_person_switched_off_is_nobody(cast: Cast):
    assert "/sign-in" in texts(run_page(cast, "disabled", "account"))


def test_a_session_that_ends_while_the_page_is_open_shows_nothing_at_the_next_click(cast: Cast):
    page = run_page(cast, "pi", "account")
    ends = {"revoked_at": SystemClock().now(), "revoked_why": "off"}
    cast.desk.store.write_quiet(ends["revoked_at"], lambda tx: tx.conn.execute(update(t.session).values(**ends)).rowcount)
    page.button(key="account-password-send").click().run()
    assert "示範主持人" not in texts(page)
    assert "/sign-in" in texts(page)


def test_another_persons_handle_on_the_same_browser_session_forgets_everything(cast: Cast):
    page = run_page(cast, "pi", "account")
    page.session_state["half-written"] = "a secret of the PI"
    page.user = {"sid": sign_in(cast.desk, cast.person("stranger_pi").id)}
    page.run()
    assert "/sign-in" in texts(page)
    assert "他人主持人" not in texts(page)
    assert "half-written" not in page.session_state


@pytest.mark.parametrize("who", PEOPLE)
def test_a_screen_of_other_roles_does_not_exist(cast: Cast, who: str):
    viewer = viewer_of(cast, who)
    for spec in PAGES:
        if not spec.is_for(viewer):
            shown = texts(run_page(cast, who, spec.url_path))
            assert NOTHING in shown, spec.url_path


@pytest.mark.parametrize(
    ("who", "start"), [("pi", "must_do"), ("assistant", "must_do"), ("officer", "waiting"), ("auditor", "portfolio"), ("admin", "health")]
)
def test_everybody_begins_where_her_work_is(cast: Cast, who: str, start: str):
    assert start_of(viewer_of(cast, who)).url_path == start


@pytest.mark.parametrize("who", PEOPLE)
def test_every_person_has_a_start_page(cast: Cast, who: str):
    page = page_test(cast.desk, cast.person(who).id, "start")
    cache.give_desk(cast.desk)
    page.context = {"url": "http://127.0.0.1:8501/"}
    shown = texts(page.run())
    assert not page.exception
    assert NOTHING not in shown
    assert "示範" in shown


def test_an_address_that_does_not_exist_has_nothing(cast: Cast):
    page = run_page(cast, "pi", "no_such_page")
    assert NOTHING in texts(page)


def test_the_frame_tells_who_and_which_day_in_both_calendars(cast: Cast):
    shown = texts(run_page(cast, "pi", "account"))
    assert "示範主持人" in shown
    assert "計畫主持人" in shown
    assert "115-09-01 (2026-09-01) 星期二" in shown


def test_the_language_button_changes_the_screen_and_the_account(cast: Cast):
    page = run_page(cast, "pi", "account")
    page.button(key="frame-language").click().run()
    assert "Language of screens and mails" in texts(page)
    assert viewer_of(cast, "pi").language == "en"
    page.button(key="frame-language").click().run()
    assert "畫面與信件的語言" in texts(page)


def test_signing_out_ends_the_session_in_the_database(cast: Cast):
    page = run_page(cast, "pi", "account")
    sid = page.user["sid"]
    page.button(key="frame-sign-out").click().run()
    assert "/sign-in" in texts(page)
    assert not sessions.living(cast.desk.store, {sid}, SystemClock().now())


def test_using_a_page_now_and_then_keeps_the_session_alive(cast: Cast):
    page = run_page(cast, "pi", "account")
    earlier = SystemClock().now() - sessions.SEEN_EVERY * 2
    cast.desk.store.write_quiet(earlier, lambda tx: tx.conn.execute(update(t.session).values(last_seen_at=earlier)).rowcount)
    page.run()
    with cast.desk.store.read() as conn:
        assert conn.execute(select(t.session.c.last_seen_at)).scalar_one() > earlier


def test_a_real_home_has_no_demo_banner_and_a_demo_home_does(cast: Cast):
    assert "這裡的資料全是虛構的" not in texts(run_page(cast, "pi", "account"))
    cast.desk.settings.home.mkdir(parents=True, exist_ok=True)
    cast.desk.settings.home_file.write_text('{"kind": "demo", "demo_day": "2026-09-01"}', "utf-8")
    assert "這裡的資料全是虛構的，時鐘停在 115-09-01 (2026-09-01)" in texts(run_page(cast, "pi", "account"))


@pytest.mark.parametrize("value", ["x", "-1", "1e3", "１", "9" * 30, "", "1 or 1=1"])
def test_an_address_with_a_bad_id_has_nothing(cast: Cast, value: str):
    assert NOTHING in texts(run_page(cast, "pi", "report", obligation=value))


def test_no_folder_called_pages_lies_beside_the_entry():
    assert not (ENTRY.parent / "pages").exists()


def test_the_settings_that_matter_most_hold():
    written = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert written["runner"]["postScriptGC"] is False
    assert written["server"]["fileWatcherType"] == "none"
    assert written["server"]["address"] == "127.0.0.1"
    assert written["server"]["maxUploadSize"] == 25
    for name, value in NEEDED.items():
        section, option = name.split(".")
        assert written[section][option] == value


def test_streamlit_finds_the_app_by_reading_the_file():
    from streamlit.web.server.app_discovery import discover_asgi_app

    assert discover_asgi_app(ROOT / "app.py").is_asgi_app
    assert len((ROOT / "app.py").read_text("utf-8").splitlines()) <= 40


@pytest.mark.parametrize(
    "text", ["![x](http://e.invalid/p.png)", "[a](javascript:x)", "<b>", ":red[x]", "$x$", ":material/lock:", "# h", "a|b", "`c`"]
)
def test_text_of_a_person_stays_text(text: str):
    escaped = components.escape(text)
    assert all(f"\\{mark}" in escaped for mark in text if mark in "![]()<:$#|`")


def test_an_unforeseen_failure_shows_a_number_and_keeps_its_insides_to_the_log(cast: Cast, monkeypatch, caplog):
    def fail(*_args, **_kwargs):
        raise RuntimeError("secret of the machine")

    monkeypatch.setattr("tracker.services.sessions.own_sessions", fail)
    monkeypatch.setattr(logging.getLogger("tracker"), "propagate", True)  # a command may have kept it to its home
    with caplog.at_level(logging.ERROR, "tracker.ui"):
        shown = texts(run_page(cast, "pi", "account"))
    assert "secret of the machine" not in shown
    reference = shown.split("請告知系統管理者這個編號：")[1][:8]
    assert reference in caplog.text
    assert "secret of the machine" in caplog.text


def test_unread_items_stand_in_the_menu(cast: Cast):
    ctx = cast.ctx("pi")
    with cast.desk.store.read() as conn:
        mine = t.obligation.c.project_id == cast.project("own").id
        duty = conn.execute(select(t.obligation.c.id).where(mine)).scalars().first()
    alert = {
        "obligation_id": duty,
        "due_on": ctx.today,
        "stage": "T-30",
        "stage_on": ctx.today,
        "state": "raised",
        "recipients_json": [],
        "raised_at": ctx.now,
    }

    def body(tx):
        alert_id = tx.insert(t.alert, **alert)
        tx.conn.execute(insert(t.inbox_item).values(person_id=ctx.viewer.person_id, alert_id=alert_id, placed_at=ctx.now))

    cast.desk.store.write_quiet(ctx.now, body)
    assert inbox.unread_count(ctx) == 1
    assert inbox.unread_count(cast.ctx("officer")) == 0
    assert not run_page(cast, "pi", "account").exception
