"""The router: finds out who is looking, offers her the screens of her roles, draws the frame, and runs the page she asked for.

It has no neighbour called `pages`: Streamlit would then serve those files without it until `st.navigation` has run once.
"""

import streamlit as st

from tracker.ui import frame, guard

st.set_page_config(page_title="Milepost", page_icon=":material/flag:", layout="wide")
screen = guard.identify()
if screen is None:
    guard.signed_out()
page = frame.navigation(screen)
frame.sidebar(screen)
frame.banner(screen)
page.run()
