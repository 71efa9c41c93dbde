"""The libraries that charts need are whole before anybody is served."""

import subprocess
import sys

from tracker.config import ROOT

SCRIPT = """
import asyncio, sys
import app
async def started():
    async with app.site.lifespan(app.app):
        print(hasattr(sys.modules.get("pandas"), "Series"), hasattr(sys.modules.get("plotly.graph_objects"), "Figure"))
asyncio.run(started())
"""


def test_no_visitor_meets_a_library_that_is_half_loaded(tmp_path):
    """Loaded beside a page, pandas was found half there by plotly, and the first portfolio after a start showed an error."""
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "TRACKER_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
    )
    assert process.stdout.split() == ["True", "True"], process.stderr[-500:]
