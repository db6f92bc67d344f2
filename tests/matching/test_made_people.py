"""The made-up people that the matcher is trained and measured on: their truth holds together, and they are the same again."""

import pandas as pd

from benchmarks import people


def test_the_same_seed_gives_the_same_people_and_another_one_others() -> None:
    pd.testing.assert_frame_equal(people.rows(2000), people.rows(2000))
    assert not people.rows(2000)["full_name"].equals(people.rows(2000, seed=2)["full_name"])


def test_a_contact_is_one_person_at_one_organisation_and_some_people_are_several_contacts() -> None:
    made = people.rows(5000)
    assert len(made) == 5000 and made["record_key"].is_unique
    assert (made.groupby("contact")["person"].nunique() == 1).all()
    assert (made.groupby("contact")["organisation_id"].nunique() <= 1).all()
    assert made.groupby("person")["contact"].nunique().max() >= 20, "a property manager"


def test_rows_are_such_as_the_register_lets_in() -> None:
    made = people.rows(5000)
    assert made[["email", "phone"]].notna().any(axis=1).all(), "one channel at least"
    assert (made["name_key"].notna() | made["email_is_role"]).all(), "a name or a role's mailbox"
    assert (made["phone"].isna() == made["phone_type"].isna()).all()
    assert made["email"].dropna().str.contains("@").all()
