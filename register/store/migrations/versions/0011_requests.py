"""The requests of people: what was asked, when it was due, what was decided"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "requests",
        sa.Column("request_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("received_on", sa.String(10), nullable=False),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("due_strict", sa.String(10), nullable=False),
        sa.Column("due_legal", sa.String(10), nullable=False),
        sa.Column("decision", sa.String(12), nullable=False),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("answered_on", sa.String(10), nullable=False),
        sa.Column("removals", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("os_user", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("request_no", name="pk_requests"))


def downgrade() -> None:
    op.drop_table("requests")
