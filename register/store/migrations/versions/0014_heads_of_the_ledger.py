"""A run keeps the head of the ledger that it wrote"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("ledger_head", sa.String(64)))


def downgrade() -> None:
    op.drop_column("runs", "ledger_head")
