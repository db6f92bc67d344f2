"""A hold says which decision put it: who did so stands there, and lifting the decision lifts it"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("holds", sa.Column("decision_id", sa.Integer()))
    op.create_index("ix_holds_decision_id", "holds", ["decision_id"])


def downgrade() -> None:
    op.drop_index("ix_holds_decision_id", "holds")
    op.drop_column("holds", "decision_id")
