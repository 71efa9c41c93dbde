"""Reports files: inherited by id along the lineage, and kept as one canonical text."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.programmes.packs import sound, sound_reports, write
from tracker.programmes.first_forms import FIRST_FORMS
from tracker.programmes.model import ProgrammeError
from tracker.programmes.registry import Registry
from tracker.programmes.report_codec import canonical, from_data, sha256, to_data
from tracker.programmes.report_types import Choice, Column, Field, FieldType, Holds, ReportType, Required, Section, Words

CHILD = """
format = 1
programme = "child"
version = "2"
checked_on = 2026-02-03
"""


def child(tmp_path, own: str | None):
    """The reports of a programme that extends a sound one and says `own` in a file (None: has no file)."""
    write(tmp_path, sound())
    text = sound("child").replace("format = 1", 'format = 1\nextends = "pack"').replace('id = "test-call"', 'id = "child-call"')
    write(tmp_path, text.replace('source = "test-call"', 'source = "child-call"'), reports=None)
    if own is not None:
        (tmp_path / "child.reports.toml").write_text(CHILD + own, "utf-8")
    return Registry(tmp_path).reports("child")


def field_ids(reports) -> list[str]:
    return list(reports.type_for("interim_report").fields)


def test_a_pack_without_a_file_has_the_one_it_inherits(tmp_path):
    reports = child(tmp_path, None)
    assert (reports.programme, reports.version) == ("child", "1")
    assert field_ids(reports) == ["state", "progress", "patients", "met_on", "risks"]
    assert reports.outcomes.funder_names == ("示範局",)


def test_a_field_is_added_changed_and_removed_by_its_id(tmp_path):
    own = """
[[type]]
code = "interim"
version = "2"
remove = ["risks"]

[[type.section]]
id = "progress"

[[type.section.field]]
id = "budget"
after = "state"
type = "line"
label = { zh = "經費", en = "Money" }
help = { zh = "一行。", en = "One line." }

[[type.section.field]]
id = "patients"
most = 500
"""
    reports = child(tmp_path, own)
    assert field_ids(reports) == ["state", "budget", "progress", "patients", "met_on"]
    form = reports.type_for("interim_report")
    assert (form.version, form.fields["patients"].most, form.fields["patients"].label.zh) == ("2", Decimal(500), "收案數")
    assert form.holding(Holds.CHECKPOINTS) is not None


def test_a_section_and_a_whole_form_can_be_removed(tmp_path):
    assert child(tmp_path, '[[type]]\ncode = "interim"\nremove = ["checkpoints"]').type_for("interim_report").section_ids == ("progress",)


def test_a_kind_goes_over_to_the_form_of_the_child(tmp_path):
    own = sound_reports("child").split("[[flow]]")[0].split("checked_on = 2026-01-02")[1].replace('code = "interim"', 'code = "mine"')
    reports = child(tmp_path, own)
    assert [one.code for one in reports.types] == ["mine"], "the inherited form answers nothing any more"


def test_review_steps_and_windows_go_over_by_kind_too(tmp_path):
    own = """
[[flow]]
id = "two"
kinds = ["interim_report"]
basis = "setting"
clause = "二"

[[flow.step]]
id = "officer"
stage = 1
who = "officer"
title = { zh = "承辦人", en = "Officer" }

[[flow.step]]
id = "chief"
stage = 2
who = "chief"
title = { zh = "主管", en = "Chief" }
"""
    reports = child(tmp_path, own)
    assert [(flow.id, flow.stages) for flow in reports.flows] == [("two", (1, 2))]
    assert reports.window_for("interim_report").withdraw_days == 7


def test_a_broken_file_stops_the_start_with_its_path(tmp_path):
    with pytest.raises(ProgrammeError) as broken:
        child(tmp_path, "colour = 3\n")
    assert "child.reports.toml" in str(broken.value)


def test_a_programme_whose_pack_is_gone_has_the_forms_of_its_nearest_relative(tmp_path):
    child(tmp_path, None)
    registry = Registry(tmp_path)
    stored = registry.get("child").text
    for name in ("child.toml", "child.cases.toml"):
        (tmp_path / name).unlink()
    reports = Registry(tmp_path).with_stored([stored]).reports("child")
    assert reports.type_for("interim_report").code == "interim"


def test_a_pack_without_any_file_has_the_first_forms(tmp_path):
    write(tmp_path, sound(), reports=None)
    assert Registry(tmp_path).reports("pack").type_for("interim_report") is FIRST_FORMS["progress-1"]


def test_the_first_forms_never_change():
    assert {name: sha256(form)[:12] for name, form in FIRST_FORMS.items()} == {"progress-1": "df75bbc2f422", "document-1": "06a838cce9a3"}


words = st.builds(Words, st.text(max_size=5), st.text(max_size=5))
names = st.text("abc", min_size=1, max_size=3)
choices = st.lists(st.builds(Choice, names, words), max_size=2).map(tuple)
numbers = st.none() | st.integers(-9, 9).map(Decimal)
columns = st.lists(
    st.builds(Column, names, st.sampled_from(FieldType), words, st.booleans(), st.none() | words, choices, least=numbers), max_size=2
).map(tuple)
some_fields = st.lists(
    st.builds(
        Field, names, st.sampled_from(FieldType), words, words, required=st.sampled_from(Required), carry=st.booleans(), most=numbers,
        choices=choices, columns=columns,
    ),
    max_size=3,
).map(tuple)  # fmt: skip
forms = st.builds(
    ReportType, names, names, words, st.lists(st.builds(Section, names, words, st.sampled_from(Holds), some_fields), max_size=2).map(tuple)
)


@given(forms)
def test_a_form_is_the_same_after_it_was_stored(form):
    assert from_data(ReportType, json.loads(canonical(form))) == form
    assert sha256(from_data(ReportType, to_data(form))) == sha256(form)


def test_a_default_is_not_stored_so_that_a_later_key_changes_no_hash():
    field = to_data(Field("a", FieldType.TEXT, Words("甲", "a"), Words("乙", "b")))
    assert set(field) == {"id", "type", "label", "help"}
    assert len(dataclasses.fields(Field)) > len(field)
