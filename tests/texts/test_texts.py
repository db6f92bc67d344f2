"""The catalogues: the same keys and words in each language, a sentence for every code, plurals, days."""

import ast
import re
import string
from pathlib import Path
from typing import Any

import pytest
import typer
from babel.messages.pofile import read_po

from expectations.suites import ASSERTED
from pipelines.cli.app import app
from register import texts
from register.columns import CANONICAL, NORMALISED
from register.feeds import KINDS
from register.reasons import IDENTITY_NUMBER, REASONS, UNREADABLE
from register.texts import Texts, _catalogue

ROOT = Path(__file__).parents[2]
LANGUAGES = ("fi", "en")
CODES = {*REASONS, IDENTITY_NUMBER, *(code for line in ASSERTED for code in line.codes)}
ALWAYS_KNOWN = {"feed", "day", "file_no"}
GIVEN_WITH = {  # what the readers tell beside, by code
    "no_header_row": {"row"}, "broken_table": {"row", "found", "allowed"}, "sheet_missing": {"found"},
    "no_known_column": {"found"}, "broken_xml": {"place"}, "broken_json": {"place"}, "too_large": {"place"},
}

EXPECTED = {
    "reason": CODES, "allowed": CODES, "unreadable": set(UNREADABLE), "todo": set(UNREADABLE),
    "column": {*CANONICAL, *NORMALISED}, "kind": set(KINDS),
    "state": {"read", "absent", "set_aside", "given_up"}, "outcome": {"keep", "remove", "hold", "report"},
}


def words(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_each_language_has_the_same_keys_with_the_same_words_and_forms():
    finnish, english = ({key: [words(form) for form in forms] for key, forms in _catalogue(language).items()}
                        for language in LANGUAGES)
    assert finnish == english


def test_every_key_that_the_code_asks_for_is_there():
    asked = {node.args[0].value
             for room in ("register", "expectations", "assets", "pipelines") for path in (ROOT / room).rglob("*.py")
             for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("say", "say_n")
             and node.args and isinstance(node.args[0], ast.Constant)}
    assert len(asked) > len(EXPECTED) and asked <= set(_catalogue("fi"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prefix", EXPECTED)
def test_a_section_says_every_code_and_no_other(language, prefix):
    said = {key.partition(".")[2] for key in _catalogue(language) if key.partition(".")[0] == prefix}
    assert said == EXPECTED[prefix]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_and_no_key_stands_twice(language):
    assert all(form.strip() for forms in _catalogue(language).values() for form in forms)
    lines = (texts.Path(texts.__file__).with_name(f"{language}.po")).read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if line.startswith("msgid ")]
    assert len(keys) == len(set(keys)) == len(_catalogue(language)) + 1  # the header


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_one_that_translators_tools_read(language):
    with texts.Path(texts.__file__).with_name(f"{language}.po").open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    assert str(catalogue.locale) == language
    assert not [message.id for message in catalogue if message.id and message.fuzzy]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", UNREADABLE)
def test_an_unreadable_file_is_named_with_what_its_reader_tells(language, code):
    [sentence] = _catalogue(language)[f"unreadable.{code}"]
    assert words(sentence) == ALWAYS_KNOWN | GIVEN_WITH.get(code, set())
    assert words(_catalogue(language)[f"todo.{code}"][0]) == set()


def test_whoever_is_refused_reads_why_in_their_language():
    """A refusal of the domain reaches workbooks and the launchpad as it is."""
    refusals = [(path.name, call.lineno, call.args[0]) for path in ROOT.joinpath("register").rglob("*.py")
                for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "RefusedError"]
    assert len(refusals) > 20
    assert [(name, line) for name, line, said in refusals
            if not (isinstance(said, ast.Call) and getattr(said.func, "attr", "").startswith("say"))] == []


OTHER_WORDS = re.compile(r"syöte|syött|taustatäyt|torju|\bpito|\bpido[nst]|uudestaan", re.IGNORECASE)
"""What Finnish texts say otherwise: lähde, korjausajo, ei pidetä, esto, uudelleen."""


@pytest.mark.parametrize("page", ["register/texts/fi.po", "docs/steward.fi.md"])
def test_a_thing_has_one_name_in_finnish(page):
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    assert [(number, found[0]) for number, line in enumerate(lines, start=1) if (found := OTHER_WORDS.search(line))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_guide_says_that_only_the_next_run_reads_the_letter_box(language):
    """A sensor looks within a minute."""
    guides = {key: forms[0] for key, forms in _catalogue(language).items() if key.startswith("workbook.guide.")}
    later = {"fi": "Seuraava päivän ajo", "en": "The next r"}[language]
    assert len(guides) >= 5 and [key for key, guide in guides.items() if later in guide] == []


Group: Any = typer.main.get_command(app)
COMMAND = re.compile(rf"\bregister ({'|'.join(Group.commands)})\b|\bmake (ui|run)\b")

READ_WITHOUT_A_SHELL = (
    "morning.", "notices.", "asset.", "check.", "workbook.", "ask.", "job.", "sensor.", "accept.", "refused.")
OF_OPERATIONS = ("check.keys.", "check.ledger.")
"""Lost keys and restored databases are mended on the server."""

SAID_IN_WORKBOOKS = {
    "decision.not_in_force", "erase.held", "correction.return", "correction.set_aside", "correction.missing.unknown",
    "correction.link", "correction.undo_link"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_sends_the_steward_to_a_shell(language):
    """She has none: what pages, mails and workbooks say is done there, or by a request."""
    told = {key: form for key, forms in _catalogue(language).items() for form in forms
            if key in SAID_IN_WORKBOOKS or key.startswith(READ_WITHOUT_A_SHELL) and not key.startswith(OF_OPERATIONS)}
    assert len(Group.commands) > 20
    assert [(key, found[0]) for key, form in told.items() if (found := COMMAND.search(form))] == []


TODO = {  # what a check that failed asks of its reader
    "fi": "Aja|Anna|Avaa|Ilmoita|Jos|Katso|Kopioi|Kysy|Nimeä|Ota|Palauta|Poista|Pura|Siirrä|Täydennä|Vastaa",
    "en": "Answer|Ask|Call|Complete|Copy|Delete|Give|If|Lift|Look|Move|Open|Put|Rename|Run|See|Tell",
}
NO_FAULT = ("passed", "retired", "nobody", "owner", "path", "elsewhere")
FOLLOWED = "check.structure.waiting"
"""Comes before a sentence that says it."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_a_check_that_failed_says_what_to_do(language):
    failed = {key: forms for key, forms in _catalogue(language).items() if key.startswith("check.") and key.count(".") == 2
              and key.rpartition(".")[2] not in NO_FAULT and key != FOLLOWED}
    assert len(failed) > 20
    asks = re.compile(rf"(?i)\b({TODO[language]})\b")
    assert [key for key, forms in failed.items() if not all(map(asks.search, forms))] == []


def test_a_sentence_is_filled_in():
    said = Texts("fi").say("unreadable.broken_table", feed="provider_x", day="24.11.2026", file_no=1, row=412, found=14,
                           allowed=12)
    assert said == "provider_x, 24.11.2026, tiedosto 1: rivillä 412 on 14 saraketta, otsikkorivillä 12."


@pytest.mark.parametrize(("language", "n", "said"), [
    ("fi", 0, "0 riviä"), ("fi", 1, "1 rivi"), ("fi", 41, "41 riviä"), ("fi", 2987, "2\u00a0987 riviä"),
    ("en", 0, "0 rows"), ("en", 1, "1 row"), ("en", 21, "21 rows"), ("en", 2987, "2,987 rows"),
])
def test_a_number_takes_its_form(language, n, said):
    assert Texts(language).say_n("count.rows", n) == said


@pytest.mark.parametrize(("language", "iso", "said"), [
    ("fi", "2026-11-03", "3.11.2026"), ("fi", "2031-12-31", "31.12.2031"),
    ("en", "2026-11-03", "3 Nov 2026"), ("en", "2031-12-31", "31 Dec 2031"),
])
def test_a_day_is_written_as_the_language_writes_it(language, iso, said):
    assert Texts(language).day(iso) == said


def test_a_missing_key_or_word_is_an_error():
    with pytest.raises(KeyError):
        Texts("fi").say("reason.no_such_code")
    with pytest.raises(KeyError):
        Texts("en").say("unreadable.empty_file", feed="provider_x")
