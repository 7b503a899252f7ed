"""What Alembic runs: from the program on its connection, from `alembic …` on the settings'."""

from alembic import context
from sqlalchemy import Connection

from app.config import settings
from app.store.embedded import shared_url
from app.store.engine import make_engine
from app.store.every_table import metadata


def migrate(connection: Connection) -> None:
    """Run the asked-for migrations, each in a transaction of its own."""
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        compare_server_default=True,
        transaction_per_migration=True,  # so that one can build an index concurrently
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate_by_settings() -> None:
    """For `alembic …` on the command line, which brings no connection."""
    url = settings().database_url or shared_url(settings().var_dir)
    engine = make_engine(url)
    with engine.connect() as connection:
        migrate(connection)
    engine.dispose()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=metadata(), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
elif (given := context.config.attributes.get("connection")) is not None:
    migrate(given)
else:
    migrate_by_settings()
