"""Docs cannot rot: links lead somewhere, commands exist as shown, every command, key and table is explained."""

import re
import shlex
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from pydantic import BaseModel

from pipelines import place
from pipelines.build import build
from pipelines.cli.app import app
from register.feeds import FeedTable, read_feeds
from register.policy import Policy
from register.store.tables import metadata
from register.texts import _catalogue

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
STEWARD = [ROOT / "docs" / "steward.md", ROOT / "docs" / "steward.fi.md"]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
STARTERS = ROOT / "pipelines" / "starters"

PLACE = re.compile(r"(register|expectations|assets|pipelines|tests|samples|docs)/([\w/]*/)?(\w+\.\w+)?")
"""A folder, with its last stroke, or a file of the project; `register/day` is a tag."""

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND = re.compile(r"(?:^|\s)register (?P<words>[a-z].*)$")

Group: Any = typer.main.get_command(app)


@dataclass(frozen=True)
class Shown:
    """A command as a page shows it: `words` follow `register`."""

    page: str
    words: tuple[str, ...]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The fragments of a page's headings, as forges make them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(prose(page))}


def shown_commands(page: Path) -> Iterator[Shown]:
    text = page.read_text(encoding="utf-8")
    shell = [line.split(" #")[0].strip() for kind, body in FENCE.findall(text) if kind == "sh"
             for line in body.splitlines()]
    for code in [*shell, *INLINE.findall(prose(page))]:
        if found := COMMAND.search(code):
            yield Shown(name(page), tuple(shlex.split(found["words"])))


def resolved(words: tuple[str, ...]) -> tuple[str, Any, tuple[str, ...]]:
    """The full name of the command that words call, the command, and what is left of the words. Raises KeyError."""
    command, rest, path = Group, words, []
    while isinstance(command, click.Group) or hasattr(command, "commands"):
        command, path, rest = command.commands[rest[0]], [*path, rest[0]], rest[1:]
    return " ".join(path), command, rest


def leaves(group: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, (*path, word))
        else:
            yield " ".join((*path, word))


def keys(model: type[BaseModel]) -> Iterator[str]:
    """Every key of a configuration file that a model describes, those of its tables too."""
    for field_name, field in model.model_fields.items():
        yield field.alias or field_name
        for inner in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from keys(inner)


SHOWN = [shown for page in PAGES for shown in shown_commands(page)]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    dead = []
    for link in LINK.findall(prose(page)):
        if link.startswith(("http:", "https:")):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (fragment and fragment not in anchors(target)):
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: f"{shown.page}: {' '.join(shown.words)}")
def test_a_shown_command_exists_with_its_options(shown: Shown) -> None:
    _, command, rest = resolved(shown.words)
    known = {option for parameter in command.params for option in (*parameter.opts, "--help")}
    assert {word for word in rest if word.startswith("--")} <= known


def test_every_command_is_shown() -> None:
    assert set(leaves(Group)) <= {resolved(shown.words)[0] for shown in SHOWN}


@pytest.mark.parametrize("model", [FeedTable, Policy])
def test_every_key_of_a_configuration_file_is_explained(model: type[BaseModel]) -> None:
    starters = "\n".join(path.read_text(encoding="utf-8") for path in STARTERS.glob("*.toml"))
    words = "\n".join(code for page in PAGES for code in INLINE.findall(prose(page)))
    missing = [key for key in keys(model)
               if not re.search(rf"^(# )?\[*(\w+\.)?{key}(\]| = )", starters, re.MULTILINE)
               and not re.search(rf"\b{key}\b", words)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_feed_that_a_page_shows_is_one(page: Path, tmp_path: Path) -> None:
    for kind, body in FENCE.findall(page.read_text(encoding="utf-8")):
        if kind == "toml" and "kind = " in body:
            (tmp_path / "feeds.toml").write_text(body, encoding="utf-8")
            feeds = read_feeds(tmp_path / "feeds.toml", None)
            assert feeds.good and not feeds.broken


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_and_folder_of_the_rooms_that_a_page_names_exists(page: Path) -> None:
    places = [code for code in INLINE.findall(prose(page)) if PLACE.fullmatch(code)]
    assert [code for code in places if not (ROOT / code).exists()] == []


def test_the_architecture_names_every_table_and_every_room_of_the_register() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    rooms = [path.parent.name for path in (ROOT / "register").glob("*/__init__.py")]
    assert [table for table in metadata.tables if f"`{table}`" not in text] == []
    assert [room for room in rooms if f"register/{room}/" not in text] == []


@pytest.mark.parametrize("of", [r"^#+(?= )", r"\]\((images/[\w.-]+)\)"], ids=["headings", "pictures"])
def test_the_stewards_page_has_the_same_parts_in_both_languages(of: str) -> None:
    english, finnish = (re.findall(of, page.read_text(encoding="utf-8"), re.MULTILINE) for page in STEWARD)
    assert english == finnish != []


def test_the_finnish_page_shows_every_command_that_the_english_one_does() -> None:
    english, finnish = ({resolved(shown.words)[0] for shown in shown_commands(page)} for page in STEWARD)
    assert sorted(english - finnish) == []


def test_the_finnish_page_knows_every_key_and_place_that_the_english_one_explains() -> None:
    english, finnish = (prose(page) for page in STEWARD)
    places = {code.rstrip("/") for code in INLINE.findall(english) if "/" in code and " " not in code}
    explained = {*keys(Policy), *places} & {code.rstrip("/") for code in INLINE.findall(english)}
    assert len(explained) > 20
    assert [word for word in sorted(explained) if word not in finnish] == []


def test_the_finnish_page_names_no_path_that_the_english_one_lacks() -> None:
    english, finnish = (set(INLINE.findall(prose(page))) for page in STEWARD)
    assert {code for code in finnish if "/" in code} <= {code for code in english if "/" in code}


@pytest.mark.parametrize("page", STEWARD, ids=name)
def test_what_the_stewards_page_sends_to_is_there(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "samples", tmp_path / "home")
    graph = build(str(tmp_path / "home"), None).resolve_asset_graph()
    assets = {key.to_user_string() for key in graph.get_all_asset_keys()}
    named = set(re.findall(r"/assets/([\w/]+)", page.read_text(encoding="utf-8"))) - {"observations/FEED"}
    assert named and named <= assets


@pytest.mark.parametrize("page", STEWARD, ids=name)
def test_every_check_has_its_row_in_the_stewards_table(page: Path, tmp_path: Path) -> None:
    """A feed's by its name, another by its asset and name."""
    shutil.copytree(ROOT / "samples", tmp_path / "home")
    keys = build(str(tmp_path / "home"), None).resolve_asset_graph().asset_check_keys
    cells = [set(INLINE.findall(line.split("|")[1])) for line in prose(page).splitlines() if line.startswith("| `")]
    asked = [({key.asset_key.path[0], key.name} - {"observations"}) for key in keys]
    assert asked and [names for names in asked if not any(names <= cell for cell in cells)] == []


@pytest.mark.parametrize("page", STEWARD, ids=name)
def test_a_finnish_word_that_the_stewards_page_quotes_is_said_by_the_register(page: Path) -> None:
    """In the tables of requests and the lists of answers: what is to be chosen must be there to choose."""
    said = {form for forms in _catalogue("fi").values() for form in forms}
    rows = [line.split("|")[1] for line in prose(page).splitlines() if line.startswith("| *")]
    quoted = {word for row in rows for word in re.findall(r"\*([^*]+)\*", row)}
    assert quoted and quoted <= said


def test_operations_names_every_variable_of_the_environment() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    variables = (place.HOME_VARIABLE, place.DATABASE_VARIABLE, place.DAGSTER_VARIABLE)
    assert [variable for variable in variables if variable not in text] == []


def test_the_picture_is_whole_and_shows_on_dark_pages_too() -> None:
    picture = ROOT / "docs" / "way-of-the-data.svg"
    assert ET.parse(picture).getroot().tag.endswith("svg")
    assert "prefers-color-scheme: dark" in picture.read_text(encoding="utf-8")
