"""`/print/...`: who gets which print, under which name, and how a browser is told to treat it."""

from __future__ import annotations

import pytest

from tests.integration.services.support_reports import fill, hand_in, opened, submitted
from tests.unit.exchange.samples import text_of
from tests.web.conftest import World
from tests.web.test_gate import PAGE
from tests.web.test_routes_access import EVERYBODY, answers
from tests.web.test_sign_in import signed_in
from tracker.services.report_state import load_state


def printed(world: World, address: str) -> dict[str, int]:
    """The answer to each person who asks for a print."""
    return {who: signed_in(world, who).get(address).status_code for who in EVERYBODY}


def test_a_dossier_is_printed_for_who_sees_the_project(world: World):
    own, foreign = (f"/print/dossier/{world.cast.project(which).id}" for which in ("own", "foreign"))
    assert printed(world, own) == answers("admin officer chief auditor pi company_pi assistant")
    assert printed(world, foreign) == answers("admin other_officer auditor stranger_pi")


def test_a_draft_is_printed_for_its_members_and_what_was_handed_in_for_the_office_too(world: World):
    report_id = opened(world.cast)
    assert printed(world, f"/print/draft/{report_id}") == answers("pi company_pi assistant")
    assert printed(world, f"/print/report/{report_id}") == answers("")
    fill(world.cast, report_id)
    hand_in(world.cast, report_id)
    readers = answers("admin officer chief auditor pi company_pi assistant")
    assert printed(world, f"/print/report/{report_id}?as=docx&version=1") == readers
    assert printed(world, f"/print/report/{report_id}?version=2") == answers("")
    with world.cast.desk.store.read() as conn:
        version_id = load_state(conn, report_id).versions[-1].id
    assert printed(world, f"/print/receipt/{version_id}") == readers
    assert printed(world, f"/print/receipt/{version_id}?as=docx") == answers("")


def test_a_reviewer_who_was_given_nothing_prints_nothing(world: World):
    """Who is on the panel and was given nothing finds nothing; what a task gives her is tried beside the services."""
    report_id = submitted(world.cast)
    client = signed_in(world, "reviewer")
    for what in (f"report/{report_id}", f"draft/{report_id}", f"dossier/{world.cast.project('own').id}", "receipt/1"):
        assert client.get(f"/print/{what}").status_code == 404


@pytest.mark.parametrize(
    ("form", "media_type", "begins", "kind"),
    [
        ("", "application/pdf", b"%PDF", "inline"),
        ("?as=pdf", "application/pdf", b"%PDF", "inline"),
        ("?as=docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK", "attachment"),
    ],
)
def test_each_form_has_its_type_its_name_and_is_never_stored(world: World, form: str, media_type: str, begins: bytes, kind: str):
    answer = signed_in(world, "pi").get(f"/print/dossier/{world.cast.project('own').id}{form}")
    assert answer.headers["content-type"] == media_type
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"].startswith(f'{kind}; filename="DEMO-OWN-01-dossier-2026-09-01.')
    assert answer.headers["cache-control"] == "private, no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_readers_language_is_used_unless_another_is_asked_for(world: World):
    submitted(world.cast)
    address = f"/print/dossier/{world.cast.project('own').id}"
    assert "計畫審查摘要" in text_of(signed_in(world, "pi").get(address).content)
    assert "Project dossier" in text_of(signed_in(world, "assistant").get(address).content)
    assert "Project dossier" in text_of(signed_in(world, "pi").get(f"{address}?in=en").content)
    assert "計畫審查摘要" in text_of(signed_in(world, "pi").get(f"{address}?in=xx").content)


@pytest.mark.parametrize(
    "rest", ["dossier/0", "dossier/999999", f"dossier/{2**70}", "nothing/1", "dossier/1?as=exe", "dossier/1?as=../x", "report/1?version=0"]
)
def test_what_is_no_print_is_not_found(world: World, rest: str):
    answer = signed_in(world, "admin").get(f"/print/{rest}")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


def test_who_is_signed_out_is_led_to_the_way_in(world: World):
    answer = world.client().get("/print/dossier/1?as=pdf", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/print/dossier/1%3Fas%3Dpdf")
    assert world.client().get("/print/dossier/1").status_code == 401
