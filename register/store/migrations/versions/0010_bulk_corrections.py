"""Corrections belong to a decision, wait for approval, know what they overruled; what is corrected together has days and a state

Nothing wrote the table of corrections before: it is made anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("corrections")
    op.create_table(
        "corrections",
        sa.Column("correction_id", sa.Integer(), primary_key=True),
        sa.Column("correction_no", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("line", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("record_key", sa.String(32), nullable=False),
        sa.Column("column", sa.String(40), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("overruled", sa.Text()),
        sa.Column("overruled_hash", sa.String(32)),
        sa.Column("still_sent_on", sa.String(10)),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.String(32)),
        sa.Column("lifted_at", sa.String(32)),
        sa.Column("changed_in", sa.Integer(), nullable=False, server_default="0"),
    )
    for name in ("correction_no", "record_key", "changed_in"):
        op.create_index(f"ix_corrections_{name}", "corrections", [name])
    op.create_table(
        "bulk_corrections",
        sa.Column("correction_no", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("scope", "remaining", "contents", "figures")),
        sa.Column("proposed_on", sa.String(10), nullable=False),
        sa.Column("changed_in", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("bulk_corrections")
    op.drop_table("corrections")
    op.create_table(
        "corrections",
        sa.Column("correction_id", sa.Integer(), primary_key=True),
        sa.Column("record_key", sa.String(32), nullable=False),
        sa.Column("column", sa.String(40), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.String(32), nullable=False),
        sa.Column("lifted_at", sa.String(32)),
    )
    op.create_index("ix_corrections_record_key", "corrections", ["record_key"])
