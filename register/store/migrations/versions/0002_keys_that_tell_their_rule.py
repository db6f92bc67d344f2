"""Contacts say which run computed them last, match keys tell their rule themselves

Match keys and contacts are computed anew by the next run: the version of the code that computes them is another one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("touched_in", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_contacts_touched_in", "contacts", ["touched_in"])
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
    op.drop_index("ix_contacts_touched_in", "contacts")
    op.drop_column("contacts", "touched_in")
