"""Milepost's web server: `streamlit run app.py`, `uvicorn app:app` or `tracker serve`.

Written out literally, because Streamlit finds the application by reading this file. The screens start in `tracker/ui/entry.py`.
"""

import streamlit as st

from tracker.ui.cache import desk
from tracker.ui.server import on_script_error, prepare, redirect_frame
from tracker.web.server import ENTRY, Site

site = Site(desk, redirect_frame, prepare)

app = st.App(
    ENTRY,
    routes=site.routes(),
    middleware=site.middleware(),
    lifespan=site.lifespan,
    on_script_error=on_script_error,
)
