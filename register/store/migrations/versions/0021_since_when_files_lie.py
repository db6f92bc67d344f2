"""Since when each file lies in the inbox"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lying",
        sa.Column("file_hash", sa.String(32), nullable=False),
        sa.Column("since_on", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("file_hash", name="pk_lying"))


def downgrade() -> None:
    op.drop_table("lying")
