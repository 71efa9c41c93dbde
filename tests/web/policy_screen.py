"""A screen with everything that a strict policy could break: table, editor, chart, upload, icon, link, and markup from a stranger."""

import plotly.graph_objects as go
import streamlit as st

st.title(":material/flag: Screen")
st.dataframe([{"a": 1, "b": "x"}])
st.data_editor([{"a": 1}], key="editor")
st.plotly_chart(go.Figure(go.Bar(x=["a", "b"], y=[1, 2])), key="chart")
st.file_uploader("file")
st.date_input("day", value=None)
st.markdown("![x](https://tracker.invalid/pixel.png) $x^2$")
st.markdown("<iframe srcdoc='<script>parent.PWN=1</script>'></iframe>", unsafe_allow_html=True)
