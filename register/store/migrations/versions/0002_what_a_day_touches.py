"""What a day touches: who must be judged again, and match keys that tell their rule themselves

Match keys and contacts are computed anew by the next run: the version of the code that computes them is another one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("contacts", "organisations"):
        op.add_column(table, sa.Column("touched_in", sa.Integer(), nullable=False, server_default="0"))
        op.create_index(f"ix_{table}_touched_in", table, ["touched_in"])
    op.add_column("verdicts", sa.Column("again_on", sa.String(10)))
    op.create_index("ix_verdicts_again_on", "verdicts", ["again_on"])
    op.drop_index("ix_memberships_is_gone", "memberships")
    is_gone = sa.table("memberships", sa.column("is_gone", sa.Boolean())).c.is_gone
    op.create_index("ix_memberships_is_gone", "memberships", ["is_gone"], sqlite_where=is_gone, postgresql_where=is_gone)
    op.execute("DELETE FROM match_keys")
    op.drop_column("match_keys", "rule")
    op.execute("UPDATE observations SET content_hash = 'bare' WHERE content_hash = ''")


def downgrade() -> None:
    op.execute("UPDATE observations SET content_hash = '' WHERE content_hash = 'bare'")
    op.execute("DELETE FROM match_keys")
    op.add_column("match_keys", sa.Column("rule", sa.String(20), nullable=False, server_default=""))
    op.drop_index("ix_memberships_is_gone", "memberships")
    op.create_index("ix_memberships_is_gone", "memberships", ["is_gone"])
    op.drop_index("ix_verdicts_again_on", "verdicts")
    op.drop_column("verdicts", "again_on")
    for table in ("contacts", "organisations"):
        op.drop_index(f"ix_{table}_touched_in", table)
        op.drop_column(table, "touched_in")
