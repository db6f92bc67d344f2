"""The home: made for the owner's eyes, with a key that is never made twice, and never on a network drive."""

import stat
from pathlib import Path

import pytest

from register import home as module
from register.errors import HomeError
from register.home import Home
from register.keys import KEY_BYTES
from tests.builders import deliver, make_home, read


def test_a_home_is_made_on_first_use_for_its_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "uusi" / "koti")
    home.prepare()
    assert {path.name for path in home.path.iterdir() if path.is_dir()} == {
        "inbox", "outbox", "archive", "ledger", "keys", "dagster"}
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    key = home.path / "keys" / "register.key"
    assert (stat.S_IMODE(key.stat().st_mode), len(home.key), list(key.parent.iterdir())) == (0o600, KEY_BYTES, [key])


def test_a_second_start_keeps_key_and_data(tmp_path: Path, database_url: str) -> None:
    home = make_home(tmp_path / "home", database_url=database_url)
    deliver(home, "assignments", "2026-11-05", [{"Yritys": "Virta Oy"}])
    read(home, "assignments", "2026-11-05")
    again = Home(home.path, database_url)
    again.prepare()
    assert again.key == home.key


def test_a_home_in_use_never_gets_a_new_key(tmp_path: Path, database_url: str) -> None:
    home = make_home(tmp_path / "home", database_url=database_url)
    deliver(home, "assignments", "2026-11-05", [{"Yritys": "Virta Oy"}])
    read(home, "assignments", "2026-11-05")
    (home.path / "keys" / "register.key").unlink()
    for again in (Home(home.path, database_url), Home(tmp_path / "elsewhere", database_url)):
        with pytest.raises(HomeError, match="put back your copy"):
            again.prepare()
        with pytest.raises(HomeError, match="put back your copy"):
            _ = again.key


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    (home.path / "keys" / "register.key").write_bytes(b"short")
    with pytest.raises(HomeError, match="has 5 bytes, 32 are allowed"):
        _ = Home(home.path).key


@pytest.mark.parametrize(("mounted", "kind", "is_refused"), [
    ("nas", "nfs4", True), ("nas", "cifs", True), ("nas", "fuse.sshfs", True), ("nas", "ext4", False), ("muu", "nfs4", False),
    ("verkko levy", "nfs4", True),
])
def test_a_network_drive_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounted: str, kind: str, is_refused: bool
) -> None:
    mounts = tmp_path / "mounts"
    at = str(tmp_path / mounted).replace(" ", r"\040")
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/export {at} {kind} rw 0 0\n")
    home = Home(tmp_path / ("nas" if mounted == "muu" else mounted) / "koti")
    monkeypatch.setattr(module, "Path", lambda path: mounts if path == "/proc/mounts" else Path(path))
    if is_refused:
        with pytest.raises(HomeError, match=rf"network drive \({kind}\); a home must lie on a disk of this machine"):
            home.prepare()
        assert not home.path.exists()
    else:
        home.prepare()


def test_configuration_is_looked_for_in_the_home_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = Home(tmp_path / "koti")
    home.path.mkdir()
    assert home.configuration("policy.toml") == home.path / "policy.toml", "named even where it is missing"
    Path("policy.toml").touch()
    assert home.configuration("policy.toml") == Path("policy.toml")
    (home.path / "policy.toml").touch()
    assert home.configuration("policy.toml") == home.path / "policy.toml"


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="allowed are sqlite:///... and postgresql://..."):
        _ = Home(tmp_path, "mysql://x").database
