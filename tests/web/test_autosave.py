"""The scripts that save a report while it is typed reach Streamlit's page, and nothing else is touched."""

from __future__ import annotations

import json
import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tracker.config import data_dir
from tracker.store.filetypes import MAX_BYTES
from tracker.web import autosave

PAGE = '<html><head><title>x</title></head><body><div id="root"></div>' + " " * 2000 + "</body></html>"
HTML = {"accept": "text/html,*/*"}


def _client() -> TestClient:
    async def page(_request):
        return HTMLResponse(PAGE, headers={"ETag": '"abc"'})

    async def own(_request):
        return HTMLResponse("<html><head></head><body>own form</body></html>")

    async def data(_request):
        return JSONResponse({"a": "</head>"})

    routes = [Route("/", page), Route("/own", own), Route("/data", data), *autosave.routes()]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(autosave.AutosaveScript), Middleware(GZipMiddleware)]))


def test_streamlits_page_gets_the_script_even_where_it_would_come_compressed():
    answer = _client().get("/", headers=HTML)
    places = [answer.text.index(f'<script src="/milepost/{name}" defer></script>') for name in ("words.js", *autosave.FILES)]
    assert places == sorted(places), "words first, what was not meant is not passed on to saving, and counting builds on saving"
    assert answer.text.index("</head>") > places[-1]
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["etag"] == 'W/"abc-milepost"'


def test_our_own_forms_and_data_stay_as_they_are():
    assert "script" not in _client().get("/own", headers=HTML).text
    assert _client().get("/data", headers=HTML).json() == {"a": "</head>"}


@pytest.mark.parametrize("name", autosave.FILES)
def test_a_script_is_served_as_a_script(name):
    answer = _client().get(autosave.FOLDER + name)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text.startswith("//")


def test_the_style_of_the_screens_comes_with_the_page():
    assert '<link rel="stylesheet" href="/milepost/screens.css">' in _client().get("/", headers=HTML).text
    answer = _client().get("/milepost/screens.css")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("name", ["style.css", "..%2Fstyle.css", "..%2F..%2F.streamlit%2Fconfig.toml", "nothing.js"])
def test_nothing_else_is_served_from_there(name):
    assert _client().get(autosave.FOLDER + name).status_code == 404


def test_the_scripts_speak_both_languages_and_know_the_largest_file():
    said = _client().get(autosave.WORDS).text
    zh, en = (json.loads(said.split(" = ", 1)[1].split(";\n")[0])[language] for language in ("zh", "en"))
    assert zh.keys() == en.keys()
    assert zh["unsaved"] == "尚未儲存…"
    assert en["unsaved"] == "Not saved yet…"
    assert f"milepostMostBytes = {MAX_BYTES};" in said


def test_no_script_makes_others_out_of_text():
    for name in autosave.FILES:
        source = (data_dir() / "web" / name).read_text("utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", source)
