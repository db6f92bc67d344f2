"""No value of a person leaves the register's own stores (design, rule 18): canary people through every feed and every fault.

Each canary value is searched in all of the home but the register's own stores, in what the command printed, and in Dagster's
events; only `samples`' formats are used, with the canaries written into them.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.conftest import SAMPLES

CANARIES = ("Kanarialintu", "kanarialintu", "0407770001", "407770001", "Salakatu")

STORES = ("inbox", "outbox", "archive", "ledger", "keys", "register.db")
"""Where personal data may lie."""

INQUIRIES = """Saapunut;Yhteyshenkilö;Yritys;Y-tunnus;Sähköposti;Puhelin;Katuosoite;Postinumero;Postitoimipaikka;Viesti
3.11.2026;Kaino Kanarialintu;Häkki Oy;9900001-8;kaino@kanarialintu.example;040 7770001;Salakatu 1;00100;Helsinki;hei
99.99.2026;Kaino2 Kanarialintu;;9900001-9;kaino@@kanarialintu;0407770001x12345678901234;Salakatu 1;1;Helsinki;hei
3.11.2099;Kaino3 Kanarialintu;Häkki Oy;9900001-8;kaino3@kanarialintu.example;;;;;010190-901R Kanarialintu
3.11.2026;;yksityishenkilö;;kaino4@kanarialintu.example;;;;;
3.11.2026;Kaino5 Kanarialintu;-;;;040 7770001;;;;
3.11.2026;Kaino6 Kanarialintu;Oma;9900011-4;kaino6@oma.example;0407770001;;;;
"""

BROKEN = {
    "inquiry_list": ("Kaino Kanarialintu.csv", 'Nimi;Yritys;Sähköposti\n"Kanarialintu;x;kaino@kanarialintu.example\n'),
    "web_inquiries": ("kanarialintu.json", '{"your-name": "Kaino Kanarialintu", "your-email": '),
    "invoices": ("kanarialintu.xml", "<Finvoice><BuyerContactPersonName>Kaino Kanarialintu</BuyerOrg></Finvoice>"),
    "assignments": ("kanarialintu.xlsx", "PK Kaino Kanarialintu"),
    "provider_x": ("kanarialintu.csv", "Kaino Kanarialintu;kaino@kanarialintu.example;0407770001\n"),
    "ytj": ("kanarialintu.zip", "PK Kaino Kanarialintu"),
}


def drop(home: Path, feed: str, day: str, name: str, text: str) -> None:
    folder = home / "inbox" / feed / day
    folder.mkdir(parents=True)
    (folder / name).write_text(text, encoding="utf-8")


PROGRAM = """
import contextlib, sys
from unittest import mock
from pipelines.cli.app import main

def broken(*args, **kwargs):
    raise ValueError(f'Kaino Kanarialintu {args} 0407770001')

for target, words in STEPS:
    sys.argv = ['register', *words.split()]
    with mock.patch(target, broken) if target else contextlib.nullcontext(), contextlib.suppress(SystemExit):
        main()
"""

STEPS = (  # what is broken inside, and the command that meets it
    ("", "refresh --day 2026-11-04"),
    ("register.normalise.rows", "refresh --day 2026-11-05"),
    ("register.golden.contacts", "refresh --day 2026-11-05"),
    ("register.observations.settle", "refresh --day 2026-11-06"),
    ("", "refresh --day 2026-11-06 --json"),
    ("register.feed_state.judge", "status"),
    ("", "status"),
    ("", "sweep"),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home through which the canaries went, and all that was printed."""
    home = tmp_path_factory.mktemp("canary") / "home"
    (home / "tmp").mkdir(parents=True)
    for name in ("policy.toml", "feeds.toml"):
        (home / name).write_text((SAMPLES / name).read_text(encoding="utf-8"), encoding="utf-8")
    for day in ("2026-11-03", "2026-11-05", "2026-11-06"):
        drop(home, "inquiry_list", day, "lista.csv", INQUIRIES)
    for feed, (name, text) in BROKEN.items():
        drop(home, feed, "2026-11-04", name, text)
    environment = {"REGISTER_HOME": str(home), "REGISTER_DATABASE_URL": "", "TMPDIR": str(home / "tmp")}
    ran = subprocess.run([sys.executable, "-c", f"STEPS = {STEPS!r}\n{PROGRAM}"], capture_output=True, text=True,
                         check=False, env=os.environ | environment)
    return home, ran.stdout + ran.stderr


def test_the_canaries_did_reach_the_register(told: tuple[Path, str]) -> None:
    """Else the other tests could not fail."""
    assert any(b"Kanarialintu" in path.read_bytes() for path in told[0].glob("register.db*"))
    assert "ValueError at" in told[1], "nothing went wrong inside"


def test_nothing_personal_was_printed(told: tuple[Path, str]) -> None:
    assert not [canary for canary in CANARIES if canary in told[1]], told[1]
    assert "Traceback" not in told[1]


def test_nothing_personal_lies_outside_the_registers_stores(told: tuple[Path, str]) -> None:
    home = told[0]
    searched = [path for path in home.rglob("*")
                if path.is_file() and not path.relative_to(home).parts[0].startswith(STORES)]
    assert any("dagster" in path.parts for path in searched)
    for path in searched:
        content = path.read_bytes()
        found = [canary for canary in CANARIES if canary.encode() in content or canary.encode("utf-16-le") in content]
        assert not found, path.relative_to(home)
