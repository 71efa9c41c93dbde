"""`/download/call/…`: the workbook of a call's answers, to its office and to auditors and to nobody else."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.integration.services.support_calls import answered, issued
from tests.web.conftest import World
from tests.web.test_gate import PAGE
from tests.web.test_sign_in import signed_in

EVERYBODY = ("admin", "officer", "other_officer", "chief", "auditor", "pi", "company_pi", "assistant", "stranger_pi")
KEY = "DEMO-OWN-01/data_call/call-1"


def test_the_office_and_auditors_get_the_workbook_and_nobody_else_learns_that_it_exists(world: World):
    call = issued(world.cast)
    found = {who: signed_in(world, who).get(f"/download/call/{call.call_id}").status_code for who in EVERYBODY}
    assert {who for who, status in found.items() if status == 200} == {"officer", "chief", "auditor"}
    assert {status for status in found.values() if status != 200} == {404}


def test_what_comes_is_a_spreadsheet_to_save_with_a_chinese_name(world: World):
    call = issued(world.cast, title_zh='進度/調查"1')
    answered(world.cast, KEY)
    answer = signed_in(world, "officer").get(f"/download/call/{call.call_id}")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert answer.headers["cache-control"] == "private, no-store"
    named = answer.headers["content-disposition"]
    assert named.startswith("attachment; filename=\"answers.xlsx\"; filename*=UTF-8''%E9%80%B2%E5%BA%A6")
    assert "/" not in named.split("''")[1]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames[0] == "填報結果"
    assert book["填報結果"]["F2"].value == "因設備延遲到貨。"


def test_who_is_signed_out_is_sent_to_the_door(world: World):
    call = issued(world.cast)
    answer = world.client().get(f"/download/call/{call.call_id}", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next=/download/call/{call.call_id}")
    assert world.client().get(f"/download/call/{call.call_id}").status_code == 401


@pytest.mark.parametrize("number", ["0", "-1", "1e3", "９", "9" * 400, "1;2", "../1"])
def test_a_number_that_is_none_is_no_workbook(world: World, number: str):
    answer = signed_in(world).get(f"/download/call/{number}")
    assert answer.status_code in (200, 400, 404)
    assert b"PK" not in answer.content[:2]
