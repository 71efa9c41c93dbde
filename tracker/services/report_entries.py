"""What a draft keeps of what was typed into one field: clean text, rows of a table, or ids of files of this very project."""

from __future__ import annotations

from typing import Any

from tracker.domain.free_text import clean_text
from tracker.domain.report_values import ROWS_KEPT, kept_rows
from tracker.programmes.report_types import Field, FieldType
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.report_forms import DRAFT_LONGEST
from tracker.store import q_reports as q

_FAR_TOO_LONG = "This text is far too long to be kept ({length} characters). Put it into a file and attach it."


def kept_value(ctx: Context, project_id: int, name: str, field: Field | None, value: Any) -> Any:
    """The value of one field (None: a built-in one) as a draft stores it, right or wrong: judging comes at submission.

    Raises Invalid (names the field) for what is of another sort or far too long, NotFound for a file of another project.
    """
    if field is not None and field.type == FieldType.FILES:
        return _files(ctx, project_id, field, value)
    if field is not None and field.type == FieldType.TABLE:
        return _rows(field, value)
    if name.endswith(":evidence"):
        if value in ("", None):
            return ""
        if not _is_id(value):
            raise Invalid([Problem(name, "This is not a file.")])
        _check_files(ctx, project_id, [value])
        return value
    if not isinstance(value, str):
        raise Invalid([Problem(name, "This is not a text.")])
    return _of_bearable_length(name, clean_text(value))


def _of_bearable_length(name: str, text: str) -> str:
    if len(text) > DRAFT_LONGEST:
        raise Invalid([Problem(name, _FAR_TOO_LONG, {"length": f"{len(text):,}"})])
    return text


def _rows(field: Field, value: Any) -> list[dict[str, str]]:
    rows = kept_rows(value, (column.id for column in field.columns))
    if rows is None:
        raise Invalid([Problem(field.id, "This is not a table of this form, or it has more than {most} rows.", {"most": ROWS_KEPT})])
    length = sum(len(cell) for row in rows for cell in row.values())
    if length > DRAFT_LONGEST:
        raise Invalid([Problem(field.id, _FAR_TOO_LONG, {"length": f"{length:,}"})])
    return rows


def _files(ctx: Context, project_id: int, field: Field, value: Any) -> list[int]:
    ids = list(dict.fromkeys(value)) if isinstance(value, list | tuple) and all(_is_id(i) for i in value) else None
    if ids is None:
        raise Invalid([Problem(field.id, "This is not a list of files.")])
    if len(ids) > field.files_most:
        raise Invalid([Problem(field.id, "At most {most} files can be attached.", {"most": field.files_most})])
    _check_files(ctx, project_id, ids)
    return ids


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _check_files(ctx: Context, project_id: int, ids: list[int]) -> None:
    """A file of another project is not found, whoever knows its number."""
    with ctx.store.read() as conn:
        found = q.documents(conn, ids)
    if any(i not in found or found[i].project_id != project_id for i in ids):
        raise NotFound("The file was not found. Upload it again.")
