"""The words for kinds, stages, numbers and answers of outcomes."""

from __future__ import annotations

KINDS = {
    "paper": ("Paper", "article"),
    "patent": ("Patent", "lightbulb"),
    "licence": ("Licence or transfer", "handshake"),
    "product": ("Product", "medical_services"),
    "field_trial": ("Field trial", "experiment"),
    "other": ("Other outcome", "category"),
}
STAGES = {
    "submitted": "submitted", "accepted": "accepted for publication", "published": "published", "filed": "filed",
    "disclosed": "published by the patent office", "granted": "granted", "negotiated": "being negotiated", "signed": "signed",
    "prototype": "prototype", "tested": "tested", "approved": "approved for the market", "sold": "on the market", "planned": "planned",
    "running": "running", "finished": "finished", "reached": "reached",
}  # fmt: skip
NUMBERS = {"doi": "DOI", "patent": "Patent number", "licence": "Device licence number", "trial": "Trial registration number",
           "other": "Number"}  # fmt: skip
EXAMPLES = {"doi": "10.1234/abc.5678", "patent": "TW I123456 / US 11123456 B2", "licence": "衛部醫器製字第000000號", "trial": "NCT00000000",
            "other": ""}  # fmt: skip
PEOPLE = {"paper": "Authors", "patent": "Inventors"}
VENUES = {"paper": "Journal or conference", "patent": "Owner of the right", "licence": "Partner", "product": "Maker",
          "field_trial": "Site", "other": "Where"}  # fmt: skip
ANSWERS = {"yes": "yes", "no": "no", "not_applicable": "does not apply"}
CHECKED = {
    "unchecked": ("not checked by the office yet", "gray", "hourglass_empty"),
    "found_good": ("checked: good", "green", "verified"),
    "found_wanting": ("checked: something is wanting", "orange", "report"),
}
NAMES = {
    "kind": "Kind", "title": "Title", "stage": "How far it has come", "people": "Authors or inventors", "venue": "Where",
    "identifier": "Number", "occurred_on": "Day of this stage", "acknowledges_funder": "Does it name the funder?",
    "acknowledges_project": "Does it name the programme or the project's number?", "acknowledgement": "Acknowledgement as printed",
    "document_id": "File that shows it", "file": "File that shows it", "note": "Note", "reason": "Reason", "year": "Year",
    "found": "What was found",
}  # fmt: skip
