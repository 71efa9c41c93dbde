"""Receipts: one with everything it proves, and the check of a number and a hash, for anybody signed in."""

import streamlit as st

from tracker.services.receipts import receipt_page
from tracker.ui import receipt_page as pieces
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter()
heading(screen, "Receipts")
version_id = screen.optional_id_param("version")
if version_id is not None:
    with found(screen):
        page = receipt_page(screen.ctx, version_id)
    pieces.show(screen, page)
pieces.check_form(screen, st.query_params.get("number", "")[:60])
