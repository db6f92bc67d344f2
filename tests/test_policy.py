"""policy.toml: every mistake at once, each with its key and what is allowed; the samples hold every key."""

import re
import tomllib
from pathlib import Path

import pytest

from register.errors import ConfigurationError
from register.policy import Policy, read_policy
from tests.builders import POLICY

ROOT = Path(__file__).parents[1]


def mistakes(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_policy(tmp_path / "policy.toml")
    assert all(line.startswith("policy.toml: ") for line in str(caught.value).splitlines())
    return caught.value.mistakes


@pytest.mark.parametrize(("added", "key", "allowed"), [
    ('[fields]\nkeep = ["full_name", "job_title"]\n', "fields", "unknown column job_title; allowed: full_name, first_name"),
    ("[sweep]\nmax_share = 2\n", "sweep.max_share", "less than or equal to 1"),
    ('[sweep]\nmode = "off"\n', "sweep.mode", "'preview' or 'on'"),
    ("[sweep]\nnotice = 3\n", "sweep.notice", "unknown key"),
    ('[admission]\nthird_party_may = "all"\n', "admission.third_party_may", "'update', 'add_people_of_known_organisations' or"),
    ("[[retention.partner]]\nfrom = 2026-01-01\nmonths = 12\n", "retention.partner.0", "needs a `source` or a `why`"),
    ("[[retention.partner]]\nfrom = 2026-13-01\nmonths = 12\n", "is no TOML", ""),
    ('[[retention.partner]]\nfrom = 2026-01-01\nmonths = "never"\n', "retention.partner.0.months", "undecided"),
    ("[exports]\npurpose = 3\n", "exports.purpose", "unknown key"),
    ('[notices]\nwebhook = "https://chat.example:abc/x"\n', "notices.webhook", "http://HOST:PORT"),
    ('[notices]\nwebhook = "http://[bad/x"\n', "notices.webhook", "http://HOST:PORT"),
    ('[notices]\nwebhook = "https://chat.example/a b"\n', "notices.webhook", "http://HOST:PORT"),
    ('[notices]\nui = "ftp://register.oma.example"\n', "notices.ui", "http://HOST:PORT"),
])
def test_a_mistake_is_named_with_its_key_and_what_is_allowed(tmp_path: Path, added: str, key: str, allowed: str) -> None:
    found = mistakes(tmp_path, POLICY + added)
    assert any(key in line and allowed in line for line in found), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = POLICY.replace('"9900011-4"', '"9900011-5"').replace('steward = "Liisa Kaski"', 'steward = 7').replace(
        "starts_on = 2026-11-01", 'starts_on = "pian"') + 'colour = "red"\n'
    found = mistakes(tmp_path, text.replace("[controller]", 'language = "sv"\n[controller]'))
    assert [line.partition(":")[0] for line in found] == [
        "language", "controller.own_business_ids.0", "people.steward", "periods.starts_on", "periods.colour"]


def test_a_missing_file_and_a_missing_key_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="register init"):
        read_policy(tmp_path / "policy.toml")
    assert mistakes(tmp_path, "[people]\n") == ["controller: is missing", "people.steward: is missing", "periods: is missing"]


def test_undecided_is_a_legal_value_and_needs_no_reason(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(POLICY + '[[retention.partner]]\nfrom = 2026-01-01\nmonths = "undecided"\n')
    [rule] = read_policy(tmp_path / "policy.toml").retention.partner
    assert not rule.is_decided


def test_business_ids_are_written_in_one_form() -> None:
    said = tomllib.loads(POLICY.replace("9900011-4", "99000114"))
    assert Policy.model_validate(said).controller.own_business_ids == ("9900011-4",)


def test_the_digest_tells_contents_apart_and_not_their_spelling(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
        return read_policy(tmp_path / "policy.toml").digest

    assert digest(POLICY) == digest("# a comment\n" + POLICY)
    assert digest(POLICY) != digest(POLICY.replace("2026-11-01", "2026-11-02"))


def test_what_must_be_filled_in_is_marked_in_the_starter_and_named_until_it_is() -> None:
    starter = (ROOT / "pipelines" / "starters" / "policy.toml").read_text(encoding="utf-8")
    marked = [line.partition(" = ")[0] for line in starter.splitlines() if "# <<<" in line]
    policy = read_policy(ROOT / "pipelines" / "starters" / "policy.toml")
    assert sorted(key.rpartition(".")[2] for key in policy.unfilled) == sorted(marked)
    assert read_policy(ROOT / "samples" / "policy.toml").unfilled == ()


def test_the_sample_holds_every_key_with_its_default_or_the_samples_own_choice() -> None:
    text = (ROOT / "samples" / "policy.toml").read_text(encoding="utf-8")
    read_policy(ROOT / "samples" / "policy.toml")
    keys = {name for model in _sections(Policy) for name, field in model.model_fields.items() for name in [field.alias or name]}
    missing = {key for key in keys - {"source", "why"} if not re.search(rf"\b{key}\b", text)}
    assert not missing


def _sections(model: type[Policy]) -> list[type[Policy]]:
    found, asked = [], [model]
    while asked:
        section = asked.pop()
        found.append(section)
        for field in section.model_fields.values():
            inner = [field.annotation, *getattr(field.annotation, "__args__", ())]
            asked += [kind for kind in inner if isinstance(kind, type) and hasattr(kind, "model_fields")]
    return found
