"""The home in which somebody asks something of the register."""

import pytest

from tests.builders import FEEDS, POLICY, deliver, make_home, refreshed
from tests.removal.asking import DAY, row


@pytest.fixture
def home(tmp_path, database_url):
    """Kaino at two firms; Liisa is her colleague."""
    home = make_home(tmp_path / "home", FEEDS, POLICY.replace("[periods]", '[exports]\npurposes = ["invoicing"]\n[periods]'),
                     database_url)
    deliver(home, "inquiries", DAY, [
        row(), row(company="Toinen Oy"), row("Liisa Laine", "liisa@ostaja.example", phone="040 555 0102")])
    refreshed(home, DAY)
    yield home
    home.database.engine.dispose()
