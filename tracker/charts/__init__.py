"""Rows to go.Figure: no queries, no Streamlit, texts in the reader's language."""
