"""The real site with `policy_screen.py` in the place of the entry."""

from pathlib import Path

import streamlit as st

from tracker.ui.cache import desk
from tracker.ui.server import prepare, redirect_frame
from tracker.web.server import Site

site = Site(desk, redirect_frame, prepare)
app = st.App(
    str(Path(__file__).with_name("policy_screen.py")),
    routes=site.routes(),
    middleware=site.middleware(),
    lifespan=site.lifespan,
)
