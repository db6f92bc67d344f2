"""Alembic migrations of the register's tables, run in process: no ini file, no command of its own."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def is_current(engine: Engine) -> bool:
    """Whether the database has this version's form."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_heads() == tuple(_scripts().get_heads())


def upgrade(engine: Engine) -> None:
    """Brings the tables to this version's form, in one transaction."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
