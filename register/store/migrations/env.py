"""What Alembic runs: on the connection it is given, or on a scratch database when a revision is being written."""

from alembic import context
from sqlalchemy import create_engine

from register.store.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    connection = create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite://").connect()
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
