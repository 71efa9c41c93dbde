"""What the office says of each checkpoint that a report claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from tracker.domain.report_checks import quantity_text
from tracker.services.report_comparison import FieldView
from tracker.services.report_review import VERDICTS, CheckpointReview, ReviewScreen, record_verdict
from tracker.services.review_steps import Reader
from tracker.ui import components as c
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key

_VERDICTS = {"met": "met", "partly_met": "partly met", "not_met": "not met"}
_COLOURS = {"met": "green", "partly_met": "orange", "not_met": "red"}
_NAMES = {"verdict": "Verdict", "accepted": "Accepted quantity", "remark": "Remark"}


@contextmanager
def card(screen: Screen, shown: ReviewScreen, reviewed: CheckpointReview, beside: Callable[[], None]) -> Iterator[None]:
    """A frame with the claim and the verdict as badges, to be filled with the claim's fields; `beside` draws what follows the badges."""
    t, claim = screen.t, reviewed.claim
    title = f"{claim['code']} {t.pick(claim['title_zh'], claim['title_en'] or claim['title_zh'])}"
    with st.container(border=True, key=f"verdict-{reviewed.checkpoint_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{c.escape(title)}**", width="content")
            claimed = {"actual": claim["actual"], "target": claim["target"], "unit": c.escape(claim["unit"])}
            st.badge(t("claimed {actual} of {target} {unit}", **claimed), color="blue")
            if reviewed.verdict:
                accepted = {
                    "verdict": t(_VERDICTS[reviewed.verdict]), "actual": quantity_text(reviewed.accepted), "unit": c.escape(claim["unit"]),
                }  # fmt: skip
                st.badge(t("office: {verdict}, {actual} {unit} accepted", **accepted), color=_COLOURS[reviewed.verdict])
            elif shown.reader is not Reader.PANEL:
                st.badge(t("no verdict yet"), color="gray")
            beside()
        yield


def last_claim(screen: Screen, field: FieldView) -> None:
    """The claim of the period before and of the version before, where they differ."""
    said = [screen.t("period before {claim}", claim=c.escape(field.last_period))] if field.last_period else []
    if field.changed:
        said.append(f":material/change_circle: {screen.t('before the return {claim}', claim=c.escape(field.last_version or '—'))}")
    if said:
        st.caption(" · ".join(said))


def give(screen: Screen, shown: ReviewScreen, reviewed: CheckpointReview) -> None:
    """What was said, and the form for who may say it."""
    if reviewed.verdict:
        said = [c.escape(reviewed.officer), c.instant_text(reviewed.given_at), c.escape(reviewed.remark)]
        st.caption(" · ".join(part for part in said if part))
    if shown.may_review:
        with st.expander(screen.t("Give a verdict")):
            _form(screen, shown, reviewed)


def _form(screen: Screen, shown: ReviewScreen, reviewed: CheckpointReview) -> None:
    t, name = screen.t, f"verdict-{shown.version.id}-{reviewed.checkpoint_id}"
    with st.form(name, border=False):
        start = VERDICTS.index(reviewed.verdict) if reviewed.verdict else None
        verdict = st.radio(
            t("Verdict"), VERDICTS, index=start, format_func=lambda value: t(_VERDICTS[value]), horizontal=True, key=f"{name}-verdict"
        )
        actual = st.text_input(
            t("Accepted quantity ({unit})", unit=c.escape(reviewed.claim["unit"])), key=f"{name}-actual",
            value=quantity_text(reviewed.accepted) if reviewed.accepted is not None else reviewed.claim["actual"],
        )  # fmt: skip
        remark = st.text_area(t("Remark"), value=reviewed.remark, key=f"{name}-remark", height=80)
        given = st.form_submit_button(t("Record the verdict"))
    if not given:
        return
    with c.attempt(screen, names=_NAMES) as outcome:
        record_verdict(
            screen.ctx, report_id=shown.state.row.id, checkpoint_id=reviewed.checkpoint_id, verdict=verdict or "", actual=actual or "",
            remark=remark or "", key=form_key(f"{name}-{verdict}-{actual}-{remark}-{reviewed.given_at}"),
        )  # fmt: skip
    if outcome.ok:
        c.say_after_rerun(t("The verdict is recorded."))
        st.rerun()
