"""Alembic's environment: runs on the connection it was handed, inside that connection's transaction."""

from alembic import context

from tracker.store.tables import metadata


def run() -> None:
    """Run the migrations. KeyError when no connection was handed over: a URL is never an alternative."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        transactional_ddl=True,  # both engines roll DDL back with the rest of the transaction
        render_as_batch=False,  # batch mode rebuilds a table and drops its triggers silently
    )
    context.run_migrations()


run()
