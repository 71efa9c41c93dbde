"""Milepost's web server: `streamlit run app.py`, `uvicorn app:app` or `tracker serve`.

Written out literally, because Streamlit finds the application by reading this file. The screens start in `tracker/ui/entry.py`.
"""

import streamlit as st

from tracker.ui.cache import desk
from tracker.ui.server import check_settings, on_script_error, redirect_frame
from tracker.web.server import ENTRY, Site

site = Site(desk, redirect_frame, check_settings)

app = st.App(
    ENTRY,
    routes=site.routes(),
    middleware=site.middleware(),
    lifespan=site.lifespan,
    on_script_error=on_script_error,
)
