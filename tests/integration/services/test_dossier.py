"""The dossier of a project: what was promised, reported, changed, judged and is open; and its print, which says the same."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

import pytest
from docx import Document

from tests.cast import Cast, key
from tests.integration.services.support_reports import PDF, accepted, evidence, fill, hand_in, opened, returned, submitted, write
from tests.unit.exchange.samples import HOSTILE, text_of
from tracker.domain.statuses import Lateness
from tracker.i18n import Translator
from tracker.services.documents import store_document
from tracker.services.dossier import Dossier, dossier, dossier_by_code
from tracker.services.errors import NotFound
from tracker.services.evaluations import ScoreEntry, record_evaluation
from tracker.services.policy import Act
from tracker.services.printed_files import Form, print_dossier
from tracker.services.project_changes import extend_project
from tracker.store import tables as t

ZH, EN = Translator("zh_TW"), Translator("en")


def of(cast: Cast, who: str = "officer", on: str = "2026-09-20") -> Dossier:
    """The dossier of `own`. 2026-09-20 is a Sunday."""
    return dossier(cast.ctx(who, on=on), cast.project("own").id)


def printed(cast: Cast, form: Form = Form.PDF, language: Translator = ZH, on: str = "2026-09-20") -> bytes:
    return print_dossier(cast.ctx("officer", on=on), cast.project("own").id, form, language).content


def extend(cast: Cast) -> None:
    ctx, project_id = cast.ctx("officer", on="2026-09-10"), cast.project("own").id
    letter = store_document(ctx, project_id=project_id, filename="l.pdf", content=PDF, purpose="letter", act=Act.ENTER_DATE, key=key())
    extend_project(
        ctx, project_id=project_id, end_on="2030-08-31", letter_number="示範字第9號", document_id=letter, expected_version=1, key=key()
    )


def put(cast: Cast, table, **values) -> None:
    cast.desk.store.write_quiet(cast.ctx(on="2026-09-01").now, lambda tx: tx.insert(table, **values))


def test_what_was_promised_stands_beside_what_is_claimed_and_found(cast: Cast):
    submitted(cast)
    found = of(cast)
    assert [(line.row.code, line.claimed, line.verdict) for line in found.checkpoints] == [
        ("C1", 400, None),
        ("C2", None, None),
        ("C3", None, None),
    ]
    assert (found.met, len(found.planned_by_now)) == (0, 1)
    assert found.approved == 17_000_000


def test_a_report_stands_with_its_first_day_and_how_often_it_was_sent_back(cast: Cast):
    report_id = submitted(cast)
    returned(cast, report_id, on="2026-09-05", reply_by="2026-09-18")
    line = next(line for line in of(cast).reports if line.row.report_id == report_id)
    assert (line.stands, line.row.first_submitted_on, line.returns) == (Lateness.SUBMITTED_ON_TIME, date(2026, 9, 1), 1)


def test_of_what_is_ahead_only_the_next_of_each_kind_is_shown(cast: Cast):
    ahead = [line.row.kind for line in of(cast).reports if line.is_ahead]
    assert len(ahead) == len(set(ahead))
    assert "interim_report" in ahead


def test_a_reply_that_is_owed_and_a_report_that_waits_are_open(cast: Cast):
    report_id = submitted(cast)
    assert "waiting" in {item.what for item in of(cast).open_items}
    returned(cast, report_id, on="2026-09-05", reply_by="2026-09-18")
    late = {item.what: item.is_late for item in of(cast).open_items}
    assert late["reply"] is True


def test_conclusions_stay_open_until_they_are_closed(cast: Cast):
    own, owner = cast.project("own"), cast.person("pi").id
    plain = {"project_id": own.id, "programme_id": own.programme_id, "side": "project", "owner_id": owner, "recorded_by": owner}
    plain |= {"recorded_at": cast.ctx().now}
    put(cast, t.action_item, number=1, body="補齊同意書", due_on=date(2026, 9, 10), state="open", **plain)
    put(cast, t.action_item, number=2, body="已辦理者", due_on=date(2026, 9, 10), state="done", **plain)
    put(cast, t.action_item, number=3, body="已結案者", due_on=date(2026, 9, 10), state="closed", **plain)
    assert [(i.what, i.zh, i.is_late, i.who) for i in of(cast).open_items if i.what.startswith("action")] == [
        ("action", "A1 補齊同意書", True, "示範主持人"),
        ("action_done", "A2 已辦理者", False, "示範主持人"),
    ]


def test_an_extension_stands_with_both_ends_and_its_letter(cast: Cast):
    extend(cast)
    change = next(line for line in of(cast).changes if line.what == "extended")
    assert (change.on, change.before, change.after, change.letter) == (
        date(2026, 9, 10),
        date(2030, 5, 31),
        date(2030, 8, 31),
        "示範字第9號",
    )


def test_a_day_that_was_moved_keeps_the_old_one(cast: Cast):
    obligation = cast.obligation("interim_report", "Y1")
    put(
        cast,
        t.obligation_change,
        obligation_id=obligation.id,
        project_id=obligation.project_id,
        kind="extend",
        old_due_on=date(2027, 3, 31),
        new_due_on=date(2027, 4, 30),
        reason="颱風",
        letter_number="示範字第8號",
        decided_by=cast.person("officer").id,
        decided_at=cast.ctx().now,
    )
    change = next(line for line in of(cast).changes if line.what == "obligation_extend")
    assert (change.before, change.after, change.why) == (date(2027, 3, 31), date(2027, 4, 30), "颱風")
    assert "116-03-31 (2027-03-31)" in text_of(printed(cast)).replace("\n", " ")


def test_indicators_by_period_are_summed_where_more_is_better_and_corrected_values_replace(cast: Cast):
    report_id = opened(cast)
    fill(cast, report_id)
    hand_in(cast, report_id)
    papers, minutes = of(cast).curves
    assert papers.points == ((date(2026, 8, 31), 2),)
    assert (minutes.actual, minutes.reached) == (2, True), "of one that should fall the newest counts"
    returned(cast, report_id, on="2026-09-05", reply_by="2026-09-18", sections=("indicators",))
    write(cast, report_id, f"indicator:{papers.row.id}:actual", "3", on="2026-09-06")
    hand_in(cast, report_id, on="2026-09-06")
    assert of(cast).curves[0].points == ((date(2026, 8, 31), 3),)


def test_the_print_says_what_the_dossier_holds(cast: Cast):
    report_id = opened(cast)
    fill(cast, report_id, reached="1000")
    line = of(cast).checkpoints[0].row
    write(cast, report_id, f"checkpoint:{line.id}:evidence", evidence(cast))
    hand_in(cast, report_id)
    accepted(cast, report_id, on="2026-09-08")
    extend(cast)
    record_evaluation(
        cast.ctx("officer", on="2026-09-12"),
        project_id=cast.project("own").id,
        year=1,
        held_on="2026-09-11",
        scores=(ScoreEntry("執行力", 4, 5),),
        remarks="宜加強場域合作。",
        expected_version=None,
        key=key(),
    )
    assert b"pdfaid" in printed(cast), "made for long keeping"
    said = "".join(text_of(printed(cast)).split())
    for part in (
        "計畫審查摘要",
        "示範計畫：影像判讀",
        "DEMO-OWN-01",
        "示範主持人",
        "NT$ 17,000,000",
        "標註影像",
        "論文發表",
        "如期送達",
        "計畫展延",
        "示範字第9號",
        "執行力：4 分（滿分 5）",
        "宜加強場域合作。",
        "尚未登錄成果。",
        "第 1 頁",
    ):
        assert part.replace(" ", "") in said, part
    english = text_of(printed(cast, language=EN))
    for part in ("Project dossier", "Sample project: image reading", "The project was extended", "Annotated images", "Page 1 of"):
        assert part in english, part


def test_no_address_of_anybody_is_printed(cast: Cast):
    submitted(cast)
    for form in Form:
        content = printed(cast, form)
        said = text_of(content) if form == Form.PDF else "\n".join(p.text for p in Document(io.BytesIO(content)).paragraphs)
        assert "@" not in said
        assert ".invalid" not in said


def test_the_same_day_gives_the_same_file_and_word_can_open_its_own(cast: Cast):
    submitted(cast)
    assert printed(cast) == printed(cast)
    word = Document(io.BytesIO(printed(cast, Form.DOCX)))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    assert "標註影像" in cells
    assert "論文發表" in cells


def test_hostile_names_are_printed_as_they_are(cast: Cast):
    def body(tx):
        tx.conn.execute(t.project.update().values(title_zh=HOSTILE))
        tx.conn.execute(t.checkpoint.update().values(title_zh=HOSTILE))

    cast.desk.store.write_quiet(cast.ctx().now, body)
    assert "".join(HOSTILE.split()) in "".join(text_of(printed(cast)).split())


@pytest.mark.parametrize("days", [-400, 0, 1, 800, 3000, 5000])
def test_any_day_has_a_dossier_that_prints(cast: Cast, days: int):
    day = (date(2026, 9, 1) + timedelta(days=days)).isoformat()
    ctx = replace(cast.ctx("system", on=day), viewer=cast.ctx("admin").viewer)
    assert print_dossier(ctx, cast.project("own").id, Form.PDF, ZH).content.startswith(b"%PDF")


@pytest.mark.parametrize("code", ["DEMO-FOREIGN-01", "NONE", "", "\0", "'", "x" * 500])
def test_a_foreign_project_has_none(cast: Cast, code: str):
    with pytest.raises(NotFound):
        dossier_by_code(cast.ctx("pi"), code)
