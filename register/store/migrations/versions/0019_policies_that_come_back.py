"""A policy that is used again has a row of its own: since when, and who ran with it first"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("policies") as policies:
        policies.drop_constraint("uq_policies_digest", type_="unique")
    op.create_index("ix_policies_digest", "policies", ["digest"])


def downgrade() -> None:
    op.execute("DELETE FROM policies WHERE policy_no NOT IN (SELECT min(policy_no) FROM policies GROUP BY digest)")
    op.drop_index("ix_policies_digest", "policies")
    with op.batch_alter_table("policies") as policies:
        policies.create_unique_constraint("uq_policies_digest", ["digest"])
