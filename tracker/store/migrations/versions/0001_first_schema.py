"""The first schema.

Nothing has been released yet, so this revision creates the tables as `tracker.store.tables` has them today. With the
first release it is frozen (written out table by table), and every later change is a revision of its own.
"""

from alembic import op

from tracker.store.audit import install_triggers
from tracker.store.tables import metadata

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
