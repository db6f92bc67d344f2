"""Faults of a contact stand on the due list as rows of their own; what of a record is taken no more; who first used a policy

The list of what falls due keeps its days of publication and its approvals: a notice that was given counts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _contact() -> sa.Column[str]:
    return sa.Column("contact_id", sa.String(36), sa.ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "faults", _contact(),
        sa.Column("depth", sa.String(12), primary_key=True),
        sa.Column("part", sa.String(32), primary_key=True),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("last_day", sa.String(10)),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("reported_since_on", sa.String(10)),
    )
    _make_due("0003", sa.Column("depth", sa.String(12), primary_key=True, server_default="contact"),
              sa.Column("part", sa.String(32), primary_key=True, server_default="all"))
    op.execute("INSERT INTO due (contact_id, depth, part, rule, last_day, published_on, approved_by) "
               "SELECT contact_id, 'contact', 'all', rule, last_day, published_on, approved_by FROM due_0003")
    op.drop_table("due_0003")
    op.create_table(
        "removed_values",
        *(sa.Column(name, sa.String(size), primary_key=True)
          for name, size in (("record_key", 32), ("column", 40), ("value_hash", 32))),
        sa.Column("feed", sa.String(40), nullable=False),
        sa.Column("removal_id", sa.String(36), nullable=False),
    )
    op.create_index("ix_removed_values_feed", "removed_values", ["feed"])
    op.add_column("policies", sa.Column("used_first_by", sa.Text()))
    withdrawn = sa.table("observations", sa.column("withdrawn", sa.Boolean())).c.withdrawn
    op.create_index("ix_observations_withdrawn", "observations", ["withdrawn"], sqlite_where=sa.text("withdrawn = 1"),
                    postgresql_where=withdrawn)
    is_hard = sa.text("event_status = 'hard'")
    op.create_index("ix_observations_bounced", "observations", ["event_on"], sqlite_where=is_hard, postgresql_where=is_hard)


def _make_due(old: str, *more: "sa.Column[str]") -> None:
    """The table under a name of its own, and a new one; its primary key is another one."""
    op.rename_table("due", f"due_{old}")
    if op.get_bind().dialect.name == "postgresql":  # the names of constraints are the schema's, not the table's
        op.execute(f"ALTER TABLE due_{old} RENAME CONSTRAINT pk_due TO pk_due_{old}")
        op.execute(f"ALTER TABLE due_{old} RENAME CONSTRAINT fk_due_contact_id_contacts TO fk_due_{old}")
    op.create_table(
        "due", _contact(), *more,
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("last_day", sa.String(10), nullable=False),
        sa.Column("published_on", sa.String(10), nullable=False),
        sa.Column("approved_by", sa.Text()),
    )


def downgrade() -> None:
    op.drop_index("ix_observations_bounced", "observations")
    op.drop_index("ix_observations_withdrawn", "observations")
    op.drop_column("policies", "used_first_by")
    op.drop_table("removed_values")
    _make_due("0004")
    op.execute("INSERT INTO due (contact_id, rule, last_day, published_on, approved_by) "
               "SELECT contact_id, rule, last_day, published_on, approved_by FROM due_0004 WHERE depth = 'contact'")
    op.drop_table("due_0004")
    op.drop_table("faults")
