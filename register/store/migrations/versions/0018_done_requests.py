"""Rows of a workbook of requests that were done before the workbook was answered"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "done_requests",
        sa.Column("request_hash", sa.String(32), nullable=False),
        sa.Column("export_no", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("done_on", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("request_hash", name="pk_done_requests"))


def downgrade() -> None:
    op.drop_table("done_requests")
