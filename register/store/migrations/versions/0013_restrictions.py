"""What restricts somebody knows the request it answers; a request knows when and by whom it was settled"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("objections", sa.Column("request_no", sa.Integer()))
    op.create_index("ix_objections_request_no", "objections", ["request_no"])
    op.add_column("requests", sa.Column("settled_on", sa.String(10)))
    op.add_column("requests", sa.Column("settled_by", sa.Text()))
    op.add_column("requests", sa.Column("settled_os_user", sa.Text()))


def downgrade() -> None:
    for name in ("settled_os_user", "settled_by", "settled_on"):
        op.drop_column("requests", name)
    op.drop_index("ix_objections_request_no", "objections")
    op.drop_column("objections", "request_no")
