"""The router: finds out who is looking, offers her the screens of her roles, draws the frame, and runs the page she asked for.

It has no neighbour called `pages`: Streamlit would then serve those files without it until `st.navigation` has run once.
"""

import streamlit as st

from tracker.config import data_dir
from tracker.ui import components, frame, guard, keys, language_switch

# A file of ours: without one, or with a material icon, the browser would fetch the tab's icon from Google's host.
st.set_page_config(page_title="Milepost", page_icon=str(data_dir() / "web" / "favicon.png"), layout="wide")
screen = guard.identify()
if screen is None:
    guard.signed_out()
keys.begin_run()
language_switch.carry_choices_over(screen)
page = frame.navigation(screen)
frame.sidebar(screen)
said = frame.banner(screen)
components.show_said(said, page.url_path)
page.run()
components.show_said(said, page.url_path)
