"""The script that saves a report while it is typed reaches Streamlit's page, and nothing else is touched."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

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

    routes = [Route("/", page), Route("/own", own), Route("/data", data), autosave.route()]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(autosave.AutosaveScript), Middleware(GZipMiddleware)]))


def test_streamlits_page_gets_the_script_even_where_it_would_come_compressed():
    answer = _client().get("/", headers=HTML)
    assert '<script src="/milepost/autosave.js" defer></script></head>' in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["etag"] == 'W/"abc-milepost"'


def test_our_own_forms_and_data_stay_as_they_are():
    assert "script" not in _client().get("/own", headers=HTML).text
    assert _client().get("/data", headers=HTML).json() == {"a": "</head>"}


def test_the_script_is_served_as_a_script_and_touches_only_fields_of_a_report():
    answer = _client().get(autosave.PATH)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "st-key-report-w-" in answer.text
