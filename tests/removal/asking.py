"""Kaino, who is in the register at two firms and asks something of it, and what is done about it."""

from datetime import date

from register.removal import objections
from register.removal.requests import Request
from register.store import tables
from tests.builders import records_of, table

DAY, LATER, LAST = "2026-11-02", "2026-11-05", "2026-11-10"
TODAY = date(2026, 11, 6)
ASKED = Request(date(2026, 11, 4), "puhelimessa", "Liisa Kaski", "kone")
KAINO = "Kaino Kanarialintu"


def row(name=KAINO, email="kaino@ostaja.example", company="Ostaja Oy", on="1.11.2026", phone="040 555 0101", **more):
    first, last = name.split()
    return {"Etunimi": first, "Sukunimi": last, "Sähköposti": email, "Puhelin": phone, "Yritys": company, "Päivä": on, **more}


def ids(home, name=KAINO, **where):
    held = table(home, tables.contacts)
    for column, value in where.items():
        held = held[held[column] == value]
    return held.loc[held["full_name"] == name, "contact_id"].tolist()


def object_to(home, to, contacts=None, asked=ASKED):
    return objections.object_to(home, home.policy(), records_of(home, contacts or ids(home)[:1]), to, asked, TODAY)


def restrict(home, contacts=None):
    return objections.restrict(home, home.policy(), records_of(home, contacts or ids(home)), ASKED, TODAY)


def lift(home, contacts=None, by="Timo Aro"):
    return objections.lift(home, home.policy(), records_of(home, contacts or ids(home)), by, "kone", TODAY)
