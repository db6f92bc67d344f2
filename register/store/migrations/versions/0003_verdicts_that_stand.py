"""Verdicts say until when they stand, organisations and decisions which run touched them; doubtful pairs; what came back

All verdicts are judged anew by the next run: the version of the code that judges them is another one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("touched_in", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_organisations_touched_in", "organisations", ["touched_in"])
    op.add_column("verdicts", sa.Column("stands_until", sa.String(10)))
    op.create_index("ix_verdicts_stands_until", "verdicts", ["stands_until"])
    op.create_index("ix_verdicts_last_day", "verdicts", ["last_day"])
    op.create_index("ix_verdicts_rule", "verdicts", ["rule"])
    op.drop_index("ix_memberships_is_gone", "memberships")
    is_gone = sa.table("memberships", sa.column("is_gone", sa.Boolean())).c.is_gone
    op.create_index("ix_memberships_is_gone", "memberships", ["is_gone"], sqlite_where=sa.text("is_gone = 1"),
                    postgresql_where=is_gone)
    op.add_column("decisions", sa.Column("changed_in", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_decisions_changed_in", "decisions", ["changed_in"])
    op.create_table(
        "doubts",
        *(sa.Column(name, sa.String(32), sa.ForeignKey("observations.record_key", ondelete="CASCADE"), primary_key=True)
          for name in ("left_key", "right_key")),
        sa.Column("is_elsewhere", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("since_on", sa.String(10), nullable=False),
    )
    op.create_index("ix_doubts_right_key", "doubts", ["right_key"])
    op.add_column("exports", sa.Column("asked", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("exports", sa.Column("taken_on", sa.String(10)))
    op.add_column("exports", sa.Column("deleted_on", sa.String(10)))


def downgrade() -> None:
    for name in ("deleted_on", "taken_on", "asked"):
        op.drop_column("exports", name)
    op.drop_table("doubts")
    op.drop_index("ix_decisions_changed_in", "decisions")
    op.drop_column("decisions", "changed_in")
    op.drop_index("ix_memberships_is_gone", "memberships")
    is_gone = sa.table("memberships", sa.column("is_gone", sa.Boolean())).c.is_gone
    op.create_index("ix_memberships_is_gone", "memberships", ["is_gone"], sqlite_where=is_gone, postgresql_where=is_gone)
    op.drop_index("ix_verdicts_rule", "verdicts")
    op.drop_index("ix_verdicts_last_day", "verdicts")
    op.drop_index("ix_verdicts_stands_until", "verdicts")
    op.drop_column("verdicts", "stands_until")
    op.drop_index("ix_organisations_touched_in", "organisations")
    op.drop_column("organisations", "touched_in")
