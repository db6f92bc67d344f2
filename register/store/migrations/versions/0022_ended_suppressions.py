"""A suppression that ended stands on for the days before, until its year is over"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suppressions", sa.Column("ended_on", sa.String(10)))


def downgrade() -> None:
    op.execute("DELETE FROM suppressions WHERE ended_on IS NOT NULL")
    op.drop_column("suppressions", "ended_on")
