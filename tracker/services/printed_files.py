"""Prints as files: each asks the service that owns the object, which decides who may have it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tracker.domain.minguo import both
from tracker.exchange import typeset, wordfile
from tracker.exchange.printed import PrintedDocument, as_data
from tracker.i18n import Translator
from tracker.services.context import Context
from tracker.services.dossier import dossier
from tracker.services.errors import NotFound
from tracker.services.printed_dossier import printed_dossier


class Form(StrEnum):
    """What a print is wanted as."""

    PDF = "pdf"
    DOCX = "docx"


MEDIA_TYPES = {
    Form.PDF: "application/pdf",
    Form.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True)
class PrintedFile:
    """A print to hand over."""

    filename: str
    media_type: str
    content: bytes


def print_dossier(ctx: Context, project_id: int, form: Form, t: Translator) -> PrintedFile:
    """The dossier of a project as it stands today. Raises NotFound for who may not see it."""
    found = dossier(ctx, project_id)
    document = printed_dossier(found, t)
    name = f"{found.head.code}-dossier-{found.day.isoformat()}"
    return made(document, "dossier", name, form, as_of=t("as of {day}", day=both(found.day)))


def made(document: PrintedDocument, template: str, name: str, form: Form, **more: str) -> PrintedFile:
    """The document in the wanted form, named `<name>.<form>`."""
    content = typeset.pdf(template, as_data(document, **more)) if form == Form.PDF else wordfile.docx(document)
    return PrintedFile(f"{name}.{form}", MEDIA_TYPES[form], content)


def form_of(text: str) -> Form:
    """The form that an address asks for; PDF where it says nothing. Raises NotFound for an unknown one."""
    try:
        return Form(text or Form.PDF)
    except ValueError as unknown:
        raise NotFound() from unknown
