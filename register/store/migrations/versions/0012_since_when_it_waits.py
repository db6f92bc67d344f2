"""Since when the steward can answer what waits: a late delivery has its whole time

Nobody has to do anything: what waits already keeps the end it was given.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("asked_on", sa.String(10), nullable=False, server_default=""))
    quarantine = sa.table("quarantine", sa.column("asked_on", sa.String()), sa.column("first_seen_on", sa.String()))
    op.execute(quarantine.update().values(asked_on=quarantine.c.first_seen_on))


def downgrade() -> None:
    op.drop_column("quarantine", "asked_on")
