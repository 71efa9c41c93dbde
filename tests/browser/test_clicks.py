"""What the second click of a double click does, on a page whose server answers between the two; no server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.serving_support import PATIENCE_MS
from tracker.config import data_dir

ADDRESS = "http://milepost.invalid/office"
#: A page that draws `after` in the place of `before` as soon as somebody presses a button, and notes what was pressed.
MARKUP = """<!doctype html><meta charset="utf-8"><body><div id="place">{before}</div><script>
globalThis.pressed = [];
document.addEventListener("click", (event) => {{
  const button = event.target.closest("button");
  if (!button) return;
  pressed.push(`${{button.closest("[class*=st-key]").className}}: ${{button.textContent}}`);
  document.getElementById("place").innerHTML = `{after}`;
}});
</script></body>"""


def button(key: str, label: str) -> str:
    return f'<div class="st-key-{key}"><div data-testid="stButton"><button style="width:200px"><p>{label}</p></button></div></div>'


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    made = context.new_page()
    made.set_default_timeout(PATIENCE_MS)
    yield made
    context.close()


def show(page: Page, before: str, after: str) -> None:
    markup = MARKUP.format(before=before, after=after)
    page.route("**/*", lambda route: route.fulfill(body=markup, content_type="text/html; charset=utf-8"))
    page.goto(ADDRESS)
    page.add_script_tag(content=(data_dir() / "web" / "clicks.js").read_text("utf-8"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("ask-drop", "Delete"), ("yes-drop", "Yes, delete")),
        (("switch-7-1", "Switch off"), ("switch-7-2", "Switch on")),
        (("ladder-1-1-save", "Save"), ("ladder-1-2-save", "Save")),
        (("pause", "Pause"), ("pause", "Go on")),
    ],
    ids=["its confirmation", "its opposite", "the form of the next version", "the same key with another label"],
)
def test_a_double_click_does_not_press_what_came_into_the_place_of_the_button(page: Page, before, after):
    show(page, button(*before), button(*after))
    page.locator("button").dblclick(delay=60)
    page.mouse.click(5, 5)
    assert page.evaluate("pressed") == [f"st-key-{before[0]}: {before[1]}"]


def test_a_third_click_does_not_press_it_either(page: Page):
    show(page, button("ask", "Delete"), button("yes", "Yes, delete"))
    page.locator("button").click(click_count=3)
    assert page.evaluate("pressed.length") == 1


def test_clicks_that_the_browser_does_not_count_together_are_told_by_place_and_time(page: Page):
    show(page, button("ask", "Delete"), button("yes", "Yes, delete"))
    click_at(page, 60, 18, seconds=(0, 0.2))
    assert page.evaluate("pressed.length") == 1


def click_at(page: Page, x: int, y: int, *, seconds: tuple[float, ...]) -> None:
    """Single clicks at these moments, as the browser is told of them: however long a busy machine takes to hand them over."""
    hand, began = page.context.new_cdp_session(page), time.time()
    for moment in seconds:
        for kind in ("mousePressed", "mouseReleased"):
            hand.send(
                "Input.dispatchMouseEvent",
                {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1, "timestamp": began + moment},
            )


def test_a_button_that_stays_can_be_pressed_as_often_as_one_likes(page: Page):
    show(page, button("more", "One more row"), button("more", "One more row"))
    page.locator("button").click(click_count=4)
    assert page.evaluate("pressed.length") == 4


def test_who_looks_first_presses_what_came_into_the_place(page: Page):
    show(page, button("ask", "Delete"), button("yes", "Yes, delete"))
    page.locator("button").click()
    page.wait_for_timeout(600)  # longer than a double click lasts
    page.locator("button").click()
    assert page.evaluate("pressed.length") == 2


def test_a_button_elsewhere_is_pressed_at_once(page: Page):
    show(page, button("ask", "Delete"), button("ask", "Delete") + button("yes", "Yes, delete"))
    page.locator("button").click()
    page.locator("button").nth(1).click()
    assert page.evaluate("pressed.length") == 2


def test_the_keyboard_presses_what_has_the_focus(page: Page):
    show(page, button("ask", "Delete"), button("yes", "Yes, delete"))
    page.locator("button").press("Enter")
    page.locator("button").press("Enter")
    assert page.evaluate("pressed.length") == 2
