"""Who was erased and who objected, by keyed hashes of who they are."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suppressed_people",
        sa.Column("person_hash", sa.String(64), primary_key=True),
        sa.Column("basis", sa.String(20), nullable=False),
        sa.Column("key_year", sa.Integer(), nullable=False),
        sa.Column("removal_id", sa.String(36), nullable=False),
        sa.Column("suppressed_on", sa.String(10), nullable=False),
    )
    op.create_index("ix_suppressed_people_key_year", "suppressed_people", ["key_year"])
    op.create_table(
        "banned_people",
        sa.Column("person_hash", sa.String(64), primary_key=True),
        sa.Column("basis", sa.String(20), nullable=False),
        sa.Column("objected_on", sa.String(10), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("banned_people")
    op.drop_table("suppressed_people")
