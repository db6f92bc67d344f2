"""What a correction replaced is kept for a while, so that it can be undone"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_deliveries",
        sa.Column("correction_no", sa.Integer(), nullable=False),
        sa.Column("feed", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("archive_file", sa.Text()),
        sa.Column("waiting_file", sa.Text()),
        sa.Column("recorded", sa.Text(), nullable=False),
        sa.Column("replaced_in", sa.Integer(), nullable=False),
        sa.Column("replaced_on", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("correction_no", "feed", "day", name="pk_former_deliveries"))


def downgrade() -> None:
    op.drop_table("former_deliveries")
