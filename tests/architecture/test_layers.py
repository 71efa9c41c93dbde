"""Imports point one way, and each layer keeps to what it may do."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.architecture.source import ROOT, calls, files, imported, name, tree

#: From the bottom up; a layer may import itself and what stands to its left in its row's tuple.
BASE = ("tracker.domain", "tracker.clock", "tracker.config", "tracker.i18n", "tracker.logs")
LOWER = (*BASE, "tracker.programmes")
MAY_IMPORT = {
    "tracker/domain": ("tracker.domain",),
    "tracker/programmes": LOWER,
    "tracker/store": (*LOWER, "tracker.store"),
    "tracker/notify": (*LOWER, "tracker.notify"),
    "tracker/charts": (*LOWER, "tracker.charts"),
    "tracker/exchange": (*LOWER, "tracker.store", "tracker.exchange"),
    "tracker/services": (*LOWER, "tracker.store", "tracker.notify", "tracker.charts", "tracker.exchange", "tracker.services"),
    "tracker/web": (*LOWER, "tracker.store", "tracker.exchange", "tracker.services", "tracker.bootstrap", "tracker.web"),
}
NO_CLOCK = ("domain", "programmes", "store", "services", "notify", "charts", "exchange")
CLOCK_CALLS = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "time.time",
    "datetime.date.today",
    "datetime.datetime.now",
}


def inside(module: str, allowed: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in allowed)


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_a_layer_imports_only_what_stands_below_it(layer):
    wrong = [
        f"{name(path)} imports {module}"
        for path in files(f"{layer}/**/*.py")
        for module in imported(path)
        if module.startswith("tracker.") and not inside(module, MAY_IMPORT[layer])
    ]
    assert not wrong


def test_the_domain_needs_the_standard_library_only():
    wrong = [
        f"{name(path)} imports {module}"
        for path in files("tracker/domain/**/*.py")
        for module in imported(path)
        if module.split(".")[0] not in sys.stdlib_module_names and not module.startswith("tracker.domain")
    ]
    assert not wrong


def test_streamlit_stays_in_ui_pages_and_app():
    wrong = [
        name(path)
        for path in files("tracker/**/*.py")
        if not name(path).startswith("tracker/ui/")
        and name(path) not in WEB_USES_STREAMLITS_SERVER
        and any(module == "streamlit" or module.startswith("streamlit.") for module in imported(path))
    ]
    assert not wrong


#: Files of the web layer that need a constant or a message type of Streamlit's server, not its screens; each with its reason.
WEB_USES_STREAMLITS_SERVER = {
    "tracker/web/live.py",  # the message that sends a browser to the sign-in page
    "tracker/web/headers.py",  # the hash of the inline script in Streamlit's own index.html
    "tracker/web/server.py",  # warms Streamlit before the first visitor
}


@pytest.mark.parametrize("layer", NO_CLOCK)
def test_nothing_below_the_edge_reads_a_clock(layer):
    wrong = [f"{name(path)}: {call}" for path in files(f"tracker/{layer}/**/*.py") for call in calls(path) & CLOCK_CALLS]
    assert not wrong


@pytest.mark.parametrize("path", files("pages/*.py"), ids=lambda path: path.stem)
def test_a_page_is_thin(path):
    body = tree(path)
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= 60, f"{lines} lines"
    assert not [node for node in ast.walk(body) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)], "a page defines nothing"
    heavy = {module for module in imported(path) if module.split(".")[0] in {"pandas", "sqlalchemy", "plotly", "datetime"}}
    assert not heavy, "no SQL, pandas or date arithmetic in a page"
    assert not any(module.startswith("tracker.store") for module in imported(path))


@pytest.mark.parametrize("path", files("pages/*.py"), ids=lambda path: path.stem)
def test_the_first_thing_a_page_does_is_to_ask_who_is_looking(path):
    statements = [node for node in tree(path).body if not isinstance(node, ast.Import | ast.ImportFrom)]
    first = next(node for node in statements if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)))
    assert "enter(" in ast.unparse(first), ast.unparse(first)


def test_no_screen_writes_raw_html_but_the_frame_of_a_mail():
    """That one holds what `tracker.notify` made, under a policy of its own by which nothing runs (tests/browser/test_mail_frame.py)."""
    wrong = [
        f"{name(path)}: {call}"
        for path in files("tracker/**/*.py", "pages/*.py")
        for call in calls(path)
        if call in {"st.html", "st.iframe", "components.html"} and (name(path), call) != ("tracker/ui/mail_frame.py", "st.iframe")
    ]
    wrong += [name(path) for path in files("tracker/**/*.py", "pages/*.py") if "unsafe_allow_" in path.read_text("utf-8")]
    assert not wrong


def test_the_entry_script_has_no_folder_called_pages_beside_it():
    """Else Streamlit would serve the pages without the entry, and without its gate, until somebody has visited the start page."""
    assert (ROOT / "tracker" / "ui" / "entry.py").is_file()
    assert not (ROOT / "tracker" / "ui" / "pages").exists()


def test_the_launcher_is_short_and_literal():
    text = (ROOT / "app.py").read_text("utf-8")
    assert len(text.splitlines()) <= 40
    assert "app = st.App(" in text, "Streamlit finds the application by reading this very assignment"
