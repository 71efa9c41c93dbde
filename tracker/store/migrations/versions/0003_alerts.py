"""Alert policies, digests, silences, channels, feeds, working days brought in, and what keeps the alerts honest.

Not released yet: this revision leads from `second_tables` to the tables as they stand in `tracker.store.tables` today. With the
release they are frozen beside the others, and every later change is a revision of its own.
"""

from alembic import op

from tracker.store.audit import install_triggers, missing_triggers, remove_triggers
from tracker.store.migrations import second_tables
from tracker.store.migrations.reshape import reshape
from tracker.store.tables import metadata

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Until now every alert had a mail of its own to each person.
_FILL = {
    ("inbox_item", "outbox_id"): (
        "(SELECT min(m.id) FROM outbox m WHERE m.alert_id = old_row.alert_id AND m.person_id = old_row.person_id)"
    ),
    ("notice", "dedup_key"): "(SELECT min(m.dedup_key) FROM outbox m WHERE m.notice_id = old_row.id)",
}


def upgrade() -> None:
    """Add what is new, change what differs, keep every row; then the triggers again."""
    bind = op.get_bind()
    reshape(bind, second_tables.metadata, metadata, _FILL)
    if missing_triggers(bind):
        remove_triggers(bind)
        install_triggers(bind)


def downgrade() -> None:
    """Refused: what was told since has no place in the tables before."""
    raise RuntimeError("restore the copy that was made before the upgrade instead")
