"""The first schema, frozen in `first_tables`."""

from alembic import op

from tracker.store.audit import install_triggers
from tracker.store.migrations.first_tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, then the triggers that make the audit trail append-only."""
    bind = op.get_bind()
    metadata.create_all(bind, checkfirst=False)
    install_triggers(bind)


def downgrade() -> None:
    """Refused: the audit trail is never dropped by a command."""
    raise RuntimeError("there is nothing before the first schema; restore a backup instead")
