"""What was answered of rows and values in quarantine is remembered

Nobody has to do anything: entries older than the policy's `quarantine_days` go with the next refresh, counted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("feed", sa.String(40), nullable=False),
        sa.Column("record_key", sa.String(32), nullable=False),
        sa.Column("column", sa.String(40), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("value_hash", sa.String(32), nullable=False),
        sa.Column("scope", sa.String(5), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("decision_id", sa.Integer()),
        sa.Column("changed_in", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "record_key", "column", "code", "value_hash", name=op.f("pk_answers")),
    )
    for column in ("record_key", "decision_id", "changed_in"):
        op.create_index(f"ix_answers_{column}", "answers", [column])


def downgrade() -> None:
    op.drop_table("answers")
