"""Verdicts say until when they stand, organisations which run touched them last

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


def downgrade() -> None:
    op.drop_index("ix_memberships_is_gone", "memberships")
    is_gone = sa.table("memberships", sa.column("is_gone", sa.Boolean())).c.is_gone
    op.create_index("ix_memberships_is_gone", "memberships", ["is_gone"], sqlite_where=is_gone, postgresql_where=is_gone)
    op.drop_index("ix_verdicts_rule", "verdicts")
    op.drop_index("ix_verdicts_last_day", "verdicts")
    op.drop_index("ix_verdicts_stands_until", "verdicts")
    op.drop_column("verdicts", "stands_until")
    op.drop_index("ix_organisations_touched_in", "organisations")
    op.drop_column("organisations", "touched_in")
