"""The home in which somebody asks something of the register."""


from tests.builders import FEEDS, POLICY, deliver, make_home, refreshed
from tests.conftest import prepared
from tests.removal.asking import DAY, row


@prepared
def home(path, database_url):
    """Kaino at two firms; Liisa is her colleague."""
    home = make_home(path, FEEDS, POLICY.replace("[periods]", '[exports]\npurposes = ["invoicing"]\n[periods]'),
                     database_url)
    deliver(home, "inquiries", DAY, [
        row(), row(company="Toinen Oy"), row("Liisa Laine", "liisa@ostaja.example", phone="040 555 0102")])
    refreshed(home, DAY)
    return home
