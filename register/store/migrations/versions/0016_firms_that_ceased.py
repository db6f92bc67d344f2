"""Firms that have ceased are found by an index, since they are asked for each day and few"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_organisations_ceased_on", "organisations", ["ceased_on"])


def downgrade() -> None:
    op.drop_index("ix_organisations_ceased_on", "organisations")
