"""The columns of `contacts` as Dagster shows them: a heading in the steward's language and whose data it is."""

import dagster as dg

from register.columns import CONTACT_FIELDS, DELIVERED
from register.texts import Texts

PII = {column.name: column.pii for column in DELIVERED} | {"email_2": "person", "phone_2": "person"}


def contacts_schema(texts: Texts) -> dg.TableSchema:
    """Golden fields with the tag `pii`: person, company or none."""
    return dg.TableSchema(columns=[
        dg.TableColumn(name, "text", description=texts.say(f"column.{name}"), tags={"pii": PII[name]})
        for name in CONTACT_FIELDS
    ])
