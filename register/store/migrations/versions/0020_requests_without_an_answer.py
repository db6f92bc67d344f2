"""A request stays open while the proof of its erasure finds something"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("requests") as requests:
        requests.alter_column("answered_on", existing_type=sa.String(10), nullable=True)


def downgrade() -> None:
    op.execute("UPDATE requests SET answered_on = due_legal WHERE answered_on IS NULL")
    with op.batch_alter_table("requests") as requests:
        requests.alter_column("answered_on", existing_type=sa.String(10), nullable=False)
