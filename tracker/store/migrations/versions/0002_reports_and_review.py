"""Reports as data, review steps, calls, meetings, outcomes, delegation: from `first_tables` to `second_tables`, both frozen."""

from alembic import op
from sqlalchemy import Connection, func, insert, select

from tracker.programmes.first_forms import FIRST_FORMS
from tracker.programmes.report_codec import sha256, to_data
from tracker.store.audit import install_triggers, missing_triggers, remove_triggers
from tracker.store.migrations import first_tables
from tracker.store.migrations.reshape import reshape
from tracker.store.migrations.second_tables import metadata, report_form

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FILL = {
    ("obligation", "origin"): "CASE old_row.kind WHEN 'reply' THEN 'reply' WHEN 'approval_renewal' THEN 'approval' ELSE 'rule' END",
    ("report", "accepted_version"): (
        "CASE WHEN old_row.status = 'accepted' THEN (SELECT max(v.number) FROM report_version v WHERE v.report_id = old_row.id) END"
    ),
    ("report", "form_id"): (
        "(SELECT f.id FROM report_form f JOIN obligation o ON o.id = old_row.obligation_id WHERE f.code = "
        "CASE WHEN o.kind IN ('interim_report', 'quarterly_report', 'final_report') THEN 'progress' ELSE 'document' END)"
    ),
    ("report_version", "kind"): "CASE WHEN old_row.number = 1 THEN 'first' ELSE 'answer' END",
}


def upgrade() -> None:
    """Add what is new, change what differs, keep every row; then the triggers again."""
    bind = op.get_bind()
    reshape(bind, first_tables.metadata, metadata, _FILL, _keep_first_forms)
    if missing_triggers(bind):
        remove_triggers(bind)
        install_triggers(bind)


def _keep_first_forms(bind: Connection) -> None:
    """Reports that were begun before forms were kept get the two forms that there were; without reports none is needed."""
    at = bind.scalar(select(func.min(first_tables.report.c.created_at)))
    if at is None:
        return
    for form in FIRST_FORMS.values():
        bind.execute(
            insert(report_form).values(code=form.code, label=form.label, sha256=sha256(form), definition_json=to_data(form), recorded_at=at)
        )


def downgrade() -> None:
    """Refused: what was handed in since has no place in the tables before."""
    raise RuntimeError("restore the copy that was made before the upgrade instead")
