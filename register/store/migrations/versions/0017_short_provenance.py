"""Where a golden value comes from is told once for the fields that come from there: a third of the text"""

import json
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SOURCE = ("feed", "day", "record_key", "why")
IDS = {"contacts": "contact_id", "organisations": "organisation_id"}
BATCH = 10_000


def upgrade() -> None:
    for name, key in IDS.items():
        _rewrite(sa.table(name, sa.column(key), sa.column("provenance")), key, _short)


def downgrade() -> None:
    for name, key in IDS.items():
        _rewrite(sa.table(name, sa.column(key), sa.column("provenance")), key, _long)


def _rewrite(table: Any, key: str, form: Any) -> None:
    connection, last = op.get_bind(), ""
    change = sa.update(table).where(table.c[key] == sa.bindparam("id")).values(provenance=sa.bindparam("text"))
    while rows := connection.execute(
            sa.select(table).where(table.c[key] > last).order_by(table.c[key]).limit(BATCH)).all():
        connection.execute(change, [{"id": row[0], "text": form(json.loads(row[1]))} for row in rows])
        last = rows[-1][0]


def _short(sources: dict[str, dict[str, str]]) -> str:
    together: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for field, source in sources.items():
        together[tuple(source[name] for name in SOURCE)].append(field)
    return json.dumps({" ".join(fields): said for said, fields in together.items()})


def _long(said: dict[str, list[str]]) -> str:
    return json.dumps({field: dict(zip(SOURCE, source, strict=True)) for fields, source in said.items() for field in fields.split()})
