"""No value of a person leaves the register's own stores (design, rule 18): canary people through every feed and every fault.

Each canary value is searched, in every spelling that a program could give it, in all of the home but the register's own
stores, in what the command printed, in Dagster's events, and in temporary files, arguments and environments meanwhile.
"""

import base64
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest

from expectations.suites import CONTACTS, SUITES
from register.home import Home
from register.store.tables import deliveries
from tests.builders import table
from tests.intake.test_lookup import bulk
from tests.pipelines.conftest import SAMPLES

CANARIES = ("Kanarialintu", "kanarialintu", "0407770001", "407770001", "Salakatu", "Äänislintu", "010190-901R")

STORES = ("inbox", "outbox", "archive", "ledger", "keys", "register.db")
"""Where personal data may lie."""

INQUIRIES = """Saapunut;Yhteyshenkilö;Yritys;Y-tunnus;Sähköposti;Puhelin;Katuosoite;Postinumero;Postitoimipaikka;Viesti
3.11.2026;Kaino Kanarialintu;Häkki Oy;9900001-8;kaino@kanarialintu.example;040 7770001;Salakatu 1;00100;Helsinki;hei
99.99.2026;Kaino2 Kanarialintu;;9900001-9;kaino@@kanarialintu;0407770001x12345678901234;Salakatu 1;1;Helsinki;hei
3.11.2099;Kaino3 Äänislintu;Häkki Oy;9900001-8;kaino3@kanarialintu.example;;;;;010190-901R Kanarialintu
3.11.2026;;yksityishenkilö;;kaino4@kanarialintu.example;;;;;
3.11.2026;Kaino5 Kanarialintu;-;;;040 7770001;;;;
3.11.2026;Kaino6 Kanarialintu;Oma;9900011-4;kaino6@oma.example;0407770001;;;;
3.11.2026;Kaino7 Kanarialintu;Häkki Oy;9900001-8;;;;;;
3.11.2026;;Häkki Oy;9900001-8;kaino8@kanarialintu.example;;;;;
3.11.2026;Kanarialintu 407770001 http://kanarialintu.example;Häkki Oy;9900001-8;kaino9@kanarialintu.example;4,0777E+09;;;;
3.11.2026;Kaino10 Kanarialintu;Häkki Oy;9900001-8;kaino@haara.example;;;;;
3.11.2026;Kaino11 Kanarialintu;Häkki Kaksi Oy;9900002-6;kaino@haara.example;;;;;
3.11.2026;Kaino12 Kanarialintu;;;kaino12@haara.example;040 7770001;;;;
"""
FORM = {"your-name": "Kaino Kanarialintu", "your-company": "Häkki Oy", "your-email": "kaino@kanarialintu.example",
        "your-phone": "040 7770001", "your-message": "Salakatu 1, 010190-901R"}
ENTRY = {"form_id": "3", "date_created": "2026-11-03 10:00:00", "1.3": "Kaino", "1.6": "Kanarialintu", "4": "Häkki Oy",
         "2": "kaino@kanarialintu.example", "3": "040 7770001", "5": "9900001-8", "6.1": "Salakatu 1"}
PROVIDER = """Kontaktinro;Yritys;Y-tunnus;Yhteyshenkilö;Sähköposti;Puhelin;Katuosoite;Päivitetty
1;Häkki Oy;9900001-8;Kaino Äänislintu;kaino@kanarialintu.example;040 7770001;Salakatu 1;3.11.2026
2;Tuntematon Oy;9900003-4;Kaino Kanarialintu;kaino2@kanarialintu.example;040 7770001;Salakatu 1;3.11.2026
"""

BROKEN = {
    "inquiry_list": ("Kaino Kanarialintu.csv", 'Nimi;Yritys;Sähköposti\n"Kanarialintu;x;kaino@kanarialintu.example\n'),
    "web_inquiries": ("kanarialintu.json", '{"your-name": "Kaino Kanarialintu", "your-email": '),
    "quotation_requests": ("kanarialintu.json", '[{"1.3": "Kaino", "1.6": "Kanarialintu"'),
    "invoices": ("kanarialintu.xml", "<Finvoice><BuyerContactPersonName>Kaino Kanarialintu</BuyerOrg></Finvoice>"),
    "assignments": ("kanarialintu.xlsx", "PK Kaino Kanarialintu"),
    "provider_x": ("kanarialintu.csv", "Kaino Kanarialintu;kaino@kanarialintu.example;0407770001\n"),
    "ytj": ("kanarialintu.zip", "PK Kaino Kanarialintu"),
}

PROGRAM = '''
import contextlib, fcntl, sys
from pathlib import Path
from unittest import mock
import pandas as pd
from pipelines.cli.app import main
from register.store import lock

def broken(*args, **kwargs):
    raise ValueError(f"Kaino Kanarialintu {args} 0407770001")

def spoilt(store):
    from register.contacts import contacts
    rows, firms = real(store)
    rows = pd.concat([rows, rows], ignore_index=True).assign(provenance="{}", full_name=None, email_is_role=False)
    return rows.assign(email=None, phone=None, email_2=None, phone_2=None), firms.head(0)

import register.contacts.contacts
real = register.contacts.contacts.to_judge
home, steps = Path(sys.argv[1]), eval(Path(sys.argv[2]).read_text())
for how, words in steps:
    sys.argv = ["register", *words.split()]
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(SystemExit))
        if how == "locked":
            stack.enter_context(mock.patch.object(lock, "PATIENCE_SECONDS", 0))
            fcntl.flock(stack.enter_context(open(home / "register.db.lock")), fcntl.LOCK_EX)
        elif how == "spoilt":
            stack.enter_context(mock.patch("register.contacts.contacts.to_judge", spoilt))
        elif how.endswith(".toml"):
            whole = (home / how).read_text()
            stack.callback((home / how).write_text, whole)
            (home / how).write_text(whole + "\\n[Kaino.Kanarialintu\\n")
        elif how:
            stack.enter_context(mock.patch(how, broken))
        main()
'''

QUICK = (  # what is broken inside, and the command that meets it
    ("", "refresh --day 2026-11-04"),
    ("register.normalise.rows", "refresh --day 2026-11-05"),
    ("register.intake.observations.settle", "refresh --day 2026-11-06"),
    ("", "refresh --day 2026-11-06 --json"),
    ("register.intake.feed_state.judge", "status"),
)
EVERY = (
    *QUICK,
    ("", "status"),
    ("", "sweep"),
    ("register.contacts.golden.contacts", "refresh --day 2026-11-07"),
    ("register.sources.read", "refresh --day 2026-11-07"),           # a reader raises, of every format
    ("expectations.engine.validate", "refresh --day 2026-11-08"),    # the suite raises
    ("register.store.store.Store.insert", "refresh --day 2026-11-09"),  # the store fails
    ("register.intake.archive.Archive.write", "refresh --day 2026-11-09"),  # the archive cannot be written
    ("register.intake.archive.Archive.read", "backfill --from 2026-11-03 --to 2026-11-03"),
    ("locked", "refresh --day 2026-11-09"),                          # the lock is never free
    ("policy.toml", "refresh --day 2026-11-09"),
    ("feeds.toml", "refresh --day 2026-11-09"),
    ("spoilt", "refresh --day 2026-11-09 --json"),                          # every expectation on the golden records fails
    ("register.retention.judge", "refresh --day 2026-11-10"),
    ("register.removal.sweep.carry_out", "refresh --day 2026-11-10"),        # the sweep fails
    ("register.matching.identify", "refresh --day 2026-11-10"),
    ("register.contacts.organisations.update", "refresh --day 2026-11-10"),
    ("register.intake.inbox.look", "refresh --day 2026-11-10"),
    ("register.intake.lookup.take", "refresh --day 2026-11-10"),
    ("", "refresh --day 2026-11-10 --json"),
)


@dataclass
class Told:
    """The home through which the canaries went, all that was printed, and what was met elsewhere while it went on."""

    home: Path
    printed: str
    met: set[str]


def drop(home: Path, feed: str, day: str, name: str, content: str | bytes) -> None:
    folder = home / "inbox" / feed / day
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def deliver(home: Path, day: str) -> None:
    """A readable delivery of every feed, each full of canaries."""
    invoice = next((SAMPLES / "inbox" / "invoices" / "2026-11-20").glob("finvoice3_invoice.xml")).read_text(encoding="utf-8")
    named = (invoice.replace("Åke Östman", "Kaino Äänislintu").replace("ake.ostman@ostaja", "kaino@kanarialintu")
             .replace("040 123 4572", "040 7770001").replace("Ostajankatu 2 A 5", "Salakatu 1"))
    dateless = named.replace('<InvoiceDate Format="CCYYMMDD">20261103</InvoiceDate>', "").replace(">1042<", ">1043<")
    strange = named.replace("9900011-4", "9900031-6").replace("FI99000114", "FI99000316").replace(">1042<", ">1044<")
    drop(home, "inquiry_list", day, "lista.csv", INQUIRIES)
    drop(home, "web_inquiries", day, "Kaino Kanarialintu.json", json.dumps(FORM))
    drop(home, "quotation_requests", day, "Kaino Kanarialintu.json", json.dumps(ENTRY))
    for number, text in enumerate((named, dateless, strange)):
        drop(home, "invoices", day, f"kanarialintu{number}.xml", text)
    drop(home, "provider_x", day, "kanarialintu.csv", PROVIDER)
    (home / "inbox" / "assignments" / day).mkdir(parents=True)
    workbook = home / "inbox" / "assignments" / day / "kanarialintu.xlsx"
    pd.DataFrame([{"Asianumero": "TA-1", "Yritys": "Häkki Oy", "Y-tunnus": "9900001-8", "Yhteyshenkilö": "Kaino Kanarialintu",
                   "Sähköposti": "kaino@kanarialintu.example", "Puhelin": "040 7770001", "Tila": "avoin",
                   "Tilan pvm": "3.11.2026"}]).to_excel(workbook, sheet_name="Toimeksiannot", index=False, engine="xlsxwriter")
    bulk(Home(home), day, {"9900001-8": "Tmi Kaino Kanarialintu"}, "kanarialintu.zip")


@pytest.fixture(scope="module", params=["quick", pytest.param("every", marks=pytest.mark.deep)])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("canary")
    home, steps = folder / "home", QUICK if request.param == "quick" else EVERY
    (home / "tmp").mkdir(parents=True)
    for name in ("policy.toml", "feeds.toml"):
        (home / name).write_text((SAMPLES / name).read_text(encoding="utf-8"), encoding="utf-8")
    read = {words.split()[2] for _, words in steps if words.startswith("refresh")} | {"2026-11-03"}
    for day in sorted(read - {"2026-11-04"}):
        deliver(home, day)
    for feed, (name, text) in BROKEN.items():
        drop(home, feed, "2026-11-04", name, text)
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "steps.txt").write_text(repr(steps), encoding="utf-8")
    environment = {"REGISTER_HOME": str(home), "REGISTER_DATABASE_URL": "", "TMPDIR": str(home / "tmp")}
    (decoy := home / "tmp" / "decoy").write_text(DECOY)
    running = subprocess.Popen(
        [sys.executable, str(folder / "program.py"), str(home), str(folder / "steps.txt"), DECOY], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, env=os.environ | environment | {"PYTHONPATH": os.pathsep.join(sys.path)})
    met: set[str] = set()
    watcher = threading.Thread(target=watch, args=(running, home / "tmp", met))
    watcher.start()
    printed = running.communicate()[0]
    watcher.join()
    decoy.unlink()
    return Told(home, printed, met)


def watch(running: subprocess.Popen[str], temporary: Path, met: set[str]) -> None:
    """Looks at temporary files, arguments and environments for as long as the process goes on."""
    seen = set[bytes]()
    while running.poll() is None:
        paths = [path for name in ("cmdline", "environ") for path in Path("/proc").glob(f"[0-9]*/{name}")]
        with suppress(OSError):  # what was there goes while it is looked for
            paths += temporary.rglob("*")
        for path in paths:
            with suppress(OSError):
                content = path.read_bytes()
                met.update(f"{canary} in {path}" for canary in ([] if content in seen else canaries_in(content)))
                seen.add(content)
        time.sleep(0.2)


def spelt(canary: str) -> Iterator[bytes]:
    """A canary as text, escaped, quoted, and in base64 at each of its three beginnings."""
    plain = canary.encode()
    yield from (plain, canary.encode("utf-16-le"), canary.encode("utf-16-be"), canary.encode("latin-1"))
    yield from (json.dumps(canary)[1:-1].encode(), json.dumps(json.dumps(canary))[3:-3].encode(), quote(canary).encode())
    for lead in range(3):
        whole = base64.b64encode(b"\0" * lead + plain)
        yield whole[4 * (lead > 0):len(whole) - 4]


NEED_AN_ERASURE = {"erased_mobile", "erased_undated"}

DECOY = "Merkki Haukkalintu"
"""Lies where nobody may, so that whoever looks there is seen to look."""

SPELT = {canary: frozenset(spelt(canary)) for canary in (*CANARIES, DECOY)}


def canaries_in(content: bytes) -> list[str]:
    return [canary for canary, ways in SPELT.items() if any(way in content for way in ways)]


def contents(path: Path) -> Iterator[bytes]:
    """The file, and of a database each value that is packed."""
    yield path.read_bytes()
    if path.suffix != ".db":
        return
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{name}"'):
                for value in row:
                    if isinstance(value, bytes):
                        with suppress(zlib.error):
                            yield zlib.decompress(value)


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_is_found_in_every_spelling(canary: str) -> None:
    """Else the search would find nothing anywhere."""
    said = f"x{canary} y"
    for content in (said.encode(), said.encode("utf-16-le"), json.dumps(said).encode(), json.dumps(json.dumps(said)).encode(),
                    quote(said).encode(), *(base64.b64encode(b" " * n + said.encode()) for n in range(3))):
        assert canary in canaries_in(content), content


def test_the_canaries_did_reach_the_register(told: Told, request: pytest.FixtureRequest) -> None:
    """Else the other tests could not fail: they are held, every expectation failed, everything that was broken was met."""
    assert any(b"Kanarialintu" in path.read_bytes() for path in told.home.glob("register.db*"))
    held = table(Home(told.home), deliveries)
    codes = {code for text in held["reasons"] for code in json.loads(text)}
    asserted = {code for kind, suite in SUITES.items() if kind != CONTACTS for line in suite for code in line.codes}
    assert asserted - NEED_AN_ERASURE <= codes, asserted - NEED_AN_ERASURE - codes
    assert set(held.loc[held["state"] == "set aside", "feed"]) == set(BROKEN), "a broken file was read"
    assert "ValueError at" in told.printed, "nothing went wrong inside"
    if request.node.callspec.params["told"] == "every":
        assert {"reader_failed", "suite_failed"} <= set(held["code"].dropna())
        said = ("waited 0 minutes", "policy.toml:", "feeds.toml:", "failed; nothing of that", "contacts:suite is red")
        assert [sentence for sentence in said if sentence not in told.printed] == []


def test_nothing_personal_was_printed(told: Told) -> None:
    assert not canaries_in(told.printed.encode()), told.printed
    assert "Traceback" not in told.printed


def test_nothing_personal_lies_outside_the_registers_stores(told: Told) -> None:
    searched = [path for path in told.home.rglob("*")
                if path.is_file() and not path.relative_to(told.home).parts[0].startswith(STORES)]
    assert any("dagster" in path.parts for path in searched)
    for path in searched:
        found = {canary for content in contents(path) for canary in canaries_in(content)}
        assert not found, path.relative_to(told.home)


def test_nothing_personal_was_in_temporary_files_arguments_or_environments_meanwhile(told: Told) -> None:
    assert {one for one in told.met if DECOY not in one} == set()
    assert {Path(one).name for one in told.met} == {"cmdline", "decoy"}, "they were looked at"
